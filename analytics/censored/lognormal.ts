import { normalQuantile } from "../distributions/normal.ts";
import { fitTobit, type Response, type TobitFit } from "./tobit.ts";

export interface LognormalFit {
  mu: number;
  sigma: number;
  logLikelihood: number;
  muStandardError: number;
  logSigmaStandardError: number;
  median: number;
  /** exp(μ + σ²/2) with the interval that knows how much is censored (delta method on the log scale). */
  mean: { value: number; low: number; high: number };
  sd: number;
}

/**
 * Lognormal maximum likelihood of censored amounts (survreg, lognormal; NADA::cenmle). The likelihood counts each exact value on
 * its own scale, so it compares with R's.
 * @throws RangeError for fewer than two exact values or any amount not above zero
 */
export function fitLognormal(responses: readonly Response[], level = 0.95): LognormalFit {
  const fit = fitLognormalRegression(
    responses,
    responses.map(() => [1]),
  );
  const mu = fit.coefficients[0]!;
  const { sigma, covariance } = fit;
  const value = Math.exp(mu + sigma ** 2 / 2);
  const variance = covariance[0]![0]! + 2 * sigma ** 2 * covariance[0]![1]! + sigma ** 4 * covariance[1]![1]!;
  const reach = Math.exp(normalQuantile(0.5 + level / 2) * Math.sqrt(variance));
  return {
    mu,
    sigma,
    logLikelihood: fit.logLikelihood,
    muStandardError: Math.sqrt(covariance[0]![0]!),
    logSigmaStandardError: Math.sqrt(covariance[1]![1]!),
    median: Math.exp(mu),
    mean: { value, low: value / reach, high: value * reach },
    sd: value * Math.sqrt(Math.expm1(sigma ** 2)),
  };
}

/** Cox's interval of a lognormal mean as NADA::cenmle prints it: it takes every value as seen, so it is too narrow under censoring. */
export function coxInterval(
  { mu, sigma }: Pick<LognormalFit, "mu" | "sigma">,
  n: number,
  level = 0.95,
): { low: number; high: number } {
  const centre = mu + sigma ** 2 / 2;
  const reach = normalQuantile(0.5 + level / 2) * Math.sqrt(sigma ** 2 / n + sigma ** 4 / (2 * (n + 1)));
  return { low: Math.exp(centre - reach), high: Math.exp(centre + reach) };
}

/** A log-linear model of censored amounts, such as season and trend. @param design one row a response, intercept included */
export function fitLognormalRegression(responses: readonly Response[], design: readonly (readonly number[])[]): TobitFit {
  const logs = responses.map(logOf);
  const fit = fitTobit(logs, design);
  let jacobian = 0;
  for (const response of logs) if (response.kind === "exact") jacobian += response.value;
  return { ...fit, logLikelihood: fit.logLikelihood - jacobian };
}

function logOf(response: Response): Response {
  const log = (value: number) => {
    if (!(value > 0)) throw new RangeError(`a lognormal amount is above zero, not ${value}`);
    return Math.log(value);
  };
  if (response.kind !== "between") return { kind: response.kind, value: log(response.value) };
  return response.low > 0
    ? { kind: "between", low: log(response.low), high: log(response.high) }
    : { kind: "below", value: log(response.high) };
}

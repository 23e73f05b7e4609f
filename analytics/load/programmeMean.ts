import type { MethodProfile } from "../../schemas/profiles.ts";
import { fitLognormalRegression } from "../censored/lognormal.ts";
import { haveSpread } from "../censored/observations.ts";
import { normalCdf, normalQuantile } from "../distributions/normal.ts";
import { meanWithInterval, pooledInterval } from "./meanInterval.ts";
import type { DayValue } from "./trend.ts";

/** A period's mean as the programme itself would print it, with what it puts in for a non-detect. */
export interface ProgrammeMean {
  /** To the programme's decimals. */
  mean: number;
  /** mean ± t·SE, not rounded; null of one day. */
  standardError: number | null;
  low: number | null;
  high: number | null;
  /** Days whose value is imputed. */
  imputedPercent: number;
}

/** Completed data sets; more change the third digit of the interval. */
const IMPUTATIONS = 50;

/**
 * The mean of one period by a programme's own rule: EUDA counts a non-detect as 0, others as its limit, and Statistics Canada imputes
 * (Rubin 1987). Only for comparison with the programme's tables: what is stored and shown stays censored.
 * @returns null where the rule needs a limit that is not known, or a shape that too few detected values give
 */
export function programmeMean(
  values: readonly DayValue[],
  { exportsCensoredAs, calendar: { decimals } }: Pick<MethodProfile, "exportsCensoredAs" | "calendar">,
): ProgrammeMean | null {
  const rounded = (mean: number) => Number(mean.toFixed(decimals));
  const censored = values.filter((one) => one.censored);
  if (exportsCensoredAs !== "zero" && censored.some(({ value }) => !(value > 0))) return null;
  if (exportsCensoredAs === "multipleImputation" && censored.length > 0) {
    const found = imputedMean(values);
    if (found === null) return null;
    const { mean, standardError, low, high } = found;
    return { mean: rounded(mean), standardError, low, high, imputedPercent: (censored.length / values.length) * 100 };
  }
  const put = values.map((one) => (one.censored && exportsCensoredAs === "zero" ? 0 : one.value));
  if (put.length === 1) return { mean: rounded(put[0]!), standardError: null, low: null, high: null, imputedPercent: 0 };
  const { mean, standardError, low, high } = meanWithInterval(put);
  return { mean: rounded(mean), standardError, low, high, imputedPercent: 0 };
}

/**
 * Non-detects drawn below their limits from a lognormal fit whose own uncertainty is drawn too. The draws are those of an even
 * sequence, not of chance: the same days give the same bytes.
 */
function imputedMean(values: readonly DayValue[]): ReturnType<typeof pooledInterval> | null {
  if (!haveSpread(values) || values.length < 3) return null;
  const responses = values.map(({ value, censored }) => ({ kind: censored ? ("below" as const) : ("exact" as const), value }));
  const { coefficients, sigma, covariance } = fitLognormalRegression(
    responses,
    responses.map(() => [1]),
  );
  const [[muVariance, shared], [, logSigmaVariance]] = covariance as [[number, number], [number, number]];
  const muSd = Math.sqrt(muVariance);
  const slope = shared / muSd; // of the Cholesky factor of the two
  const rest = Math.sqrt(Math.max(0, logSigmaVariance - slope * slope));
  const censored = values.filter((one) => one.censored).length;
  const imputations = Array.from({ length: IMPUTATIONS }, (_, k) => {
    const draw = evenSequence(k, censored + 2);
    const [first, second] = [normalQuantile(draw[0]!), normalQuantile(draw[1]!)];
    const mu = coefficients[0]! + muSd * first;
    const spread = sigma * Math.exp(slope * first + rest * second);
    let at = 2;
    const completed = values.map((one) => {
      if (!one.censored) return one.value;
      const below = normalCdf((Math.log(one.value) - mu) / spread);
      const z = normalQuantile(Math.max(Number.MIN_VALUE, below * draw[at++]!));
      return Math.min(one.value, Math.exp(mu + spread * z));
    });
    return meanWithInterval(completed);
  });
  return pooledInterval(imputations, values.length);
}

/** The k-th point of Roberts' sequence, which fills the unit cube of so many dimensions evenly: multiples of powers of the root of x^(d+1) = x + 1. */
function evenSequence(k: number, dimensions: number): number[] {
  let root = 1.5;
  for (let i = 0; i < 60; i++) root = (1 + root) ** (1 / (dimensions + 1));
  return Array.from({ length: dimensions }, (_, d) => (0.5 + (k + 1) / root ** (d + 1)) % 1);
}

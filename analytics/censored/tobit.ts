import { inverseMillsRatio, normalCdf, normalDensity, normalLogCdf, normalLogDensity } from "../distributions/normal.ts";
import { invert, solve } from "./matrix.ts";

/** A response known exactly, below a limit, above one, or between two. On the scale of the model (log for a lognormal one). */
export type Response = { kind: "exact" | "below" | "above"; value: number } | { kind: "between"; low: number; high: number };

export interface TobitFit {
  coefficients: number[];
  sigma: number;
  logLikelihood: number;
  /** Covariance of the coefficients and, last, of log σ. */
  covariance: number[][];
  iterations: number;
}

/**
 * Maximum likelihood of a linear model with normal errors and censored responses (survival::survreg, gaussian), by Newton steps in
 * (β/σ, 1/σ), in which the likelihood is concave (Olsen 1978), so that any start leads to the one maximum.
 * @param design one row of covariates a response, the intercept's 1 included
 * @throws RangeError when nothing is exact (the scale is then unbounded), or the covariates are collinear
 */
export function fitTobit(responses: readonly Response[], design: readonly (readonly number[])[]): TobitFit {
  const exact = responses.filter(({ kind }) => kind === "exact").length;
  const width = design[0]?.length ?? 0;
  if (exact <= width) throw new RangeError(`a model of ${width} coefficients needs more exact values than ${exact}`);
  let theta = start(responses, design, width);
  let current = likelihood(responses, design, theta);
  let iterations = 0;
  for (; iterations < 200; iterations++) {
    const step = solve(current.information, current.gradient);
    let size = 1;
    let next = theta.map((value, k) => value + step[k]!);
    let proposed = next[width]! > 0 ? likelihood(responses, design, next) : null;
    while (proposed === null || !(proposed.value >= current.value - 1e-12 * Math.abs(current.value))) {
      size /= 2;
      if (size < 1e-10) break;
      next = theta.map((value, k) => value + size * step[k]!);
      proposed = next[width]! > 0 ? likelihood(responses, design, next) : null;
    }
    if (proposed === null) break;
    const moved = Math.max(...step.map((value, k) => Math.abs(size * value) / (1 + Math.abs(theta[k]!))));
    [theta, current] = [next, proposed];
    if (moved < 1e-12) break;
  }
  return naturalScale(theta, current, iterations, width);
}

/** From (γ, h) = (β/σ, 1/σ) to β and log σ, covariance by the delta method, which is exact at the maximum. */
function naturalScale(theta: readonly number[], { value, information }: Likelihood, iterations: number, width: number): TobitFit {
  const h = theta[width]!;
  const coefficients = theta.slice(0, width).map((gamma) => gamma / h);
  const inverse = invert(information);
  const jacobian = Array.from({ length: width + 1 }, (_, row) =>
    Array.from({ length: width + 1 }, (_, column) => {
      if (row === width) return column === width ? -1 / h : 0;
      if (column === width) return -coefficients[row]! / h;
      return row === column ? 1 / h : 0;
    }),
  );
  const half = jacobian.map((row) =>
    row.map((_, column) => row.reduce((sum, entry, k) => sum + entry * inverse[k]![column]!, 0)),
  );
  const covariance = half.map((row) => jacobian.map((other) => row.reduce((sum, entry, k) => sum + entry * other[k]!, 0)));
  return { coefficients, sigma: 1 / h, logLikelihood: value, covariance, iterations };
}

interface Likelihood {
  value: number;
  gradient: number[];
  /** Minus the second derivatives. */
  information: number[][];
}

/** Least squares on the values and limits as they are: only a start. */
function start(responses: readonly Response[], design: readonly (readonly number[])[], width: number): number[] {
  const y = responses.map((response) => (response.kind === "between" ? (response.low + response.high) / 2 : response.value));
  const cross = Array.from({ length: width }, (_, j) =>
    Array.from({ length: width }, (_, k) => sumOver(design, (x) => x[j]! * x[k]!)),
  );
  const right = Array.from({ length: width }, (_, j) => sumOver(design, (x, i) => x[j]! * y[i]!));
  const beta = solve(cross, right);
  const squares = sumOver(design, (x, i) => (y[i]! - dot(x, beta)) ** 2);
  const sigma = Math.max(Math.sqrt(squares / y.length), 1e-6 * (1 + Math.max(...y.map(Math.abs))));
  return [...beta.map((value) => value / sigma), 1 / sigma];
}

function sumOver(design: readonly (readonly number[])[], term: (row: readonly number[], index: number) => number): number {
  return design.reduce((sum, row, index) => sum + term(row, index), 0);
}

const dot = (x: readonly number[], beta: readonly number[]) => x.reduce((sum, entry, k) => sum + entry * beta[k]!, 0);

function likelihood(
  responses: readonly Response[],
  design: readonly (readonly number[])[],
  theta: readonly number[],
): Likelihood {
  const width = theta.length - 1;
  const h = theta[width]!;
  const gradient = new Array<number>(width + 1).fill(0);
  const information = Array.from({ length: width + 1 }, () => new Array<number>(width + 1).fill(0));
  let value = 0;
  for (const [i, response] of responses.entries()) {
    const x = design[i]!;
    const centre = dot(x, theta);
    if (response.kind === "between") value += between(response, x, centre, h, gradient, information);
    else value += oneSided(response, x, centre, h, gradient, information);
  }
  return { value, gradient, information };
}

/** Adds the derivatives of f(z) with z = h·y - x·γ: f' and f'' times the outer product of (-x, y). */
function accumulate(
  x: readonly number[],
  y: number,
  first: number,
  second: number,
  gradient: number[],
  information: number[][],
): void {
  const width = x.length;
  const at = (k: number) => (k === width ? y : -x[k]!);
  for (let j = 0; j <= width; j++) {
    gradient[j]! += first * at(j);
    for (let k = 0; k <= width; k++) information[j]![k]! -= second * at(j) * at(k);
  }
}

function oneSided(
  { kind, value: y }: { kind: "exact" | "below" | "above"; value: number },
  x: readonly number[],
  centre: number,
  h: number,
  gradient: number[],
  information: number[][],
): number {
  const z = h * y - centre;
  if (kind === "exact") {
    accumulate(x, y, -z, -1, gradient, information);
    gradient[x.length]! += 1 / h;
    information[x.length]![x.length]! += 1 / (h * h);
    return normalLogDensity(z) + Math.log(h);
  }
  const sign = kind === "below" ? 1 : -1;
  const mills = inverseMillsRatio(sign * z);
  accumulate(x, y, sign * mills, -mills * (sign * z + mills), gradient, information);
  return normalLogCdf(sign * z);
}

/** P(low < y < high): differences of far tails are taken on the side where they are small. */
function between(
  { low, high }: { low: number; high: number },
  x: readonly number[],
  centre: number,
  h: number,
  gradient: number[],
  information: number[][],
): number {
  const [a, b] = [h * low - centre, h * high - centre];
  const mass = a > 0 ? normalCdf(-a) - normalCdf(-b) : normalCdf(b) - normalCdf(a);
  const [fa, fb] = [normalDensity(a) / mass, normalDensity(b) / mass];
  const width = x.length;
  const da = (k: number) => (k === width ? low : -x[k]!);
  const db = (k: number) => (k === width ? high : -x[k]!);
  for (let j = 0; j <= width; j++) {
    const gj = fb * db(j) - fa * da(j);
    gradient[j]! += gj;
    for (let k = 0; k <= width; k++) {
      const gk = fb * db(k) - fa * da(k);
      information[j]![k]! += b * fb * db(j) * db(k) - a * fa * da(j) * da(k) + gj * gk;
    }
  }
  return Math.log(mass);
}

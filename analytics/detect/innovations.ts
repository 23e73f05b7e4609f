import { inverseMillsRatio, normalCdf, normalLogCdf } from "../distributions/normal.ts";
import { type Baseline, forwardSolve, stormSpread } from "./baseline.ts";
import type { Design } from "./design.ts";
import type { Columns } from "./series.ts";

/** A run of values seen against one baseline, each judged by the baseline and the values of the run before it. */
export interface Innovations {
  /** Index of the first value of the run. */
  readonly begin: number;
  readonly size: number;
  /** Expected log load and its standard deviation, by the baseline alone. */
  readonly expected: Float64Array;
  readonly spread: Float64Array;
  /** Standardised one-step errors: independent and standard normal while nothing happens. */
  readonly errors: Float64Array;
  /** The same, kept within bounds: what a value may say once it is past. */
  readonly bounded: Float64Array;
  /** Probability of a load at least as high, 1 for a censored value. */
  readonly pValues: Float64Array;
  /** Lower Cholesky factor of the run's covariance, `size` columns: turns the shape of an event into what it does to the errors. */
  readonly factor: Float64Array;
}

/** A past error counts as at most so many standard deviations: one wild day is not a step. */
const ERROR_MAX = 3;
/** Doubling, log units: the rise at which a value below its limit must speak as it would. */
const TYPICAL_RISE = Math.LN2;
/** Days beyond which nothing is left of a correlation of neighbours. */
const CORRELATION_REACH_DAYS = 60;

/**
 * One-step errors of the values begin..end under a baseline that has not seen them. The covariance holds the scatter with its
 * correlation of neighbours, and the uncertainty of the baseline, which all values of the run share. A censored value stands as
 * the Gaussian whose likelihood has the same slope, and the same height at a typical rise.
 */
export function innovationsOf(
  columns: Columns,
  design: Design,
  baseline: Baseline,
  begin: number,
  end: number,
  step: number,
): Innovations {
  const { width, rows, storm } = design;
  const { coefficients, precisionFactor, sigma, phi, degrees } = baseline;
  const size = end - begin;
  const run = {
    begin,
    size,
    expected: new Float64Array(size),
    spread: new Float64Array(size),
    errors: new Float64Array(size),
    bounded: new Float64Array(size),
    pValues: new Float64Array(size),
    factor: new Float64Array(size * size),
  };
  const uncertain: Float64Array[] = [];
  const logPhi = phi > 0 ? Math.log(phi) / step : Number.NEGATIVE_INFINITY;
  for (let i = 0; i < size; i++) {
    const at = (begin + i) * width;
    let expected = 0;
    for (let k = 0; k < width; k++) expected += rows[at + k]! * coefficients[k]!;
    const own = forwardSolve(precisionFactor, rows, at, width);
    uncertain.push(own);
    const scatter = sigma * stormSpread(storm[begin + i]!);
    const line = i * size;
    let conditional = expected;
    let variance = scatter * scatter;
    for (let k = 0; k < width; k++) variance += own[k]! * own[k]!;
    run.expected[i] = expected;
    run.spread[i] = Math.sqrt(variance);
    for (let j = 0; j < i; j++) {
      let covariance = 0;
      const other = uncertain[j]!;
      for (let k = 0; k < width; k++) covariance += own[k]! * other[k]!;
      const gap = columns.days[begin + i]! - columns.days[begin + j]!;
      if (gap <= CORRELATION_REACH_DAYS && phi > 0)
        covariance += scatter * sigma * stormSpread(storm[begin + j]!) * Math.exp(logPhi * gap);
      for (let k = 0; k < j; k++) covariance -= run.factor[line + k]! * run.factor[j * size + k]!;
      const entry = covariance / run.factor[j * size + j]!;
      run.factor[line + j] = entry;
      conditional += entry * run.bounded[j]!;
      variance -= entry * entry;
    }
    judge(run, i, columns, begin + i, conditional, Math.sqrt(Math.max(variance, 0.05 * scatter * scatter)), degrees);
  }
  return run;
}

function judge(
  run: Innovations,
  i: number,
  { logs, censored }: Columns,
  index: number,
  mean: number,
  deviation: number,
  degrees: number,
): void {
  const z = (logs[index]! - mean) / deviation;
  const diagonal = i * run.size + i;
  if (!censored[index]) {
    const error = asNormal(z, degrees);
    run.factor[diagonal] = deviation;
    run.errors[i] = error;
    run.bounded[i] = Math.max(-ERROR_MAX, Math.min(ERROR_MAX, error));
    run.pValues[i] = normalCdf(-error);
    return;
  }
  const { error, information } = censoredError(z, deviation);
  run.factor[diagonal] = deviation / Math.sqrt(information);
  run.errors[i] = error;
  run.bounded[i] = Math.max(-ERROR_MAX, run.errors[i]!);
  run.pValues[i] = 1;
}

/**
 * A value below its limit as an error of a Gaussian: the slope of its likelihood where nothing happened, and the whole of it at a
 * typical rise. The curvature where nothing happened knows too little of how much such a value speaks against a rise.
 * @param z limit less what was expected, over the deviation
 * @param deviation log units
 */
export function censoredError(z: number, deviation: number): { error: number; information: number } {
  const mills = inverseMillsRatio(z);
  const rise = TYPICAL_RISE / deviation;
  const lost = normalLogCdf(z - rise) - normalLogCdf(z);
  const information = Math.max(1e-4, (-2 * (mills * rise + lost)) / (rise * rise));
  return { error: -mills / Math.sqrt(information), information };
}

/** The standard normal value as improbable as a Student's t (Wallace 1959, Ann. Math. Stat. 30:1124; error below 0.1 sd to 5 sd). */
export function asNormal(t: number, degrees: number): number {
  if (degrees > 1e4) return t;
  const size = ((8 * degrees + 1) / (8 * degrees + 3)) * Math.sqrt(degrees * Math.log1p((t * t) / degrees));
  return t < 0 ? -size : size;
}

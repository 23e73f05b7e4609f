import { normalQuantile } from "../distributions/normal.ts";

/** Standard deviation of the logarithm of a lognormal quantity with this relative standard uncertainty. */
export function logSd(cv: number): number {
  return Math.sqrt(Math.log1p(cv * cv));
}

/** Relative standard uncertainty of a lognormal quantity with this standard deviation of its logarithm. */
export function cvOfLogSd(sd: number): number {
  return Math.sqrt(Math.expm1(sd * sd));
}

/** Independent errors of a product add in squares on the log scale. */
export function combineLogSd(...sds: readonly number[]): number {
  let sum = 0;
  for (const sd of sds) sum += sd * sd;
  return Math.sqrt(sum);
}

/** Two-sided interval of a product: the value divided and multiplied by exp(z·sd). */
export function logInterval(value: number, sd: number, level: number): { low: number; high: number } {
  const factor = Math.exp(normalQuantile(0.5 + level / 2) * sd);
  return { low: value / factor, high: value * factor };
}

/**
 * First-order total uncertainty as in published code (egemenaydin/mm, wbe_mean_uncertainity.R): only the sampling term shrinks
 * with the number of days.
 */
export function firstOrderCv(
  parts: { sampling: number; analysis: number; flow: number; population: number },
  days: number,
): number {
  return Math.hypot(parts.sampling / Math.sqrt(days), parts.analysis, parts.flow, parts.population);
}

/** The relative standard uncertainty of a constant known to lie between low and high, read as the middle 95 % of a lognormal. */
export function cvOfRange({ low, high }: { low: number; high: number }): number {
  return cvOfLogSd(Math.log(high / low) / (2 * normalQuantile(0.975)));
}

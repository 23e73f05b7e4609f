import { studentTQuantile } from "../distributions/studentT.ts";

export interface MeanInterval {
  mean: number;
  standardError: number;
  low: number;
  high: number;
  days: number;
}

/** Limits of a mean from its standard error over n days: mean ± t(n - 1)·SE, as Statistics Canada publishes. */
export function studentInterval(mean: number, standardError: number, days: number, level = 0.95): MeanInterval {
  if (!(days >= 2)) throw new RangeError("an interval of a mean needs two days or more");
  const reach = studentTQuantile(0.5 + level / 2, days - 1) * standardError;
  return { mean, standardError, low: mean - reach, high: mean + reach, days };
}

/** The interval from the daily values themselves. */
export function meanWithInterval(values: readonly number[], level = 0.95): MeanInterval {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return studentInterval(mean, Math.sqrt(variance / values.length), values.length, level);
}

/**
 * One estimate from several imputed data sets (Rubin 1987): the mean of the means; within-imputation variance plus between-
 * imputation variance; degrees of freedom that shrink as imputation matters more.
 * @param imputations mean and standard error of each completed data set, two or more
 */
export function pooledInterval(
  imputations: readonly { mean: number; standardError: number }[],
  days: number,
  level = 0.95,
): MeanInterval & { degrees: number; imputationShare: number } {
  const m = imputations.length;
  if (m < 2) throw new RangeError("pooling needs two imputations or more");
  const mean = imputations.reduce((sum, { mean }) => sum + mean, 0) / m;
  const within = imputations.reduce((sum, { standardError }) => sum + standardError ** 2, 0) / m;
  const between = imputations.reduce((sum, imputation) => sum + (imputation.mean - mean) ** 2, 0) / (m - 1);
  const total = within + (1 + 1 / m) * between;
  const imputationShare = total === 0 ? 0 : ((1 + 1 / m) * between) / total;
  // Barnard and Rubin 1999: with few days, the degrees of freedom never exceed those of complete data
  const complete = days - 1;
  const observed = ((complete + 1) / (complete + 3)) * complete * (1 - imputationShare);
  const degrees = imputationShare === 0 ? complete : 1 / (imputationShare ** 2 / (m - 1) + 1 / observed);
  const standardError = Math.sqrt(total);
  const reach = studentTQuantile(0.5 + level / 2, degrees) * standardError;
  return { mean, standardError, low: mean - reach, high: mean + reach, days, degrees, imputationShare };
}

/** Whether printed limits are those of a complete week; a week with imputed days stays marked and is not recomputed. */
export function checkPublishedInterval(
  {
    mean,
    standardError,
    high,
    imputationPercent,
  }: { mean: number; standardError: number; high: number; imputationPercent: number },
  days = 7,
  tolerance = 0.05,
): { marked: "complete" | "imputed"; reproduced: boolean | null; recomputedHigh: number } {
  const recomputedHigh = studentInterval(mean, standardError, days).high;
  if (imputationPercent > 0) return { marked: "imputed", reproduced: null, recomputedHigh };
  return { marked: "complete", reproduced: Math.abs(high - recomputedHigh) <= tolerance + 1e-9, recomputedHigh };
}

/** A measurement, or a limit the truth lies below. Any one positive unit; never a substituted half. */
export interface Observation {
  value: number;
  censored: boolean;
}

/** Share of observations below their limit, 0 to 1. */
export function censoredShare(observations: readonly Observation[]): number {
  return observations.filter(({ censored }) => censored).length / observations.length;
}

export function meanOf(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

/** Sample standard deviation (n - 1). */
export function sdOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}

/** Quantile by linear interpolation of order statistics, R's type 7. */
export function quantileOf(values: readonly number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * p;
  const below = Math.floor(at);
  return sorted[below]! + (at - below) * ((sorted[below + 1] ?? sorted[below]!) - sorted[below]!);
}

/** Detected values that differ by less, relatively, are one value written twice: no shape can be fitted to them. */
const ALIKE = 1e-6;

/** Whether the detected values differ, so that a distribution can be fitted to them. */
export function haveSpread(observations: readonly Observation[]): boolean {
  let [least, most] = [Number.POSITIVE_INFINITY, 0];
  for (const { value, censored } of observations) {
    if (censored) continue;
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return most > least * (1 + ALIKE);
}

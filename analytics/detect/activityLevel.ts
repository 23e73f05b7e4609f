/** Levels of CDC's wastewater viral activity level, lower bounds of 2 to 5. */
const LEVEL_BOUNDS = [2, 3.4, 5.3, 7.8] as const;

/** Tenth percentile and standard deviation of log values of a closed period: the newest values cannot move it. */
export interface ActivityBaseline {
  readonly p10: number;
  readonly sd: number;
}

/**
 * The baseline from a frozen period, such as the half year before 1 January or 1 July.
 * @param values concentrations or loads, > 0, at least 2
 * @see CDC NWSS, Wastewater Viral Activity Level methodology (2023)
 */
export function activityBaseline(values: readonly number[]): ActivityBaseline {
  if (values.length < 2) throw new RangeError(`activityBaseline: needs at least 2 values, got ${values.length}`);
  const logs = values.map((value) => Math.log(value)).sort((a, b) => a - b);
  const at = 0.1 * (logs.length - 1); // Hyndman & Fan 1996, type 7
  const low = Math.floor(at);
  const p10 = logs[low]! + (at - low) * ((logs[low + 1] ?? logs[low]!) - logs[low]!);
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  return { p10, sd: Math.sqrt(logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / (logs.length - 1)) };
}

/**
 * Activity level of a value: e to the number of standard deviations above the baseline.
 * @returns the level, > 0, and its class from 1 (very low) to 5 (very high)
 * @example activityLevel(Math.exp(3), { p10: 2, sd: 1 }) // level 2.718…, class 2
 */
export function activityLevel(value: number, { p10, sd }: ActivityBaseline): { level: number; class: number } {
  const level = Math.exp((Math.log(value) - p10) / sd);
  if (!Number.isFinite(level)) throw new RangeError(`activityLevel: no level for ${value} with a deviation of ${sd}`);
  return { level, class: 1 + LEVEL_BOUNDS.filter((bound) => level >= bound).length };
}

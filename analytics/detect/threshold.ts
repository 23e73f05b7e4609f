/** How a series is sampled: chance piles up over neighbouring days, so alarms a value depend on it. */
export type Sampling = "frequent" | "sparse" | "campaigns";

/**
 * Alarms on clean series, log10 a value, by the score that raises: measured on simulated series with 0, 60 and 90 % of the values
 * below the limit (bench/detection/calibration.ts measures them again on other seeds). Between the points straight, beyond them on.
 */
const SCORES = [0.5, 1, 1.5, 2, 2.5, 3] as const;
const LOG_ALARMS: Record<Sampling, readonly number[]> = {
  frequent: [-1.41, -1.81, -2.32, -2.87, -3.27, -3.72],
  sparse: [-1.38, -1.83, -2.42, -2.98, -3.6, -4.2],
  campaigns: [-1.4, -1.95, -2.6, -3.25, -3.9, -4.5],
};
/** Two to one for a rise: below, no number of accepted false alarms makes an anomaly of it. */
const SCORE_MIN = 0.3;

/** @param step usual days between samples; @param meanStep the mean, longer where sampling rests between campaigns */
export function samplingOf(step: number, meanStep: number): Sampling {
  if (meanStep >= CAMPAIGN_SPARSITY * step) return "campaigns";
  return meanStep < STEP_FREQUENT_MAX ? "frequent" : "sparse";
}

/** The sampling of a whole series, by its days in order. */
export function samplingOfDays(days: readonly number[]): Sampling {
  const steps = days.slice(1).map((day, i) => day - days[i]!);
  if (steps.length === 0) return "frequent";
  const counts = new Map<number, number>();
  for (const step of steps) counts.set(step, (counts.get(step) ?? 0) + 1);
  const [usual] = [...counts].reduce((best, each) => (each[1] > best[1] ? each : best));
  return samplingOf(usual, steps.reduce((sum, step) => sum + step, 0) / steps.length);
}

const CAMPAIGN_SPARSITY = 3;
const STEP_FREQUENT_MAX = 4;

/** Alarms a value of a clean series at least as strong as the score. */
export function alarmsPerValue(score: number, sampling: Sampling): number {
  return 10 ** between(SCORES, LOG_ALARMS[sampling], score);
}

/**
 * Score at which a rise is raised so that a clean series gives so many alarms a year.
 * @param falseAlarmsPerYear of one series, > 0; where sampling rests between campaigns the rests do not count
 * @param step usual days between samples
 */
export function raiseScore(falseAlarmsPerYear: number, step: number, sampling: Sampling): number {
  const wanted = Math.log10((falseAlarmsPerYear * step) / 365.25);
  return Math.max(SCORE_MIN, between(LOG_ALARMS[sampling], SCORES, wanted));
}

/** Straight lines through the points, both outer ones prolonged. Either coordinate may rise or fall. */
function between(from: readonly number[], to: readonly number[], value: number): number {
  const rising = from[1]! > from[0]!;
  let i = 1;
  while (i < from.length - 1 && (rising ? value > from[i]! : value < from[i]!)) i++;
  const share = (value - from[i - 1]!) / (from[i]! - from[i - 1]!);
  return to[i - 1]! + share * (to[i]! - to[i - 1]!);
}

/**
 * Score at which a rise is raised so that clean series give so many false alarms a year. Alarms fall off close to exponentially
 * with the score; the two numbers were measured on simulated clean series (bench/detection/alarms.ts, docs/detection.md).
 * @param falseAlarmsPerYear accepted alarms per 365 values of one series, > 0
 * @param step mean days between samples: rarer samples have fewer windows in which chance can pile up
 */
export function raiseScore(falseAlarmsPerYear: number, step: number): number {
  const oneAYear = step < DAYS_RARE ? ONE_A_YEAR.daily : ONE_A_YEAR.rare;
  return Math.max(SCORE_MIN, oneAYear - Math.log10(falseAlarmsPerYear) * SCORE_PER_DECADE);
}

const DAYS_RARE = 4;
const ONE_A_YEAR = { daily: 1.78, rare: 1.8 } as const;
const SCORE_PER_DECADE = 0.95;
/** Ten to one for a rise: below, no number of accepted false alarms makes an anomaly of it. */
const SCORE_MIN = 1;

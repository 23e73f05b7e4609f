/**
 * Score at which a rise is raised so that clean series give so many false alarms a year. The relation was measured on simulated
 * clean series (bench/detection, command in docs/detection.md): days above a score fall off close to exponentially with it.
 * @param falseAlarmsPerYear accepted alarms per year of daily samples, > 0
 */
export function raiseScore(falseAlarmsPerYear: number): number {
  return ALARMS_AT_ZERO - Math.log10(falseAlarmsPerYear) * SCORE_PER_DECADE;
}

const ALARMS_AT_ZERO = 1.0;
const SCORE_PER_DECADE = 1.0;

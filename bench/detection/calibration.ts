/**
 * Clean series by family and share below the limit: how often p <= 0.01, and false alarms a year found against declared.
 * usage: node bench/detection/calibration.ts [--seed 31] [--series 24] [--family daily]
 */
import { parseArgs } from "node:util";
import { detectSeries } from "../../analytics/detect/detectSeries.ts";
import { learnPools } from "../../analytics/detect/pool.ts";
import { DETECT_DEFAULTS } from "../../analytics/detect/settings.ts";
import { FAMILIES, simulateSeries } from "../../simulation/series.ts";

const { values } = parseArgs({
  options: { seed: { type: "string", default: "31" }, series: { type: "string", default: "24" }, family: { type: "string" } },
});
const CENSORED_SHARES = [0, 0.3, 0.6, 0.8, 0.95];
/** The first is the default, for which p is measured as well. */
const DECLARED_PER_YEAR = [0.5, 2];
const SERIES_TIMES = { daily: 1, weekly: 3, weekAYear: 12 } as const;

for (const family of FAMILIES.filter((one) => values.family === undefined || one === values.family)) {
  const sums = DECLARED_PER_YEAR.map(() => 0);
  let allYears = 0;
  for (const censoredShare of CENSORED_SHARES) {
    const yearsADate = (family === "weekly" ? 7 : 1) / 365.25; // a week a year: the rests do not count
    const series = Number(values.series) * SERIES_TIMES[family];
    const clean = simulateSeries({ family, seed: Number(values.seed), series, analytes: 4, events: false, censoredShare });
    const pools = learnPools(clean);
    let [dates, low] = [0, 0];
    const alarms = DECLARED_PER_YEAR.map((falseAlarmsPerYear, d) => {
      let found = 0;
      for (const one of clean) {
        const { scores, anomalies } = detectSeries(one, pools, { ...DETECT_DEFAULTS, falseAlarmsPerYear });
        const from = one.points[one.judgedFrom]!.day;
        found += anomalies.filter(({ start }) => start >= from).length;
        if (d > 0) continue;
        const judged = scores.slice(one.judgedFrom);
        dates += judged.length;
        low += judged.filter(({ pValue }) => pValue <= 0.01).length;
      }
      sums[d] = sums[d]! + found;
      return `declared ${falseAlarmsPerYear} found ${(found / (dates * yearsADate)).toFixed(2)} (${found})`;
    });
    allYears += dates * yearsADate;
    console.log(
      `${family.padEnd(10)} ${censoredShare * 100} % censored: p <= 0.01 on ${((100 * low) / dates).toFixed(2)} % of ${dates} dates; ${alarms.join(", ")}`,
    );
  }
  const all = DECLARED_PER_YEAR.map((declared, d) => `declared ${declared} found ${(sums[d]! / allYears).toFixed(2)}`);
  console.log(`${family.padEnd(10)} all: ${all.join(", ")} false alarms a year`);
}

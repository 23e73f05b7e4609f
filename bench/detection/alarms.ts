/** False alarms a year on clean series by the score that raises. usage: node bench/detection/alarms.ts [--seed 11] [--series 48] */
import { parseArgs } from "node:util";
import { detectSeries } from "../../analytics/detect/detectSeries.ts";
import { learnPools } from "../../analytics/detect/pool.ts";
import { DETECT_DEFAULTS } from "../../analytics/detect/settings.ts";
import { FAMILIES, simulateSeries } from "../../simulation/series.ts";

const { values } = parseArgs({ options: { seed: { type: "string", default: "11" }, series: { type: "string", default: "48" } } });

for (const family of FAMILIES) {
  const sets = family === "weekAYear" ? 4 : 1;
  const clean = simulateSeries({
    family,
    seed: Number(values.seed),
    series: Number(values.series) * sets,
    analytes: 4,
    events: false,
  });
  const pools = learnPools(clean);
  for (const falseAlarmsPerYear of [2, 0.5, 0.1]) {
    let alarms = 0;
    let days = 0;
    for (const one of clean) {
      const { anomalies } = detectSeries(one, pools, { ...DETECT_DEFAULTS, falseAlarmsPerYear });
      const from = one.points[one.judgedFrom]!.day;
      alarms += anomalies.filter(({ start }) => start >= from).length;
      days += one.points.length - one.judgedFrom;
    }
    const perYear = (alarms / days) * 365;
    console.log(
      family.padEnd(10),
      `declared ${falseAlarmsPerYear} per 365 values, found ${perYear.toFixed(2)} (${alarms} alarms)`,
    );
  }
}

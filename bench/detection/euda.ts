/**
 * What the detector says of the EUDA file: isolated weekday values of ten times the rest of their week, strong but regular weekends, and
 * every weekday peak of ten times the expected load, for a reader to judge.
 * usage: node bench/detection/euda.ts [--peaks]
 */
import { parseArgs } from "node:util";
import { detect } from "../../analytics/detect/detect.ts";
import type { SeriesDetection } from "../../analytics/detect/detectSeries.ts";
import { judgeAll } from "../../analytics/verdict/judge.ts";
import { EUDA_DAYS as DAYS, readEuda, weekOf } from "./eudaSeries.ts";

const { values } = parseArgs({ options: { peaks: { type: "boolean", default: false } } });
const WEEKDAYS = ["Wednesday", "Thursday", "Monday", "Tuesday"];
const TIMES = 10;

const { rows, series } = readEuda();
const detections = detect(series);
const found = new Map(detections.map((one) => [`${one.siteId} ${one.analyte}`, one]));

const raisedOn = ({ anomalies }: SeriesDetection, day: string) => anomalies.find(({ start, end }) => start <= day && day <= end);
const shown = (value: number) => String(Number(value.toPrecision(3)));

console.log(
  `${rows.length} site-years, ${detections.reduce((sum, { scores }) => sum + scores.length, 0)} values, ${detections.reduce((sum, { anomalies }) => sum + anomalies.length, 0)} anomalies`,
);

console.log(`\n# Isolated weekday values of ${TIMES} times every other day of their week\n`);
console.log("| site | analyte | day | load | next highest | score | raised |\n|---|---|---|---|---|---|---|");
let [isolated, raised] = [0, 0];
for (const row of rows) {
  const detection = found.get(`${row["Site ID"]} ${row["Metabolite"]}`);
  const week = DAYS.map((day, i) => ({
    day: weekOf(row["Year"]!)[i]!,
    name: day,
    load: row[day] === "" ? Number.NaN : Number(row[day]),
  }));
  const sampled = week.filter(({ load }) => Number.isFinite(load)).sort((a, b) => b.load - a.load);
  const [top, next] = [sampled[0], sampled[1]];
  if (
    !detection ||
    !top ||
    !next ||
    sampled.length < 5 ||
    !WEEKDAYS.includes(top.name) ||
    !(next.load > 0) ||
    top.load < TIMES * next.load
  )
    continue;
  isolated++;
  const anomaly = raisedOn(detection, top.day);
  if (anomaly) raised++;
  const { score } = detection.scores.find(({ day }) => day === top.day)!;
  console.log(
    `| ${row["Site ID"]} | ${row["Metabolite"]} | ${row["Year"]} ${top.name} | ${shown(top.load)} | ${shown(next.load)} | ${score.toFixed(1)} | ${anomaly ? "yes" : "no"} |`,
  );
}
console.log(`\n${raised} of ${isolated} raised`);

/** Sites with so many years, in each of which the weekend lay so far above the week. */
const [RHYTHM_YEARS_MIN, RHYTHM_TIMES] = [4, 1.5];
/** Largest over smallest: of the weekend's times the week, and of the yearly means. */
const [RHYTHM_SPREAD_MAX, LEVEL_SPREAD_MAX] = [2, 3];
let [rhythmic, weekendDays, weekendRaised] = [0, 0, 0];
for (const members of Map.groupBy(rows, (row) => `${row["Site ID"]} ${row["Metabolite"]}`).values()) {
  const ratios = members.map((row) => Number(row["Weekend mean"]) / Number(row["Weekday mean"]));
  const spread = Math.max(...ratios) / Math.min(...ratios);
  const means = members.map((row) => Number(row["Daily mean"]));
  if (members.length < RHYTHM_YEARS_MIN || !ratios.every((ratio) => ratio >= RHYTHM_TIMES) || spread > RHYTHM_SPREAD_MAX)
    continue;
  if (Math.max(...means) / Math.min(...means) > LEVEL_SPREAD_MAX) continue; // what changes from year to year is not its rhythm
  rhythmic++;
  const detection = found.get(`${members[0]!["Site ID"]} ${members[0]!["Metabolite"]}`)!;
  for (const { day } of detection.scores.filter((score) => [5, 6, 0].includes(new Date(`${score.day}T00:00:00Z`).getUTCDay()))) {
    weekendDays++;
    if (raisedOn(detection, day)) weekendRaised++;
  }
}
console.log(`\n# Strong, regular weekends (${RHYTHM_TIMES} times the week in each of ${RHYTHM_YEARS_MIN} years and more)\n`);
console.log(`${rhythmic} series, ${weekendDays} Fridays to Sundays, ${weekendRaised} raised`);

if (values.peaks) {
  console.log(`\n# Weekday peaks of ${TIMES} times the expected load\n`);
  console.log("| site | analyte | peak | observed | expected | ratio | score | verdict |\n|---|---|---|---|---|---|---|---|");
  const peaks = judgeAll(detections).filter(({ anomaly }) => anomaly.ratio >= TIMES && WEEKDAYS.includes(nameOf(anomaly.peak)));
  for (const { detection, anomaly, verdict } of peaks.sort((a, b) => b.anomaly.ratio - a.anomaly.ratio)) {
    const { peak, observed, expected, ratio, score } = anomaly;
    console.log(
      `| ${detection.siteId} | ${detection.analyte} | ${peak.slice(0, 4)} ${nameOf(peak).slice(0, 3)} | ${shown(observed)} | ${shown(expected)} | ${ratio.toFixed(0)} | ${score.toFixed(1)} | ${verdict.source} |`,
    );
  }
}

function nameOf(day: string): string {
  return DAYS[(new Date(`${day}T00:00:00Z`).getUTCDay() + 4) % 7]!;
}

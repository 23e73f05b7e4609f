/**
 * Power and delay at 0.2 % false alarms per date, beside what is in use and what nobody can reach.
 * usage: node bench/detection/power.ts [--seed 1] [--series 96] [--family daily] [--year-sd 0]
 */
import { parseArgs } from "node:util";
import { detect } from "../../analytics/detect/detect.ts";
import { EVENT_KINDS, FAMILIES, type SimulatedSeries, simulateSeries } from "../../simulation/series.ts";
import { COMPARATORS } from "./comparators.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    series: { type: "string", default: "96" },
    family: { type: "string" },
    "year-sd": { type: "string" },
  },
});
const yearSd = values["year-sd"] === undefined ? {} : { yearSd: Number(values["year-sd"]) };
const FALSE_ALARMS_PER_DATE = 0.002;
/** A week a year judges seven dates a series where a day a year judges 180: more series, for a threshold as sure. */
const SERIES_TIMES = { daily: 1, weekly: 2, weekAYear: 6 } as const;

type ScoreAll = (series: readonly SimulatedSeries[]) => number[][];
const detectors: [string, ScoreAll][] = [
  ...Object.entries(COMPARATORS).map(([name, one]): [string, ScoreAll] => [name, (series) => series.map(one)]),
  [
    "Sewertrace",
    (series) => detect(series).map(({ scores }, s) => scores.slice(series[s]!.judgedFrom).map(({ score }) => score)),
  ],
];

for (const family of FAMILIES.filter((one) => values.family === undefined || one === values.family)) {
  const plan = {
    family,
    seed: Number(values.seed),
    series: Number(values.series) * SERIES_TIMES[family],
    analytes: 4,
    ...yearSd,
  };
  const clean = simulateSeries({ ...plan, events: false });
  const eventful = simulateSeries({ ...plan, events: true });
  const delays = new Map<string, (number | undefined)[]>();
  for (const [name, scoreAll] of detectors) {
    const sorted = scoreAll(clean)
      .flat()
      .sort((a, b) => b - a);
    const threshold = sorted[Math.floor(FALSE_ALARMS_PER_DATE * sorted.length)]!;
    const after = scoreAll(eventful).map((scores, s) => delayOf(scores, eventful[s]!, threshold));
    delays.set(name, after);
    const found = (kind?: string) => share(after.filter((_, s) => kind === undefined || eventful[s]!.event!.kind === kind));
    const kinds = EVENT_KINDS.map((kind) => `${kind} ${found(kind)}`).join(" ");
    console.log(`${family.padEnd(10)} ${name.padEnd(16)} power ${found()} ${kinds} threshold ${threshold.toFixed(2)}`);
  }
  for (const kind of ["step", "ramp"] as const)
    console.log(`${family.padEnd(10)} delay of a ${kind}: ${comparedDelay(delays, eventful, kind)}`);
}

/** Values from the start of the event to the first above the threshold. */
function delayOf(scores: readonly number[], { judgedFrom, event }: SimulatedSeries, threshold: number): number | undefined {
  const at = scores.slice(event!.from - judgedFrom, event!.to - judgedFrom + 1).findIndex((score) => score > threshold);
  return at < 0 ? undefined : at;
}

function share(delays: readonly (number | undefined)[]): string {
  return (delays.filter((delay) => delay !== undefined).length / delays.length).toFixed(2);
}

/** Over the events that both found: else the one that finds the hard ones would look slow. */
function comparedDelay(
  delays: ReadonlyMap<string, (number | undefined)[]>,
  eventful: readonly SimulatedSeries[],
  kind: string,
): string {
  const [ours, plain] = [delays.get("Sewertrace")!, delays.get("plain regression")!];
  const both = eventful.flatMap(({ event }, s) =>
    event!.kind === kind && ours[s] !== undefined && plain[s] !== undefined ? [s] : [],
  );
  const mean = (of: readonly (number | undefined)[]) => (both.reduce((sum, s) => sum + of[s]!, 0) / both.length).toFixed(1);
  return `Sewertrace ${mean(ours)}, plain regression ${mean(plain)} values, over the ${both.length} that both found`;
}

import { parseArgs } from "node:util";
import { detect } from "../analytics/detect/detect.ts";
import type { Anomaly } from "../analytics/detect/episodes.ts";
import { learnPools } from "../analytics/detect/pool.ts";
import { DETECT_DEFAULTS } from "../analytics/detect/settings.ts";
import { addDays, dayNumber } from "../schemas/days.ts";
import { tell } from "./detect.ts";
import { CommandError, exit } from "./exitCodes.ts";
import { readLoadSeries } from "./loadSeries.ts";
import { daysOf } from "./optionValues.ts";
import { linePrinter } from "./printLines.ts";
import { readSites } from "./siteCsv.ts";

export const command = {
  name: "backtest",
  summary: "run a file's history as if live and compare two settings of detection",
  usage: `usage: sewertrace backtest FILE.csv [--false-alarms 0.5] [--against 2] [--holidays DAY,DAY] [--against-holidays DAY,DAY]
                         [--days 180] [--sites SITES.csv] [--json]

Judges the last --days of every series day by day, each with only what was known then, under both settings. Prints every anomaly
that either raises, the day on which each raised it, and how long after its start; the totals go to stderr.`,
};

export async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      "false-alarms": { type: "string", default: String(DETECT_DEFAULTS.falseAlarmsPerYear) },
      against: { type: "string", default: "2" },
      holidays: { type: "string", default: "" },
      "against-holidays": { type: "string" },
      days: { type: "string", default: "180" },
      sites: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  const [file, ...more] = positionals;
  const numbers = [values["false-alarms"], values.against, values.days].map(Number);
  const [ours, theirs, days] = numbers as [number, number, number];
  if (file === undefined || more.length > 0) throw new CommandError(`one file is needed.\n${command.usage}`, exit.usage);
  if (numbers.some((number) => !(number > 0 && Number.isFinite(number)))) {
    throw new CommandError("--false-alarms, --against and --days are numbers above zero", exit.usage);
  }
  const read = readLoadSeries(file, values.sites === undefined ? new Map() : readSites(values.sites));
  tell(file, read);
  if (read.series.length === 0) return exit.dataRefused;
  const settings = [
    { ...DETECT_DEFAULTS, falseAlarmsPerYear: ours, holidays: daysOf("holidays", values.holidays) },
    {
      ...DETECT_DEFAULTS,
      falseAlarmsPerYear: theirs,
      holidays: daysOf("against-holidays", values["against-holidays"] ?? values.holidays),
    },
  ] as const;
  const [first, second] = settings.map((one) => detect(read.series, one, learnPools(read.series, one.holidays)));
  const print = linePrinter(values.json);
  const totals = { first: 0, second: 0, both: 0 };
  for (const [s, { siteId: site, analyte }] of read.series.entries()) {
    const from = addDays(first![s]!.scores.at(-1)!.day, 1 - days);
    const recent = (anomalies: readonly Anomaly[]) => anomalies.filter(({ end }) => end >= from);
    for (const pair of pairs(recent(first![s]!.anomalies), recent(second![s]!.anomalies))) {
      if (pair.first) totals.first++;
      if (pair.second) totals.second++;
      if (pair.first && pair.second) totals.both++;
      const { start, end, peak, ratio, score, shape } = (pair.first ?? pair.second) as Anomaly;
      print.line({
        site,
        analyte,
        start,
        end,
        peak,
        ratio,
        score,
        shape,
        firstRaisedOn: pair.first?.raisedOn ?? null,
        firstDelayDays: delayOf(pair.first),
        secondRaisedOn: pair.second?.raisedOn ?? null,
        secondDelayDays: delayOf(pair.second),
      });
    }
  }
  await print.end();
  process.stderr.write(
    `${read.series.length} series, last ${days} days: ${totals.first} anomalies with the first setting (${ours} false alarms per site and year), ` +
      `${totals.second} with the second (${theirs}), ${totals.both} with both\n`,
  );
  return read.refusals.length > 0 ? exit.partlyAccepted : exit.ok;
}

const delayOf = (anomaly: Anomaly | undefined) =>
  anomaly === undefined ? null : dayNumber(anomaly.raisedOn) - dayNumber(anomaly.start);

interface Pair {
  first: Anomaly | undefined;
  second: Anomaly | undefined;
}

/** Anomalies of two settings that overlap are the same one; each is paired once, the earliest first. */
function pairs(first: readonly Anomaly[], second: readonly Anomaly[]): Pair[] {
  const left = new Set(second);
  const paired = first.map((ours): Pair => {
    const theirs = [...left].find((one) => ours.start <= one.end && one.start <= ours.end);
    if (theirs) left.delete(theirs);
    return { first: ours, second: theirs };
  });
  return [...paired, ...[...left].map((theirs): Pair => ({ first: undefined, second: theirs }))];
}

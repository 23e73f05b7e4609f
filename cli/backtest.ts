import { parseArgs } from "node:util";
import { detectSeries } from "../analytics/detect/detectSeries.ts";
import { learnPools } from "../analytics/detect/pool.ts";
import { DETECT_DEFAULTS } from "../analytics/detect/settings.ts";
import { CommandError, exit } from "./exitCodes.ts";
import { readLoadCsv } from "./loadCsv.ts";

export const command = {
  name: "backtest",
  summary: "run a file's history as if live and compare two numbers of accepted false alarms",
  usage: `usage: sewertrace backtest FILE.csv [--false-alarms 0.5] [--against 2] [--days 180] [--json]

Judges the last --days of every series day by day, each with only what was known then, under both settings. Prints every anomaly
that either raises, and which of them does; the totals go to stderr.`,
};

export async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      "false-alarms": { type: "string", default: String(DETECT_DEFAULTS.falseAlarmsPerYear) },
      against: { type: "string", default: "2" },
      days: { type: "string", default: "180" },
      json: { type: "boolean", default: false },
    },
  });
  const [file, ...more] = positionals;
  const numbers = [values["false-alarms"], values.against, values.days].map(Number);
  const [ours, theirs, days] = numbers as [number, number, number];
  if (file === undefined || more.length > 0) throw new CommandError(`one file is needed.\n${command.usage}`, exit.usage);
  if (numbers.some((number) => !(number > 0))) {
    throw new CommandError("--false-alarms, --against and --days are numbers above zero", exit.usage);
  }
  const { series, refusals } = readLoadCsv(file);
  if (series.length === 0) throw new CommandError(`${file}: no row could be used`, exit.dataRefused);
  const pools = learnPools(series);
  const totals = [0, 0];
  if (!values.json) process.stdout.write("site,analyte,start,peak,ratio,score,first,second\n");
  for (const one of series) {
    const from = dayBefore(
      one.points
        .map(({ day }) => day)
        .sort()
        .at(-1)!,
      days,
    );
    const [first, second] = [ours, theirs].map((falseAlarmsPerYear) =>
      detectSeries(one, pools, { ...DETECT_DEFAULTS, falseAlarmsPerYear }).anomalies.filter(({ end }) => end >= from),
    ) as [Found[], Found[]];
    totals[0]! += first.length;
    totals[1]! += second.length;
    const overlap = (a: Found, list: readonly Found[]) => list.some((b) => a.start <= b.end && b.start <= a.end);
    const rows = [
      ...first.map((found) => ({ found, by: [true, overlap(found, second)] })),
      ...second.filter((found) => !overlap(found, first)).map((found) => ({ found, by: [false, true] })),
    ];
    for (const { found, by } of rows) {
      const { start, peak, ratio, score } = found;
      const row = { site: one.siteId, analyte: one.analyte, start, peak, ratio, score, first: by[0], second: by[1] };
      process.stdout.write(values.json ? `${JSON.stringify(row)}\n` : `${Object.values(row).join(",")}\n`);
    }
  }
  process.stderr.write(
    `${series.length} series, last ${days} days: ${totals[0]} anomalies at ${ours} accepted false alarms a year, ${totals[1]} at ${theirs}\n`,
  );
  return refusals.length > 0 ? exit.partlyAccepted : exit.ok;
}

type Found = ReturnType<typeof detectSeries>["anomalies"][number];

const DAY_MS = 86_400_000;

function dayBefore(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) - days * DAY_MS).toISOString().slice(0, 10);
}

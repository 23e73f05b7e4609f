import { parseArgs } from "node:util";
import { detect } from "../analytics/detect/detect.ts";
import { DETECT_DEFAULTS } from "../analytics/detect/settings.ts";
import { judgeAll } from "../analytics/verdict/judge.ts";
import { CommandError, exit } from "./exitCodes.ts";
import { type ReadFile, readLoadCsv } from "./loadCsv.ts";

export const command = {
  name: "detect",
  summary: "find the loads in a CSV file that do not fit, and weigh why",
  usage: `usage: sewertrace detect FILE.csv [--sites SITES.csv] [--false-alarms 0.5] [--holidays DAY,DAY] [--json] [--all]

FILE.csv has the columns site, analyte, date, value, unit and, where known, loq, lod, censored, flow_m3_d, population, method,
sample_id; a value below the limit is written <2.5 or 0, or has censored = true. Prints one anomaly a line as CSV, with --json one
JSON object a line; with --all one line for every date with its score instead, so that any threshold can be studied.
--false-alarms  accepted false alarms per series and year of daily samples
--sites, --profile  accepted for scripts that pass them; loads of one analyte already share strength over all sites`,
};

export async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      sites: { type: "string" },
      profile: { type: "string" },
      "false-alarms": { type: "string", default: String(DETECT_DEFAULTS.falseAlarmsPerYear) },
      holidays: { type: "string", default: "" },
      json: { type: "boolean", default: false },
      all: { type: "boolean", default: false },
    },
  });
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw new CommandError(`one file is needed.\n${command.usage}`, exit.usage);
  const falseAlarmsPerYear = Number(values["false-alarms"]);
  if (!(falseAlarmsPerYear > 0)) throw new CommandError("--false-alarms is a number above zero, such as 0.5", exit.usage);
  const read = readLoadCsv(file);
  tell(read);
  if (read.series.length === 0) return exit.dataRefused;
  const detections = detect(read.series, {
    ...DETECT_DEFAULTS,
    falseAlarmsPerYear,
    holidays: new Set(values.holidays.split(",").filter(Boolean)),
  });
  // the reader may close the pipe early, as head does: that is its right
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(exit.ok);
  });
  const print = printer(values.json);
  if (values.all) {
    for (const [s, { siteId: site, analyte, scores }] of detections.entries()) {
      for (const { day, load, censored, expected, low, high, ratio, pValue, score, error, shape } of scores) {
        print({
          site,
          analyte,
          date: day,
          value: load,
          unit: read.series[s]!.unit,
          censored,
          expected,
          low,
          high,
          ratio,
          pValue,
          score,
          error,
          shape,
        });
      }
    }
  } else {
    for (const { detection, anomaly, verdict } of judgeAll(detections)) {
      const { siteId: site, analyte } = detection;
      const { start, end, peak, observed, expected, low, high, ratio, pValue, score, shape, detector, explanation } = anomaly;
      const unit = read.series.find((one) => one.siteId === site && one.analyte === analyte)!.unit;
      const probabilities = Object.entries(verdict.probabilities).map(([source, probability]) => [
        source,
        Number(probability.toFixed(4)),
      ]);
      print({
        site,
        analyte,
        start,
        end,
        peak,
        observed,
        expected,
        low,
        high,
        unit,
        ratio,
        pValue,
        score,
        shape,
        detector: `${detector.name}/${detector.version}`,
        verdict: verdict.source,
        ...(values.json
          ? {
              probabilities: Object.fromEntries(probabilities),
              evidence: verdict.evidence,
              baseline: anomaly.baseline,
              explanation,
            }
          : { probabilities: probabilities.map(([source, probability]) => `${source}=${probability}`).join(" ") }),
      });
    }
  }
  return read.refusals.length > 0 ? exit.partlyAccepted : exit.ok;
}

/** Refusals and warnings are talk: the first few in full, the rest as a number. */
const TOLD_MAX = 20;

function tell({ refusals, warnings, rows }: ReadFile): void {
  for (const warning of warnings.slice(0, TOLD_MAX)) process.stderr.write(`${warning}\n`);
  for (const { where, code, found, expected, mend } of refusals.slice(0, TOLD_MAX)) {
    process.stderr.write(
      `${where.file}, row ${where.row}, column ${where.path}: ${code}. Found "${found}", expected ${expected}. ${mend}\n`,
    );
  }
  if (refusals.length > 0) process.stderr.write(`${refusals.length} of ${rows} rows were refused.\n`);
}

/** One line a row: JSON in camelCase, or CSV in snake_case with a header before the first. */
function printer(json: boolean): (row: Record<string, unknown>) => void {
  let header = false;
  return (row) => {
    if (json) {
      process.stdout.write(`${JSON.stringify(row)}\n`);
      return;
    }
    if (!header) process.stdout.write(`${Object.keys(row).map(snake).join(",")}\n`);
    header = true;
    process.stdout.write(`${Object.values(row).map(cell).join(",")}\n`);
  };
}

const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function cell(value: unknown): string {
  const text = typeof value === "number" ? String(Number(value.toPrecision(7))) : String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

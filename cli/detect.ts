import { parseArgs } from "node:util";
import { detect, falseDiscoveryOf } from "../analytics/detect/detect.ts";
import type { SeriesDetection } from "../analytics/detect/detectSeries.ts";
import { regionalRises } from "../analytics/detect/regional.ts";
import { DETECT_DEFAULTS } from "../analytics/detect/settings.ts";
import { judgeAll, REGIONAL_RULE } from "../analytics/verdict/judge.ts";
import { ADJUSTMENTS, type Adjustment, COMBINATIONS, type Combination } from "../schemas/multipleTests.ts";
import { findProfile, methodProfiles } from "../schemas/profiles.ts";
import { CommandError, exit } from "./exitCodes.ts";
import { type ReadFile, type ReadSeries, readLoadSeries } from "./loadSeries.ts";
import { daysOf, oneOf } from "./optionValues.ts";
import { linePrinter } from "./printLines.ts";
import { tellRefusals } from "./refusalLine.ts";
import { readSites } from "./siteCsv.ts";

export const command = {
  name: "detect",
  summary: "find the loads in a CSV file that do not fit, and weigh why",
  usage: `usage: sewertrace detect FILE.csv [--sites SITES.csv] [--profile P] [--false-alarms 0.5] [--fdr 1] [--correction bh]
                       [--combination cauchy] [--holidays DAY,DAY] [--json] [--all]

FILE.csv has the columns site, analyte, date, value, unit and, where known, loq, lod, censored, flow_m3_d, population, method,
sample_id; the enantiomeric fraction of mdma is an analyte mdma_ef with unit 1. A value below the limit is written <2.5, <LOQ, ND or 0, or has censored = true; an empty value was not sampled. Prints one
anomaly a line as CSV, with --json one JSON object a line; with --all one line for every date with its score instead, so that any
threshold can be studied. docs/detection.md tells what every column means.
--sites         site and, where known, kind, region, population: series lend strength within a kind, rises are regional within a region
--profile       method profile whose names of analytes the file uses, such as euda-score
--false-alarms  accepted false alarms per site and year
--fdr           print only anomalies of a list in which at most this share is expected to be chance, such as 0.1
--correction    how p-values are corrected for their number, and so what --fdr bounds: bh or by the expected share of chance (by also
                where values depend on each other in any way), bonferroni, holm, hochberg or hommel the risk of a single false one
--combination   how the p-values of a region's sites are made one: cauchy, which holds where sites depend on each other, or fisher,
                stouffer, tippett, pearson
--holidays      days on which another load is expected`,
};

export async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      sites: { type: "string" },
      profile: { type: "string" },
      "false-alarms": { type: "string", default: String(DETECT_DEFAULTS.falseAlarmsPerYear) },
      fdr: { type: "string", default: "1" },
      correction: { type: "string", default: "bh" },
      combination: { type: "string", default: "cauchy" },
      holidays: { type: "string", default: "" },
      json: { type: "boolean", default: false },
      all: { type: "boolean", default: false },
    },
  });
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw new CommandError(`one file is needed.\n${command.usage}`, exit.usage);
  const falseAlarmsPerYear = Number(values["false-alarms"]);
  if (!(falseAlarmsPerYear > 0 && falseAlarmsPerYear < Number.POSITIVE_INFINITY))
    throw new CommandError("--false-alarms is a number above zero, such as 0.5", exit.usage);
  const fdr = Number(values.fdr);
  if (!(fdr > 0 && fdr <= 1)) throw new CommandError("--fdr is a share above 0 and at most 1, such as 0.1", exit.usage);
  const correction = oneOf("correction", values.correction, ADJUSTMENTS);
  const combination = oneOf("combination", values.combination, COMBINATIONS);
  const holidays = daysOf("holidays", values.holidays);
  const profile = values.profile === undefined ? undefined : profileOf(values.profile);
  const sites = values.sites === undefined ? new Map() : readSites(values.sites);
  const read = readLoadSeries(file, sites, (analyte) => profile?.columnNames[analyte] ?? analyte);
  tell(file, read);
  if (read.series.length === 0) return exit.dataRefused;
  // a fraction tells the cause of a load; its own ups and downs are no rise of anything
  const detections = detect(read.series, { ...DETECT_DEFAULTS, falseAlarmsPerYear, holidays }).map((one, s) =>
    read.series[s]!.quantity === "enantiomericFraction" ? { ...one, anomalies: [] } : one,
  );
  const print = linePrinter(values.json);
  const regionOf = (siteId: string) => sites.get(siteId)?.region ?? "";
  const rows = values.all
    ? scoreRows(read.series, detections)
    : anomalyRows(read.series, detections, { fdr, correction, combination, regionOf, json: values.json });
  for (const row of rows) print.line(row);
  await print.end();
  return read.refusals.length > 0 ? exit.partlyAccepted : exit.ok;
}

function profileOf(id: string) {
  const profile = findProfile(id);
  if (profile) return profile;
  const known = methodProfiles.map((one) => one.id).join(", ");
  throw new CommandError(`--profile: there is no profile "${id}"; there are ${known}`, exit.usage);
}

/** One line for every date: the columns of docs/detection.md. */
function* scoreRows(series: readonly ReadSeries[], detections: readonly SeriesDetection[]): Generator<Record<string, unknown>> {
  for (const [s, { siteId: site, analyte, scores, anomalies }] of detections.entries()) {
    const { unit, quantity } = series[s]!;
    let a = 0;
    for (const { day: date, load: value, censored, expected, low, high, ratio, pValue, score, error, shape } of scores) {
      while (a < anomalies.length && anomalies[a]!.end < date) a++;
      const raised = a < anomalies.length && anomalies[a]!.start <= date;
      yield {
        site,
        analyte,
        date,
        value,
        unit,
        quantity,
        censored,
        expected,
        low,
        high,
        ratio,
        pValue,
        score,
        error,
        shape,
        raised,
      };
    }
  }
}

interface AnomalyView {
  fdr: number;
  correction: Adjustment;
  combination: Combination;
  json: boolean;
  regionOf: (siteId: string) => string;
}

/** One line an anomaly: the columns of docs/detection.md; what is nested is JSON's alone. */
function* anomalyRows(
  series: readonly ReadSeries[],
  detections: readonly SeriesDetection[],
  { fdr, correction, combination, json, regionOf }: AnomalyView,
): Generator<Record<string, unknown>> {
  const shares = falseDiscoveryOf(detections, correction);
  const rises = regionalRises(detections, REGIONAL_RULE, regionOf, combination);
  const regionalOf = new Map(rises.flatMap((rise) => rise.anomalies.map((anomaly) => [anomaly, rise] as const)));
  const indexOf = new Map(detections.map((detection, s) => [detection, s]));
  for (const { detection, anomaly, verdict, explanation } of judgeAll(detections, regionOf)) {
    const qValue = shares.get(anomaly)!;
    if (qValue > fdr) continue;
    const { siteId: site, analyte } = detection;
    const { unit, quantity } = series[indexOf.get(detection)!]!;
    const { start, end, peak, raisedOn, observed, expected, low, high, ratio, pValue, score, shape, accepted, detector } =
      anomaly;
    const rise = regionalOf.get(anomaly);
    const sources = Object.entries(verdict.probabilities).map(([source, share]) => [source, Number(share.toFixed(4))] as const);
    yield {
      site,
      analyte,
      start,
      end,
      peak,
      raisedOn,
      observed,
      expected,
      low,
      high,
      unit,
      quantity,
      ratio,
      pValue,
      qValue,
      score,
      shape,
      accepted,
      regional: rise === undefined ? null : `${rise.region || "all"} ${rise.start}`,
      regionalSites: rise === undefined ? null : rise.risen.length,
      regionalPValue: rise === undefined ? null : rise.pValue,
      detector: `${detector.name}/${detector.version}`,
      verdict: verdict.source,
      ...(json
        ? {
            probabilities: Object.fromEntries(sources),
            evidence: verdict.evidence,
            baseline: anomaly.baseline,
            explanation,
          }
        : { probabilities: sources.map(([source, probability]) => `${source}=${probability}`).join(" ") }),
    };
  }
}

/** Refusals and warnings are talk: the first few in full, the rest as a number. */
const TOLD_MAX = 20;

export function tell(file: string, { refusals, warnings, rows, series }: ReadFile): void {
  for (const warning of warnings.slice(0, TOLD_MAX)) process.stderr.write(`${warning}\n`);
  if (warnings.length > TOLD_MAX) process.stderr.write(`${warnings.length - TOLD_MAX} more warnings like these.\n`);
  tellRefusals(refusals);
  if (refusals.length > 0) process.stderr.write(`${refusals.length} of ${rows} rows were refused.\n`);
  if (series.length === 0) process.stderr.write(`${file}: no row could be used: there is nothing to judge.\n`);
}

import { parseArgs } from "node:util";
import type { z } from "zod";
import { prepareNetwork, type SewerGraph } from "../analytics/trace/graph.ts";
import { nextSamples } from "../analytics/trace/next.ts";
import { planSurvey, type SurveyOptions, type SurveyPlan } from "../analytics/trace/survey.ts";
import { type TracePosterior, trace } from "../analytics/trace/trace.ts";
import { readLoads } from "../ingest/files/loadsCsv.ts";
import { readNetworkGeojson } from "../ingest/files/networkGeojson.ts";
import { type NetworkRead, readNetworkJson } from "../ingest/files/networkJson.ts";
import { readSwmm } from "../ingest/files/swmm.ts";
import type { TraceNote } from "../schemas/leadNotes.ts";
import { wordNote, wordReason } from "../schemas/leadWords.ts";
import { type Refusal, refusalsOf } from "../schemas/refusal.ts";
import { type TraceObservation, type TraceTrigger, traceTrigger } from "../schemas/trace.ts";
import { CommandError, exit } from "./exitCodes.ts";
import { jsonOf, textOf } from "./inputFile.ts";
import { wholeNumber } from "./optionValues.ts";
import { tellRefusals } from "./refusalLine.ts";

export const command = {
  name: "trace",
  summary: "where in the sewer a load entered, and which manholes to sample next",
  usage: `usage: sewertrace trace --network NET.inp|NET.geojson|NET.json --observations OBS.csv [--trigger TRIGGER.json] [--batch 3]
                        [--plant NODE] [--exclude NODE,NODE] [--survey 12] [--json]

  --network       EPA SWMM 5 input file, GeoJSON of nodes and pipes, or the project's JSON (docs/trace-back.md)
  --observations  CSV, one 24-h composite a row: node,date,load_g_d[,loq_g_d][,baseline_g_d][,flow_m3_d]; below a limit: <0.4
  --trigger       JSON: {node, date, excessGD[, excessSd][, baselineGD][, analyte]}; without a baseline the plant's baseline_g_d is it
  --batch         samples of the next round, 1 to 8 (default 3)
  --plant         node to trace upstream from (default: the trigger's, else the network's plant)
  --exclude       nodes that cannot be sampled, or are anyway, as the plant may be
  --survey        plans a survey of so many manholes' ordinary loads, and says whether the load can be traced without it`,
} as const;

/** A round of more is not planned at once: its joint outcomes double with each. */
const BATCH_MAX = 8;

export async function run(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      network: { type: "string" },
      observations: { type: "string" },
      trigger: { type: "string" },
      batch: { type: "string", default: "3" },
      plant: { type: "string" },
      exclude: { type: "string" },
      survey: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  if (!values.network || !values.observations) {
    throw new CommandError(`--network and --observations are needed\n\n${command.usage}`, exit.usage);
  }
  const batch = wholeNumber("batch", values.batch, 1, BATCH_MAX);
  const surveyed = values.survey === undefined ? undefined : wholeNumber("survey", values.survey, 1);
  const given = values.trigger ? readTrigger(values.trigger) : undefined;
  if (Array.isArray(given)) return refused(given);
  const read = readNetwork(values.network, values.plant ?? given?.node);
  if ("refusals" in read) return refused(read.refusals);
  const graph = prepareNetwork(read.network);
  if (given && !graph.indexOf.has(given.node)) return refused([nodeUnknown(values.trigger ?? "", given.node)]);
  const exclude = new Set(values.exclude?.split(",") ?? []);
  const stranger = [...exclude].find((node) => !graph.indexOf.has(node));
  if (stranger !== undefined) throw new CommandError(`--exclude: found "${stranger}", expected nodes of the network`, exit.usage);
  const { observations, refusals } = readLoads(textOf(values.observations), values.observations, (id) => graph.indexOf.has(id));
  tellRefusals(refusals);
  if (observations.length === 0 && refusals.length > 0) return exit.dataRefused;

  const trigger = given && completeTrigger(given, observations, values.trigger ?? "");
  if (Array.isArray(trigger)) return refused(trigger);
  const posterior = trace(graph, { trigger, observations });
  const next = nextSamples(graph, posterior.toSample, { batch, exclude }).map((sample) => ({
    ...sample,
    reason: wordReason(sample.because).en,
  }));
  const notes = [...posterior.notes, ...read.checks.map((values): TraceNote => ({ code: "network", values }))];
  const warnings = notes.map((note) => wordNote(note).en);
  const survey = surveyed === undefined ? undefined : surveyOf(graph, posterior, { manholesMax: surveyed, exclude });
  if (!values.json) {
    process.stdout.write(describe(posterior, next, warnings, survey));
    return refusals.length > 0 ? exit.partlyAccepted : exit.ok;
  }
  const { source, toSample, sources, ...shown } = posterior;
  const answer = {
    ...shown,
    ...setsOf(posterior),
    sources: sources.map((one) => ({ candidates: one.candidates, ...setsOf(one), massGD: one.massGD })),
    next,
    survey,
    notes,
    warnings,
    refused: refusals,
  };
  process.stdout.write(`${JSON.stringify(answer)}\n`);
  return refusals.length > 0 ? exit.partlyAccepted : exit.ok;
}

/** The nodes of each credible set, and apart from them its size. */
function setsOf({ credible }: Pick<TracePosterior, "credible">) {
  const entries = Object.entries(credible);
  return {
    credible: Object.fromEntries(entries.map(([level, { nodes }]) => [level, nodes])),
    sets: Object.fromEntries(
      entries.map(([level, { nodes, pipeLengthM, people }]) => [level, { nodes: nodes.length, pipeLengthM, people }]),
    ),
  };
}

/** For the load that the samples tell of, against the baselines as far as they tell. */
function surveyOf(
  graph: SewerGraph,
  { massGD, baseline, source }: TracePosterior,
  limits: Pick<SurveyOptions, "manholesMax" | "exclude">,
): SurveyPlan {
  const { plantBaselineGD, sampled } = source.evidence;
  const known = sampled.length > 0 ? { baselineSdLn: baseline.sdLn } : {};
  return planSurvey(graph, { excessGD: massGD?.median ?? plantBaselineGD, plantBaselineGD, ...known, ...limits });
}

function readNetwork(file: string, plant: string | undefined): NetworkRead {
  const text = textOf(file);
  if (/\.inp$/i.test(file)) return readSwmm(text, file, plant);
  const read = /\.geojson$/i.test(file) ? readNetworkGeojson(text, file) : readNetworkJson(text, file);
  if ("refusals" in read || plant === undefined) return read;
  // Sewage is traced upstream from where the anomaly was seen.
  if (read.network.nodes.some(({ id }) => id === plant)) return { ...read, network: { ...read.network, plant } };
  const mend = "Name the trigger's node as the network does.";
  return {
    refusals: [{ code: "node_unknown", where: { file, path: "nodes" }, found: plant, expected: "a node of the network", mend }],
  };
}

/** What an operator may not know: the analyte does not matter to a trace, and the rest is found or assumed (completeTrigger). */
const triggerFile = traceTrigger.partial({ analyte: true, date: true, excessSd: true, baselineGD: true });
type TriggerFile = z.infer<typeof triggerFile>;

/** sd of an excess as a share of the plant's load that day: laboratory, sampling and what is expected of the day. */
const EXCESS_SD_SHARE = 0.27;

/** Fills in from the plant's own rows: their baseline and the day of the first. */
function completeTrigger(
  { node, excessGD, ...given }: TriggerFile,
  observations: readonly TraceObservation[],
  file: string,
): TraceTrigger | Refusal[] {
  const atPlant = observations.filter((row) => row.node === node);
  const ownDay = atPlant.find(({ date, censored }) => !censored && (given.date === undefined || date === given.date));
  const baselineGD =
    given.baselineGD ?? atPlant.find((row) => row.baselineGD !== undefined)?.baselineGD ?? (ownDay && ownDay.loadGD - excessGD);
  if (baselineGD === undefined || baselineGD <= 0) {
    const expected = "baselineGD, or a row of the plant with its baseline_g_d, or its load on the day";
    const mend = "Add the load of an ordinary day at the plant in g/d.";
    return [{ code: "field_missing", where: { file, path: "baselineGD" }, found: "nothing", expected, mend }];
  }
  const days = [...atPlant, ...observations].map(({ date }) => date);
  const excessSd = given.excessSd || EXCESS_SD_SHARE * Math.max(baselineGD, baselineGD + excessGD);
  // A trigger without a day is of the day before all samples: none of them is then its own.
  return {
    node,
    excessGD,
    baselineGD,
    excessSd,
    analyte: given.analyte ?? "unknown",
    date: given.date ?? days[0] ?? "1970-01-01",
  };
}

function readTrigger(file: string): TriggerFile | Refusal[] {
  const value = jsonOf(file);
  const parsed = triggerFile.safeParse(value);
  return parsed.success ? parsed.data : refusalsOf(parsed.error, value, { file });
}

function nodeUnknown(file: string, found: string): Refusal {
  const mend = "Name the plant's node as the network does.";
  return { code: "node_unknown", where: { file, path: "node" }, found, expected: "a node of the network", mend };
}

function refused(refusals: readonly Refusal[]): number {
  tellRefusals(refusals);
  return exit.dataRefused;
}

const percent = (p: number) => `${(100 * p).toFixed(1)} %`;

function describe(
  { noSource, diffuse, outside, candidates, credible, massGD }: TracePosterior,
  next: readonly { node: string; bits: number; reason: string }[],
  warnings: readonly string[],
  survey: SurveyPlan | undefined,
): string {
  const lines = [
    `no source ${percent(noSource)}, diffuse rise ${percent(diffuse)}, outside the mapped network ${percent(outside)}`,
    `if there is a point source, with 90 % in ${credible["90"].nodes.length} nodes, ${Math.round(credible["90"].pipeLengthM)} m of pipe`,
    massGD
      ? `mass entering ${massGD.median.toPrecision(3)} g/d (90 %: ${massGD.low.toPrecision(3)} to ${massGD.high.toPrecision(3)})`
      : "",
    "candidates:",
    ...candidates.slice(0, 10).map(({ node, probability }) => `  ${node}  ${percent(probability)}`),
    "sample next:",
    ...next.map(({ node, bits, reason }) => `  ${node}  ${bits.toFixed(2)} bits, ${reason}`),
    ...(survey ? describeSurvey(survey) : []),
    ...warnings.map((warning) => `note: ${warning}`),
  ];
  return `${lines.filter(Boolean).join("\n")}\n`;
}

function describeSurvey({ verdict, traceableShare, traceableShareSurveyed, manholes }: SurveyPlan): string[] {
  const said = {
    traceable: "the load can be traced with the baselines as they are",
    survey_first: "survey these manholes before tracing",
    too_uncertain: "the load is too small to be traced in this sewer, even after a survey",
  }[verdict];
  return [
    `survey: ${said} (places that stand out: ${percent(traceableShare)} now, ${percent(traceableShareSurveyed)} once surveyed)`,
    ...manholes.map(
      ({ node, samples, because }) => `  ${node}  ${samples} dry days, ${percent(because.values.upstreamShare)} upstream`,
    ),
  ];
}

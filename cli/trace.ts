import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { prepareNetwork } from "../analytics/trace/graph.ts";
import { nextSamples } from "../analytics/trace/next.ts";
import { type TracePosterior, trace } from "../analytics/trace/trace.ts";
import { readLoads } from "../ingest/files/loadsCsv.ts";
import { readNetworkGeojson } from "../ingest/files/networkGeojson.ts";
import { type NetworkRead, readNetworkJson } from "../ingest/files/networkJson.ts";
import { readSwmm } from "../ingest/files/swmm.ts";
import { type Refusal, refusalsOf } from "../schemas/refusal.ts";
import { type TraceTrigger, traceTrigger } from "../schemas/trace.ts";
import { CommandError, exit } from "./exitCodes.ts";

export const command = {
  name: "trace",
  summary: "Where in the sewer did the load enter, and which manholes to sample next",
  usage: `sewertrace trace --network NET.inp|NET.json --observations OBS.csv [--trigger TRIGGER.json] [--batch 3] [--plant NODE] [--exclude NODE,NODE] [--json]

  --network       EPA SWMM 5 input file, GeoJSON of nodes and pipes, or the project's JSON (docs/trace-back.md)
  --observations  CSV, one 24-h composite a row: node,date,load_g_d[,loq_g_d][,baseline_g_d][,flow_m3_d]; below a limit: <0.4
  --trigger       JSON: {node, analyte, date, excessGD, excessSd, baselineGD}
  --batch         samples of the next round, 1 to 8 (default 3)
  --plant         node to trace upstream from (default: the trigger's, else the network's plant)
  --exclude       nodes that cannot be sampled`,
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
      json: { type: "boolean", default: false },
    },
  });
  if (!values.network || !values.observations) {
    throw new CommandError(`--network and --observations are needed\n\nusage: ${command.usage}`, exit.usage);
  }
  const batch = Number(values.batch);
  if (!Number.isInteger(batch) || batch < 1 || batch > BATCH_MAX) {
    throw new CommandError(`--batch ${values.batch}: expected a whole number from 1 to ${BATCH_MAX}`, exit.usage);
  }
  const trigger = values.trigger ? await readTrigger(values.trigger) : undefined;
  if (Array.isArray(trigger)) return refused(trigger);
  const read = await readNetwork(values.network, values.plant ?? trigger?.node);
  if ("refusals" in read) return refused(read.refusals);
  const graph = prepareNetwork(read.network);
  if (trigger && !graph.indexOf.has(trigger.node)) return refused([nodeUnknown(values.trigger ?? "", trigger.node)]);
  const { observations, refusals } = readLoads(await readText(values.observations), values.observations, (id) =>
    graph.indexOf.has(id),
  );
  report(refusals);
  if (observations.length === 0 && refusals.length > 0) return exit.dataRefused;

  const posterior = trace(graph, { trigger, observations });
  const exclude = new Set(values.exclude?.split(",") ?? []);
  const next = nextSamples(graph, posterior.source, { batch, exclude });
  const { source, ...shown } = posterior;
  const warnings = [
    ...posterior.warnings,
    ...read.checks.map(({ code, found, assumed }) => `Network, ${code}: ${found}; assumed: ${assumed}.`),
  ];
  if (values.json) {
    const credible = Object.fromEntries(Object.entries(posterior.credible).map(([level, { nodes }]) => [level, nodes]));
    const sets = Object.fromEntries(
      Object.entries(posterior.credible).map(([level, { nodes, pipeLengthM, people }]) => [
        level,
        { nodes: nodes.length, pipeLengthM, people },
      ]),
    );
    process.stdout.write(`${JSON.stringify({ ...shown, credible, sets, next, warnings, refused: refusals })}\n`);
  } else process.stdout.write(describe(posterior, next, warnings));
  return refusals.length > 0 ? exit.partlyAccepted : exit.ok;
}

async function readNetwork(file: string, plant: string | undefined): Promise<NetworkRead> {
  const text = await readText(file);
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

async function readTrigger(file: string): Promise<TraceTrigger | Refusal[]> {
  let value: unknown;
  try {
    value = JSON.parse(await readText(file));
  } catch (error) {
    if (error instanceof CommandError) throw error;
    return [
      {
        code: "json_broken",
        where: { file },
        found: (error as Error).message,
        expected: "a JSON object",
        mend: "Write the trigger again.",
      },
    ];
  }
  const parsed = traceTrigger.safeParse(value);
  return parsed.success ? parsed.data : refusalsOf(parsed.error, value, { file });
}

function nodeUnknown(file: string, found: string): Refusal {
  const mend = "Name the plant's node as the network does.";
  return { code: "node_unknown", where: { file, path: "node" }, found, expected: "a node of the network", mend };
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new CommandError(`${file} cannot be read: ${(cause as Error).message}`, exit.usage, { cause });
  }
}

function refused(refusals: readonly Refusal[]): number {
  report(refusals);
  return exit.dataRefused;
}

function report(refusals: readonly Refusal[]): void {
  for (const { code, where, found, expected, mend } of refusals) {
    const place = [where.file, where.sheet, where.row === undefined ? "" : `line ${where.row}`, where.path]
      .filter(Boolean)
      .join(", ");
    process.stderr.write(`${place}: ${code}. Found "${found}", expected ${expected}. ${mend}\n`);
  }
}

const percent = (p: number) => `${(100 * p).toFixed(1)} %`;

function describe(
  { noSource, diffuse, outside, candidates, credible, massGD }: TracePosterior,
  next: readonly { node: string; bits: number; reason: string }[],
  warnings: readonly string[],
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
    ...warnings.map((warning) => `note: ${warning}`),
  ];
  return `${lines.filter(Boolean).join("\n")}\n`;
}

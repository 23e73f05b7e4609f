import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { prepareNetwork } from "../../analytics/trace/graph.ts";
import { nextSamples } from "../../analytics/trace/next.ts";
import { trace } from "../../analytics/trace/trace.ts";
import type { TraceObservation } from "../../schemas/trace.ts";
import { passingThrough } from "../../simulation/drainage.ts";
import { seededRandom } from "../../simulation/random.ts";
import { generateSewer } from "../../simulation/sewer.ts";

// How time and memory grow with the sewer: prepared once, then four rounds of three samples chosen by expected information; after
// each, all places are weighed again and all manholes scored. Times are the processor's, so that a busy machine shows less. Memory
// is what the prepared sewer and its posterior hold once the network they were read from is let go. node bench/trace/scale.ts [--nodes 1000,10000,100000,1000000] [--seed 1]
const { values: options } = parseArgs({
  options: {
    nodes: { type: "string", default: "1000,10000,100000,1000000" },
    seed: { type: "string", default: "1" },
  },
});

const ROUNDS = 4;
const BATCH = 3;
const PLANT_BASELINE_GD = 100;
const trigger = {
  node: "WWTP",
  analyte: "mdma",
  date: "2026-05-01",
  excessGD: PLANT_BASELINE_GD,
  excessSd: 40,
  baselineGD: PLANT_BASELINE_GD,
};

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

console.log("    nodes   prepare ms   update ms   scoring ms   us a node       held MB");
run(1_000); // compiles what is measured below
for (const nodes of options.nodes.split(",").map(Number)) {
  const { prepareMs, updateMs, scoringMs } = run(nodes);
  const heldMb = held(nodes);
  const perNodeUs = ((updateMs + scoringMs) * 1_000) / nodes;
  const cells = [prepareMs.toFixed(0), updateMs.toFixed(1), scoringMs.toFixed(1), perNodeUs.toFixed(2), heldMb.toFixed(0)];
  console.log(
    `${String(nodes).padStart(9)}${cells.map((cell, column) => cell.padStart([13, 12, 13, 12, 14][column] as number)).join("")}`,
  );
}

/** Medians over the rounds. */
function run(nodes: number): { prepareMs: number; updateMs: number; scoringMs: number } {
  const network = generateSewer({ id: "scale", seed: Number(options.seed), nodes, people: nodes * 20 });
  const random = seededRandom(options.seed, "scale", nodes);
  const source = random.pick(network.nodes.slice(1)).id;
  const passes = passingThrough(network, (id) => (id === source ? PLANT_BASELINE_GD : 0));
  const [graph, prepareMs] = timed(() => prepareNetwork(network));
  const observations: TraceObservation[] = [];
  const updates: number[] = [];
  const scorings: number[] = [];
  let posterior = trace(graph, { trigger, observations });
  for (let round = 0; round < ROUNDS; round++) {
    const [next, scoringMs] = timed(() => nextSamples(graph, posterior.toSample, { batch: BATCH }));
    for (const { node } of next) {
      const ordinaryGD = PLANT_BASELINE_GD * (graph.baselineShare[graph.indexOf.get(node) as number] as number);
      const loadGD = (ordinaryGD + (passes.get(node) ?? 0)) * random.factor(0.245);
      observations.push({ node, date: `2026-05-${String(2 + round).padStart(2, "0")}`, loadGD, censored: false });
    }
    const [updated, updateMs] = timed(() => trace(graph, { trigger, observations }));
    posterior = updated;
    updates.push(updateMs);
    scorings.push(scoringMs);
  }
  return { prepareMs, updateMs: median(updates), scoringMs: median(scorings) };
}

/** MB of a prepared sewer with its posterior, three samples taken. */
function held(nodes: number): number {
  const bytes = () => {
    collectGarbage();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const grow = () => {
    const graph = prepareNetwork(generateSewer({ id: "held", seed: Number(options.seed), nodes, people: nodes * 20 }));
    const date = "2026-05-02";
    const next = nextSamples(graph, trace(graph, { trigger, observations: [] }).source, { batch: BATCH });
    const observations = next.map(({ node }) => ({ node, date, loadGD: PLANT_BASELINE_GD, censored: false }));
    return { graph, posterior: trace(graph, { trigger, observations }) };
  };
  const before = bytes();
  const kept = grow();
  const mb = (bytes() - before) / 1e6;
  return kept.graph.n > 0 ? mb : 0; // kept until it is measured
}

function timed<T>(work: () => T): [result: T, ms: number] {
  const start = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(start);
  return [result, (user + system) / 1_000];
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return ((sorted[(sorted.length - 1) >> 1] as number) + (sorted[sorted.length >> 1] as number)) / 2;
}

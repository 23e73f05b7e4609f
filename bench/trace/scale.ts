import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { accumulate, prepareNetwork } from "../../analytics/trace/graph.ts";
import { nextSamples } from "../../analytics/trace/next.ts";
import { trace } from "../../analytics/trace/trace.ts";
import type { TraceObservation } from "../../schemas/trace.ts";
import { passingThrough } from "../../simulation/drainage.ts";
import { seededRandom } from "../../simulation/random.ts";
import { generateSewer } from "../../simulation/sewer.ts";

// How time and memory grow with the sewer: prepared once, then four rounds of three samples chosen by expected information; after
// each, all places are weighed again and all manholes scored, nine times, the median counts: the first times are the compiler's.
// Times are the processor's, so that a busy machine shows less. One pass is what it takes to sum one array down the sewer: what
// stands beside it in passes holds on machines of any speed. Memory is what the prepared sewer and its posterior hold once the
// network they were read from is let go. node bench/trace/scale.ts [--nodes 1000,10000,100000,1000000] [--seed 1]
const { values: options } = parseArgs({
  options: {
    nodes: { type: "string", default: "1000,10000,100000,1000000" },
    seed: { type: "string", default: "1" },
  },
});

const ROUNDS = 4;
const TIMES = 9;
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

console.log("    nodes   prepare ms   update ms   scoring ms   us a node   pass ms   update, scoring in passes   held MB");
run(1_000); // compiles what is measured below
for (const nodes of options.nodes.split(",").map(Number)) {
  const { prepareMs, updateMs, scoringMs, passMs } = run(nodes);
  const cells = [
    [prepareMs.toFixed(0), 13],
    [updateMs.toFixed(1), 12],
    [scoringMs.toFixed(1), 13],
    [(((updateMs + scoringMs) * 1_000) / nodes).toFixed(2), 12],
    [passMs.toFixed(2), 10],
    [`${(updateMs / passMs).toFixed(0)}, ${(scoringMs / passMs).toFixed(0)}`, 28],
    [held(nodes).toFixed(0), 10],
  ] as const;
  console.log(`${String(nodes).padStart(9)}${cells.map(([cell, width]) => cell.padStart(width)).join("")}`);
}

/** Medians over the rounds, and over the times each is done. */
function run(nodes: number): { prepareMs: number; updateMs: number; scoringMs: number; passMs: number } {
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
    const [next, scoringMs] = timedOften(() => nextSamples(graph, posterior.toSample, { batch: BATCH }));
    for (const { node } of next) {
      const ordinaryGD = PLANT_BASELINE_GD * (graph.baselineShare[graph.indexOf.get(node) as number] as number);
      const loadGD = (ordinaryGD + (passes.get(node) ?? 0)) * random.factor(0.245);
      observations.push({ node, date: `2026-05-${String(2 + round).padStart(2, "0")}`, loadGD, censored: false });
    }
    const [updated, updateMs] = timedOften(() => trace(graph, { trigger, observations }));
    posterior = updated;
    updates.push(updateMs);
    scorings.push(scoringMs);
  }
  const { people, order, outStart, outTo, outFraction } = graph;
  const [, passMs] = timedOften(() => accumulate(people, order, outStart, outTo, outFraction));
  return { prepareMs, updateMs: median(updates), scoringMs: median(scorings), passMs };
}

/** MB of a prepared sewer with its posterior, three samples taken. */
function held(nodes: number): number {
  const bytes = () => {
    for (let time = 0; time < 3; time++) collectGarbage(); // what was optimised for and buffers are let go of one after the other
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

function timedOften<T>(work: () => T): [result: T, ms: number] {
  const runs = Array.from({ length: TIMES }, () => timed(work));
  return [(runs[0] as [T, number])[0], median(runs.map(([, ms]) => ms))];
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return ((sorted[(sorted.length - 1) >> 1] as number) + (sorted[sorted.length >> 1] as number)) / 2;
}

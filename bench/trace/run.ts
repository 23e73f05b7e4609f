import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { prepareNetwork, type SewerGraph } from "../../analytics/trace/graph.ts";
import { nextSamples } from "../../analytics/trace/next.ts";
import { trace } from "../../analytics/trace/trace.ts";
import type { Network } from "../../schemas/network.ts";
import type { TraceObservation } from "../../schemas/trace.ts";
import { passingThrough } from "../../simulation/drainage.ts";
import { type Random, seededRandom } from "../../simulation/random.ts";
import { generateSewer } from "../../simulation/sewer.ts";

// Blind localisation: a source is put into a sewer, the plant's anomaly opens the trace, and rounds of three manholes are sampled
// where each strategy says, until the 90 % set is at most five nodes or 40 samples are taken. node bench/trace/run.ts --help
const { values: options } = parseArgs({
  options: {
    truth: { type: "string" },
    nodes: { type: "string", default: "300" },
    runs: { type: "string", default: "25" },
    seed: { type: "string", default: "1" },
    help: { type: "boolean", default: false },
  },
});
if (options.help) {
  console.log("node bench/trace/run.ts [--nodes 300] [--runs 25] [--seed 1] [--truth FILE.truth.json.gz, simulated in EPA SWMM]");
  process.exit(0);
}

/** Noise on the log scale: laboratory with sampling, and a manhole's own lasting deviation. */
const ASSAY_SD_LN = 0.245;
const MANHOLE_SD_LN = 0.25;
const PLANT_BASELINE_GD = 100;
const SAMPLES_MAX = 40;
const BATCH = 3;
const FOUND_NODES = 5;

/** A sewer with the truth about where loads go. */
interface World {
  network: Network;
  /** Share of the plant's ordinary load at each node. */
  share(node: string): number;
  /** Share of a source's mass that passes a node within the composite, for each source that may be tried. */
  sources: { node: string; passing(node: string): number }[];
}

interface Scenario {
  name: string;
  /** Source as a multiple of the plant's ordinary load; 0 for none. */
  mass: number;
  /** Share of days on which it emits. */
  emission: number;
}

const SCENARIOS: readonly Scenario[] = [
  { name: "as large as the baseline, every day", mass: 1, emission: 1 },
  { name: "as large as the baseline, 70 % of days", mass: 1, emission: 0.7 },
  { name: "a third of the baseline, every day", mass: 0.3, emission: 1 },
  { name: "nothing there", mass: 0, emission: 1 },
];

type Strategy = (graph: SewerGraph, posterior: ReturnType<typeof trace>, random: Random) => string[];
const STRATEGIES: Record<string, Strategy> = {
  "expected information": (graph, { source }) => nextSamples(graph, source, { batch: BATCH }).map(({ node }) => node),
  "most probable nodes": (_graph, { candidates }) => candidates.slice(0, BATCH).map(({ node }) => node),
  "at random": (graph, _posterior, random) => Array.from({ length: BATCH }, () => random.pick(graph.ids)),
};

const world = options.truth ? simulatedInSwmm(options.truth) : generated(Number(options.nodes), Number(options.seed));
const graph = prepareNetwork(world.network);
console.log(
  `${graph.n} nodes, ${options.runs} runs a cell, rounds of ${BATCH}; found: the true node among the first ${FOUND_NODES}`,
);
for (const scenario of SCENARIOS) {
  console.log(`\n${scenario.name}`);
  for (const [name, strategy] of Object.entries(STRATEGIES)) {
    const runs = Array.from({ length: Number(options.runs) }, (_, run) =>
      play(scenario, strategy, seededRandom(options.seed, run)),
    );
    const share = (of: (run: Outcome) => boolean) => (runs.filter(of).length / runs.length).toFixed(2);
    const samples = runs.reduce((sum, run) => sum + run.samples, 0) / runs.length;
    const cells =
      scenario.mass > 0
        ? `found ${share((run) => run.found)}, 90 % set holds it ${share((run) => run.covered)}`
        : `named a place ${share((run) => run.noSource < 0.05)}, dismissed ${share((run) => run.noSource > 0.5)}`;
    console.log(`  ${name.padEnd(22)} ${cells}, ${samples.toFixed(1)} samples`);
  }
}

interface Outcome {
  found: boolean;
  covered: boolean;
  noSource: number;
  samples: number;
}

function play({ mass, emission }: Scenario, strategy: Strategy, random: Random): Outcome {
  const source = random.pick(world.sources);
  const massGD = mass * PLANT_BASELINE_GD;
  const factors = new Map<string, number>();
  const factorOf = (node: string) => {
    const factor = factors.get(node) ?? random.factor(MANHOLE_SD_LN);
    factors.set(node, factor);
    return factor;
  };
  const loadGD = (node: string, emits: boolean) => {
    const ordinary = Math.max(world.share(node), 1e-6) * PLANT_BASELINE_GD * factorOf(node);
    return (ordinary + (emits ? massGD * source.passing(node) : 0)) * random.factor(ASSAY_SD_LN);
  };
  // an anomaly is a high day: without a source, the highest of many
  const arrived = PLANT_BASELINE_GD + massGD * source.passing(world.network.plant);
  const observedGD =
    mass > 0
      ? arrived * random.factor(ASSAY_SD_LN)
      : Math.max(...Array.from({ length: 300 }, () => arrived * random.factor(ASSAY_SD_LN)));
  const trigger = {
    node: world.network.plant,
    analyte: "methamphetamine",
    date: "2026-01-01",
    excessGD: observedGD - PLANT_BASELINE_GD,
    excessSd: 0.27 * observedGD,
    baselineGD: PLANT_BASELINE_GD,
  };
  const observations: TraceObservation[] = [];
  let posterior = trace(graph, { trigger, observations });
  for (let day = 2; observations.length < SAMPLES_MAX; day++) {
    const localised =
      observations.length > 0 && posterior.credible["90"].nodes.length <= FOUND_NODES && posterior.noSource < 0.05;
    if (localised || posterior.noSource > 0.9) break;
    const nodes = strategy(graph, posterior, random);
    if (nodes.length === 0) break;
    const emits = random.uniform() < emission;
    const date = new Date(Date.UTC(2026, 0, day)).toISOString().slice(0, 10);
    for (const node of nodes) observations.push({ node, date, loadGD: loadGD(node, emits), censored: false });
    posterior = trace(graph, { trigger, observations });
  }
  return {
    found: posterior.candidates.slice(0, FOUND_NODES).some(({ node }) => node === source.node),
    covered: posterior.credible["90"].nodes.includes(source.node),
    noSource: posterior.noSource,
    samples: observations.length,
  };
}

function generated(nodes: number, seed: number): World {
  const network = generateSewer({ id: "bench", seed, nodes, people: 100_000 });
  const people = new Map(network.nodes.map(({ id, population = 0 }) => [id, population]));
  const upstream = passingThrough(network, (id) => people.get(id) ?? 0);
  const total = upstream.get(network.plant) as number;
  return {
    network,
    share: (node) => (upstream.get(node) ?? 0) / total,
    sources: network.nodes
      .filter(({ id }) => id !== network.plant)
      .map(({ id }) => {
        const passes = passingThrough(network, (entered) => (entered === id ? 1 : 0));
        return { node: id, passing: (node) => passes.get(node) ?? 0 };
      }),
  };
}

/** `nodes[]` {id, down, link, len_m, dwf_m3s, q_swmm_m3s, xy} as the dominant-path tree, `sources[]` {node, frac24h}. */
function simulatedInSwmm(file: string): World {
  interface Node {
    id: string;
    down: string | null;
    len_m?: number;
    dwf_m3s?: number;
    q_swmm_m3s: number;
  }
  const truth = JSON.parse(gunzipSync(readFileSync(file)).toString()) as {
    nodes: Node[];
    sources: { node: string; frac24h: Record<string, number> }[];
  };
  const flows = new Map(truth.nodes.map(({ id, q_swmm_m3s }) => [id, q_swmm_m3s]));
  const ends = truth.nodes.filter(({ down }) => !down || !flows.has(down)).toSorted((a, b) => b.q_swmm_m3s - a.q_swmm_m3s);
  const plant = (ends[0] as Node).id;
  const network: Network = {
    id: "truth",
    plant,
    nodes: truth.nodes.map(({ id, dwf_m3s }) => ({
      id,
      ...(dwf_m3s === undefined ? {} : { dryWeatherFlowM3S: Math.max(0, dwf_m3s) }),
    })),
    links: truth.nodes.flatMap(({ id, down, len_m }, i) =>
      down && flows.has(down) ? [{ id: `l${i}`, from: id, to: down, ...(len_m ? { lengthM: len_m } : {}) }] : [],
    ),
  };
  return {
    network,
    share: (node) => (flows.get(node) ?? 0) / (flows.get(plant) as number),
    sources: truth.sources
      .filter(({ frac24h }) => (frac24h[plant] ?? 0) > 0.3) // the others never reach the plant, so nothing would open a trace
      .map(({ node, frac24h }) => ({ node, passing: (at) => frac24h[at] ?? 0 })),
  };
}

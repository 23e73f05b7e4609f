import { parseArgs } from "node:util";
import { prepareNetwork, type SewerGraph } from "../../analytics/trace/graph.ts";
import { nextSamples } from "../../analytics/trace/next.ts";
import { type TracePosterior, trace } from "../../analytics/trace/trace.ts";
import type { TraceObservation, TraceTrigger } from "../../schemas/trace.ts";
import { type Random, seededRandom } from "../../simulation/random.ts";
import { CELLS, type Cell } from "./cells.ts";
import { binarySplitting, type Rival, walkUpstream } from "./rivals.ts";
import { generatedWorld, simulatedWorld, withWrongPipes } from "./world.ts";

// Blind localisation: a source is put into a sewer, the plant's anomaly opens the trace, and rounds of three manholes are sampled
// where each method says, until the 90 % set is at most five nodes or the samples are used up. node bench/trace/run.ts --help
const { values: options } = parseArgs({
  options: {
    truth: { type: "string" },
    inp: { type: "string" },
    nodes: { type: "string", default: "300" },
    splits: { type: "string", default: "0" },
    houseless: { type: "boolean", default: false },
    runs: { type: "string", default: "25" },
    seed: { type: "string", default: "1" },
    cells: { type: "string", default: "" },
    methods: { type: "string", default: "" },
    help: { type: "boolean", default: false },
  },
});
if (options.help) {
  console.log(`node bench/trace/run.ts [--nodes 300 [--splits 0.05] [--houseless: sources at manholes without houses]] [--runs 25] [--seed 1] [--cells "WORDS;WORDS"] [--methods "WORDS;WORDS"]
  [--truth FILE.truth.json.gz simulated in EPA SWMM [--inp its FILE.inp to trace in]]`);
  process.exit(0);
}

/** Noise on the log scale: laboratory with sampling, and a manhole's own lasting deviation. */
const ASSAY_SD_LN = 0.245;
const MANHOLE_SD_LN = 0.25;
const SURVEY_SD_LN = 0.1;
const PLANT_BASELINE_GD = 100;
const BATCH = 3;
const FOUND_NODES = 5;
const MIDWAY_SAMPLES = 6;
/** As for a lead: a place is named when the set is small and there hardly is nothing. */
const NAMED = { nodes: FOUND_NODES, probability: 0.18 };

type Method = (graph: SewerGraph, posterior: TracePosterior, random: Random) => string[];
const METHODS: Record<string, Method> = {
  "expected information": (graph, { toSample }) => nextSamples(graph, toSample, { batch: BATCH }).map(({ node }) => node),
  "most probable nodes": (_graph, { candidates }) => candidates.slice(0, BATCH).map(({ node }) => node),
  "at random": (graph, _posterior, random) =>
    Array.from({ length: BATCH }, () => graph.ids[random.integer(0, graph.n - 1)] as string),
};
/** Tuned fairly: each is tried with every threshold, and the best is shown. */
const THRESHOLDS = [0.3, 0.5, 0.7];
const RIVALS: Record<string, (threshold: number, samplesMax: number) => Rival> = {
  "walking upstream": (threshold, samplesMax) => walkUpstream(threshold, samplesMax),
  "binary splitting": (threshold, samplesMax) => binarySplitting(threshold, samplesMax, FOUND_NODES),
};

const worldSeed = Number(options.seed);
const world = options.truth
  ? simulatedWorld(options.truth, options.inp)
  : generatedWorld(Number(options.nodes), worldSeed, Number(options.splits), options.houseless);
const straight = prepareNetwork(world.network);
const runs = Number(options.runs);
const wanted = (list: string, name: string) => list === "" || list.split(";").some((word) => name.includes(word));
console.log(`${world.network.nodes.length} nodes, ${runs} runs a cell, rounds of ${BATCH}, seed ${options.seed}`);
for (const one of CELLS.filter(({ name }) => wanted(options.cells, name))) {
  console.log(`\n${one.name}, at most ${one.samplesMax} samples`);
  for (const [name, method] of Object.entries(METHODS)) {
    if (!wanted(options.methods, name)) continue;
    const played = Array.from({ length: runs }, (_, run) => play(one, method, seededRandom(options.seed, run)));
    console.log(`  ${name.padEnd(22)} ${one.mass > 0 ? found(played, one) : dismissed(played)}`);
  }
  if (one.mass === 0 || one.sources > 1) continue;
  if (wanted(options.methods, "prior alone")) {
    const hits = Array.from({ length: runs }, (_, run) =>
      play({ ...one, samplesMax: 0 }, () => [], seededRandom(options.seed, run)),
    );
    console.log(`  ${"prior alone".padEnd(22)} found ${shareOf(hits, ({ hits: [hit] }) => hit === true)}`);
  }
  for (const [name, rival] of Object.entries(RIVALS)) {
    if (!wanted(options.methods, name)) continue;
    const tuned = THRESHOLDS.map((threshold) => {
      const ends = Array.from({ length: runs }, (_, run) =>
        playRival(one, rival(threshold, one.samplesMax), seededRandom(options.seed, run)),
      );
      return { threshold, share: ends.filter(({ hit }) => hit).length / runs, samples: mean(ends.map(({ samples }) => samples)) };
    }).sort((a, b) => b.share - a.share)[0] as { threshold: number; share: number; samples: number };
    console.log(
      `  ${name.padEnd(22)} found ${tuned.share.toFixed(2)}, ${tuned.samples.toFixed(1)} samples (threshold ${tuned.threshold})`,
    );
  }
}

interface Outcome {
  /** For each source, whether it is among the first five nodes of a source found; and whether the 90 % set holds it. */
  hits: boolean[];
  covered: boolean[];
  setNodes: number;
  /** Probability the 90 % set holds, given a source: what \`covered\` should be on average. */
  setHolds: number;
  /** The same after six samples, when sets are wide; undefined where fewer were needed. */
  midway: { covered: boolean; setHolds: number; setNodes: number } | undefined;
  top: number;
  noSource: number;
  hopeless: boolean;
  several: number;
  samples: number;
  /** Samples after which P(no source) first passed 0.5; Infinity if never. */
  doubtedAfter: number;
  dismissedAfter: number;
}

function found(played: readonly Outcome[], { sources }: Cell): string {
  const every = (of: readonly boolean[]) => of.every(Boolean);
  const cells = [
    `${sources > 1 ? "both found" : "found"} ${shareOf(played, ({ hits }) => every(hits))}`,
    `90 % set holds ${sources > 1 ? "both" : "it"} ${shareOf(played, ({ covered }) => every(covered))}`,
    `claims ${mean(played.map(({ setHolds }) => setHolds)).toFixed(2)}`,
    midwayOf(played),
    `set ${median(played.map(({ setNodes }) => setNodes))}`,
    `${mean(played.map(({ samples }) => samples)).toFixed(1)} samples`,
    `Brier ${mean(played.map(({ noSource }) => noSource ** 2)).toFixed(3)}`,
    `dismissed ${shareOf(played, ({ noSource }) => noSource > 0.9)}`,
    `several ${shareOf(played, ({ several }) => several > 0.5)}`,
    `hopeless ${shareOf(played, ({ hopeless }) => hopeless)}`,
  ];
  return cells.join(", ");
}

/** Whether sets are honest while they are wide. */
function midwayOf(played: readonly Outcome[]): string {
  const open = played.flatMap(({ midway }) => (midway ? [midway] : []));
  if (open.length === 0) return "no run open after 6";
  const holds = open.filter(({ covered }) => covered).length / open.length;
  const claims = mean(open.map(({ setHolds }) => setHolds));
  const error = Math.sqrt((claims * (1 - claims)) / open.length);
  const nodes = median(open.map(({ setNodes }) => setNodes));
  return `after 6 holds ${holds.toFixed(2)}, claims ${claims.toFixed(2)} (error ${error.toFixed(2)}), set ${nodes}`;
}

function dismissed(played: readonly Outcome[]): string {
  const cells = [
    `named ${shareOf(played, ({ setNodes, top }) => setNodes <= NAMED.nodes && top > NAMED.probability)}`,
    `P(no source) < 0.05 in ${shareOf(played, ({ noSource }) => noSource < 0.05)}`,
    `> 0.5 in ${shareOf(played, ({ noSource }) => noSource > 0.5)} after ${median(played.map(({ doubtedAfter }) => doubtedAfter))}`,
    `> 0.9 in ${shareOf(played, ({ noSource }) => noSource > 0.9)} after ${median(played.map(({ dismissedAfter }) => dismissedAfter))}`,
    `Brier ${mean(played.map(({ noSource }) => (1 - noSource) ** 2)).toFixed(3)}`,
  ];
  return cells.join(", ");
}

/** A cell's truth: what a composite at a node shows on a day. */
function openCase(one: Cell, random: Random) {
  const network = withWrongPipes(world.network, one.wrongPipes, random);
  const graph = network === world.network ? straight : prepareNetwork(network);
  const sources = random.shuffled(world.sources).slice(0, one.sources);
  const massGD = one.mass * PLANT_BASELINE_GD;
  const { plant } = world.network;
  const factors = new Map<string, number>();
  const ordinaryGD = (node: string) => {
    const factor = node === plant ? 1 : (factors.get(node) ?? random.factor(Math.hypot(MANHOLE_SD_LN, one.mismatchSdLn)));
    factors.set(node, factor);
    return Math.max(world.share(node), 1e-6) * PLANT_BASELINE_GD * factor;
  };
  const lost = (node: string, from: string) => Math.exp(-one.decayPerH * Math.max(0, world.hours(from) - world.hours(node)));
  const added = (node: string, emits: readonly boolean[]) =>
    sources.reduce((sum, { node: from, passing }, s) => sum + (emits[s] ? massGD * passing(node) * lost(node, from) : 0), 0);
  const arrived =
    PLANT_BASELINE_GD +
    added(
      plant,
      sources.map(() => true),
    );
  // An anomaly is a high day: without a source, the highest of many.
  const observedGD =
    one.mass > 0
      ? arrived * random.factor(ASSAY_SD_LN)
      : Math.max(...Array.from({ length: 300 }, () => arrived * random.factor(ASSAY_SD_LN)));
  const trigger: TraceTrigger = {
    node: plant,
    analyte: "methamphetamine",
    date: "2026-01-01",
    excessGD: observedGD - PLANT_BASELINE_GD,
    excessSd: 0.27 * observedGD,
    baselineGD: PLANT_BASELINE_GD,
  };
  const day = (number: number) => {
    const emits = sources.map(() => random.uniform() < one.emission);
    const rains = one.rain && random.uniform() < 0.3;
    const date = new Date(Date.UTC(2026, 0, number)).toISOString().slice(0, 10);
    const flush = rains ? random.factor(0.3) * 1.3 : 1;
    return (node: string): TraceObservation => {
      const loadGD =
        (ordinaryGD(node) * flush + added(node, emits)) * random.factor(rains ? Math.hypot(ASSAY_SD_LN, 0.3) : ASSAY_SD_LN);
      const dryM3D = (graph.flowUpM3S[graph.indexOf.get(node) as number] as number) * 86_400;
      return {
        node,
        date,
        loadGD,
        censored: false,
        ...(one.rain && dryM3D > 0 ? { flowM3D: dryM3D * (rains ? 3 : 1) } : {}),
        ...(one.surveyed ? { baselineGD: ordinaryGD(node) * surveyError(node) } : {}),
      };
    };
  };
  const errors = new Map<string, number>();
  const surveyError = (node: string) => {
    const error = errors.get(node) ?? random.factor(SURVEY_SD_LN);
    errors.set(node, error);
    return error;
  };
  return { graph, sources, trigger, day };
}

function play(one: Cell, method: Method, random: Random): Outcome {
  const { graph, sources, trigger, day } = openCase(one, random);
  const observations: TraceObservation[] = [];
  const atPlant: TraceObservation[] = [];
  let posterior = trace(graph, { trigger, observations });
  let [doubtedAfter, dismissedAfter] = [Infinity, Infinity];
  let midway: Outcome["midway"];
  for (let round = 0; observations.length < one.samplesMax; round++) {
    const small = observations.length > 0 && posterior.credible["90"].nodes.length <= FOUND_NODES;
    if (one.mass > 0 && one.sources === 1 && small) break;
    const nodes = method(graph, posterior, random);
    if (nodes.length === 0) break;
    const today = day(2 + round);
    observations.push(...nodes.map(today));
    if (one.plantDaily && !nodes.includes(trigger.node)) atPlant.push(today(trigger.node));
    posterior = trace(graph, { trigger, observations: [...observations, ...atPlant] });
    if (observations.length === MIDWAY_SAMPLES) {
      const { nodes: set } = posterior.credible["90"];
      const covered = sources.every(({ node }) => set.includes(node));
      midway = { covered, setHolds: heldBy(posterior, graph), setNodes: set.length };
    }
    if (posterior.noSource > 0.5) doubtedAfter = Math.min(doubtedAfter, observations.length);
    if (posterior.noSource > 0.9) dismissedAfter = Math.min(dismissedAfter, observations.length);
  }
  const first = posterior.sources.flatMap(({ candidates }) => candidates.slice(0, FOUND_NODES).map(({ node }) => node));
  return {
    hits: sources.map(({ node }) => first.includes(node)),
    covered: sources.map(({ node }) => posterior.credible["90"].nodes.includes(node)),
    setNodes: posterior.credible["90"].nodes.length,
    setHolds: heldBy(posterior, graph),
    midway,
    top: posterior.candidates[0]?.probability ?? 0,
    noSource: posterior.noSource,
    several: posterior.several,
    hopeless: posterior.baseline.trust === "hopeless",
    samples: observations.length,
    doubtedAfter,
    dismissedAfter,
  };
}

function heldBy({ credible, source: { node } }: TracePosterior, graph: SewerGraph): number {
  const held = credible["90"].nodes.reduce((sum, id) => sum + (node[graph.indexOf.get(id) as number] as number), 0);
  return held / node.reduce((sum, p) => sum + p, 0);
}

function playRival(one: Cell, rival: Rival, random: Random): { hit: boolean; samples: number } {
  const { graph, sources, trigger, day } = openCase(one, random);
  let samples = 0;
  let today = day(2);
  const places = rival(graph, trigger, (nodes) =>
    nodes.map((node) => {
      if (samples++ % BATCH === 0) today = day(2 + samples / BATCH);
      return today(node).loadGD;
    }),
  );
  return { hit: places.slice(0, FOUND_NODES).includes(sources[0]?.node as string), samples };
}

function shareOf(played: readonly Outcome[], of: (outcome: Outcome) => boolean): string {
  return (played.filter(of).length / played.length).toFixed(2);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[(values.length - 1) >> 1] as number;
}

import type { TraceNote } from "../../schemas/leadNotes.ts";
import { type CredibleLevel, type CredibleSet, credibleSets, mostProbable } from "./credible.ts";
import type { SewerGraph } from "./graph.ts";
import { TRACE_MODEL, type TraceModel } from "./model.ts";
import { type SourcePosterior, sourcePosterior, type TraceInput } from "./posterior.ts";
import { severalSources } from "./several.ts";

/** Level of the baseline's error, sd ln, from which a place would be named by chance: see docs/trace-back.md. */
const HOPELESS_SD_LN = 0.85;
const UNCERTAIN_SD_LN = 0.5;

export interface TracePosterior {
  readonly noSource: number;
  readonly diffuse: number;
  readonly outside: number;
  /** Most probable first: all that the 95 % set holds and at least the first 20. With noSource, diffuse and outside they sum to at most 1. */
  readonly candidates: { readonly node: string; readonly probability: number }[];
  /** Given that there is a point source. */
  readonly credible: Record<CredibleLevel, CredibleSet>;
  /** Mass that enters at the source on a day it emits, with its 90 % interval; null without candidates. */
  readonly massGD: { readonly median: number; readonly low: number; readonly high: number } | null;
  /** How far manholes' ordinary loads lie from their baselines, sd ln, as the samples tell it. */
  readonly baseline: { readonly sdLn: number; readonly trust: "good" | "uncertain" | "hopeless"; readonly hopeless: number };
  /** What a reader has to know, to be worded in any language. */
  readonly notes: readonly TraceNote[];
  /** Probability of more than one source, given that there is one. */
  readonly several: number;
  /** Each source given the others: one, or more where that is more likely than not. */
  readonly sources: readonly SourceFinding[];
  /** The posterior of one source alone: its evidence is that of the lead. */
  readonly source: SourcePosterior;
  /** The source to sample for next: the one least known; once all are known, a further one. */
  readonly toSample: SourcePosterior;
}

export interface SourceFinding {
  readonly candidates: TracePosterior["candidates"];
  readonly credible: Record<CredibleLevel, CredibleSet>;
  readonly massGD: TracePosterior["massGD"];
}

const CANDIDATES_MIN = 20;

/** A set of so few nodes is a place: a crew opens them all in a day. */
const PLACE_NODES = 5;

/** A further source is looked for when there hardly is none, and once the samples leave so few nodes: before, they say too little. */
const NO_SOURCE_MAX = 0.05;
const FURTHER_NODES_MAX = 200;

/** From samples to what a lead says. With several sources, a probability is that of a source picked from them at random. */
export function trace(graph: SewerGraph, input: TraceInput): TracePosterior {
  const model = input.model ?? TRACE_MODEL;
  const source = sourcePosterior(graph, input);
  const places = placesOf(graph, source.node);
  const isClose = source.noSource < NO_SOURCE_MAX && places.credible["90"].nodes.length <= FURTHER_NODES_MAX;
  const peeled = isClose ? severalSources(graph, input, source) : undefined;
  const posteriors = peeled?.sources ?? [source];
  const baseline = baselineTrust(posteriors[0]!, model); // with the others found, their loads are not taken for wrong baselines
  const sources = posteriors.map((one) => ({
    ...(one === source ? places : placesOf(graph, one.node)),
    massGD: massInterval(graph, one),
  }));
  const open = sources.reduce((a, b) => (b.credible["90"].nodes.length > a.credible["90"].nodes.length ? b : a));
  const isKnown = open.credible["90"].nodes.length <= PLACE_NODES;
  const several = peeled?.probability ?? 0;
  const notes = notesOf(graph, source, baseline, { sources: sources.length, probability: several });
  const [single] = sources as [SourceFinding];
  return {
    noSource: source.noSource,
    diffuse: source.diffuse,
    outside: source.outside,
    ...(sources.length === 1
      ? single
      : placesOf(graph, mixed(posteriors, 1 - source.noSource - source.diffuse - source.outside))),
    massGD: single.massGD,
    baseline,
    notes,
    several,
    sources,
    source,
    toSample: isKnown && peeled ? peeled.further : posteriors[sources.indexOf(open)]!,
  };
}

function placesOf(graph: SewerGraph, node: Float64Array): Pick<TracePosterior, "candidates" | "credible"> {
  const ranked = mostProbable(node, 0.95, CANDIDATES_MIN);
  return {
    candidates: Array.from(ranked, (i) => ({ node: graph.ids[i]!, probability: node[i]! })),
    credible: credibleSets(graph, node, ranked),
  };
}

/** The place of a source picked at random, with the probability of the first one alone that there is any. */
function mixed(posteriors: readonly SourcePosterior[], placed: number): Float64Array {
  const mix = new Float64Array(posteriors[0]!.node.length);
  for (const { node } of posteriors) {
    let sum = 0;
    for (let i = 0; i < node.length; i++) sum += node[i]!;
    const scale = placed / (posteriors.length * sum);
    for (let i = 0; i < mix.length; i++) mix[i]! += scale * node[i]!;
  }
  return mix;
}

function baselineTrust({ level, evidence }: SourcePosterior, { effectLevels }: TraceModel): TracePosterior["baseline"] {
  const surveyed = evidence.sampled.length > 0 && evidence.surveyed * 2 >= evidence.sampled.length;
  const sdOf = (l: number) => (surveyed ? effectLevels[l]!.surveyedSdLn : effectLevels[l]!.staticSdLn);
  let sdLn = 0;
  let hopeless = 0;
  for (const [l, p] of level.entries()) {
    sdLn += p * sdOf(l);
    if (sdOf(l) >= HOPELESS_SD_LN) hopeless += p;
  }
  return { sdLn, hopeless, trust: hopeless > 0.5 ? "hopeless" : sdLn > UNCERTAIN_SD_LN ? "uncertain" : "good" };
}

function notesOf(
  graph: SewerGraph,
  { evidence }: SourcePosterior,
  { trust, sdLn }: TracePosterior["baseline"],
  several: { sources: number; probability: number },
): TraceNote[] {
  const notes: TraceNote[] = [];
  const factor = Math.exp(sdLn);
  if (trust === "hopeless") notes.push({ code: "baseline_hopeless", values: { factor } });
  if (trust === "uncertain") notes.push({ code: "baseline_uncertain", values: { factor } });
  if (evidence.baselineFrom === "assumed")
    notes.push({ code: "baseline_assumed", values: { baselineGD: evidence.plantBaselineGD } });
  if (several.sources > 1) notes.push({ code: "several_sources", values: several });
  if (evidence.rainDays.length > 0) notes.push({ code: "rain", values: { days: [...evidence.rainDays] } });
  for (const check of graph.checks) notes.push({ code: "network", values: check });
  return notes;
}

/** Quantiles over classes and excesses; the mass at the source is the excess at the plant over the share that arrives there. */
function massInterval(graph: SewerGraph, { classes, classExcess, node, evidence }: SourcePosterior): TracePosterior["massGD"] {
  const reachSum = new Float64Array(classExcess.length);
  const sum = new Float64Array(classExcess.length);
  for (let i = 0; i < graph.n; i++) {
    if (!(node[i]! > 0)) continue;
    reachSum[classes.classOf[i]!]! += node[i]! * graph.reach[i]!;
    sum[classes.classOf[i]!]! += node[i]!;
  }
  const cells: { mass: number; weight: number }[] = [];
  for (const [c, own] of classExcess.entries()) {
    if (!(sum[c]! > 0)) continue;
    for (const [e, weight] of own.entries()) cells.push({ mass: (evidence.excessGD[e]! * sum[c]!) / reachSum[c]!, weight });
  }
  if (cells.length === 0) return null;
  cells.sort((a, b) => a.mass - b.mass);
  const total = cells.reduce((all, { weight }) => all + weight, 0);
  return { median: quantile(cells, 0.5 * total), low: quantile(cells, 0.05 * total), high: quantile(cells, 0.95 * total) };
}

/** Between the midpoints of the cells' weights, on the scale of ln mass. */
function quantile(cells: readonly { mass: number; weight: number }[], target: number): number {
  let below = 0;
  let [lnBefore, middleBefore] = [Math.log(cells[0]!.mass), 0];
  for (const { mass, weight } of cells) {
    const middle = below + weight / 2;
    if (middle >= target) {
      const share = middle > middleBefore ? (target - middleBefore) / (middle - middleBefore) : 1;
      return Math.exp(lnBefore + share * (Math.log(mass) - lnBefore));
    }
    [lnBefore, middleBefore] = [Math.log(mass), middle];
    below += weight;
  }
  return cells.at(-1)!.mass;
}

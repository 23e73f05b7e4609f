import { type CredibleLevel, type CredibleSet, credibleSets, mostProbable } from "./credible.ts";
import type { SewerGraph } from "./graph.ts";
import { TRACE_MODEL, type TraceModel } from "./model.ts";
import { type SourcePosterior, sourcePosterior, type TraceInput } from "./posterior.ts";

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
  readonly warnings: string[];
  /** For nextSamples and others that go on from here. */
  readonly source: SourcePosterior;
}

const CANDIDATES_MIN = 20;

/** From samples to what a lead says. */
export function trace(graph: SewerGraph, input: TraceInput): TracePosterior {
  const model = input.model ?? TRACE_MODEL;
  const source = sourcePosterior(graph, input);
  const baseline = baselineTrust(source, model);
  const ranked = mostProbable(source.node, 0.95, CANDIDATES_MIN);
  return {
    noSource: source.noSource,
    diffuse: source.diffuse,
    outside: source.outside,
    candidates: ranked.map((i) => ({ node: graph.ids[i]!, probability: source.node[i]! })),
    credible: credibleSets(graph, source.node),
    massGD: massInterval(graph, source),
    baseline,
    warnings: warningsOf(graph, source, baseline),
    source,
  };
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

function warningsOf(graph: SewerGraph, { evidence }: SourcePosterior, { trust, sdLn }: TracePosterior["baseline"]): string[] {
  const warnings: string[] = [];
  const factor = Math.exp(sdLn).toFixed(1);
  if (trust === "hopeless") {
    warnings.push(
      `The baselines of the manholes are wrong by a factor of about ${factor}: no place can be named. Survey the baselines first.`,
    );
  }
  if (trust === "uncertain")
    warnings.push(`The baselines of the manholes are uncertain by a factor of about ${factor}: a survey would help.`);
  if (evidence.baselineFrom === "assumed")
    warnings.push("No trigger and no sample tells the plant's baseline: 1 g/d is assumed.");
  if (evidence.rainDays.length > 0) warnings.push(`Rain on ${evidence.rainDays.join(", ")}: those samples count less.`);
  for (const { code, count, found, assumed } of graph.checks)
    warnings.push(`Network, ${code}: ${count} ${found}; assumed: ${assumed}.`);
  return warnings;
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

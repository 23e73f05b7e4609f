import type { Posterior, SourceFinding } from "../../schemas/lead.ts";
import type { SewerGraph } from "../trace/graph.ts";
import { upstreamOf } from "../trace/next.ts";

type Sample = Pick<Posterior["evidence"][number], "node" | "day" | "loadGD" | "censored" | "expectedGD">;
type Read = Sample & Pick<Posterior["evidence"][number], "reading">;

/** A source smaller than this many ordinary loads is mistaken for none, or none for it, in more than one sample of six (sd ln 0.35). */
const RATIO_MIN = 1;
/** Of the source's mass, four standard deviations below it: less was not in the sample. */
const SHARE_MIN = 1 / 4;

/**
 * Whether the source's load was in a sample: nearer, on the log scale, to the ordinary load with the source's or to the ordinary load.
 * @param sourceGD what enters at the source on a day it emits, g/d; null where nobody can say
 */
export function readingOf({ loadGD, censored, expectedGD }: Sample, sourceGD: number | null): Read["reading"] {
  if (sourceGD === null || expectedGD === null || !(sourceGD > RATIO_MIN * expectedGD)) return "unclear";
  const limitGD = Math.max(Math.sqrt(expectedGD * (expectedGD + sourceGD)), sourceGD * SHARE_MIN);
  if (censored) return loadGD <= limitGD ? "negative" : "unclear";
  return loadGD > limitGD ? "positive" : "negative";
}

/** "Just upstream" is at most this many pipes above the set: what lies between is then as good as told apart. */
const PIPES_BETWEEN_MAX = 3;
/** Of what enters at a node, for another to count as its way down. */
const MOST = 0.5;

/** Where a pair of samples confirms a set: below all of it, and right above it. */
interface Bounds {
  /** Every node below which all of the set drains, nearest first. */
  below: number[];
  /** Nodes at most a few pipes above the set, by the first node of theirs that drains into it; empty where the set reaches the ends. */
  above: number[][];
}

/**
 * The pair that confirms a set: a positive sample where all of it drains, and, on the same day, a negative one just above it. Where
 * nothing drains into the set from above, a positive sample on two days.
 */
export function confirmingPair(
  graph: SewerGraph,
  set: readonly string[],
  evidence: readonly Read[],
): Posterior["confirmingPair"] {
  const bounds = boundsOf(graph, set);
  if (!bounds) return null;
  const at = ({ node }: Sample) => graph.indexOf.get(node) ?? -1;
  const found = evidence.filter(
    (sample) => sample.reading === "positive" && bounds.below.includes(at(sample)) && !graph.isEnd[at(sample)],
  );
  if (bounds.above.length === 0) {
    const days = new Set(found.map(({ day }) => day));
    return found[0] && days.size > 1 ? { positive: found[0].node, negative: null } : null;
  }
  const clean = evidence.filter((sample) => sample.reading === "negative" && bounds.above.flat().includes(at(sample)));
  for (const positive of found) {
    const negative = clean.find(({ day }) => day === positive.day);
    if (negative) return { positive: positive.node, negative: negative.node };
  }
  return null;
}

/** The pair that confirms each source, null where none does: what the others add on their way is ordinary there. */
export function confirmingPairs(
  graph: SewerGraph,
  sources: readonly SourceFinding[],
  evidence: readonly Sample[],
): Posterior["confirmingPair"][] {
  return sources.map((source) => {
    const others = sources.filter((other) => other !== source);
    const read = evidence.map((sample) => {
      const passed = upstreamOf(graph, graph.indexOf.get(sample.node) as number);
      const addedGD = others.reduce((sum, { massGD, candidates: [likeliest] }) => {
        const at = likeliest && graph.indexOf.get(likeliest.node);
        return sum + (massGD?.median ?? 0) * (at === undefined ? 0 : passed[at]!);
      }, 0);
      const expectedGD = sample.expectedGD === null ? null : sample.expectedGD + addedGD;
      return { ...sample, expectedGD, reading: readingOf({ ...sample, expectedGD }, source.massGD?.median ?? null) };
    });
    return confirmingPair(graph, source.credible["90"].nodes, read);
  });
}

/** Where to take the pair: the nearest manhole below the set, and right above it where most sewage comes in. */
export function pairToSample(graph: SewerGraph, set: readonly string[]): { below: string; above: string | null } | undefined {
  const bounds = boundsOf(graph, set);
  const below = bounds?.below.find((i) => !graph.isEnd[i]);
  if (!bounds || below === undefined) return undefined;
  const above = bounds.above
    .map(([nearest]) => nearest as number)
    .filter((i) => !graph.isInstitution[i])
    .toSorted((a, b) => graph.baselineShare[b]! - graph.baselineShare[a]!)[0];
  return { below: graph.ids[below]!, above: above === undefined ? null : graph.ids[above]! };
}

function boundsOf(graph: SewerGraph, set: readonly string[]): Bounds | undefined {
  const inside = set.map((node) => graph.indexOf.get(node)).filter((i) => i !== undefined);
  const [first] = inside;
  if (first === undefined) return undefined;
  const below: number[] = [];
  for (let i = first; i >= 0; i = graph.down[i]!) {
    const share = upstreamOf(graph, i);
    if (inside.every((s) => share[s]! > MOST)) below.push(i);
  }
  const drains = Map.groupBy(
    Array.from({ length: graph.n }, (_, i) => i),
    (i) => graph.down[i]!,
  );
  const isInside = new Set(inside);
  const entries = inside.flatMap((s) => drains.get(s) ?? []).filter((i) => !isInside.has(i));
  const above = entries.map((entry) => {
    const near = [entry];
    for (let from = 0, pipes = 1; pipes < PIPES_BETWEEN_MAX; pipes++) {
      const layer = near.slice(from).flatMap((i) => drains.get(i) ?? []);
      from = near.length;
      near.push(...layer);
    }
    return near;
  });
  return { below, above };
}

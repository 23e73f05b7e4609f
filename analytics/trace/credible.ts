import type { SewerGraph } from "./graph.ts";

/** Smallest set of nodes that holds the source with the given probability, if there is a point source. */
export interface CredibleSet {
  /** Most probable first. */
  readonly nodes: string[];
  /** Pipes leading away from these nodes, m. Null where no pipe has a length and no node a place. */
  readonly pipeLengthM: number;
  /** People whose drains enter at these nodes; null where the network has no populations. */
  readonly people: number | null;
}

export const CREDIBLE_LEVELS = ["50", "80", "90", "95"] as const;
export type CredibleLevel = (typeof CREDIBLE_LEVELS)[number];

/** Nodes by falling probability until `share` of the sum is held; those equal to a part in a million in the network's order. */
export function mostProbable(probability: Float64Array, share: number, atLeast = 0): number[] {
  let sum = 0;
  let highest = 0;
  for (const p of probability) {
    sum += p;
    if (p > highest) highest = p;
  }
  if (!(sum > 0)) return [];
  // Sorting 100,000 nodes costs more than the posterior: only those above a first guess of the threshold are sorted.
  for (let cut = highest / 16; ; cut /= 16) {
    const above: number[] = [];
    let held = 0;
    for (let i = 0; i < probability.length; i++) {
      if (probability[i]! < cut || probability[i] === 0) continue;
      above.push(i);
      held += probability[i]!;
    }
    if ((held < share * sum || above.length < atLeast) && cut > highest * 1e-12) continue;
    const sorted = byFalling(above, probability);
    let taken = 0;
    let count = 0;
    while (count < sorted.length && (taken < share * sum * (1 - 1e-12) || count < atLeast))
      taken += probability[sorted[count++]!]!;
    return sorted.slice(0, count);
  }
}

/** Sorts as numbers, which is many times faster than by a comparison: the index stands in the last bits of each probability. */
function byFalling(nodes: readonly number[], probability: Float64Array): number[] {
  const keys = Float64Array.from(nodes, (i) => probability[i]!);
  const words = new Uint32Array(keys.buffer); // the low word comes first on every machine that Node supports but s390x
  for (const [k, i] of nodes.entries()) words[2 * k] = 0xffffffff - i;
  keys.sort();
  return Array.from(nodes, (_, k) => 0xffffffff - words[2 * (nodes.length - 1 - k)]!);
}

/** @param ranked the most probable nodes, holding 95 % at least */
export function credibleSets(
  graph: SewerGraph,
  node: Float64Array,
  ranked: readonly number[],
): Record<CredibleLevel, CredibleSet> {
  const sum = node.reduce((total, p) => total + p, 0);
  const sets = {} as Record<CredibleLevel, CredibleSet>;
  for (const level of CREDIBLE_LEVELS) {
    let held = 0;
    let count = 0;
    while (count < ranked.length && held < (Number(level) / 100) * sum * (1 - 1e-12)) held += node[ranked[count++]!]!;
    sets[level] = describeSet(graph, ranked.slice(0, count));
  }
  return sets;
}

function describeSet(graph: SewerGraph, set: readonly number[]): CredibleSet {
  const total = (own: Float64Array) => set.reduce((sum, i) => sum + own[i]!, 0);
  return {
    nodes: set.map((i) => graph.ids[i]!),
    pipeLengthM: total(graph.pipeM),
    people: graph.peopleUp[graph.plant]! > 0 ? total(graph.people) : null,
  };
}

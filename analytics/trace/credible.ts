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
export function mostProbable(probability: Float64Array, share: number, atLeast = 0): Int32Array {
  const n = probability.length;
  let sum = 0;
  let highest = 0;
  for (let i = 0; i < n; i++) {
    const p = probability[i]!;
    sum += p;
    if (p > highest) highest = p;
  }
  if (!(sum > 0)) return new Int32Array(0);
  const enough = share * sum * (1 - 1e-12);
  // Sorting 100,000 nodes costs more than the posterior: only those above a first guess of the threshold are sorted.
  for (let cut = highest / 16; ; cut /= 16) {
    let held = 0;
    let above = 0;
    for (let i = 0; i < n; i++) {
      const p = probability[i]!;
      if (p < cut || p === 0) continue;
      held += p;
      above++;
    }
    if ((held < share * sum || above < atLeast) && cut > highest * 1e-12) continue;
    const sorted = byFalling(probability, cut, above);
    let taken = 0;
    let count = 0;
    while (count < above && (taken < enough || count < atLeast)) taken += probability[sorted[count++]!]!;
    return sorted.subarray(0, count);
  }
}

/** Sorts as numbers, which is many times faster than by a comparison: the index stands in the last bits of each probability. */
function byFalling(probability: Float64Array, cut: number, above: number): Int32Array {
  const keys = new Float64Array(above);
  const words = new Uint32Array(keys.buffer); // the low word comes first on every machine that Node supports but s390x
  for (let i = 0, k = 0; i < probability.length; i++) {
    const p = probability[i]!;
    if (p < cut || p === 0) continue;
    keys[k] = p;
    words[2 * k++] = 0xffffffff - i;
  }
  keys.sort();
  const nodes = new Int32Array(above);
  for (let k = 0; k < above; k++) nodes[k] = 0xffffffff - words[2 * (above - 1 - k)]!;
  return nodes;
}

/** @param ranked the most probable nodes, holding 95 % at least */
export function credibleSets(
  { ids, pipeM, people, peopleUp, plant }: SewerGraph,
  node: Float64Array,
  ranked: Int32Array,
): Record<CredibleLevel, CredibleSet> {
  let sum = 0;
  for (let i = 0; i < node.length; i++) sum += node[i]!;
  const sets = {} as Record<CredibleLevel, CredibleSet>;
  let [held, count, metres, persons] = [0, 0, 0, 0];
  const nodes: string[] = [];
  // each level's set begins with the one before
  for (const level of CREDIBLE_LEVELS) {
    while (count < ranked.length && held < (Number(level) / 100) * sum * (1 - 1e-12)) {
      const i = ranked[count++]!;
      held += node[i]!;
      metres += pipeM[i]!;
      persons += people[i]!;
      nodes.push(ids[i]!);
    }
    sets[level] = { nodes: nodes.slice(), pipeLengthM: metres, people: peopleUp[plant]! > 0 ? persons : null };
  }
  return sets;
}

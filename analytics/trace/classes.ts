import type { SewerGraph } from "./graph.ts";

/**
 * Nodes that no sample can tell apart. A source's signal is measured as the excess it brings to the plant; then the load it
 * adds at a sampled node is that excess times a gain, and all nodes with the same gains form one class. On a tree a class is
 * everything whose next sampled node downstream is the same; a split makes a class of its own where its arms meet other samples.
 */
export interface NodeClasses {
  /** Class of each node; -1 where nothing reaches the plant. */
  readonly classOf: Int32Array;
  /** For each class the sampled nodes it passes, by position in `sampled`, with the gains. */
  readonly paths: readonly Path[];
}

export interface Path {
  readonly at: readonly number[];
  readonly gain: readonly number[];
}

/** Sorts the nodes into classes; linear in nodes and links. */
export function classesOf(graph: SewerGraph, sampled: readonly number[]): NodeClasses {
  const { n, order, outStart, outTo, outFraction, reach, plant } = graph;
  const positionOf = new Map(sampled.map((node, position) => [node, position]));
  const isSampled = new Uint8Array(n);
  for (const node of sampled) isSampled[node] = 1;
  const classOf = new Int32Array(n).fill(-1);
  const paths: Path[] = [{ at: [], gain: [] }];
  for (const i of order) {
    if (!(reach[i]! > 0)) continue;
    let own = i === plant ? 0 : -1;
    let mixed = false;
    for (let k = outStart[i]!; k < outStart[i + 1]!; k++) {
      const below = classOf[outTo[k]!]!;
      if (below < 0 || outFraction[k] === 0) continue;
      if (own === -1) own = below;
      else if (own !== below) mixed = true;
    }
    if (mixed) own = paths.push(mix(i)) - 1;
    if (isSampled[i]) {
      const { at, gain } = paths[own]!;
      own = paths.push({ at: [...at, positionOf.get(i)!], gain: [...gain, 1 / reach[i]!] }) - 1;
    }
    classOf[i] = own;
  }
  return { classOf, paths };

  function mix(i: number): Path {
    const sum = new Map<number, number>();
    for (let k = outStart[i]!; k < outStart[i + 1]!; k++) {
      const below = classOf[outTo[k]!]!;
      if (below < 0) continue;
      const weight = (outFraction[k]! * reach[outTo[k]!]!) / reach[i]!;
      const { at, gain } = paths[below]!;
      for (const [j, position] of at.entries()) sum.set(position, (sum.get(position) ?? 0) + weight * gain[j]!);
    }
    return { at: [...sum.keys()], gain: [...sum.values()] };
  }
}

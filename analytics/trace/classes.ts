import type { SewerGraph } from "./graph.ts";

/**
 * Nodes that no sample can tell apart. A source's signal is measured as the excess it brings to the plant; then the load it
 * adds at a sampled node is that excess times a gain, and all nodes with the same gains form one class. On a tree a class is
 * everything whose next sampled node downstream is the same; a split makes a class of its own where its arms meet other samples.
 * An arm that leads past the plant carries the source's load too: where nothing reaches the plant, gains are of what enters.
 */
export interface NodeClasses {
  /** Class of each node. Those from which nothing reaches the plant have theirs apart, or the first, which no sample sees. */
  readonly classOf: Int32Array;
  /** For each class the sampled nodes it passes, by position in `sampled`, with the gains. */
  readonly paths: readonly Path[];
}

export interface Path {
  readonly at: readonly number[];
  readonly gain: readonly number[];
  /** The class whose path this is with one sampled node more, its last; -1 where arms meet, and for the first. */
  readonly parent: number;
}

/** Sorts the nodes into classes; linear in nodes and links. */
export function classesOf(graph: SewerGraph, sampled: readonly number[]): NodeClasses {
  const { n, order, outStart, outTo, outFraction, onlyTo, reach } = graph;
  const positionOf = new Map(sampled.map((node, position) => [node, position]));
  const isSampled = new Uint8Array(n);
  for (const node of sampled) isSampled[node] = 1;
  const scale = (i: number) => (reach[i]! > 0 ? reach[i]! : 1);
  const classOf = new Int32Array(n);
  const paths: Path[] = [{ at: [], gain: [], parent: -1 }];
  for (const i of order) {
    const only = onlyTo[i]!;
    let own = only < 0 ? belowSplit(i) : classOf[only]!;
    if (isSampled[i]) {
      const { at, gain } = paths[own]!;
      own = paths.push({ at: [...at, positionOf.get(i)!], gain: [...gain, 1 / scale(i)], parent: own }) - 1;
    }
    classOf[i] = own;
  }
  return { classOf, paths };

  /** The class of all arms, or a new one where they differ; the first at the plant and other ends. */
  function belowSplit(i: number): number {
    let own = -1;
    let mixed = false;
    for (let k = outStart[i]!; k < outStart[i + 1]!; k++) {
      const below = classOf[outTo[k]!]!;
      const past = reach[i]! > 0 && reach[outTo[k]!] === 0;
      if (outFraction[k] === 0 || (past && below === 0)) continue;
      if (past) mixed = true;
      if (own === -1) own = below;
      else if (own !== below) mixed = true;
    }
    return mixed ? paths.push(mix(i)) - 1 : Math.max(own, 0);
  }

  function mix(i: number): Path {
    const sum = new Map<number, number>();
    for (let k = outStart[i]!; k < outStart[i + 1]!; k++) {
      if (outFraction[k] === 0) continue;
      const weight = (outFraction[k]! * scale(outTo[k]!)) / scale(i);
      const { at, gain } = paths[classOf[outTo[k]!]!]!;
      for (const [j, position] of at.entries()) sum.set(position, (sum.get(position) ?? 0) + weight * gain[j]!);
    }
    return { at: [...sum.keys()], gain: [...sum.values()], parent: -1 };
  }
}

import { accumulate, type SewerGraph } from "./graph.ts";

/** Share of the probability below which what lies upstream of a node is left out: a sample there tells less than 0.02 bits. */
const SHARE_MIN = 1e-3;

/**
 * The part of a sewer that a source's sewage is likely to pass, so that choosing samples does not walk through all the rest.
 * Positions are downstream first. What enters above the part enters where it first meets it.
 */
export interface LikelyPart {
  /** Graph index of each position. */
  readonly nodes: Int32Array;
  /** Probability that the source lies at the position or where the left-out sewer above it is. */
  readonly mass: Float64Array;
  /** Probability that the source's sewage passes. */
  readonly through: Float64Array;
  /** What passes each position when so much enters at each. */
  accumulate(mass: Float64Array): Float64Array;
  /** Share of what enters at each position that passes position k. */
  upstream(k: number): Float64Array;
}

export function likelyPart({ n, order, outStart, outTo, outFraction }: SewerGraph, node: Float64Array): LikelyPart {
  const throughAll = accumulate(node, order, outStart, outTo, outFraction);
  const positionOf = new Int32Array(n).fill(-1);
  const nodes = order.filter((i) => throughAll[i]! >= SHARE_MIN);
  for (const [k, i] of nodes.entries()) positionOf[i] = k;
  const mass = Float64Array.from(nodes, (i) => node[i]!);
  const links: number[] = [];
  const fractions: number[] = [];
  const start = new Int32Array(nodes.length + 1);
  for (const [k, i] of nodes.entries()) {
    for (let link = outStart[i]!; link < outStart[i + 1]!; link++) {
      const to = positionOf[outTo[link]!]!;
      if (to < 0) continue;
      links.push(to);
      fractions.push(outFraction[link]!);
    }
    start[k + 1] = links.length;
  }
  for (let i = 0; i < n; i++) {
    if (positionOf[i]! >= 0) continue;
    for (let link = outStart[i]!; link < outStart[i + 1]!; link++) {
      const to = positionOf[outTo[link]!]!;
      if (to >= 0) mass[to]! += outFraction[link]! * throughAll[i]!;
    }
  }

  function pass(own: Float64Array): Float64Array {
    const sum = own.slice();
    for (let k = nodes.length - 1; k >= 0; k--) {
      for (let link = start[k]!; link < start[k + 1]!; link++) sum[links[link]!]! += fractions[link]! * sum[k]!;
    }
    return sum;
  }

  function upstream(k: number): Float64Array {
    const share = new Float64Array(nodes.length);
    share[k] = 1;
    for (let above = k + 1; above < nodes.length; above++) {
      for (let link = start[above]!; link < start[above + 1]!; link++) share[above]! += fractions[link]! * share[links[link]!]!;
    }
    return share;
  }

  return { nodes, mass, through: Float64Array.from(nodes, (i) => throughAll[i]!), accumulate: pass, upstream };
}

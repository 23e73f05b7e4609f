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
  let size = 0;
  let linksMax = 0;
  for (let at = 0; at < n; at++) {
    const i = order[at]!;
    if (throughAll[i]! < SHARE_MIN) continue;
    positionOf[i] = size++;
    linksMax += outStart[i + 1]! - outStart[i]!;
  }
  const nodes = new Int32Array(size);
  const mass = new Float64Array(size);
  const through = new Float64Array(size);
  for (let i = 0; i < n; i++) {
    const k = positionOf[i]!;
    if (k < 0) continue;
    nodes[k] = i;
    mass[k] = node[i]!;
    through[k] = throughAll[i]!;
  }
  const links = new Int32Array(linksMax);
  const fractions = new Float64Array(linksMax);
  const start = new Int32Array(size + 1);
  let end = 0;
  for (let k = 0; k < size; k++) {
    const i = nodes[k]!;
    for (let link = outStart[i]!; link < outStart[i + 1]!; link++) {
      const to = positionOf[outTo[link]!]!;
      if (to < 0) continue;
      links[end] = to;
      fractions[end++] = outFraction[link]!;
    }
    start[k + 1] = end;
  }
  for (let i = 0; i < n; i++) {
    if (positionOf[i]! >= 0 || throughAll[i] === 0) continue;
    for (let link = outStart[i]!; link < outStart[i + 1]!; link++) {
      const to = positionOf[outTo[link]!]!;
      if (to >= 0) mass[to]! += outFraction[link]! * throughAll[i]!;
    }
  }

  function pass(own: Float64Array): Float64Array {
    const sum = own.slice();
    for (let k = size - 1; k >= 0; k--) {
      const passing = sum[k]!;
      if (passing === 0) continue;
      for (let link = start[k]!; link < start[k + 1]!; link++) sum[links[link]!]! += fractions[link]! * passing;
    }
    return sum;
  }

  function upstream(k: number): Float64Array {
    const share = new Float64Array(size);
    share[k] = 1;
    for (let above = k + 1; above < size; above++) {
      for (let link = start[above]!; link < start[above + 1]!; link++) share[above]! += fractions[link]! * share[links[link]!]!;
    }
    return share;
  }

  return { nodes, mass, through, accumulate: pass, upstream };
}

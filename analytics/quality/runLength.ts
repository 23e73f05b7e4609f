import { solve } from "../censored/matrix.ts";
import { normalCdf, normalDensity } from "../distributions/normal.ts";

/**
 * How long control charts of independent normal values with standard deviation 1 run on average until they signal (average run length).
 * The integral equation of the run length is solved at the nodes of a Gauss-Legendre rule.
 * @see Crowder 1987, Technometrics 29:401 (EWMA); Knoth, R package spc, functions xcusum.arl and xewma.arl
 */

/** Enough for ten digits of run lengths up to a million. */
const NODES = 60;

/**
 * One-sided CUSUM S ← max(0, S + x − reference), from 0, signalling above the limit.
 * @param mean of the values: 0 where nothing is wrong
 * @example cusumRunLength({ reference: 0.5, limit: 4 }, 0) // 335.37
 */
export function cusumRunLength({ reference, limit }: { reference: number; limit: number }, mean: number): number {
  const shift = (start: number) => reference - start - mean;
  return fromZero(0, limit, {
    density: (start, to) => normalDensity(to + shift(start)),
    toZero: (start) => normalCdf(shift(start)), // where the chart waits whenever it would go below
  });
}

/**
 * Two-sided EWMA Z ← (1 − λ)·Z + λ·x, from 0, signalling beyond ± width · √(λ/(2 − λ)).
 * @example ewmaRunLength({ lambda: 0.2, width: 3 }, 0) // 559.87
 */
export function ewmaRunLength({ lambda, width }: { lambda: number; width: number }, mean: number): number {
  const limit = width * Math.sqrt(lambda / (2 - lambda));
  return fromZero(-limit, limit, {
    density: (start, to) => normalDensity((to - (1 - lambda) * start) / lambda - mean) / lambda,
    toZero: () => 0,
  });
}

/** Where a chart goes from where it stands: its density over the places within the limits, and the probability of exactly 0. */
interface Step {
  density: (start: number, to: number) => number;
  toZero: (start: number) => number;
}

/** Run length L(0) of L(s) = 1 + P(0 | s)·L(0) + ∫ p(t | s)·L(t) dt. */
function fromZero(from: number, to: number, { density, toZero }: Step): number {
  const { nodes, weights } = gaussLegendre(from, to);
  const starts = [...nodes, 0];
  const rows = starts.map((start, i) => {
    const row = nodes.map((node, j) => -weights[j]! * density(start, node));
    row.push(-toZero(start));
    row[i]! += 1;
    return row;
  });
  return solve(
    rows,
    starts.map(() => 1),
  ).at(-1)!;
}

/** The limit at which a one-sided CUSUM runs so long on average while nothing is wrong. */
export function cusumLimit(reference: number, runLength: number): number {
  return bisected((limit) => cusumRunLength({ reference, limit }, 0), runLength);
}

/** The width at which a two-sided EWMA runs so long on average while nothing is wrong. */
export function ewmaWidth(lambda: number, runLength: number): number {
  return bisected((width) => ewmaRunLength({ lambda, width }, 0), runLength);
}

/** Run lengths grow with the limit; no chart here has a limit of 12 standard deviations. */
function bisected(of: (limit: number) => number, wanted: number): number {
  if (!(wanted > 1 && wanted < 1e6)) throw new RangeError(`a run length of ${wanted}: between 1 and a million is needed`);
  let [low, high] = [0, 12];
  while (high - low > 1e-10) {
    const middle = (low + high) / 2;
    const reached = of(middle);
    // far out the equation is nearly singular and its solution may lose its sign
    if (reached > wanted || reached < 1) high = middle;
    else low = middle;
  }
  return (low + high) / 2;
}

/** Nodes and weights of the rule on [from, to]: roots of Legendre's polynomial by Newton's method. */
function gaussLegendre(from: number, to: number): { nodes: number[]; weights: number[] } {
  const nodes = new Array<number>(NODES);
  const weights = new Array<number>(NODES);
  const [middle, half] = [(from + to) / 2, (to - from) / 2];
  for (let i = 0; i < NODES; i++) {
    let x = Math.cos((Math.PI * (i + 0.75)) / (NODES + 0.5));
    let slope = 0;
    for (let step = 0; step < 20; step++) {
      let [before, value] = [1, x];
      for (let n = 2; n <= NODES; n++) [before, value] = [value, ((2 * n - 1) * x * value - (n - 1) * before) / n];
      slope = (NODES * (x * value - before)) / (x * x - 1);
      x -= value / slope;
    }
    nodes[i] = middle - half * x;
    weights[i] = (2 * half) / ((1 - x * x) * slope * slope);
  }
  return { nodes, weights };
}

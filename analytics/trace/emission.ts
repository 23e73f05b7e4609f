import type { TraceModel } from "./model.ts";
import type { Visit } from "./visits.ts";

/** Log likelihoods of one visit by pattern of emission, relative to any constant of the visit. */
export interface VisitPatterns {
  readonly visit: Visit;
  readonly logs: Float64Array;
}

/**
 * Sums over all patterns of days on which a source may have emitted: exactly, because days hang together only through visits
 * of several days, and the chance of emitting is one of a few.
 */
export function sumOverEmission(visits: readonly VisitPatterns[], model: TraceModel): number {
  const groups = connectedDays(visits);
  let logScale = 0;
  let days = 0;
  let byCount = [1]; // likelihood by number of days that emitted
  for (const group of groups) {
    const { counts, scale } = groupCounts(group.days, group.visits);
    logScale += scale;
    days += group.days.length;
    byCount = convolve(byCount, counts);
  }
  let sum = 0;
  for (const { share, prior } of model.emission) {
    let chance = 0;
    for (let a = 0; a <= days; a++) chance += byCount[a]! * share ** a * (1 - share) ** (days - a);
    sum += prior * chance;
  }
  return logScale + Math.log(sum);
}

/** Mean number of emissions is not needed: only how likely each count is, scaled so that the largest term is 1. */
function groupCounts(days: readonly number[], visits: readonly VisitPatterns[]): { counts: number[]; scale: number } {
  const patterns = 2 ** days.length;
  const logs = new Float64Array(patterns);
  for (const { visit, logs: own } of visits) {
    const bits = visit.days.map((day) => days.indexOf(day));
    for (let pattern = 0; pattern < patterns; pattern++) {
      let mine = 0;
      for (let bit = 0; bit < bits.length; bit++) mine |= ((pattern >> bits[bit]!) & 1) << bit;
      logs[pattern]! += own[mine]!;
    }
  }
  let scale = -Infinity;
  for (const log of logs) if (log > scale) scale = log;
  const counts = new Array<number>(days.length + 1).fill(0);
  for (let pattern = 0; pattern < patterns; pattern++) counts[bitCount(pattern)]! += Math.exp(logs[pattern]! - scale);
  return { counts, scale };
}

function connectedDays(visits: readonly VisitPatterns[]): { days: number[]; visits: VisitPatterns[] }[] {
  let groups: { days: number[]; visits: VisitPatterns[] }[] = [];
  for (const own of visits) {
    const touched = groups.filter(({ days }) => days.some((day) => own.visit.days.includes(day)));
    const days = [...new Set([...own.visit.days, ...touched.flatMap((group) => group.days)])];
    const merged = { days, visits: [own, ...touched.flatMap((group) => group.visits)] };
    groups = [...groups.filter((group) => !touched.includes(group)), merged];
  }
  return groups;
}

function convolve(a: readonly number[], b: readonly number[]): number[] {
  const product = new Array<number>(a.length + b.length - 1).fill(0);
  for (const [i, x] of a.entries()) for (const [j, y] of b.entries()) product[i + j]! += x * y;
  return product;
}

function bitCount(pattern: number): number {
  let count = 0;
  for (let rest = pattern; rest > 0; rest &= rest - 1) count++;
  return count;
}

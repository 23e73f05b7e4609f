import { dayNumber } from "../../schemas/days.ts";
import type { DayValue } from "./trend.ts";

/**
 * Where the mean of a sequence changes: the division into segments whose squared distances from their means, plus a penalty a change,
 * are least (PELT, exact).
 * @param values of noise with standard deviation 1
 * @param penalty mbic (Zhang & Siegmund 2007, Biometrics 63:22) also disfavours short segments; sic is Schwarz's
 * @returns how many values come before each change, ascending
 * @see Killick, Fearnhead & Eckley 2012, J. Am. Stat. Assoc. 107:1590
 */
export function meanChanges(values: readonly number[], penalty: "mbic" | "sic" = "mbic"): number[] {
  const n = values.length;
  const perChange = (penalty === "mbic" ? 3 : 2) * Math.log(n);
  const sums = new Float64Array(n + 1);
  const squares = new Float64Array(n + 1);
  for (const [i, x] of values.entries()) {
    sums[i + 1] = sums[i]! + x;
    squares[i + 1] = squares[i]! + x * x;
  }
  const cost = (from: number, to: number) => {
    const sum = sums[to]! - sums[from]!;
    const spread = squares[to]! - squares[from]! - (sum * sum) / (to - from);
    return penalty === "mbic" ? spread + Math.log(to - from) : spread;
  };
  const best = new Float64Array(n + 1);
  best[0] = -perChange;
  const before = new Int32Array(n + 1);
  // a segment's logarithm falls by splitting it: at most the logarithm of the whole, which the pruning must allow for
  const slack = penalty === "mbic" ? Math.log(n) : 0;
  let candidates = [0];
  for (let to = 1; to <= n; to++) {
    let least = Number.POSITIVE_INFINITY;
    for (const from of candidates) {
      const total = best[from]! + cost(from, to) + perChange;
      if (total < least) [least, before[to]] = [total, from];
    }
    best[to] = least;
    candidates = candidates.filter((from) => best[from]! + cost(from, to) <= least + slack);
    candidates.push(to);
  }
  const changes: number[] = [];
  for (let at = before[n]!; at > 0; at = before[at]!) changes.unshift(at);
  return changes;
}

/** First and last sampled day between two changes of level, and the geometric mean of its weeks. */
export interface Level {
  from: string;
  to: string;
  weeks: number;
  mean: number;
}

/** Fewer weeks tell no noise from a change. */
const WEEKS_MIN = 12;

/**
 * The levels that a series kept between lasting changes, such as of use, of the catchment or of the laboratory. Weeks are compared, by
 * the mean of their logarithms, so that weekends are no changes; the noise is taken from neighbouring weeks, so that the changes
 * themselves do not count as noise.
 * @param values in any order
 * @returns null with fewer than twelve sampled weeks, and where any value lies below its limit: a level of those would be the limit's
 */
export function levelsOf(values: readonly DayValue[]): Level[] | null {
  if (values.some(({ value, censored }) => censored || !(value > 0))) return null;
  const byWeek = Map.groupBy(
    values.toSorted((a, b) => dayNumber(a.day) - dayNumber(b.day)),
    ({ day }) => Math.floor((dayNumber(day) + 3) / 7), // from Monday: 1970 began on a Thursday
  );
  if (byWeek.size < WEEKS_MIN) return null;
  const weeks = [...byWeek.values()];
  const logs = weeks.map((days) => days.reduce((sum, { value }) => sum + Math.log(value), 0) / days.length);
  const sd = noiseOf(logs);
  const changes = sd > 0 ? meanChanges(logs.map((log) => log / sd)) : [];
  return [0, ...changes].map((start, i) => {
    const end = changes[i] ?? weeks.length;
    const mean = Math.exp(logs.slice(start, end).reduce((sum, log) => sum + log, 0) / (end - start));
    return { from: weeks[start]![0]!.day, to: weeks[end - 1]!.at(-1)!.day, weeks: end - start, mean };
  });
}

/** Robust standard deviation from the differences of neighbours: median of their sizes, as that of a normal. */
function noiseOf(logs: readonly number[]): number {
  const sizes = logs.slice(1).map((log, i) => Math.abs(log - logs[i]!));
  sizes.sort((a, b) => a - b);
  const middle = sizes.length >> 1;
  const median = sizes.length % 2 === 1 ? sizes[middle]! : (sizes[middle - 1]! + sizes[middle]!) / 2;
  return (1.4826 * median) / Math.SQRT2;
}

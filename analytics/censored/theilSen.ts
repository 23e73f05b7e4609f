import { normalQuantile } from "../distributions/normal.ts";
import { kaplanMeier } from "./kaplanMeier.ts";
import { censoredVariance, mannKendall } from "./kendall.ts";
import type { Observation } from "./observations.ts";

export interface TrendLine {
  /** Per unit of time. */
  slope: number;
  low: number;
  high: number;
  intercept: number;
}

const medianOf = (sorted: readonly number[]) => (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;

/**
 * Sen's slope: the median of the slopes of all pairs, with Gilbert's interval from the variance of S (trend::sens.slope).
 * @param values at times 1, 2, 3 … or at `times`, ascending and distinct; two or more
 */
export function theilSen(
  values: readonly number[],
  times: readonly number[] = values.map((_, index) => index + 1),
  level = 0.95,
): TrendLine {
  const slopes: number[] = [];
  for (let i = 0; i < values.length; i++) {
    for (let j = i + 1; j < values.length; j++) slopes.push((values[j]! - values[i]!) / (times[j]! - times[i]!));
  }
  slopes.sort((a, b) => a - b);
  const reach = normalQuantile(0.5 + level / 2) * Math.sqrt(mannKendall(values).varianceS);
  const at = (rank: number) => slopes[Math.min(slopes.length, Math.max(1, Math.round(rank))) - 1]!;
  const slope = medianOf(slopes);
  const residuals = values.map((value, index) => value - slope * times[index]!).sort((a, b) => a - b);
  return {
    slope,
    low: at((slopes.length - reach) / 2),
    high: at((slopes.length + reach) / 2 + 1),
    intercept: medianOf(residuals),
  };
}

/**
 * Akritas-Theil-Sen: the slope at which Kendall's S of the residuals, censored ones included, is zero (Akritas, Murphy, LaValley
 * 1995; NADA::cenken). S falls as the slope rises, by two where a detected pair levels, by one where a detected value meets a limit;
 * the interval is where S equals ±z of its standard deviation. The intercept is the Kaplan-Meier median of the residuals.
 * @param observations at ascending, distinct times; at least one pair whose order can be told
 * @throws RangeError when no order can be told, as when all is censored
 */
export function akritasTheilSen(observations: readonly Observation[], times: readonly number[], level = 0.95): TrendLine {
  const { falls, start } = fallsOf(observations, times);
  if (falls.length === 0) throw new RangeError("no two observations can be ordered");
  const reach = normalQuantile(0.5 + level / 2) * Math.sqrt(censoredVariance(observations));
  const slope = crossing(falls, start, 0);
  return {
    slope,
    low: crossing(falls, start, reach),
    high: crossing(falls, start, -reach),
    intercept: interceptOf(observations, times, slope),
  };
}

interface Fall {
  slope: number;
  by: number;
}

/** Each pair whose order can be told at some slope, by the slope at which it changes S; and S where all slopes are above. */
function fallsOf(observations: readonly Observation[], times: readonly number[]): { falls: Fall[]; start: number } {
  const falls: Fall[] = [];
  let start = 0;
  for (let i = 0; i < observations.length; i++) {
    for (let j = i + 1; j < observations.length; j++) {
      const [earlier, later] = [observations[i]!, observations[j]!];
      if (earlier.censored && later.censored) continue;
      const slope = (later.value - earlier.value) / (times[j]! - times[i]!);
      // a censored value at either end changes S once, from told to untold order or back
      falls.push({ slope, by: earlier.censored || later.censored ? 1 : 2 });
      if (!later.censored) start += 1;
    }
  }
  return { falls: falls.sort((a, b) => a.slope - b.slope), start };
}

/** Where S passes `level` on its way down; the middle, where it rests there for a while. */
function crossing(falls: readonly Fall[], start: number, level: number): number {
  let s = start;
  if (s < level) return falls[0]!.slope;
  for (const [index, { slope, by }] of falls.entries()) {
    s -= by;
    if (s < level) return slope;
    if (s === level) return (slope + (falls[index + 1]?.slope ?? slope)) / 2;
  }
  return falls.at(-1)!.slope;
}

/** A median through the Kaplan-Meier curve of the residuals, interpolated between the two values around 1/2. */
function interceptOf(observations: readonly Observation[], times: readonly number[], slope: number): number {
  const residuals = observations.map(({ value, censored }, index) => ({ value: value - slope * times[index]!, censored }));
  return kaplanMeier(residuals).quantile(0.5) ?? Number.NaN;
}

import { normalQuantile } from "../distributions/normal.ts";

/** What a named detector says of one value: undefined where it has too little history. */
export interface Alarm {
  readonly threshold: number;
  readonly raised: boolean;
}

/** Values of the baseline: a week of days in the papers. */
const BASELINE = 7;
const ALPHA = { C1: 0.001, C2: 0.001, C3: 0.025 } as const;
/** Values between baseline and newest. */
const LAG = { C1: 0, C2: 2, C3: 2 } as const;

/**
 * EARS C1, C2 or C3 on counts or loads, oldest first, as R's surveillance::earsC has them. Its C3 sets the newest value where the
 * paper has the mean, so that the two values before alone decide the alarm; kept, because results are compared with R's.
 * @see Hutwagner et al. 2003, J. Urban Health 80:i89; Salmon, Schumacher & Höhle 2016, J. Stat. Softw. 70(10)
 */
export function ears(values: readonly number[], method: "C1" | "C2" | "C3"): (Alarm | undefined)[] {
  const quantile = normalQuantile(1 - ALPHA[method]);
  return values.map((value, i) => {
    const threshold =
      method === "C3" ? cumulatedThreshold(values, i, value, quantile) : plainThreshold(values, i, LAG[method], quantile);
    return threshold === undefined ? undefined : { threshold, raised: value > threshold };
  });
}

function plainThreshold(values: readonly number[], i: number, lag: number, quantile: number): number | undefined {
  const at = moments(values, i, lag);
  return at && at.mean + quantile * at.sd;
}

function cumulatedThreshold(values: readonly number[], i: number, value: number, quantile: number): number | undefined {
  const now = moments(values, i, LAG.C3);
  let earlier = 0;
  for (const before of [i - 1, i - 2]) {
    const then = moments(values, before, LAG.C3);
    if (!then) return undefined;
    earlier += Math.max(0, (values[before]! - then.mean) / then.sd - 1);
  }
  return now && Math.max(0, value + now.sd * (quantile - earlier));
}

function moments(values: readonly number[], i: number, lag: number): { mean: number; sd: number } | undefined {
  const from = i - lag - BASELINE;
  if (from < 0) return undefined;
  const window = values.slice(from, i - lag);
  const mean = window.reduce((sum, value) => sum + value, 0) / BASELINE;
  const sd = Math.sqrt(window.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (BASELINE - 1));
  return { mean, sd };
}

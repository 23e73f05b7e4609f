import { normalQuantile } from "../distributions/normal.ts";
import type { Observation } from "./observations.ts";

export interface KaplanMeierStep {
  value: number;
  /** Observations at or below the value. */
  atRisk: number;
  /** Detected ones equal to it. */
  events: number;
  /** P(X < value). */
  probability: number;
  /** Greenwood's; NaN where the probability is 0. */
  standardError: number;
  low: number;
  high: number;
}

export interface KaplanMeier {
  /** One a distinct value, ascending. */
  steps: KaplanMeierStep[];
  /** With the mass below the smallest detected value, if any, placed at the smallest value: biased high where that is censored. */
  mean: { value: number; standardError: number; low: number; high: number };
  /** Standard error of the mean times √n, as NADA. */
  sd: number;
  /** The smallest value whose P(X <= value) reaches p; null where the data cannot tell. */
  quantile: (p: number) => number | null;
}

/**
 * The distribution of left-censored data without assuming a shape: Kaplan-Meier on the flipped scale (Helsel 2012, ch. 6), as
 * NADA::cenfit. Ties: at one value, detected ones count as above the censored.
 * @throws RangeError without a detected value
 */
export function kaplanMeier(observations: readonly Observation[], level = 0.95): KaplanMeier {
  if (!observations.some(({ censored }) => !censored)) throw new RangeError("Kaplan-Meier needs a detected value");
  const z = normalQuantile(0.5 + level / 2);
  const values = [...new Set(observations.map(({ value }) => value))].sort((a, b) => b - a);
  const steps: KaplanMeierStep[] = [];
  let survival = 1;
  let greenwood = 0;
  for (const value of values) {
    const atRisk = observations.filter((other) => other.value <= value).length;
    const events = observations.filter((other) => other.value === value && !other.censored).length;
    survival *= 1 - events / atRisk;
    if (events > 0) greenwood += events / (atRisk * (atRisk - events));
    const standardError = survival > 0 ? survival * Math.sqrt(greenwood) : Number.NaN;
    const low = Math.max(0, survival - z * standardError);
    const high = Math.min(1, survival + z * standardError);
    steps.push({ value, atRisk, events, probability: survival, standardError, low, high });
  }
  steps.reverse();
  const mean = restrictedMean(steps, z);
  return { steps, mean, sd: mean.standardError * Math.sqrt(observations.length), quantile: (p) => quantile(steps, p) };
}

/** The largest value less the area under P(X < value), with Greenwood's variance and Kaplan and Meier's d/(d - 1) for d detected. */
function restrictedMean(ascending: readonly KaplanMeierStep[], z: number): KaplanMeier["mean"] {
  let area = 0;
  let variance = 0;
  for (let i = 1; i < ascending.length; i++) {
    const { value, probability, events, atRisk } = ascending[i]!;
    area += (value - ascending[i - 1]!.value) * probability;
    if (atRisk > events) variance += (area ** 2 * events) / (atRisk * (atRisk - events));
  }
  const detected = ascending.reduce((sum, { events }) => sum + events, 0);
  const value = ascending.at(-1)!.value - area;
  const standardError = detected > 1 ? Math.sqrt((variance * detected) / (detected - 1)) : Number.NaN;
  return { value, standardError, low: value - z * standardError, high: value + z * standardError };
}

function quantile(ascending: readonly KaplanMeierStep[], p: number): number | null {
  if (p <= ascending[0]!.probability) return null; // below the smallest limit
  for (const [i, { value }] of ascending.entries()) {
    if ((ascending[i + 1]?.probability ?? 1) >= p - 1e-12) return value;
  }
  return null;
}

import { normalCdf } from "../distributions/normal.ts";
import type { Observation } from "./observations.ts";

export interface KendallTest {
  /** Later above earlier pairs less the reverse. */
  s: number;
  varianceS: number;
  /** Kendall's τ-b. */
  tau: number;
  /** Denominator of τ. */
  denominator: number;
  z: number;
  pTwoSided: number;
}

/** Numbers of equal values. */
function ties(values: readonly number[]): number[] {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts.values()].filter((count) => count > 1);
}

const pairs = (n: number) => (n * (n - 1)) / 2;
const spread = (n: number) => (n * (n - 1) * (2 * n + 5)) / 18;

function concluded(s: number, varianceS: number, denominator: number, continuity = 1): KendallTest {
  const z = s === 0 || varianceS === 0 ? 0 : (s - continuity * Math.sign(s)) / Math.sqrt(varianceS);
  return { s, varianceS, tau: s / denominator, denominator, z, pTwoSided: Math.min(1, 2 * normalCdf(-Math.abs(z))) };
}

/** Mann-Kendall trend test of values in order of time, variance corrected for ties, with continuity correction. Two values or more. */
export function mannKendall(values: readonly number[]): KendallTest {
  const { s, varianceS, denominator } = partsOf(values);
  return concluded(s, varianceS, denominator);
}

function partsOf(values: readonly number[]): { s: number; varianceS: number; denominator: number } {
  let s = 0;
  for (let i = 0; i < values.length; i++) for (let j = i + 1; j < values.length; j++) s += Math.sign(values[j]! - values[i]!);
  const tied = ties(values);
  const varianceS = spread(values.length) - tied.reduce((sum, count) => sum + spread(count), 0);
  const all = pairs(values.length);
  return { s, varianceS, denominator: Math.sqrt(all - tied.reduce((sum, count) => sum + pairs(count), 0)) * Math.sqrt(all) };
}

/**
 * Hirsch's seasonal test: each season against itself, summed. As Kendall::SeasonalMannKendall, without continuity correction, and
 * without correction for seasons that move together.
 */
export function seasonalMannKendall(values: readonly number[], period: number): KendallTest {
  let [s, varianceS, denominator] = [0, 0, 0];
  for (let season = 0; season < period; season++) {
    const part = partsOf(values.filter((_, index) => index % period === season));
    s += part.s;
    varianceS += part.varianceS;
    denominator += part.denominator;
  }
  return concluded(s, varianceS, denominator, 0);
}

/**
 * Sign of b - a where either may be censored: 0 when the order cannot be told. A censored value lies strictly below its limit, so a
 * detected one at the limit is above it.
 */
export function comparedSign(a: Observation, b: Observation): number {
  if (a.censored && b.censored) return 0;
  if (a.censored) return b.value >= a.value ? 1 : 0;
  if (b.censored) return a.value >= b.value ? -1 : 0;
  return Math.sign(b.value - a.value);
}

/**
 * Kendall's S of censored values in order of distinct times, and τ-a. Variance and continuity correction as NADA::cenken, so that
 * p-values agree with it.
 */
export function censoredKendall(observations: readonly Observation[]): KendallTest {
  let s = 0;
  for (let i = 0; i < observations.length; i++) {
    for (let j = i + 1; j < observations.length; j++) s += comparedSign(observations[i]!, observations[j]!);
  }
  return concluded(s, censoredVariance(observations), pairs(observations.length));
}

/**
 * Variance of S less what ties take from it: of values censored at one limit, of detected values, and of pairs whose order a limit
 * hides (each censored value with all that rank below it, less the tied censored ones counted twice). Helsel 2012, macro ckend.
 */
export function censoredVariance(observations: readonly Observation[]): number {
  const detectedTies = ties(observations.filter(({ censored }) => !censored).map(({ value }) => value));
  const censoredTies = ties(observations.filter(({ censored }) => censored).map(({ value }) => value));
  const ranked = observations.toSorted((a, b) => a.value - b.value || Number(b.censored) - Number(a.censored));
  const hidden = ranked.reduce((sum, { censored }, rank) => sum + (censored ? rank : 0), 0);
  const twice = censoredTies.reduce((sum, count) => sum + count - 1, 0);
  const tied = [...detectedTies, ...censoredTies].reduce((sum, count) => sum + spread(count), 0);
  return Math.max(0, spread(observations.length) - tied - (hidden - twice));
}

import type { Censoring } from "./derived.ts";
import { combineLogSd, logInterval, logSd } from "./uncertainty.ts";

/** A measured amount: value (or limit), how it relates to it, and the relative uncertainty of its analysis alone. */
export interface Measured {
  value: number;
  censoring: Censoring;
  /** Of the analysis: sampling, flow and people are shared by both residues of a sample and cancel in a ratio. */
  analysisCv: number;
}

/** Residue ratios in use, numerator over denominator by mass, except where stated. */
export const RESIDUE_RATIOS = {
  "cocaine/benzoylecgonine": ["cocaine", "benzoylecgonine"],
  "amphetamine/methamphetamine": ["amphetamine", "methamphetamine"],
  "ketamine/norketamine": ["ketamine", "norketamine"],
  "methadone/eddp": ["methadone", "eddp"],
  "hmma/mdma": ["hmma", "mdma"],
  "6-mam/morphine": ["6-mam", "morphine"],
  "n-n-dimethylamphetamine/methamphetamine": ["n-n-dimethylamphetamine", "methamphetamine"],
  "etomidate/etomidate-acid": ["etomidate", "etomidate-acid"],
  "codeine/morphine": ["codeine", "morphine"],
} as const satisfies Record<string, readonly [string, string]>;

export interface Ratio {
  value: number;
  /** Null: no lower (upper) bound but zero (infinity). */
  low: number | null;
  high: number | null;
  /** "below": the truth is at most about `value`; "above": at least; "unknown": both are censored, so nothing is known. */
  censoring: "none" | "below" | "above" | "unknown";
  logSd: number;
}

type Side = "known" | "upper" | "lower";

function side(censoring: Censoring): Side {
  if (censoring === "none") return "known";
  return censoring === "aboveRange" ? "lower" : "upper";
}

/** A ratio of two residues of one sample. A censored side bounds it; two censored sides of opposite sense leave it unknown. */
export function ratioOf(numerator: Measured, denominator: Measured, level = 0.95): Ratio {
  const value = numerator.value / denominator.value;
  const sd = combineLogSd(logSd(numerator.analysisCv), logSd(denominator.analysisCv));
  const { low, high } = logInterval(value, sd, level);
  const top = side(numerator.censoring);
  const bottom = side(denominator.censoring);
  if (top === "known" && bottom === "known") return { value, low, high, censoring: "none", logSd: sd };
  if (top !== "lower" && bottom !== "upper") return { value, low: null, high, censoring: "below", logSd: sd };
  if (top !== "upper" && bottom !== "lower") return { value, low, high: null, censoring: "above", logSd: sd };
  return { value, low: null, high: null, censoring: "unknown", logSd: sd };
}

/** The share a/(a + b), such as the enantiomeric fraction R/(R + S), with its interval on the logit scale: it stays within 0 and 1. */
export function fractionOf(a: Measured, b: Measured, level = 0.95): Ratio {
  const odds = ratioOf(a, b, level);
  const share = (ratio: number) => ratio / (1 + ratio);
  return {
    value: share(odds.value),
    low: odds.low === null ? null : share(odds.low),
    high: odds.high === null ? null : share(odds.high),
    censoring: odds.censoring,
    logSd: odds.logSd,
  };
}

/** Residues of one drug that are added up, as grams of the drug itself: each mass times the ratio of molar masses. */
export const RESIDUE_SUMS = {
  cocaine: ["cocaine", "benzoylecgonine"],
  ketamine: ["ketamine", "norketamine"],
  methadone: ["methadone", "eddp"],
  tramadol: ["tramadol", "o-desmethyltramadol"],
  fentanyl: ["fentanyl", "norfentanyl"],
} as const satisfies Record<string, readonly [string, string]>;

/** Shares of two forms in their sum: enantiomers are made alike and taken up unlike, so the share tells use from disposal. */
export const RESIDUE_FRACTIONS = {
  "r-mdma/(r-mdma+s-mdma)": ["r-mdma", "s-mdma"],
} as const satisfies Record<string, readonly [string, string]>;

/**
 * The sum of residues of one drug in one sample: a censored part adds nothing to the lower bound and its limit to the upper.
 * @param sharedLogSd of what all parts share, such as sampling and flow
 */
export function sumOf(
  parts: readonly Measured[],
  level = 0.95,
  sharedLogSd = 0,
): { value: number; low: number; high: number; censored: boolean } {
  let [detected, limits, variance] = [0, 0, 0];
  for (const { value, censoring, analysisCv } of parts) {
    if (side(censoring) === "upper") limits += value;
    else detected += value;
    variance += (value * analysisCv) ** 2;
  }
  const total = detected + limits;
  const sd = total === 0 ? 0 : combineLogSd(logSd(Math.sqrt(variance) / total), sharedLogSd);
  const reach = total === 0 ? { low: 0, high: 0 } : logInterval(1, sd, level);
  return { value: total, low: detected * reach.low, high: total * reach.high, censored: limits > 0 };
}

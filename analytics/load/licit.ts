import { amphetamineFromMethamphetamine } from "../../schemas/factors.ts";
import { cvOfRange } from "./uncertainty.ts";

/** Residues that another drug leaves too, with that drug's residue: what it left is no consumption of their own. */
export const LEFT_BY_OTHER: Readonly<Record<string, string>> = { amphetamine: "methamphetamine" };

/** A load with its standard uncertainty, both in one unit. */
export interface Uncertain {
  value: number;
  sd: number;
}

export interface NetLoad {
  /** Zero where the licit part is larger. */
  value: number;
  /** The plain difference, which may be negative: kept, so that a mean over days is not biased by clipping. */
  beforeClipping: number;
  sd: number;
}

/** What remains of a residue's load once its medical and other licit sources are taken off. Errors of the two are independent. */
export function subtractLicit(load: Uncertain, licit: Uncertain): NetLoad {
  const beforeClipping = load.value - licit.value;
  return { value: Math.max(0, beforeClipping), beforeClipping, sd: Math.hypot(load.sd, licit.sd) };
}

/**
 * Residue load of prescriptions: what was dispensed, times what is excreted. In g/d of residue.
 * @param massRatio residue to drug, M_residue / M_drug
 */
export function prescribedLoad(dispensedGD: number, excretedFraction: number, massRatio: number): number {
  return dispensedGD * excretedFraction * massRatio;
}

/** Relative standard uncertainty of what methamphetamine leaves as amphetamine, from the range of its share. */
export const OTHER_DRUG_CV = cvOfRange(amphetamineFromMethamphetamine);

/**
 * Amphetamine taken as such. Between the ratios 0.04 and 0.19 all of it can come from methamphetamine, and it cannot be estimated;
 * above 1 the correction is negligible. Ignoring it overestimates by up to 83 % ("Refining the estimation of amphetamine
 * consumption").
 */
export function ownAmphetamine(
  amphetamine: number,
  methamphetamine: number,
): { value: number | null; reliable: boolean; reason: "own" | "mixed" | "fromMethamphetamine" } {
  const { median, high, reliableAbove } = amphetamineFromMethamphetamine;
  if (methamphetamine === 0) return { value: amphetamine, reliable: true, reason: "own" };
  const ratio = amphetamine / methamphetamine;
  if (ratio <= high) return { value: null, reliable: false, reason: "fromMethamphetamine" };
  const value = amphetamine - median * methamphetamine;
  return ratio > reliableAbove ? { value, reliable: true, reason: "own" } : { value, reliable: false, reason: "mixed" };
}

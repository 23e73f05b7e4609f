import type { QualityFlag } from "../../schemas/qualityRules.ts";
import { type Flowing, logVariance, type Variance } from "./amounts.ts";
import type { Absence } from "./derived.ts";
import { OTHER_DRUG_CV, ownAmphetamine, subtractLicit } from "./licit.ts";
import { dailyLoad } from "./load.ts";
import type { LoadInput, LoadSample } from "./loadInput.ts";

/** What the sewer did, where the profile corrects for it and the site says it. */
export interface Sewer {
  isCorrected: boolean;
  arrivedShare: number;
  formedNgL: number;
}

const UNCHANGED: Sewer = { isCorrected: false, arrivedShare: 1, formedNgL: 0 };

export function sewerOf({ profile, residenceTimeH }: LoadInput, { inSewer, concentration }: LoadSample): Sewer {
  if (!profile.inSewer.correct || residenceTimeH === undefined || inSewer === undefined) return UNCHANGED;
  // a limit stays an upper bound whatever formed on the way
  const isKnown = concentration.censoring === "none" || concentration.censoring === "aboveRange";
  const arrivedShare = Math.exp(-inSewer.lossPerH * residenceTimeH);
  return { isCorrected: true, arrivedShare, formedNgL: isKnown ? inSewer.formedNgL : 0 };
}

/** What another drug left of the residue, where the profile asks for what is not of the drug's own use to be taken off. */
export interface OtherDrug {
  loadGD: number;
  /** It can have left all of it. */
  isAll: boolean;
}

export function otherDrugOf(
  { profile, analyte }: LoadInput,
  { concentration, flowM3D, otherDrugNgL }: LoadSample,
  { arrivedShare }: Sewer,
): OtherDrug | null {
  if (otherDrugNgL === undefined || !profile.licitRequired.includes(analyte)) return null;
  const { value } = ownAmphetamine(concentration.ngL!, otherDrugNgL);
  const leftNgL = concentration.ngL! - (value ?? 0);
  return { loadGD: dailyLoad(leftNgL / arrivedShare, flowM3D!), isAll: value === null };
}

/** The load of one sample in g/d, with what of it the drug's own illicit use left. */
export function loadOf(
  { profile, licit }: LoadInput,
  { concentration, flowM3D, flowCv }: LoadSample,
  { arrivedShare, formedNgL }: Sewer,
  other: OtherDrug | null,
): Flowing {
  const { sampling, analysis, stability, flow } = profile.uncertainty;
  const variance: Variance = { independent: 0, correlated: 0 };
  variance[sampling.kind] += logVariance(sampling.cv);
  const ownNgL = concentration.ngL! - formedNgL;
  // of a difference the errors of both parts add up, on less
  const analysisCv = (concentration.analysisCv ?? analysis.cv) * (Math.hypot(concentration.ngL!, formedNgL) / ownNgL);
  variance[analysis.kind] += logVariance(analysisCv);
  variance[stability.kind] += logVariance(stability.cv);
  variance[flow.kind] += logVariance(flowCv ?? flow.cv);
  const gD = dailyLoad(ownNgL / arrivedShare, flowM3D!);
  const lowGD = concentration.lowNgL === undefined ? 0 : dailyLoad(concentration.lowNgL / arrivedShare, flowM3D!);
  const sd = gD * Math.sqrt(Math.expm1(variance.independent + variance.correlated));
  const otherGD = other?.loadGD ?? 0;
  const net =
    licit === undefined
      ? null
      : subtractLicit(
          { value: gD, sd },
          { value: licit.loadGD + otherGD, sd: Math.hypot(licit.loadGD * licit.cv, otherGD * OTHER_DRUG_CV) },
        );
  return { gD, lowGD, censoring: concentration.censoring, variance, net };
}

/** Why a sample has no load; null where it has one. */
export function loadAbsence(
  { concentration, flowM3D }: LoadSample,
  flags: readonly QualityFlag[],
  { formedNgL }: Sewer,
): Absence | null {
  if (flags.some(({ action }) => action === "reject" || action === "hold")) return "resultRefused";
  if (flowM3D === undefined || !(flowM3D > 0)) return "noFlow";
  if (flags.some(({ action }) => action === "loadNull")) return "flowRefused";
  if (concentration.ngL === null || !(concentration.ngL > 0)) return "limitUnknown";
  return concentration.ngL > formedNgL ? null : "formedInSewer";
}

import type { CENSORINGS } from "../../schemas/assay.ts";
import type { UncertaintyPart } from "../../schemas/profiles.ts";
import type { QualityFlag, Switches } from "../../schemas/qualityRules.ts";
import type { UnitCode } from "../../schemas/units.ts";
import type { PopulationEstimate } from "./population.ts";

export const DERIVED_QUANTITIES = ["concentration", "load", "populationNormalisedLoad", "consumption", "doses"] as const;
export type DerivedQuantity = (typeof DERIVED_QUANTITIES)[number];
/** Those that are kept as series; concentrations are there as the laboratories reported them. */
export const STORED_QUANTITIES = ["load", "populationNormalisedLoad", "consumption", "doses"] as const;

export type Censoring = (typeof CENSORINGS)[number];

/** Why a number is not there. */
export type Absence =
  | "noFlow"
  | "flowRefused"
  | "resultRefused"
  | "limitUnknown"
  | "noPopulation"
  | "noExcretionFactor"
  | "noMolarMass"
  | "noDose"
  | "licitLoadUnknown"
  | "formedInSewer"
  | "leftByOtherDrug";

/** A number with its 95 % interval. For a value below the limit, `value` is the limit's and low is 0; above the range, high is null. */
export interface Amount {
  value: number;
  low: number;
  high: number | null;
  unit: UnitCode;
}

/** Everything a derived value rests on: enough to compute it again and to explain it down to the raw result. JSON as it stands. */
export interface Provenance {
  /** The results it came from: several where replicates were averaged. */
  resultIds: readonly string[];
  /** `id@version` of the method profile. */
  profile: string;
  factorIds: { excretion: string | null; dose: string | null };
  inputs: {
    /** The value or limit; null where no limit is known. */
    concentrationNgL: number | null;
    flowM3D: number | null;
    residenceTimeH: number | null;
    /** Divided out where the profile corrects for the loss in the sewer; 1 where it does not. */
    arrivedShare: number;
    /** Taken off before: what formed on the way from another residue; 0 where the profile does not correct. */
    formedNgL: number;
    licitLoadGD: number | null;
    /** What another drug left of this residue, such as methamphetamine of amphetamine; null where that was not measured. */
    otherDrugLoadGD: number | null;
    /** Grams of drug per gram of residue; null without a factor. */
    conversionFactor: number | null;
    doseMg: number | null;
  };
  population: PopulationEstimate | null;
  /** Relative standard uncertainty of each part, and which parts all days share. */
  uncertainty: { cv: Readonly<Record<UncertaintyPart, number>>; correlated: readonly UncertaintyPart[]; level: number };
  flags: readonly QualityFlag[];
  notes: readonly DerivationNote[];
  softwareVersion: string;
}

export type DerivationNote = "inSewerUnstable" | "residenceTimeUnknown" | "dissolvedOnly" | "licitClipped" | "inSewerCorrected";

/** One number of one site, analyte and day under one profile. Recomputed, never edited. */
export interface DerivedValue {
  siteId: string;
  analyte: string;
  /** The drug, for a consumption or doses; else the residue itself. */
  drug: string | null;
  /** Local day of the sample's start. */
  day: string;
  /** Instant of the sample's start, milliseconds since 1970; null where the caller has none. */
  timeMs: number | null;
  method: string | null;
  quantity: DerivedQuantity;
  /** "primary", or how people were counted in the number shown beside it. */
  variant: string;
  /** Concentration in ng/L, load in g/d; the others per 1,000 people and day. Null with a reason. */
  amount: Amount | null;
  /** For consumption and doses: the whole catchment's a day, which needs no population. */
  total: Amount | null;
  absent: Absence | null;
  censoring: Censoring;
  /** Standard deviations of the logarithm: a trend over days uses the independent one only. Null where nothing is left to be sure of. */
  logSd: { independent: number; correlated: number } | null;
  switches: Switches;
  provenance: Provenance;
}

/**
 * A derived value as a point of the series store (store/series/series.ts); a limit below which it lies is stored as censored, never as a
 * value. Above the calibrated range it is a value: at least so much.
 */
export interface DerivedPoint {
  measure: (typeof STORED_QUANTITIES)[number];
  siteId: string;
  name: string;
  variant: string;
  timeMs: number;
  slot: number;
  value: number;
  censored?: true;
  low?: number;
  high?: number;
  origin: string;
}

/** Keeps two samples of one instant apart, within the million slots of an instant. */
function slotOf(resultId: string): number {
  let hash = 0;
  for (let i = 0; i < resultId.length; i++) hash = (Math.imul(hash, 31) + resultId.charCodeAt(i)) >>> 0;
  return hash % 1_000_000;
}

const isBelow = (censoring: Censoring) => censoring !== "none" && censoring !== "aboveRange";

/**
 * Undefined for a value that is absent or has no instant. The unit is the measure's: g/d for a load, else per 1,000 people and day.
 * @param variant the name of its series (variants.ts)
 */
export function pointOf(derived: DerivedValue, variant: string): DerivedPoint | undefined {
  const { quantity, siteId, analyte, timeMs, amount, censoring, provenance } = derived;
  if (quantity === "concentration" || amount === null || timeMs === null) return undefined;
  const { value, low, high } = amount;
  const bounds = isBelow(censoring) ? ({ censored: true } as const) : { low, high: high ?? value };
  const origin = provenance.resultIds.join(",");
  return { measure: quantity, siteId, name: analyte, variant, timeMs, slot: slotOf(origin), value, ...bounds, origin };
}

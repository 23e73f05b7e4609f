import type { CENSORINGS } from "../../schemas/assay.ts";
import type { UncertaintyPart } from "../../schemas/profiles.ts";
import type { QualityFlag, Switches } from "../../schemas/qualityRules.ts";
import type { UnitCode } from "../../schemas/units.ts";
import type { PopulationEstimate } from "./population.ts";

export const DERIVED_QUANTITIES = ["load", "populationNormalisedLoad", "consumption", "doses"] as const;
export type DerivedQuantity = (typeof DERIVED_QUANTITIES)[number];

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
  | "licitLoadUnknown";

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
    licitLoadGD: number | null;
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
  /** Load in g/d; the others per 1,000 people and day. Null with a reason. */
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

/** What tells a derived series from every other of its quantity; a changed profile or factor makes a new one. */
export function seriesVariant({ variant, provenance }: DerivedValue): string {
  return variant === "primary" ? provenance.profile : `${provenance.profile}/${variant}`;
}

/** A derived value as a point of the series store (store/series/series.ts); a limit is stored as censored, never as a value. */
export interface DerivedPoint {
  measure: DerivedQuantity;
  siteId: string;
  name: string;
  variant: string;
  timeMs: number;
  value: number;
  censored?: true;
  low?: number;
  high?: number;
  origin: string;
}

/** Undefined for a value that is absent or has no instant. The unit is the measure's: g/d for a load, else per 1,000 people and day. */
export function pointOf(derived: DerivedValue): DerivedPoint | undefined {
  const { quantity, siteId, analyte, timeMs, amount, censoring, provenance } = derived;
  if (amount === null || timeMs === null) return undefined;
  const { value, low, high } = amount;
  const bounds = censoring === "none" ? { low, high: high ?? value } : ({ censored: true } as const);
  const variant = seriesVariant(derived);
  return { measure: quantity, siteId, name: analyte, variant, timeMs, value, ...bounds, origin: provenance.resultIds.join(",") };
}

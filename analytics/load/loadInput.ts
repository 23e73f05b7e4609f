import type { Methods } from "../../schemas/methods.ts";
import type { MethodProfile } from "../../schemas/profiles.ts";
import type { QualityFlag } from "../../schemas/qualityRules.ts";
import type { Concentration } from "./concentration.ts";
import type { PopulationEstimate } from "./population.ts";

/** One sample of one analyte. */
export interface LoadSample {
  resultIds: readonly string[];
  /** Local day of the sample's start, `2026-05-04`. */
  day: string;
  /** Instant of the sample's start, milliseconds since 1970. */
  timeMs?: number;
  /** The laboratory's method: another one is another series to a detector. */
  method?: string;
  concentration: Concentration;
  /** Mean flow while the sample was taken; undefined where none is known. */
  flowM3D: number | undefined;
  /** Relative standard uncertainty of the flow; the profile's where absent. */
  flowCv?: number;
  /** Populations of this day (markers, mobile telephones). */
  populations?: readonly PopulationEstimate[];
  flags?: readonly QualityFlag[];
  /** What was quantified in the same sewage of another drug's residue that leaves this one too (licit.ts). */
  otherDrugNgL?: number;
  /** What this sewer did to the residue on the way, used only where the profile corrects. */
  inSewer?: InSewerChange;
}

/** From site data and the day's temperature. */
export interface InSewerChange {
  /** First-order loss. */
  lossPerH: number;
  /** Of the concentration that arrived, what formed from another residue; 0 where nothing does. */
  formedNgL: number;
}

export interface LoadInput {
  siteId: string;
  analyte: string;
  profile: MethodProfile;
  samples: readonly LoadSample[];
  /** Static populations of the site. */
  populations?: readonly PopulationEstimate[];
  residenceTimeH?: number;
  /** Licit load of the residue in g/d with its relative standard uncertainty. */
  licit?: { loadGD: number; cv: number };
  softwareVersion: string;
  /** Where the profile's factors are found; those that ship where absent. */
  methods?: Methods;
}

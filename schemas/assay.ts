import { z } from "zod";
import { labId, methodId, moment, uploadId } from "./identifiers.ts";
import { sample } from "./sample.ts";
import { resolveAnalyte } from "./substances.ts";
import { dimensionOf, unitCode } from "./units.ts";

/** How the value relates to the limits. A censored value is known only to lie below (or above) its limit. */
export const CENSORINGS = ["none", "belowLod", "belowLoq", "betweenLodAndLoq", "aboveRange"] as const;

/** What a laboratory may report, with the dimension its unit must have. */
export const REPORTED_QUANTITIES = {
  concentration: "massConcentration",
  load: "massRate",
  populationNormalisedLoad: "massRatePerPerson",
} as const;

/** Accepts a substance's id, name or synonym in English or Chinese and keeps its id. */
export const analyte = z.string().transform((name, context) => {
  const id = resolveAnalyte(name);
  if (id !== undefined) return id;
  context.addIssue({ code: "custom", message: "a substance of the registry (GET /api/v1/substances), by id, name or synonym" });
  return z.NEVER;
});

/** One value of one analyte in one sample. Identity: laboratory, sample, analyte, method, replicate. */
export const assayResult = z
  .strictObject({
    analyte,
    quantity: z.enum(Object.keys(REPORTED_QUANTITIES) as [keyof typeof REPORTED_QUANTITIES]).default("concentration"),
    /** Absent where only the limit is known. */
    value: z.number().nonnegative().nullable().optional(),
    unit: unitCode,
    censoring: z.enum(CENSORINGS).default("none"),
    lod: z.number().positive().optional(),
    loq: z.number().positive().optional(),
    /** Expanded uncertainty in the unit of the value, with its coverage factor (2 is about 95 %). */
    uncertainty: z.number().nonnegative().optional(),
    coverageFactor: z.number().positive().optional(),
    method: methodId,
    replicate: z.int().positive().default(1),
    ionRatio: z.number().nonnegative().optional(),
    /** Recovery of the internal standard, percent. */
    isRecovery: z.number().nonnegative().optional(),
    /** What the batch's controls and the instrument said of it, for the quality rules. */
    controls: z
      .strictObject({
        /** Mean ratio of qualifier to quantifier in the calibrators. */
        expectedIonRatio: z.number().positive().optional(),
        retentionDeviationMin: z.number().optional(),
        signalToNoise: z.number().nonnegative().optional(),
        calibrationR2: z.number().min(0).max(1).optional(),
        blankPercentOfLoq: z.number().nonnegative().optional(),
        sampleToBlank: z.number().nonnegative().optional(),
        spikeRecoveryPercent: z.number().nonnegative().optional(),
        /** Whether the analyte has a deuterated internal standard of its own. */
        ownInternalStandard: z.boolean().optional(),
        /** Whether the bottle was preserved as the method asks. */
        preservedAsAsked: z.boolean().optional(),
      })
      .optional(),
    dilution: z.number().positive().optional(),
    rawFile: z.string().max(500).optional(),
    /** Flags the laboratory set itself. */
    flags: z.array(z.string().max(50)).max(20).optional(),
    withdrawn: z.boolean().optional(),
  })
  .refine((r) => r.censoring !== "none" || (r.value != null && r.value > 0), {
    path: ["value"],
    error: "a value above zero; for a value below the limit leave it out and set censoring and the limit",
  })
  .refine((r) => r.censoring !== "aboveRange" || r.value != null, { path: ["value"], error: "the upper limit of the range" })
  .refine((r) => r.lod === undefined || r.loq === undefined || r.lod <= r.loq, {
    path: ["lod"],
    error: "a LOD not above the LOQ",
  })
  .refine((r) => dimensionOf(r.unit) === REPORTED_QUANTITIES[r.quantity], {
    path: ["unit"],
    error: "a unit of the quantity: ng/L for a concentration, g/d for a load, mg/d/(10*3.{inh}) for a population-normalised load",
  });
export type AssayResult = z.infer<typeof assayResult>;

export const REVISION_REASONS = [
  "transcriptionError",
  "recalculation",
  "reanalysis",
  "calibrationError",
  "sampleMixUp",
  "wrongUnit",
  "withdrawnByLab",
  "other",
] as const;

/** Why a content that differs from an earlier one of the same identity replaces it. */
export const revision = z.strictObject({
  /** The upload that is corrected, where known. */
  of: uploadId.optional(),
  reason: z.enum(REVISION_REASONS),
  text: z.string().max(1_000).optional(),
});

/** Results of one report: a full panel with replicates stays far below. */
export const RESULTS_PER_REPORT_MAX = 1_000;

/** One sample with its results, as a laboratory sends it. */
export const assayReport = z.strictObject({
  labId,
  uploadId,
  /** When the laboratory released it; orders revisions. Taken from the log where absent. */
  reportedAt: moment.optional(),
  sample,
  results: z.array(assayResult).min(1).max(RESULTS_PER_REPORT_MAX),
  revision: revision.optional(),
});
export type AssayReport = z.infer<typeof assayReport>;

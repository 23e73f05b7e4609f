import { z } from "zod";
import { analyte } from "./assay.ts";
import { day, labId } from "./identifiers.ts";
import { unitCode } from "./units.ts";

const uncertain = z.strictObject({
  value: z.number().positive(),
  /** Standard uncertainty, in the unit of the round. */
  uncertainty: z.number().nonnegative(),
});

/** One round of an interlaboratory comparison (proficiency test) for one analyte, as its provider reports it. */
export const interlaboratoryRound = z
  .strictObject({
    roundId: z.string().regex(/^[\w.:-]{1,64}$/, "letters, digits and . : _ - only"),
    provider: z.string().min(1).max(200),
    analyte,
    day,
    unit: unitCode,
    /** Standard deviation for proficiency assessment, as a share of the assigned value. */
    sigmaShare: z.number().positive().max(1),
    /** The assigned value where the provider states one; else the robust mean of the results (ISO 13528 algorithm A). */
    assigned: uncertain.optional(),
    results: z
      .array(z.strictObject({ labId, value: z.number().nonnegative(), uncertainty: z.number().positive().optional() }))
      .min(1)
      .max(500),
  })
  .refine(({ assigned, results }) => assigned !== undefined || results.length >= 5, {
    path: ["assigned"],
    error: "an assigned value, or the results of at least 5 laboratories to have a robust mean of",
  })
  .refine(({ results }) => new Set(results.map((one) => one.labId)).size === results.length, {
    path: ["results"],
    error: "one result a laboratory",
  });

/** What one laboratory scored in one round. */
export const roundScore = z.strictObject({
  roundId: z.string(),
  provider: z.string(),
  analyte: z.string(),
  day,
  labId,
  value: z.number(),
  unit: unitCode,
  assigned: z.number(),
  assignedUncertainty: z.number(),
  sigma: z.number(),
  /** z, or z' where the assigned value's own uncertainty exceeds 0.3 sigma. */
  kind: z.enum(["z", "z'"]),
  score: z.number(),
  signal: z.enum(["satisfactory", "warning", "action"]),
  /** From the laboratory's stated uncertainty, where it states one. */
  zeta: z.number().nullable(),
});
export type RoundScore = z.infer<typeof roundScore>;

import { z } from "zod";
import { evidence } from "./factors.ts";
import { moment } from "./identifiers.ts";
import reference from "./reference/quality-rules.json" with { type: "json" };
import { unitCode } from "./units.ts";

/** Three separate suppressions, as NWSS found it needs: what is hidden from view need not be left out of the analysis, or the reverse. */
export const switches = z.strictObject({
  hideFromDashboard: z.boolean(),
  excludeFromAnalysis: z.boolean(),
  excludeFromQualityReport: z.boolean(),
});
export type Switches = z.infer<typeof switches>;

export const QUALITY_ACTIONS = [
  "note",
  "warn",
  "semiQuantitative",
  "notConfirmed",
  "censor",
  "hold",
  "loadNull",
  "notComparable",
  "restartBaseline",
  "notForLeads",
  "reject",
] as const;

/** Outside the range the rule speaks: [low, high], either null for open. */
const range = z.tuple([z.number().nullable(), z.number().nullable()]);

/** One rule of the catalogue: a fact, its acceptable range, and what follows when it lies outside. */
export const qualityRule = z.strictObject({
  id: z.string().regex(/^[A-Z][A-Z\d_]*$/),
  title: z.strictObject({ en: z.string(), zh: z.string() }),
  /** The fact judged (analytics/quality/facts.ts). */
  fact: z.string(),
  unit: unitCode,
  warnOutside: range.nullable(),
  failOutside: range.nullable(),
  warnAction: z.enum(QUALITY_ACTIONS),
  failAction: z.enum(QUALITY_ACTIONS),
  /** What an absent fact means: nothing, or a flag of its own. */
  whenMissing: z.enum(["silent", "note", "warn", "fail"]),
  switchesOnFail: switches,
  /** The flag of PHES-ODM 2.2 it maps to. */
  odmFlag: z.string().nullable(),
  source: z.string().min(1),
  evidence,
});
export type QualityRule = z.infer<typeof qualityRule>;

export const qualityOverride = z.strictObject({ actor: z.string().min(1), reason: z.string().min(1), at: moment });
export type QualityOverride = z.infer<typeof qualityOverride>;

/** An override as kept: of which rule for which result, and whether it still stands. */
export const keptOverride = qualityOverride.extend({
  overrideId: z.string(),
  siteId: z.string(),
  analyte: z.string(),
  resultId: z.string(),
  ruleId: z.string(),
  revokedAt: moment.nullable(),
  revokedBy: z.string().nullable(),
});
export type KeptOverride = z.infer<typeof keptOverride>;

/** What a rule said of a result. A result may carry many; an override silences the action and stays on record. */
export const qualityFlag = z.strictObject({
  ruleId: z.string(),
  severity: z.enum(["note", "warning", "failure"]),
  action: z.enum(QUALITY_ACTIONS),
  /** Null where the fact was missing. */
  value: z.number().nullable(),
  threshold: range.nullable(),
  unit: unitCode,
  switches,
  override: qualityOverride.optional(),
});
export type QualityFlag = z.infer<typeof qualityFlag>;

export const qualityRules: readonly QualityRule[] = z.array(qualityRule).parse(reference.rules);

/** How long a passed interlaboratory round makes a laboratory comparable. */
export const comparability = z
  .strictObject({ monthsMax: z.int().positive(), source: z.string().min(1), evidence })
  .parse(reference.comparability);

import { z } from "zod";
import { day, moment, siteId } from "./identifiers.ts";

export const ANOMALY_STATES = ["open", "acknowledged", "dismissed", "retracted"] as const;
export const VERDICT_SOURCES = ["consumption", "disposal", "production", "licitSource", "event", "artefact"] as const;

/** A sentence for people, in both languages of the house. */
export const bilingual = z.strictObject({ en: z.string(), zh: z.string() });
export type Bilingual = z.infer<typeof bilingual>;

/** What most likely caused it: a posterior over the six sources, or undetermined when none is likely enough. */
export const verdict = z.strictObject({
  source: z.enum([...VERDICT_SOURCES, "undetermined"]),
  probabilities: z.record(z.enum(VERDICT_SOURCES), z.number().min(0).max(1)),
  /** Each marker that was weighed: what was seen, what speaks for what, and where the threshold comes from. */
  evidence: z.array(
    z.strictObject({
      marker: z.string(),
      found: z.string(),
      favours: z.string(),
      weight: z.number(),
      source: z.string(),
      /** What it says, for people. */
      told: bilingual.optional(),
    }),
  ),
});
export type Verdict = z.infer<typeof verdict>;

/** Days on which a load does not fit what was expected. Its id is derived from site, analyte and first day. */
export const anomaly = z.strictObject({
  anomalyId: z.string(),
  siteId,
  analyte: z.string(),
  /** The quantity that was judged, and its unit. */
  quantity: z.enum(["load", "populationNormalisedLoad", "concentration"]),
  unit: z.string(),
  start: day,
  end: day,
  peak: day,
  /** Day whose value raised it: the first on which it could be known. */
  raisedOn: day.optional(),
  observed: z.number(),
  expected: z.number(),
  /** Interval of what was expected, 99 %. */
  low: z.number(),
  high: z.number(),
  ratio: z.number(),
  pValue: z.number().min(0).max(1),
  /**
   * Of all sites' anomalies at least as strong that were raised in the year to the end of its month, the share that chance is expected
   * to have given (Benjamini & Hochberg 1995).
   */
  qValue: z.number().min(0).max(1).optional(),
  score: z.number(),
  shape: z.string(),
  detector: z.strictObject({ name: z.string(), version: z.string() }),
  baseline: z.strictObject({ from: day, to: day, values: z.int(), excluded: z.int() }),
  /** What was known of like series when it was raised: which version, from how many series; null where only the default was. */
  pool: z.strictObject({ version: z.string(), series: z.int() }).nullable().optional(),
  verdict: verdict.nullable(),
  /** The rise of its region that it is part of: its first day, sites that rose and sites sampled in those days. */
  regional: z.strictObject({ riseId: z.string(), start: day, risen: z.int(), sampled: z.int() }).nullable().optional(),
  explanation: bilingual,
  state: z.enum(ANOMALY_STATES),
});
export type Anomaly = z.infer<typeof anomaly>;

/** A rise of one analyte at most of a region's sites at once: one anomaly of the region, whatever it is at each site. */
export const regionalRise = z.strictObject({
  /** Derived from country, region, analyte and first day. */
  riseId: z.string(),
  country: z.string().nullable(),
  /** Null for the sites of a country that are of no region. */
  region: z.string().nullable(),
  analyte: z.string(),
  start: day,
  end: day,
  /** Sites that rose, how many they are, and how many were sampled in those days. */
  siteIds: z.array(siteId),
  risen: z.int(),
  sampled: z.int(),
  anomalyIds: z.array(z.string()),
});
export type RegionalRise = z.infer<typeof regionalRise>;

/** An anomaly put off: it leaves the queue until the morning of the day, then is there again. */
export const snooze = z.strictObject({ anomalyId: z.string(), until: day, reason: z.string(), actor: z.string(), at: moment });
export type Snooze = z.infer<typeof snooze>;

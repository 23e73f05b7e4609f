import { z } from "zod";
import { VERDICT_SOURCES } from "./anomaly.ts";
import { labId, moment, siteId } from "./identifiers.ts";

/** A silence hides; rain and a laboratory's trouble put off what is alerted until they are over and it still holds. */
export const SILENCE_KINDS = ["silence", "rain", "laboratory"] as const;

/** Nobody remembers a silence longer than this: what should never be told belongs in the endpoint's filter. */
export const SILENCE_DAYS_MAX = 90;

/** What a silence is about: every field given must fit. */
export const silenceMatch = z.strictObject({
  siteId: siteId.optional(),
  region: z.string().min(1).max(100).optional(),
  analyte: z.string().min(1).max(100).optional(),
  labId: labId.optional(),
  verdict: z.enum([...VERDICT_SOURCES, "undetermined"]).optional(),
});
export type SilenceMatch = z.infer<typeof silenceMatch>;

export const silence = z.strictObject({
  silenceId: z.string(),
  kind: z.enum(SILENCE_KINDS),
  match: silenceMatch,
  reason: z.string().trim().min(1).max(500),
  author: z.string(),
  startsAt: moment,
  endsAt: moment,
  createdAt: moment,
});
export type Silence = z.infer<typeof silence>;

import { z } from "zod";
import { day, moment } from "./identifiers.ts";

/** What came of a lead for one case of the investigators. */
export const OUTCOME_RESULTS = ["caseOpened", "supported", "solved", "noResult"] as const;

/** As it is sent: the case by its own number, the day of the result. */
export const newOutcome = z.strictObject({
  caseNumber: z.string().trim().min(1).max(100),
  result: z.enum(OUTCOME_RESULTS),
  date: day,
  text: z.string().max(2_000).default(""),
});
export type NewOutcome = z.infer<typeof newOutcome>;

/** One recorded result. A later one of the same lead and case replaces it in the counts; both stay. */
export const outcome = z.strictObject({
  outcomeId: z.string(),
  leadId: z.string(),
  /** Derived from organisation and case number, so that a case is counted once, also when its number is gone. */
  caseId: z.string(),
  organisation: z.string(),
  /** Null once the lead is anonymous. */
  caseNumber: z.string().nullable(),
  result: z.enum(OUTCOME_RESULTS),
  date: day,
  text: z.string().nullable(),
  recordedBy: z.string(),
  recordedAt: moment,
});
export type Outcome = z.infer<typeof outcome>;

/** A file of the lead, named by the hash of its bytes. */
export const attachment = z.strictObject({
  sha256: z.string(),
  leadId: z.string(),
  name: z.string().min(1).max(200),
  mediaType: z.string(),
  bytes: z.int(),
  addedBy: z.string(),
  addedAt: moment,
});
export type Attachment = z.infer<typeof attachment>;

/** Counts with what they count, so that two readers mean the same. */
export const leadStatistics = z.strictObject({
  from: day,
  to: day,
  counts: z.strictObject({
    leadsOpened: z.int(),
    leadsByState: z.record(z.string(), z.int()),
    leadsWithCases: z.int(),
    casesOpened: z.int(),
    casesSupported: z.int(),
    casesSolved: z.int(),
    casesWithoutResult: z.int(),
    samples: z.int(),
  }),
  definitions: z.record(z.string(), z.strictObject({ en: z.string(), zh: z.string() })),
});
export type LeadStatistics = z.infer<typeof leadStatistics>;

import { z } from "zod";
import { assayResult } from "./assay.ts";
import { chainEntry } from "./chain.ts";
import { sample } from "./sample.ts";

/** As it is on record: names and units are ids and codes by now. */
const recordedResult = z.strictObject({ ...assayResult.shape, analyte: z.string(), unit: z.string() });

/** One content of a result: who sent it, when, from which file, and why it changed. */
export const resultRevisionRecord = z.strictObject({
  uploadId: z.string(),
  actor: z.string().nullable(),
  fileName: z.string().nullable(),
  sha256: z.string().nullable(),
  reportedAt: z.string(),
  receivedAt: z.string(),
  /** Null for a content that was sent without a reason. */
  revision: z.strictObject({ of: z.string().optional(), reason: z.string(), text: z.string().optional() }).nullable(),
  /** It counts now; a later one replaced it; or it is held, since it differs and gives no reason. */
  state: z.enum(["current", "replaced", "held"]),
  result: recordedResult,
});

/** What was odd about how the sample was taken and kept, by the catalogue of rules. */
export const sampleFinding = z.strictObject({
  code: z.string(),
  path: z.string(),
  found: z.string(),
  expected: z.string(),
  mend: z.string(),
});

/** A sample with everything that is on record of it: nothing of it is ever erased. */
export const sampleRecord = z.strictObject({
  labId: z.string(),
  sampleId: z.string(),
  /** As its latest results have it; null while only hand-overs are known. */
  sample: sample.nullable(),
  findings: z.array(sampleFinding),
  results: z.array(
    z.strictObject({
      analyte: z.string(),
      method: z.string(),
      replicate: z.int(),
      /** Oldest first. */
      revisions: z.array(resultRevisionRecord),
    }),
  ),
  custody: z.strictObject({
    entries: z.array(chainEntry),
    /** The first entry that does not fit the chain; null when the chain is whole. */
    brokenAt: z.int().nullable(),
  }),
});
export type SampleRecord = z.infer<typeof sampleRecord>;

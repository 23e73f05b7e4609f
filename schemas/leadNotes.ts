import { z } from "zod";
import { bilingual } from "./anomaly.ts";
import { networkCheck } from "./network.ts";

const baselineNote = z.strictObject({
  code: z.enum(["baseline_hopeless", "baseline_uncertain"]),
  /** By which the baselines of the manholes are wrong, one standard deviation. */
  values: z.strictObject({ factor: z.number() }),
});

/** Something a reader of a trace has to know: a code with its values, to be worded in any language. */
export const traceNote = z.discriminatedUnion("code", [
  baselineNote,
  z.strictObject({ code: z.literal("baseline_assumed"), values: z.strictObject({ baselineGD: z.number() }) }),
  z.strictObject({
    code: z.literal("several_sources"),
    values: z.strictObject({ sources: z.int(), probability: z.number() }),
  }),
  z.strictObject({ code: z.literal("rain"), values: z.strictObject({ days: z.array(z.string()) }) }),
  z.strictObject({ code: z.literal("network"), values: networkCheck }),
]);
export type TraceNote = z.infer<typeof traceNote>;

/** What an older program wrote, in English only. */
const written = z.strictObject({ code: z.literal("written"), values: z.strictObject({ text: z.string() }) });

/** What a reader of a lead has to know. */
export const leadNote = z.discriminatedUnion("code", [
  ...traceNote.options,
  z.strictObject({
    code: z.literal("custody_broken"),
    /** A bottle whose seal, place or time does not fit; its number is null, and what does not fit left out, where no manhole may be named. */
    values: z.strictObject({ sampleId: z.string().nullable(), day: z.string(), findings: z.array(bilingual) }),
  }),
  z.strictObject({
    code: z.literal("samples_unplaced"),
    /** Sites that the lead's version of the network has no manhole for, and how many of their samples are not weighed; no site where none may be named. */
    values: z.strictObject({ samples: z.int(), siteIds: z.array(z.string()) }),
  }),
  written,
]);
export type LeadNote = z.infer<typeof leadNote>;

/** Why a manhole is to be sampled next. */
export const sampleReason = z.discriminatedUnion("code", [
  z.strictObject({
    code: z.enum(["tells_most", "tells_most_beside"]),
    /** Probability that the source lies upstream, and the expected information; null where an older program did not keep it. */
    values: z.strictObject({ upstreamShare: z.number(), bits: z.number().nullable() }),
  }),
  z.strictObject({ code: z.enum(["confirms_below", "confirms_above"]), values: z.strictObject({}) }),
  written,
]);
export type SampleReason = z.infer<typeof sampleReason>;

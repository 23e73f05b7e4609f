import { z } from "zod";
import { bilingual } from "./anomaly.ts";
import { day, moment, networkId, siteId } from "./identifiers.ts";

export const LEAD_STATES = [
  "open",
  "triaged",
  "sampling",
  "localised",
  "referred",
  "confirmed",
  "dismissed",
  "inconclusive",
  "merged",
  "retracted",
  "expired",
] as const;
export type LeadState = (typeof LEAD_STATES)[number];

/** Which state may follow which. Confirmed, merged and retracted end a lead; the others can be reopened. */
export const LEAD_TRANSITIONS: Record<LeadState, readonly LeadState[]> = {
  open: ["triaged", "sampling", "dismissed", "merged", "expired", "retracted"],
  triaged: ["sampling", "dismissed", "inconclusive", "merged", "expired", "retracted"],
  sampling: ["localised", "dismissed", "inconclusive", "merged", "expired", "retracted"],
  localised: ["referred", "sampling", "dismissed", "inconclusive", "merged", "retracted"],
  referred: ["confirmed", "dismissed", "inconclusive", "retracted"],
  confirmed: [],
  dismissed: ["open"],
  inconclusive: ["open", "sampling"],
  merged: [],
  retracted: [],
  expired: ["open"],
};

/** Smallest set of nodes that holds the source with the given probability. */
const credibleSet = z.strictObject({
  nodes: z.array(z.string()),
  pipeLengthM: z.number().nullable(),
  people: z.number().nullable(),
});

/** Where the load entered, as far as the samples tell. */
export const posterior = z.strictObject({
  noSource: z.number(),
  diffuse: z.number(),
  outside: z.number(),
  /** Most probable first; only nodes that matter are listed. */
  candidates: z.array(z.strictObject({ node: z.string(), probability: z.number() })),
  credible: z.record(z.enum(["50", "80", "90", "95"]), credibleSet),
  massGD: z.strictObject({ median: z.number(), low: z.number(), high: z.number() }).nullable(),
  next: z.array(z.strictObject({ node: z.string(), bits: z.number(), reason: z.string() })),
  /** Each sample that was weighed, with the log Bayes factor of a point source against none. */
  evidence: z.array(
    z.strictObject({
      node: z.string(),
      day,
      loadGD: z.number(),
      censored: z.boolean(),
      sampleId: z.string().nullable(),
      logBayesFactor: z.number(),
    }),
  ),
  warnings: z.array(z.string()),
});
export type Posterior = z.infer<typeof posterior>;

/** A place to sample next, never a person. One lead for each anomaly at a plant whose cause may lie in its sewer. */
export const lead = z.strictObject({
  leadId: z.string(),
  anomalyIds: z.array(z.string()),
  siteId,
  region: z.string().nullable(),
  analyte: z.string(),
  state: z.enum(LEAD_STATES),
  /** Counts up whenever the posterior or the state changes. */
  version: z.int(),
  networkId: networkId.nullable(),
  networkVersion: z.string().nullable(),
  trigger: z.strictObject({ day, excessGD: z.number(), excessSdGD: z.number(), baselineGD: z.number() }),
  finding: bilingual,
  /** Null where the plant's sewer is not mapped. */
  posterior: posterior.nullable(),
  openedAt: moment,
  updatedAt: moment,
});
export type Lead = z.infer<typeof lead>;

import { z } from "zod";
import { type Bilingual, bilingual } from "./anomaly.ts";
import { day, moment, networkId, siteId } from "./identifiers.ts";
import { leadNote, sampleReason } from "./leadNotes.ts";

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

/** What the states are called. */
export const LEAD_STATE_NAMES: Record<LeadState, Bilingual> = {
  open: { en: "open", zh: "待处理" },
  triaged: { en: "triaged", zh: "已研判" },
  sampling: { en: "sampling", zh: "采样中" },
  localised: { en: "localised", zh: "已定位" },
  referred: { en: "referred", zh: "已移交" },
  confirmed: { en: "confirmed", zh: "已证实" },
  dismissed: { en: "dismissed", zh: "已排除" },
  inconclusive: { en: "inconclusive", zh: "无定论" },
  merged: { en: "merged", zh: "已合并" },
  retracted: { en: "retracted", zh: "已撤回" },
  expired: { en: "expired", zh: "已过期" },
};

/** A lead may be called localised when its 90 % set is at most this many nodes. */
export const LOCALISED_NODES_MAX = 5;

/** Which state may follow which. Confirmed, merged and retracted end a lead; the others can be reopened. */
export const LEAD_TRANSITIONS: Record<LeadState, readonly LeadState[]> = {
  open: ["triaged", "sampling", "dismissed", "merged", "expired", "retracted"],
  triaged: ["sampling", "dismissed", "inconclusive", "merged", "expired", "retracted"],
  sampling: ["localised", "dismissed", "inconclusive", "merged", "expired", "retracted"],
  localised: ["referred", "sampling", "dismissed", "inconclusive", "merged", "retracted"],
  referred: ["confirmed", "dismissed", "inconclusive", "merged", "retracted"],
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

/** When to sample at a manhole, in the plant's clock time: the plant's own composite earlier by the time the sewage takes. */
const clockWindow = z.strictObject({
  /** Start of the 24-hour composite, `07:20`, and how early and late it may lie (90 %). */
  start: z.string(),
  earliest: z.string(),
  latest: z.string(),
  travelH: z.number(),
});
export type ClockWindow = z.infer<typeof clockWindow>;

export const READINGS = ["positive", "negative", "unclear"] as const;

/** Where one source may be, and what enters there on a day it emits. */
const sourceFinding = z.strictObject({
  /** Most probable first; only nodes that matter are listed. */
  candidates: z.array(z.strictObject({ node: z.string(), probability: z.number() })),
  credible: z.record(z.enum(["50", "80", "90", "95"]), credibleSet),
  massGD: z.strictObject({ median: z.number(), low: z.number(), high: z.number() }).nullable(),
});
export type SourceFinding = z.infer<typeof sourceFinding>;

/** Where the load entered, as far as the samples tell. With several sources, that of one picked from them at random, and the mass of the first. */
export const posterior = sourceFinding.extend({
  noSource: z.number(),
  diffuse: z.number(),
  outside: z.number(),
  /** Probability of more than one source, given that there is one; 0 as long as the samples leave too many places to look for a second. */
  several: z.number(),
  /** Each source given the others: one, or more where that is more likely than not. */
  sources: z.array(sourceFinding).min(1),
  /** How far manholes' ordinary loads lie from their baselines, sd of ln, as the samples tell it; null where none does. */
  baselineSdLn: z.number().nullable(),
  next: z.array(z.strictObject({ node: z.string(), bits: z.number(), because: sampleReason, window: clockWindow.nullable() })),
  /** Each sample that was weighed, with the log Bayes factor of a point source against none. */
  evidence: z.array(
    z.strictObject({
      node: z.string(),
      day,
      loadGD: z.number(),
      censored: z.boolean(),
      sampleId: z.string().nullable(),
      logBayesFactor: z.number(),
      /** Load of an ordinary day at the place, g/d. */
      expectedGD: z.number().nullable(),
      /** Whether the source's load was in it; unclear where neither is likely, such as a limit above what was looked for. */
      reading: z.enum(READINGS),
    }),
  ),
  /**
   * A manhole below the set where the load was found, and one above it where it was not on a day when it was found below: null as long
   * as there is none. `negative` is null where nothing drains into the set from above; then two days must have been positive.
   */
  confirmingPair: z.strictObject({ positive: z.string(), negative: z.string().nullable() }).nullable(),
  /** What a reader has to know, to be worded in any language. */
  notes: z.array(leadNote),
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
  /** Institutions (a prison, a school, a hospital) among the places of the 95 % set: how many, never which. */
  institutions: z.int(),
  /** Who looks after it, by the name of the key. */
  assignee: z.string().nullable(),
  /** The lead that goes on with what this one found. */
  mergedInto: z.string().nullable(),
  /** When a closed lead is made anonymous; null as long as it is open. */
  retainUntil: moment.nullable(),
  /** Since when places, people and texts are gone from it. */
  anonymisedAt: moment.nullable(),
  openedAt: moment,
  updatedAt: moment,
});
export type Lead = z.infer<typeof lead>;

/** States in which nothing is looked for any more. */
export const CLOSED_STATES = ["confirmed", "dismissed", "inconclusive", "merged", "retracted", "expired"] as const;

/** One version of a lead: what changed, in words, who or what changed it, and the hash of the whole lead as it then was. */
export const leadVersion = z.strictObject({
  version: z.int(),
  at: moment,
  actor: z.string(),
  why: bilingual,
  changes: z.array(z.strictObject({ code: z.string(), en: z.string(), zh: z.string() })),
  contentHash: z.string(),
});
export type LeadVersion = z.infer<typeof leadVersion>;

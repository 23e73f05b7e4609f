import type { Annotation } from "../schemas/annotation.ts";
import type { Anomaly, Verdict } from "../schemas/anomaly.ts";
import type { AssayReport } from "../schemas/assay.ts";
import type { LeadState } from "../schemas/lead.ts";
import type { Silence } from "../schemas/silence.ts";
import type { Delivery, WebhookFormat } from "../schemas/webhook.ts";

// Only types come from schemas/, whose values would bring the schema library along. The types below keep these lists whole.

export const ANOMALY_STATES = Object.keys({
  open: 0,
  acknowledged: 0,
  dismissed: 0,
  retracted: 0,
} satisfies Record<Anomaly["state"], 0>) as Anomaly["state"][];

export const VERDICT_SOURCES = Object.keys({
  disposal: 0,
  production: 0,
  consumption: 0,
  event: 0,
  licitSource: 0,
  artefact: 0,
} satisfies Record<keyof Verdict["probabilities"], 0>) as (keyof Verdict["probabilities"])[];

export const VERDICTS: readonly Verdict["source"][] = [...VERDICT_SOURCES, "undetermined"];

/** What a person may do next; the server holds the rule and refuses what does not follow it. Merging and expiring are its own. */
export const LEAD_ACTIONS: Record<LeadState, readonly LeadState[]> = {
  open: ["triaged", "sampling", "dismissed"],
  triaged: ["sampling", "dismissed", "inconclusive"],
  sampling: ["localised", "dismissed", "inconclusive"],
  localised: ["referred", "sampling", "dismissed", "inconclusive"],
  referred: ["confirmed", "dismissed", "inconclusive"],
  confirmed: [],
  dismissed: ["open"],
  inconclusive: ["open", "sampling"],
  merged: [],
  retracted: [],
  expired: ["open"],
};

export const ANNOTATION_KINDS = Object.keys({
  storm: 0,
  festival: 0,
  laboratory: 0,
  loqChange: 0,
  sampler: 0,
  campaign: 0,
  other: 0,
} satisfies Record<Annotation["kind"], 0>) as Annotation["kind"][];

export const WEBHOOK_FORMATS = Object.keys({
  standard: 0,
  alertmanager: 0,
  feishu: 0,
  wecom: 0,
  email: 0,
} satisfies Record<WebhookFormat, 0>) as WebhookFormat[];

export const DELIVERY_STATES = Object.keys({
  held: 0,
  waiting: 0,
  delivered: 0,
  failed: 0,
  grouped: 0,
  silenced: 0,
} satisfies Record<Delivery["state"], 0>) as Delivery["state"][];

export const SILENCE_KINDS = Object.keys({
  silence: 0,
  rain: 0,
  laboratory: 0,
} satisfies Record<Silence["kind"], 0>) as Silence["kind"][];

type RevisionReason = NonNullable<AssayReport["revision"]>["reason"];
export const REVISION_REASONS = Object.keys({
  transcriptionError: 0,
  recalculation: 0,
  reanalysis: 0,
  calibrationError: 0,
  sampleMixUp: 0,
  wrongUnit: 0,
  withdrawnByLab: 0,
  other: 0,
} satisfies Record<RevisionReason, 0>) as RevisionReason[];

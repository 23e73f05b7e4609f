import { z } from "zod";
import { VERDICT_SOURCES } from "./anomaly.ts";
import { moment } from "./identifiers.ts";

/** What people can ask to be told. */
export const EVENT_TYPES = [
  "anomaly.raised",
  "anomaly.retracted",
  "lead.opened",
  "lead.updated",
  "lead.retracted",
  "webhook.paused",
  "webhook.test",
] as const;
/**
 * And what comes unasked: one message for several anomalies of a region and substance, to those who asked for its members; and what
 * nobody took in hand, to whom the endpoint's escalation names.
 */
export const MESSAGE_EVENTS = [...EVENT_TYPES, "anomaly.grouped", "alert.escalated"] as const;
export type EventType = (typeof MESSAGE_EVENTS)[number];

/** What a message looks like on its way: signed JSON, alerts for an Alertmanager, a chat robot's card, a letter. */
export const WEBHOOK_FORMATS = ["standard", "alertmanager", "feishu", "wecom", "email"] as const;
export type WebhookFormat = (typeof WEBHOOK_FORMATS)[number];

/** Which messages an endpoint wants; an empty list wants all, and what is not known is not wanted by a list that names others. */
export const webhookFilter = z.strictObject({
  regions: z.array(z.string().max(100)).max(100),
  analytes: z.array(z.string().max(100)).max(100),
  verdicts: z.array(z.enum([...VERDICT_SOURCES, "undetermined"])).max(10),
  /** Probability of the verdict, or that a lead has a source in the sewer. */
  certaintyMin: z.number().min(0).max(1).nullable(),
});
export type WebhookFilter = z.infer<typeof webhookFilter>;
export const WANTS_ALL: WebhookFilter = { regions: [], analytes: [], verdicts: [], certaintyMin: null };

/** When nobody has acknowledged within the time, counted from the step before, another endpoint is told. */
export const escalationStep = z.strictObject({ afterMinutes: z.int().min(1).max(10_080), endpointId: z.string() });
/** Who is told after whom. A longer list is a group of people that should be told at once. */
export const ESCALATION_STEPS_MAX = 5;

/** Where alerts go. The secret is shown once, when the endpoint is made or its secret changed. */
export const webhookEndpoint = z.strictObject({
  endpointId: z.string(),
  /** An http or https address; for a letter `mailto:` and the mailbox. Of a chat robot what is secret in it is shown as `***`. */
  url: z.string().max(2_000),
  description: z.string().max(200),
  events: z.array(z.enum(EVENT_TYPES)).min(1),
  format: z.enum(WEBHOOK_FORMATS),
  language: z.enum(["en", "zh"]),
  filter: webhookFilter,
  /** Anomalies of one region and substance within this time come as one message; 0 for each on its own. */
  groupMinutes: z.int().min(0).max(1_440),
  /** One after the other until somebody has taken it in hand. */
  escalation: z.array(escalationStep).max(ESCALATION_STEPS_MAX),
  /** Who made it, and where they read when it is paused. */
  owner: z.string(),
  contact: z.email().nullable(),
  active: z.boolean(),
  /** Why it was switched off, where the system did it. */
  pausedReason: z.string().nullable(),
  createdAt: moment,
});
export type WebhookEndpoint = z.infer<typeof webhookEndpoint>;

/** One attempt to deliver one message to one endpoint, with what was sent and what came back, without what is secret in either. */
export const deliveryAttempt = z.strictObject({
  attempt: z.int(),
  at: moment,
  status: z.int().nullable(),
  error: z.string().nullable(),
  durationMs: z.number(),
  request: z.string().nullable(),
  answer: z.string().nullable(),
});
export type DeliveryAttempt = z.infer<typeof deliveryAttempt>;

/** `held`: judged again when its time comes; `grouped`: told by another message; `silenced`: not told. The note says why. */
export const DELIVERY_STATES = ["held", "waiting", "delivered", "failed", "grouped", "silenced"] as const;

/** A message on its way to one endpoint. The message id stays the same over all attempts. */
export const delivery = z.strictObject({
  deliveryId: z.string(),
  messageId: z.string(),
  endpointId: z.string(),
  event: z.enum(MESSAGE_EVENTS),
  /** What it is about: an anomaly, lead or endpoint id. */
  subject: z.string(),
  state: z.enum(DELIVERY_STATES),
  note: z.string().nullable(),
  nextAttemptAt: moment.nullable(),
  attempts: z.array(deliveryAttempt),
  createdAt: moment,
});
export type Delivery = z.infer<typeof delivery>;

/** Fields the address and the way it is written must have. */
export function addressProblem(format: WebhookFormat, url: string): string | undefined {
  if (format === "email") {
    const mailbox = url.replace(/^mailto:/, "");
    return url.startsWith("mailto:") && z.email().safeParse(mailbox).success ? undefined : "mailto: and one mailbox";
  }
  if (!URL.canParse(url)) return "an http or https address";
  const { protocol, username, password } = new URL(url);
  if (protocol !== "http:" && protocol !== "https:") return "an http or https address";
  return username || password ? "an address without a user name and password" : undefined;
}

/** The address as others than the sender may see it: a chat robot's holds the right to write to the chat. */
export function shownAddress({ format, url }: Pick<WebhookEndpoint, "format" | "url">): string {
  if (format === "feishu") return url.replace(/[^/]+$/, "***");
  return format === "wecom" ? url.replace(/=[^&]*/g, "=***") : url;
}

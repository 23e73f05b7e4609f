import { z } from "zod";
import { moment } from "./identifiers.ts";

export const EVENT_TYPES = [
  "anomaly.raised",
  "anomaly.retracted",
  "lead.opened",
  "lead.updated",
  "lead.retracted",
  "webhook.test",
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** Where alerts go. The secret is shown once, when the endpoint is made. */
export const webhookEndpoint = z.strictObject({
  endpointId: z.string(),
  url: z.url({ protocol: /^https?$/, error: "an http or https address" }),
  description: z.string().max(200),
  events: z.array(z.enum(EVENT_TYPES)).min(1),
  active: z.boolean(),
  /** Why it was switched off, where the system did it. */
  pausedReason: z.string().nullable(),
  createdAt: moment,
});
export type WebhookEndpoint = z.infer<typeof webhookEndpoint>;

/** One attempt to deliver one message to one endpoint. */
export const deliveryAttempt = z.strictObject({
  attempt: z.int(),
  at: moment,
  status: z.int().nullable(),
  error: z.string().nullable(),
  durationMs: z.number(),
});

/** A message on its way to one endpoint. The message id stays the same over all attempts. */
export const delivery = z.strictObject({
  deliveryId: z.string(),
  messageId: z.string(),
  endpointId: z.string(),
  event: z.enum(EVENT_TYPES),
  state: z.enum(["waiting", "delivered", "failed"]),
  nextAttemptAt: moment.nullable(),
  attempts: z.array(deliveryAttempt),
  createdAt: moment,
});
export type Delivery = z.infer<typeof delivery>;

import type { WebhookEndpoint } from "../schemas/webhook.ts";
import { derivedId } from "../store/records/hash.ts";
import type { OutboxMessage } from "../store/records/outbox.ts";
import type { Records } from "../store/records/records.ts";
import { takenInHand } from "./acknowledge.ts";
import { ALERTING } from "./routing.ts";

const MINUTE_MS = 60_000;
const ESCALATIONS_A_ROUND = 50;

/** When an endpoint is told of what somebody must take in hand, the clock of its escalation starts. */
export async function expectAnswer(
  records: Records,
  endpoint: WebhookEndpoint,
  message: OutboxMessage,
  now: Date,
): Promise<void> {
  const { escalation, endpointId } = endpoint;
  if (!escalation || !(ALERTING.includes(message.event) || message.event === "anomaly.grouped")) return;
  await records.acknowledgements.expect({
    escalationId: derivedId("escalation", message.messageId, endpointId),
    endpointId,
    messageId: message.messageId,
    subject: message.subject,
    dueAt: new Date(now.getTime() + escalation.afterMinutes * MINUTE_MS).toISOString(),
  });
}

/** Tells the next endpoint of what nobody has taken in hand in time, once. Returns how many were due. */
export async function escalate(records: Records, now: Date): Promise<number> {
  const at = now.toISOString();
  if ((await records.acknowledgements.due(at, 1)).length === 0) return 0;
  return records.transaction(async (inside) => {
    if (!(await inside.outbox.takeTurn())) return 0;
    const due = await inside.acknowledgements.due(at, ESCALATIONS_A_ROUND);
    for (const { escalationId, endpointId, messageId, subject } of due) {
      const message = await inside.outbox.message(messageId);
      const taken = message ? await takenInHand(inside, subject, message.createdAt) : "gone";
      const rule = (await inside.webhooks.find(endpointId, at))?.endpoint.escalation;
      const to = taken === undefined && rule ? (await inside.webhooks.find(rule.endpointId, at))?.endpoint : undefined;
      if (message && to) await inside.outbox.enqueue(escalated(message, escalationId, at), to);
      await inside.acknowledgements.settle(escalationId, taken === undefined ? "escalated" : "acknowledged");
    }
    return due.length;
  });
}

function escalated({ event, subject, payload, createdAt }: OutboxMessage, escalationId: string, at: string): OutboxMessage {
  const data = { ...(payload as { data?: object }).data, of: event, since: createdAt };
  return {
    messageId: derivedId("msg", "alert.escalated", escalationId),
    event: "alert.escalated",
    subject,
    payload: { type: "alert.escalated", timestamp: at, data },
    createdAt: at,
  };
}

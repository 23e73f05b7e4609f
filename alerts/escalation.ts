import type { WebhookEndpoint } from "../schemas/webhook.ts";
import type { Escalation } from "../store/records/acknowledgements.ts";
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
  const [first] = escalation;
  if (!first || !(ALERTING.includes(message.event) || message.event === "anomaly.grouped")) return;
  const { messageId, subject } = message;
  const dueAt = new Date(now.getTime() + first.afterMinutes * MINUTE_MS).toISOString();
  const escalationId = derivedId("escalation", messageId, endpointId);
  await records.acknowledgements.expect({ escalationId, endpointId, messageId, subject, step: 0, dueAt });
}

/**
 * Tells the endpoint of the next step of what nobody has taken in hand in time, each step once, until somebody has. The steps are
 * those the endpoint has now: who mends them in the night is heard. A step whose endpoint is gone or off is passed over at once.
 * @returns how many were due
 */
export async function escalate(records: Records, now: Date): Promise<number> {
  const at = now.toISOString();
  if ((await records.acknowledgements.due(at, 1)).length === 0) return 0;
  return records.transaction(async (inside) => {
    if (!(await inside.outbox.takeTurn())) return 0;
    const due = await inside.acknowledgements.due(at, ESCALATIONS_A_ROUND);
    for (const escalation of due) {
      const { escalationId, subject } = escalation;
      const message = await inside.outbox.message(escalation.messageId);
      const taken = message ? await takenInHand(inside, subject, message.createdAt) : "gone";
      if (message && taken === undefined) await takeStep(inside, escalation, message, now);
      await inside.acknowledgements.settle(escalationId, taken === undefined ? "escalated" : "acknowledged");
    }
    return due.length;
  });
}

async function takeStep(records: Records, escalation: Escalation, message: OutboxMessage, now: Date): Promise<void> {
  const at = now.toISOString();
  const { endpointId, messageId, step } = escalation;
  const endpointOf = async (id: string) => (await records.webhooks.find(id, at))?.endpoint;
  const [here, next] = (await endpointOf(endpointId))?.escalation.slice(step) ?? [];
  const to = here && (await endpointOf(here.endpointId));
  const isTold = to?.active === true;
  if (isTold) await records.outbox.enqueue(escalated(message, escalation, at), to);
  if (!next) return;
  const waitMs = isTold ? next.afterMinutes * MINUTE_MS : 0;
  await records.acknowledgements.expect({
    ...escalation,
    escalationId: derivedId("escalation", messageId, endpointId, String(step + 1)),
    step: step + 1,
    dueAt: new Date(now.getTime() + waitMs).toISOString(),
  });
}

function escalated(message: OutboxMessage, { escalationId, step }: Escalation, at: string): OutboxMessage {
  const { event, subject, payload, createdAt } = message;
  const data = { ...(payload as { data?: object }).data, of: event, since: createdAt, step: step + 1 };
  return {
    messageId: derivedId("msg", "alert.escalated", escalationId),
    event: "alert.escalated",
    subject,
    payload: { type: "alert.escalated", timestamp: at, data },
    createdAt: at,
  };
}

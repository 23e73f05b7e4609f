import { derivedId } from "../store/records/hash.ts";
import type { Records } from "../store/records/records.ts";

/** Switches an endpoint off, and tells its owner by mail and everybody who asked for it. Nothing when it is off already. */
export function pauseEndpoint(records: Records, endpointId: string, reason: string, now: Date): Promise<boolean> {
  const at = now.toISOString();
  return records.transaction(async (inside) => {
    const endpoint = (await inside.webhooks.find(endpointId, at))?.endpoint;
    if (!endpoint?.active) return false;
    await inside.webhooks.update({ ...endpoint, active: false, pausedReason: reason });
    await inside.chains.append("audit", {
      at,
      actor: "system",
      action: "webhook.paused",
      subject: endpointId,
      content: { reason },
    });
    const { description, owner, contact } = endpoint;
    const payload = { type: "webhook.paused", timestamp: at, data: { endpointId, description, owner, reason } };
    const message = { event: "webhook.paused", subject: endpointId, payload, createdAt: at } as const;
    await inside.outbox.enqueue({ ...message, messageId: derivedId("msg", "webhook.paused", endpointId, at) });
    if (contact !== null) {
      const toOwner = { ...message, messageId: derivedId("msg", "webhook.paused", "owner", endpointId, at) };
      await inside.outbox.enqueue(toOwner, endpoint);
    }
    return true;
  });
}

import type { Anomaly } from "../../schemas/anomaly.ts";
import type { Lead } from "../../schemas/lead.ts";
import type { EventType } from "../../schemas/webhook.ts";
import { derivedId } from "../../store/records/hash.ts";
import type { Records } from "../../store/records/records.ts";

/** Nobody is alerted of what ended longer ago than this, such as the history of a plant that has just been added. */
const ALERT_AGE_DAYS_MAX = 60;
const DAY_MS = 86_400_000;

/** Called in the transaction that changes the anomaly, so each change is told exactly once. */
export async function tellAnomaly(records: Records, event: EventType, anomaly: Anomaly, now: Date): Promise<void> {
  if (now.getTime() - Date.parse(anomaly.end) > ALERT_AGE_DAYS_MAX * DAY_MS) return;
  const { verdict, baseline: _baseline, ...rest } = anomaly;
  const payload = {
    type: event,
    timestamp: now.toISOString(),
    data: { ...rest, verdict: verdict && { source: verdict.source } },
  };
  await records.outbox.enqueue({
    messageId: derivedId("msg", event, anomaly.anomalyId, now.toISOString()),
    event,
    subject: anomaly.anomalyId,
    payload,
    createdAt: now.toISOString(),
  });
}

/**
 * A lead's message holds what an investigator needs to decide whether to open it. It leaves the house, so it names no manhole: how many
 * are to be sampled next is told, which they are is behind the API.
 */
export async function tellLead(records: Records, event: EventType, lead: Lead, now: Date): Promise<void> {
  const { leadId, siteId, region, analyte, state, version, finding, openedAt } = lead;
  const { posterior } = lead;
  const data = {
    leadId,
    siteId,
    region,
    analyte,
    state,
    version,
    finding,
    openedAt,
    nextPoints: posterior?.next.length ?? 0,
    noSource: posterior?.noSource ?? null,
  };
  await records.outbox.enqueue({
    messageId: derivedId("msg", event, leadId, String(version)),
    event,
    subject: leadId,
    payload: { type: event, timestamp: now.toISOString(), data },
    createdAt: now.toISOString(),
  });
}

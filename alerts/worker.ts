import { setTimeout as wait } from "node:timers/promises";
import type { Logger } from "pino";
import type { Dispatcher } from "undici";
import type { Environment } from "../schemas/config.ts";
import type { ClaimedDelivery } from "../store/records/outbox.ts";
import type { Records } from "../store/records/records.ts";
import { addressGuard } from "./addresses.ts";
import { guardedAgent } from "./connect.ts";
import { deliver } from "./deliver.ts";
import { nextWaitMs } from "./retryPlan.ts";

export interface AlertPorts {
  records: Records;
  logger: Logger;
  settings: Pick<Environment, "SEWERTRACE_WEBHOOK_ALLOW">;
  now: () => Date;
}

/** Deliveries in flight at once; a receiver that hangs holds one of its own few. */
const IN_FLIGHT_MAX = 64;
const IN_FLIGHT_PER_ENDPOINT_MAX = 4;
/** A claim outlives the longest attempt, so that a delivery is not in two hands; after a crash it comes back when this is over. */
const CLAIM_MS = 60_000;
const IDLE_WAIT_MS = 500;
const STORE_AWAY_WAIT_MS = 5_000;
/** A receiver that says it is gone. */
const GONE = 410;

/** Runs until the signal aborts; attempts in flight are finished and recorded first. */
export async function runAlerts({ records, logger, settings, now }: AlertPorts, signal: AbortSignal): Promise<void> {
  const agent = guardedAgent(addressGuard(settings.SEWERTRACE_WEBHOOK_ALLOW));
  const busy = new Map<string, number>();
  const inFlight = new Set<Promise<void>>();
  const attempt = async (claimed: ClaimedDelivery) => {
    busy.set(claimed.endpointId, (busy.get(claimed.endpointId) ?? 0) + 1);
    try {
      await attemptDelivery(records, agent, claimed, now);
    } catch (error) {
      logger.warn(
        { err: error, deliveryId: claimed.deliveryId },
        "an attempt could not be recorded; the delivery will be tried again",
      );
    } finally {
      busy.set(claimed.endpointId, (busy.get(claimed.endpointId) ?? 1) - 1);
    }
  };
  while (!signal.aborted) {
    const full = [...busy].filter(([, count]) => count >= IN_FLIGHT_PER_ENDPOINT_MAX).map(([endpointId]) => endpointId);
    const claimed = await claim(records, now(), IN_FLIGHT_MAX - inFlight.size, full).catch((error: unknown) => {
      logger.warn({ err: error }, "the records are away; deliveries wait");
      return wait(STORE_AWAY_WAIT_MS, [], { signal }).catch(() => []);
    });
    for (const each of claimed) {
      const running = attempt(each).finally(() => inFlight.delete(running));
      inFlight.add(running);
    }
    if (claimed.length === 0) await wait(IDLE_WAIT_MS, undefined, { signal }).catch(() => undefined);
  }
  await Promise.all(inFlight);
  await agent.close();
}

async function claim(records: Records, now: Date, free: number, fullEndpoints: string[]): Promise<ClaimedDelivery[]> {
  if (free <= 0) return [];
  const until = new Date(now.getTime() + CLAIM_MS).toISOString();
  return records.outbox.claim({
    now: now.toISOString(),
    until,
    limit: Math.min(free, IN_FLIGHT_PER_ENDPOINT_MAX),
    fullEndpoints,
  });
}

async function attemptDelivery(records: Records, agent: Dispatcher, claimed: ClaimedDelivery, now: () => Date): Promise<void> {
  const { deliveryId, endpointId, message, attempts } = claimed;
  const found = await records.webhooks.find(endpointId);
  const at = now();
  const attempt = attempts + 1;
  if (!found?.endpoint.active) {
    const error = found ? "the endpoint is switched off" : "the endpoint was removed";
    const nothing = { attempt, at: at.toISOString(), status: null, durationMs: 0, nextAttemptAt: at.toISOString() };
    return records.outbox.record(deliveryId, { ...nothing, error, state: "failed" });
  }
  const { endpoint, secret } = found;
  const result = await deliver(agent, { url: endpoint.url, secret, messageId: message.messageId, payload: message.payload }, at);
  const waitMs = result.error === null || result.status === GONE ? null : nextWaitMs(attempt, result.retryAfterMs, Math.random());
  await records.outbox.record(deliveryId, {
    attempt,
    at: at.toISOString(),
    status: result.status,
    error: result.error,
    durationMs: result.durationMs,
    state: result.error === null ? "delivered" : waitMs === null ? "failed" : "waiting",
    nextAttemptAt: new Date(now().getTime() + (waitMs ?? 0)).toISOString(),
  });
  if (result.status === GONE) {
    await records.webhooks.update({ ...endpoint, active: false, pausedReason: "the receiver answered 410 Gone" });
  }
}

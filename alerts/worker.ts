import { setTimeout as wait } from "node:timers/promises";
import type { Logger } from "pino";
import type { Environment } from "../schemas/config.ts";
import type { ClaimedDelivery } from "../store/records/deliveries.ts";
import type { Records } from "../store/records/records.ts";
import type { Series } from "../store/series/series.ts";
import { addressGuard } from "./addresses.ts";
import { attemptDelivery } from "./attempt.ts";
import { guardedAgent } from "./connect.ts";
import { escalate } from "./escalation.ts";
import { claimRoom, type Flights, startFlights } from "./flights.ts";
import { openMailer } from "./mail.ts";
import type { AlertMetrics } from "./metrics.ts";
import { rainUntil } from "./rain.ts";
import { type Rain, routeMessages, sitesToJudge } from "./routing.ts";

type Settings = Pick<
  Environment,
  "SEWERTRACE_WEBHOOK_ALLOW" | "SEWERTRACE_PUBLIC_URL" | "SEWERTRACE_SMTP_URL" | "SEWERTRACE_MAIL_FROM"
>;

export interface AlertPorts {
  records: Records;
  series: Pick<Series, "readWindows">;
  logger: Logger;
  settings: Settings;
  metrics: AlertMetrics;
  now: () => Date;
}

/** A claim outlives the longest attempt, so that a delivery is not in two hands; after a crash it comes back when this is over. */
const CLAIM_MS = 60_000;
const IDLE_WAIT_MS = 500;
/** Who is told is decided this often, beside the deliveries that go on meanwhile. */
const JUDGE_INTERVAL_MS = 250;
const STORE_AWAY_WAIT_MS = 5_000;
/** What was sent and answered is kept this long, for those who ask why; that it was sent is kept for good. */
const CONTENTS_KEPT_MS = 30 * 86_400_000;
const FORGET_INTERVAL_MS = 3_600_000;

/** Runs until the signal aborts; attempts in flight are finished and recorded first. */
export async function runAlerts(ports: AlertPorts, signal: AbortSignal): Promise<void> {
  const { records, logger, settings, metrics, now } = ports;
  const agent = guardedAgent(addressGuard(settings.SEWERTRACE_WEBHOOK_ALLOW));
  const { SEWERTRACE_SMTP_URL: url, SEWERTRACE_MAIL_FROM: from } = settings;
  const mailer = url && from ? openMailer({ url, from }) : undefined;
  const flights = startFlights();
  const attempt = async (claimed: ClaimedDelivery) => {
    const outcome = await attemptDelivery({ records, agent, mailer, settings, now }, claimed).catch((error: unknown) => {
      const { deliveryId } = claimed;
      logger.warn({ err: error, deliveryId }, "an attempt could not be recorded; the delivery will be tried again");
      return undefined;
    });
    if (outcome) {
      metrics.attempted(outcome);
      const { deliveryId, endpointId, message, attempts } = claimed;
      const said = { deliveryId, endpointId, messageId: message.messageId, attempt: attempts + 1, ...outcome };
      if (outcome.state === "delivered") logger.debug(said, "delivered");
      else logger.info(said, outcome.paused ? "not delivered; the endpoint is paused" : "not delivered");
    }
    return outcome?.state === "delivered";
  };
  let [judgedAtMs, forgottenAtMs] = [-JUDGE_INTERVAL_MS, -FORGET_INTERVAL_MS];
  while (!signal.aborted) {
    try {
      if (performance.now() - judgedAtMs >= JUDGE_INTERVAL_MS) {
        judgedAtMs = performance.now();
        metrics.routed(await routeMessages(records, await rainNow(ports), now()));
        metrics.escalated(await escalate(records, now()));
      }
      if (performance.now() - forgottenAtMs >= FORGET_INTERVAL_MS) {
        forgottenAtMs = performance.now();
        await records.deliveries.forgetContents(new Date(now().getTime() - CONTENTS_KEPT_MS).toISOString());
      }
      const claimed = await claimNext(records, now(), flights);
      if (claimed) flights.launch(claimed, attempt(claimed));
      else await pause(flights, signal);
    } catch (error) {
      logger.warn({ err: error }, "the records are away; alerts wait");
      await wait(STORE_AWAY_WAIT_MS, undefined, { signal }).catch(() => undefined);
    }
  }
  await flights.landed();
  mailer?.close();
  await agent.close();
}

/** Until something may have become due, or an endpoint has room again. */
async function pause(flights: Flights, signal: AbortSignal): Promise<void> {
  const idle = wait(IDLE_WAIT_MS, undefined, { signal }).catch(() => undefined);
  await (flights.aloft.size > 0 ? Promise.race([flights.next(), idle]) : idle);
}

/** One at a time: each is chosen knowing what the ones before it hold. */
async function claimNext(records: Records, now: Date, flights: Flights): Promise<ClaimedDelivery | undefined> {
  const room = claimRoom(flights);
  if (!room) return undefined;
  const until = new Date(now.getTime() + CLAIM_MS).toISOString();
  // what is in flight is not taken again, though its claim be over: a machine that slept wakes up long after it
  const options = { now: now.toISOString(), until, limit: 1, ...room, except: [...flights.aloft] };
  return (await records.deliveries.claim(options))[0];
}

/** Where it rains. A series store that is away holds no alert up: then nothing is known of rain. */
async function rainNow({ records, series, logger, now }: AlertPorts): Promise<Rain> {
  const rain = new Map<string, Date>();
  for (const siteId of await sitesToJudge(records, now())) {
    const until = await rainUntil(series, siteId, now()).catch((error: unknown) => {
      logger.warn({ err: error, siteId }, "the series are away; alerts go out as if it were dry");
      return null;
    });
    if (until) rain.set(siteId, until);
  }
  return rain;
}

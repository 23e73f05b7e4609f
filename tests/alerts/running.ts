import { randomBytes } from "node:crypto";
import type { ServerResponse } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import { pino } from "pino";
import { Registry } from "prom-client";
import type { TestContext } from "vitest";
import { alertMetrics } from "../../alerts/metrics.ts";
import { type AlertPorts, runAlerts } from "../../alerts/worker.ts";
import type { Delivery, WebhookEndpoint } from "../../schemas/webhook.ts";
import { openEmbeddedFile } from "../../store/embedded.ts";
import { openEmbeddedRecords } from "../../store/records/open.ts";
import type { OutboxMessage } from "../../store/records/outbox.ts";
import { openEmbeddedSeries } from "../../store/series/embedded.ts";
import { endpointOf } from "./endpoints.ts";
import { type Received, startReceiver } from "./receiver.ts";

/** The verifier of Standard Webhooks takes only recent timestamps, by the machine's clock; from here on the test moves it. */
export const START = Math.floor(Date.now() / 1_000) * 1_000;
export const HOUR_MS = 3_600_000;

/** The real worker over records in memory, a real receiver on loopback that the allow-list names, and a clock of the test's own. */
export async function running(
  { onTestFinished }: Pick<TestContext, "onTestFinished">,
  answer: (request: Received, response: ServerResponse) => void,
  settings: Partial<AlertPorts["settings"]> = {},
) {
  const file = openEmbeddedFile(":memory:");
  const [records, series] = [await openEmbeddedRecords(file), openEmbeddedSeries(file)];
  const receiver = await startReceiver(answer);
  const stop = new AbortController();
  let clock = START;
  const now = () => new Date(clock);
  const registry = new Registry();
  const ports: AlertPorts = {
    records,
    series,
    logger: pino({ level: "silent" }),
    settings: { SEWERTRACE_WEBHOOK_ALLOW: ["127.0.0.0/8"], ...settings } as AlertPorts["settings"],
    metrics: alertMetrics(registry, records, now),
    now,
  };
  const worker = runAlerts(ports, stop.signal);
  onTestFinished(async () => {
    stop.abort();
    await receiver.close();
    await worker;
    await records.close();
    await file.close();
  });
  let second = 0;
  return {
    ...{ records, series, receiver, stop, worker, registry, now },
    pass: (ms: number) => {
      clock += ms;
    },
    async endpoint(endpointId: string, change: Partial<WebhookEndpoint> = {}) {
      const secret = `whsec_${randomBytes(32).toString("base64")}`;
      const createdAt = new Date(START).toISOString();
      await records.webhooks.save(endpointOf(endpointId, { url: receiver.url(`/${endpointId}`), createdAt, ...change }), secret);
      return secret;
    },
    /** Each message is a millisecond younger than the one before. */
    tell: (messageId: string, subject = "lead-1", change: Partial<OutboxMessage> = {}) =>
      records.outbox.enqueue({
        messageId,
        event: "lead.updated",
        subject,
        payload: { type: "lead.updated", data: { text: `${messageId}: 毒品` } },
        createdAt: new Date(START - 1_000 + second++).toISOString(),
        ...change,
      }),
    deliveries: async (endpointId: string) => (await records.deliveries.list({ endpointId, limit: 100 })).toReversed(),
  };
}

export async function until<T>(ask: () => Promise<T | false | undefined> | T | false | undefined): Promise<T> {
  for (const end = performance.now() + 25_000; performance.now() < end; await wait(10)) {
    const answer = await ask();
    if (answer) return answer;
  }
  throw new Error("it did not come to that in 25 s");
}

export const tried = (deliveries: Delivery[]) => deliveries[0]?.attempts.length === 1 && deliveries;
export const settled = (deliveries: Delivery[], count: number) =>
  deliveries.filter(({ state, attempts }) => state !== "waiting" && attempts.length > 0).length === count && deliveries;

import { randomBytes } from "node:crypto";
import type { ServerResponse } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { EVENT_TYPES } from "../../schemas/webhook.ts";
import type { Records } from "../../store/records/records.ts";
import { endpointOf } from "../alerts/endpoints.ts";
import { type Received, startReceiver } from "../alerts/receiver.ts";
import { until } from "../store/log/contract.ts";
import { startRole } from "./roles.ts";
import { openWorld } from "./world.ts";

// Method: two alerts processes over real PostgreSQL send numbered messages about 30 leads to a receiver that takes a moment for each; one
// of the two is killed again and again. To repeat a run: FAULT_SEED=n.
const seed = Number(process.env["FAULT_SEED"] ?? Date.now() % 100_000);
const KILLS = 3;
const MESSAGES = 240;
const LEADS = 30;
/** A claim that was not answered for comes back after this time (alerts/worker.ts). */
const CLAIM_S = 60;
const SECRETS = { smtp: "smtp-pass-4711", signing: `whsec_${randomBytes(32).toString("base64")}` };

const settingsOf = (settings: Record<string, string>) => ({
  ...settings,
  SEWERTRACE_LOG_LEVEL: "trace",
  SEWERTRACE_WEBHOOK_ALLOW: "127.0.0.0/8",
  SEWERTRACE_PUBLIC_URL: "https://sewertrace.example.org",
  SEWERTRACE_SMTP_URL: `smtp://ops:${SECRETS.smtp}@127.0.0.1:2525`,
  SEWERTRACE_MAIL_FROM: "alerts@example.org",
});

async function receiving(answer: (request: Received, response: ServerResponse) => void) {
  const receiver = await startReceiver(answer);
  onTestFinished(receiver.close);
  return receiver;
}

async function tell(records: Records, from: number, to: number): Promise<void> {
  for (let i = from; i < to; i++) {
    const subject = `lead-${i % LEADS}`;
    const payload = { type: "lead.opened", data: { leadId: subject, i } };
    await records.outbox.enqueue({
      messageId: `m-${i}`,
      event: "lead.opened",
      subject,
      payload,
      createdAt: new Date().toISOString(),
    });
  }
}

const idOf = ({ headers }: Received) => String(headers["webhook-id"]);

it(`kill -9 of alerts in mid-delivery loses no message and doubles at most the attempts in flight, under the same id (seed ${seed})`, async () => {
  const { records, settings } = await openWorld();
  const receiver = await receiving((_request, response) => {
    setTimeout(() => response.end(), 20 + ((seed + receiver.received.length * 7) % 60));
  });
  const url = receiver.url("/");
  await records.webhooks.save(endpointOf("e-1", { url, events: [...EVENT_TYPES] }), SECRETS.signing);
  const survivor = startRole("alerts", settingsOf(settings));
  onTestFinished(() => survivor.kill());
  const logs: string[] = [];
  const mayDouble = new Map<string, number>();
  for (let kill = 0; kill < KILLS; kill++) {
    const victim = startRole("alerts", settingsOf(settings));
    const before = receiver.received.length;
    await tell(records, (kill * MESSAGES) / KILLS, ((kill + 1) * MESSAGES) / KILLS);
    await until(() => Promise.resolve(receiver.received.length > before + 5 + (seed % 20)), 60);
    await victim.kill();
    logs.push(victim.output());
    await wait(500); // what the survivor has in flight is written down
    const waiting = new Set(
      (await records.deliveries.list({ state: "waiting", limit: 1_000 })).map(({ messageId }) => messageId),
    );
    for (const id of new Set(receiver.received.map(idOf))) if (waiting.has(id)) mayDouble.set(id, (mayDouble.get(id) ?? 0) + 1);
  }
  await until(
    async () => (await records.deliveries.list({ state: "delivered", limit: 1_000 })).length === MESSAGES,
    2 * CLAIM_S + 60,
  );
  expect(await survivor.stop(), survivor.output()).toBe(0);
  logs.push(survivor.output());

  const times = new Map<string, number>();
  for (const request of receiver.received) times.set(idOf(request), (times.get(idOf(request)) ?? 0) + 1);
  expect([...times.keys()].toSorted()).toEqual(Array.from({ length: MESSAGES }, (_, i) => `m-${i}`).toSorted());
  const doubled = [...times].filter(([, count]) => count > 1);
  expect(doubled.filter(([id, count]) => count - 1 > (mayDouble.get(id) ?? 0))).toEqual([]);
  expect(doubled.length).toBeLessThanOrEqual(KILLS * 4); // an endpoint has at most four in flight
  const first = [...new Set(receiver.received.map(idOf))].map((id) => Number(id.slice(2)));
  for (let lead = 0; lead < LEADS; lead++) {
    const own = first.filter((i) => i % LEADS === lead);
    expect(own).toEqual(own.toSorted((a, b) => a - b));
  }
  const log = logs.join("\n");
  const database = new URL(settings["SEWERTRACE_POSTGRES_URL"] as string).password;
  const secrets = [
    ...Object.values(SECRETS),
    settings["SEWERTRACE_INFLUX_TOKEN"] as string,
    ...(database.length > 5 ? [database] : []),
  ];
  expect(log).toContain('"role":"alerts"');
  expect(secrets.filter((secret) => log.includes(secret))).toEqual([]);
}, 400_000);

it("SIGTERM of alerts waits for the attempts in flight, writes them down and takes no new ones", async () => {
  const { records, settings } = await openWorld();
  const held: ServerResponse[] = [];
  const receiver = await receiving((_request, response) => held.push(response));
  const url = receiver.url("/");
  for (const endpointId of ["e-1", "e-2"])
    await records.webhooks.save(endpointOf(endpointId, { url, events: [...EVENT_TYPES] }), SECRETS.signing);
  await tell(records, 0, 1);
  const alerts = startRole("alerts", settingsOf(settings));
  onTestFinished(() => alerts.kill());
  await until(() => Promise.resolve(held.length === 2), 60);
  const ended = alerts.stop();
  await wait(200);
  await tell(records, 1, 10);
  await wait(1_500); // three times the pause between two looks
  expect(alerts.running()).toBe(true);
  expect(held).toHaveLength(2);
  for (const response of held) response.end();
  expect(await ended, alerts.output()).toBe(0);
  const delivered = await records.deliveries.list({ state: "delivered", limit: 100 });
  expect(delivered.map(({ messageId, attempts }) => [messageId, attempts.length]).toSorted()).toEqual([
    ["m-0", 1],
    ["m-0", 1],
  ]);
  expect(receiver.received).toHaveLength(2);
}, 120_000);

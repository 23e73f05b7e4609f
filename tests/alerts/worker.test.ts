import { randomBytes } from "node:crypto";
import type { ServerResponse } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import { Webhook } from "standardwebhooks";
import { expect, it, vi } from "vitest";
import type { Received } from "./receiver.ts";
import { HOUR_MS, running, START, settled, tried, until } from "./running.ts";

vi.setConfig({ testTimeout: 30_000 }); // on a busy machine; each takes a second or five

it.concurrent("a message arrives signed: its verifier accepts it with the secret, and with no other", async (context) => {
  const { endpoint, tell, receiver, deliveries } = await running(context, (_, response) => response.end());
  const secret = await endpoint("e-1");
  await tell("m-1");
  const [delivery] = await until(async () => settled(await deliveries("e-1"), 1));
  expect(delivery).toMatchObject({ state: "delivered", messageId: "m-1", attempts: [{ attempt: 1, status: 200, error: null }] });
  const [{ body, headers }] = receiver.received as [Received];
  expect(headers).toMatchObject({ "webhook-id": "m-1", "content-type": "application/json" });
  const verify = (key: string, text: string, change: Record<string, string> = {}) => {
    const { "webhook-id": id, "webhook-timestamp": time, "webhook-signature": signature } = headers as Record<string, string>;
    const sent = { "webhook-id": id as string, "webhook-timestamp": time as string, "webhook-signature": signature as string };
    return new Webhook(key).verify(text, { ...sent, ...change });
  };
  expect(verify(secret, body)).toEqual({ type: "lead.updated", data: { text: "m-1: 毒品" } });
  expect(() => verify(`whsec_${randomBytes(32).toString("base64")}`, body)).toThrow("No matching signature");
  expect(() => verify(secret, body.replace("m-1", "m-2"))).toThrow("No matching signature");
  expect(() => verify(secret, body, { "webhook-id": "m-2" })).toThrow("No matching signature");
  expect(() => verify(secret, body, { "webhook-timestamp": String(START / 1_000 - 1) })).toThrow("No matching signature");
});

it.concurrent("a failed attempt is made again under the same id, not before its time", async (context) => {
  let answers = 0;
  const { endpoint, tell, receiver, deliveries, pass } = await running(context, (_, response) => {
    response.writeHead(answers++ === 0 ? 500 : 204).end();
  });
  await endpoint("e-1");
  await tell("m-1");
  await until(async () => tried(await deliveries("e-1")));
  const [failed] = await deliveries("e-1");
  expect(failed).toMatchObject({ state: "waiting", attempts: [{ status: 500, error: "the receiver answered 500" }] });
  const waitMs = Date.parse(failed?.nextAttemptAt as string) - START;
  expect(waitMs >= 4_000 && waitMs <= 6_000).toBe(true);
  pass(3_900);
  await wait(600); // longer than the worker rests between two looks
  expect(receiver.received).toHaveLength(1);
  pass(2_200);
  await until(async () => settled(await deliveries("e-1"), 1));
  expect(receiver.received.map(({ headers }) => headers["webhook-id"])).toEqual(["m-1", "m-1"]);
  expect(receiver.received.map(({ body }) => body)[0]).toBe(receiver.received.map(({ body }) => body)[1]);
});

it.concurrent("a receiver that asks for a pause gets it", async (context) => {
  const { endpoint, tell, deliveries } = await running(context, (_, response) => {
    response.writeHead(503, { "retry-after": "7200" }).end();
  });
  await endpoint("e-1");
  await tell("m-1");
  await until(async () => tried(await deliveries("e-1")));
  const [failed] = await deliveries("e-1");
  expect(Date.parse(failed?.nextAttemptAt as string) - START).toBe(2 * HOUR_MS);
});

it.concurrent("a redirect is a failure and is not followed", async (context) => {
  const { endpoint, tell, receiver, deliveries } = await running(context, (_, response) => {
    response.writeHead(307, { location: "/elsewhere" }).end();
  });
  await endpoint("e-1");
  await tell("m-1");
  const [failed] = await until(async () => tried(await deliveries("e-1")));
  expect(failed).toMatchObject({ state: "waiting", attempts: [{ status: 307, error: "the receiver answered 307" }] });
  expect(receiver.to("/elsewhere")).toEqual([]);
});

it.concurrent("410 pauses the endpoint, says why, and what else waits for it fails unsent", async (context) => {
  const { endpoint, tell, receiver, records, deliveries } = await running(context, (_, response) =>
    response.writeHead(410).end(),
  );
  await endpoint("e-1");
  await tell("m-1");
  await tell("m-2"); // about the same lead, so it waits for the first
  const [first, second] = await until(async () => settled(await deliveries("e-1"), 2));
  expect(first).toMatchObject({ state: "failed", attempts: [{ status: 410 }] });
  expect(second).toMatchObject({ state: "failed", attempts: [{ status: null, error: "the endpoint is switched off" }] });
  expect((await records.webhooks.find("e-1", ""))?.endpoint).toMatchObject({
    active: false,
    pausedReason: "the receiver answered 410",
  });
  expect(receiver.received).toHaveLength(1);
});

it.concurrent("a receiver that hangs holds up its own messages only", async (context) => {
  const { endpoint, tell, receiver, deliveries } = await running(context, ({ path }, response) => {
    if (path === "/good") response.end();
  });
  await endpoint("hangs");
  await endpoint("good");
  for (let i = 0; i < 20; i++) await tell(`m-${i}`, `lead-${i}`);
  await until(async () => settled(await deliveries("good"), 20));
  expect((await deliveries("hangs")).every(({ state }) => state === "waiting")).toBe(true);
  expect(receiver.to("/hangs").length).toBeLessThan(9);
});

it.concurrent("messages about one lead arrive in order, though the first fails; another lead's do not wait", async (context) => {
  let refusals = 0;
  const { endpoint, tell, receiver, deliveries, pass } = await running(context, ({ headers }, response) => {
    response.writeHead(headers["webhook-id"] === "m-1" && refusals++ === 0 ? 500 : 200).end();
  });
  await endpoint("e-1");
  await tell("m-1");
  await tell("m-2");
  await tell("m-3");
  await tell("other", "lead-2");
  await until(async () => settled(await deliveries("e-1"), 1));
  const arrived = () => receiver.received.map(({ headers }) => headers["webhook-id"]);
  expect(arrived().toSorted()).toEqual(["m-1", "other"]);
  pass(10_000);
  await until(async () => settled(await deliveries("e-1"), 4));
  expect(arrived().slice(2)).toEqual(["m-1", "m-2", "m-3"]);
});

it.concurrent("a private address is refused, in the words of the operator's setting, and never connected to", async (context) => {
  const { endpoint, tell, receiver, deliveries } = await running(context, (_, response) => response.end(), {
    SEWERTRACE_WEBHOOK_ALLOW: [],
  });
  await endpoint("e-1");
  await tell("m-1");
  const [failed] = await until(async () => tried(await deliveries("e-1")));
  expect(failed?.attempts[0]?.error).toContain("SEWERTRACE_WEBHOOK_ALLOW");
  expect(receiver.received).toEqual([]);
});

it.concurrent("when the plan is used up the delivery fails for good, and a replay sends it under the same id", async (context) => {
  let answer = 500;
  const { endpoint, tell, receiver, records, deliveries, pass } = await running(context, (_, response) =>
    response.writeHead(answer).end(),
  );
  await endpoint("e-1");
  await tell("m-1");
  const attempts = async () => (await deliveries("e-1"))[0]?.attempts.length ?? 0;
  for (let made = 1; made <= 10; made++) {
    await until(async () => (await attempts()) === made);
    pass(30 * HOUR_MS);
  }
  const [failed] = await until(async () => settled(await deliveries("e-1"), 1));
  expect(failed?.state).toBe("failed");
  const paused = (
    await until(async () => (await records.webhooks.find("e-1", ""))?.endpoint.active === false && records.webhooks.list())
  )[0]!;
  expect(paused.pausedReason).toContain("no attempt succeeded since");
  await records.webhooks.update({ ...paused, active: true, pausedReason: null });
  answer = 200;
  await records.deliveries.replay(failed?.deliveryId as string, new Date(START).toISOString());
  const [again] = await until(async () => (await attempts()) === 11 && deliveries("e-1"));
  expect(again).toMatchObject({ state: "delivered" });
  expect(new Set(receiver.received.map(({ headers }) => headers["webhook-id"]))).toEqual(new Set(["m-1"]));
});

it.concurrent("when it is stopped, attempts in flight are finished and recorded", async (context) => {
  const held: ServerResponse[] = [];
  const { endpoint, tell, deliveries, stop, worker } = await running(context, (_, response) => held.push(response));
  await endpoint("e-1");
  await tell("m-1");
  const response = await until(() => held[0]);
  stop.abort();
  response.end();
  await worker;
  expect((await deliveries("e-1"))[0]).toMatchObject({ state: "delivered", attempts: [{ status: 200 }] });
});

import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { expect, it, onTestFinished, type TestContext, vi } from "vitest";
import type { DeliveryAttempt } from "../../schemas/webhook.ts";
import { running, until } from "./running.ts";

vi.setConfig({ testTimeout: 60_000 }); // an attempt is given up after 15 s

/** What a receiver does with a request that has arrived, and what the attempt comes to. */
interface Hostility {
  answer(socket: Socket): void;
  expected: Partial<DeliveryAttempt> | { error: unknown };
}

const endless = (socket: Socket, piece: string, everyMs: number) => {
  const timer = setInterval(() => socket.write(piece), everyMs);
  socket.on("close", () => clearInterval(timer));
};
const delivered = { status: 200, error: null };
const timedOut = { status: null, error: expect.stringMatching(/timeout|timed out|aborted/i) };
const broken = { status: null, error: expect.stringMatching(/\w/) };

const HOSTILE: Record<string, Hostility> = {
  "promises more than it sends": {
    answer: (socket) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nok"),
    expected: { ...delivered, answer: "ok" },
  },
  "promises more than it sends, and hangs up": {
    answer: (socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nok"),
    expected: { ...delivered, answer: "ok" },
  },
  "sends more than it promised": {
    answer: (socket) => socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok${"x".repeat(100_000)}`),
    expected: { ...delivered, answer: "ok" },
  },
  "never stops sending": {
    answer: (socket) => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      endless(socket, "x".repeat(65_536), 1);
    },
    expected: { ...delivered, answer: "x".repeat(4_096) },
  },
  "drips its body": {
    answer: (socket) => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      endless(socket, "x", 200);
    },
    expected: delivered,
  },
  "drips its headers": { answer: (socket) => endless(socket, "H", 500), expected: broken },
  "drips headers that are right so far": {
    answer: (socket) => {
      socket.write("HTTP/1.1 200 OK\r\n");
      endless(socket, "x-more: x\r\n", 500);
    },
    expected: timedOut,
  },
  "has a word for ever before the answer": {
    answer: (socket) => endless(socket, "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n", 200),
    expected: timedOut,
  },
  "has headers without end": {
    answer: (socket) => endless(socket.write("HTTP/1.1 200 OK\r\n") ? socket : socket, `x-a: ${"y".repeat(8_000)}\r\n`, 5),
    expected: broken,
  },
  "says nothing": { answer: () => undefined, expected: timedOut },
  "hangs up": { answer: (socket) => socket.end(), expected: broken },
  "breaks the connection": { answer: (socket) => socket.resetAndDestroy(), expected: broken },
  "speaks another language": { answer: (socket) => socket.end("220 mail.example.org ESMTP\r\n"), expected: broken },
  "wants to speak another": {
    answer: (socket) => socket.write("HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n"),
    expected: broken,
  },
};

async function hostileReceiver(answer: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    socket.once("data", () => answer(socket));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await once(server.close(), "close");
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

it("receivers that lie, hang, drip and break off harm nobody but themselves", async (context: TestContext) => {
  const { endpoint, tell, receiver, deliveries } = await running(context, (_, response) => response.end());
  await endpoint("good");
  for (const [name, { answer }] of Object.entries(HOSTILE)) await endpoint(name, { url: await hostileReceiver(answer) });
  const began = performance.now();
  for (let i = 0; i < 30; i++) await tell(`m-${i}`, `lead-${i}`);
  await until(() => receiver.to("/good").length === 30);
  expect(performance.now() - began).toBeLessThan(12_000); // sooner than any of them is given up
  for (const [name, { expected }] of Object.entries(HOSTILE)) {
    const first = await until(async () => (await deliveries(name)).flatMap(({ attempts }) => attempts)[0]);
    expect({ name, ...first }).toMatchObject({ name, ...expected, answer: null }); // the list leaves contents out
    expect({ name, late: first.durationMs > 16_500 }).toEqual({ name, late: false });
  }
  expect(receiver.received.map(({ headers }) => headers["webhook-id"]).toSorted()).toEqual(
    Array.from({ length: 30 }, (_, i) => `m-${i}`).toSorted(),
  );
});

it("what it answered is kept for the log, at most 4 kB of it", async (context: TestContext) => {
  const { endpoint, tell, records, deliveries } = await running(context, (_, response) => response.end("thanks ".repeat(2_000)));
  await endpoint("e-1");
  await tell("m-1");
  const [delivery] = await until(async () => (await deliveries("e-1"))[0]?.state === "delivered" && deliveries("e-1"));
  const [attempt] = (await records.deliveries.find(delivery?.deliveryId as string))?.attempts ?? [];
  expect(attempt?.answer).toBe("thanks ".repeat(2_000).slice(0, 4_096));
  expect(JSON.parse(attempt?.request ?? "")).toEqual({ type: "lead.updated", data: { text: "m-1: 毒品" } });
});

it("a redirect is not followed: not to the same host, not to a private one, not by any status", async (context: TestContext) => {
  let reached = 0;
  const secret = await hostileReceiver(() => reached++);
  const { endpoint, tell, receiver, deliveries } = await running(context, ({ path }, response) => {
    const status = Number(path.slice(2));
    response.writeHead(status, { location: status % 2 ? secret : "/elsewhere" }).end();
  });
  const statuses = [301, 302, 303, 307, 308];
  for (const status of statuses) await endpoint(`r${status}`);
  await tell("m-1");
  for (const status of statuses) {
    const [failed] = await until(
      async () => (await deliveries(`r${status}`))[0]?.attempts.length === 1 && deliveries(`r${status}`),
    );
    expect(failed).toMatchObject({ state: "waiting", attempts: [{ status, error: `the receiver answered ${status}` }] });
  }
  expect([reached, receiver.to("/elsewhere").length]).toEqual([0, 0]);
});

it("through a receiver that fails at random every message arrives once by its id, and in order for each lead", async (context: TestContext) => {
  const refused = new Map<string, number>();
  const accepted: string[] = [];
  const { endpoint, tell, deliveries, pass } = await running(context, ({ headers }, response) => {
    const id = String(headers["webhook-id"]);
    const before = refused.get(id) ?? 0;
    if (before < (Number(id.slice(2)) * 7) % 4) {
      refused.set(id, before + 1);
      if (before % 2) response.destroy();
      else response.writeHead(503).end();
      return;
    }
    accepted.push(id);
    response.end();
  });
  await endpoint("e-1");
  const COUNT = 24;
  for (let i = 0; i < COUNT; i++) await tell(`m-${i}`, `lead-${i % 3}`);
  await until(async () => {
    pass(6 * 60_000);
    return (await deliveries("e-1")).every(({ state }) => state === "delivered") && (await deliveries("e-1")).length === COUNT;
  });
  expect(accepted.toSorted()).toEqual(Array.from({ length: COUNT }, (_, i) => `m-${i}`).toSorted());
  for (const lead of [0, 1, 2]) {
    const own = accepted.map((id) => Number(id.slice(2))).filter((i) => i % 3 === lead);
    expect(own).toEqual(own.toSorted((a, b) => a - b));
  }
});

import { setTimeout as wait } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import type { IncomingMessage, Log, MessageBatch } from "../../../store/log/log.ts";

/** One empty log; each `open` is another client of it, as another process would be. */
export type LogStorage = () => Promise<{ open: () => Log }>;

const topic = "sampler-readings";
/** Enough keys that every partition gets some. */
const SITES = Array.from({ length: 24 }, (_, n) => `site-${n}`);
const numbered = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ key: SITES[n % SITES.length]!, value: String(n) }));

/** What every log promises, one test a promise. */
export function logContract(engine: string, storage: LogStorage): void {
  const promise = (title: string, test: (open: () => Log) => Promise<void>) =>
    it(`${engine}: ${title}`, async () => {
      const { open } = await storage();
      await test(() => {
        const log = open();
        onTestFinished(() => log.close());
        return log;
      });
    });

  promise("messages of one key keep their order, also over several calls", async (open) => {
    const log = open();
    for (let call = 0; call < 5; call += 1) await log.publish(topic, numbered(240).slice(call * 48, (call + 1) * 48));
    const received = await receive(log, "readers", 240);
    for (const site of SITES) {
      const values = received.filter(({ key }) => text(key) === site).map(({ value }) => Number(text(value)));
      expect(values).toEqual(values.toSorted((a, b) => a - b));
    }
    expect(received.map(({ value }) => Number(text(value))).toSorted((a, b) => a - b)).toEqual([...Array(240).keys()]);
  });

  promise("many publishes at once keep the order of each key and lose nothing", async (open) => {
    const log = open();
    await Promise.all(numbered(240).map((message) => log.publish(topic, [message])));
    const received = await receive(log, "readers", 240);
    for (const site of SITES) {
      const values = received.filter(({ key }) => text(key) === site).map(({ value }) => Number(text(value)));
      expect(values).toEqual(values.toSorted((a, b) => a - b));
    }
    expect(new Set(received.map(({ value }) => text(value))).size).toBe(240);
  });

  promise("key, value and headers come back byte for byte, with the time they were taken", async (open) => {
    const log = open();
    const before = Date.now();
    const value = new Uint8Array([0, 255, 10, 13, 128]);
    await log.publish(topic, [
      { key: "污水处理厂-一", value, headers: { schema: "reading/1", 来源: "採樣器 №7\n" } },
      { key: "污水处理厂-一", value: "" },
    ]);
    const [first, second] = await receive(log, "readers", 2);
    expect(text(first!.key)).toBe("污水处理厂-一");
    expect(new Uint8Array(first!.value!)).toEqual(value);
    expect(first!.headers).toEqual({ schema: "reading/1", 来源: "採樣器 №7\n" });
    expect(first!.topic).toBe(topic);
    expect(first!.timestampMs).toBeGreaterThanOrEqual(before);
    expect(first!.timestampMs).toBeLessThanOrEqual(Date.now());
    expect(text(second!.value)).toBe("");
    expect(second!.headers).toEqual({});
    expect(second!.offset).toBe(first!.offset + 1n);
  });

  promise("what was published is there for a client that opens later, and a new group starts at the oldest", async (open) => {
    const first = open();
    await first.publish(topic, numbered(50));
    await first.close();
    expect(await receive(open(), "readers", 50)).toHaveLength(50);
  });

  promise("what another client publishes reaches a waiting subscriber", async (open) => {
    const received = receive(open(), "readers", 10);
    await wait(300); // so that the subscriber is likely waiting; the promise holds either way
    await open().publish(topic, numbered(10));
    expect(await received).toHaveLength(10);
  });

  promise("a message over another topic stays there", async (open) => {
    const log = open();
    await log.publish("assay-reports", [{ key: "a", value: "report" }]);
    await log.publish(topic, [{ key: "a", value: "reading" }]);
    const [reading, report] = await Promise.all([
      receive(log, "ingest", 1),
      receive(log, "ingest", 1, { topic: "assay-reports" }),
    ]);
    expect(text(reading[0]!.value)).toBe("reading");
    expect(text(report[0]!.value)).toBe("report");
  });

  promise("a batch whose handler failed ends the subscription with that error, and comes again", async (open) => {
    const log = open();
    await log.publish(topic, numbered(20));
    const failure = new Error("the disk is full");
    const failing = log.subscribe(
      { topic, group: "readers", messagesMax: 100, signal: new AbortController().signal },
      async () => {
        throw failure;
      },
    );
    await expect(failing).rejects.toBe(failure);
    expect(await unread(log, "readers")).toBe(20n);
    expect(await receive(open(), "readers", 20)).toHaveLength(20);
  });

  promise("a batch is committed once its handler resolved, and not before", async (open) => {
    const log = open();
    await log.publish(topic, [{ key: "a", value: "1" }]);
    let lagWhileHandled: bigint | undefined;
    const stop = new AbortController();
    const ended = log.subscribe({ topic, group: "readers", messagesMax: 10, signal: stop.signal }, async () => {
      lagWhileHandled = await unread(log, "readers");
      stop.abort();
    });
    await ended; // the batch in progress was finished, and committed, before this resolved
    expect(lagWhileHandled).toBe(1n);
    expect(await unread(log, "readers")).toBe(0n);
    await log.publish(topic, [{ key: "a", value: "2" }]);
    expect((await receive(open(), "readers", 1)).map(({ value }) => text(value))).toEqual(["2"]);
  });

  promise("a handler told to stop gives its batch up without an error, and it comes again", async (open) => {
    const log = open();
    await log.publish(topic, [{ key: "a", value: "1" }]);
    const stop = new AbortController();
    const ended = log.subscribe({ topic, group: "readers", messagesMax: 10, signal: stop.signal }, async ({ signal }) => {
      stop.abort();
      await wait(60_000, undefined, { signal }); // as if the store were away
    });
    await expect(ended).resolves.toBeUndefined();
    expect(await receive(open(), "readers", 1)).toHaveLength(1);
  });

  promise("no batch holds more than asked for, and all of its messages are of one partition", async (open) => {
    const log = open();
    await log.publish(topic, numbered(300));
    const batches: MessageBatch[] = [];
    await receive(log, "readers", 300, { messagesMax: 7, onBatch: (batch) => batches.push(batch) });
    expect(Math.max(...batches.map(({ messages }) => messages.length))).toBe(7);
    for (const { partition, messages } of batches) {
      expect(messages.every((message) => message.partition === partition)).toBe(true);
    }
  });

  promise("two members of one group share the partitions and never work on one at the same time", async (open) => {
    const log = open();
    const stop = new AbortController();
    const seen = [new Map<string, number>(), new Map<string, number>()];
    const working = new Map<number, number>();
    const members = seen.map((own, member) =>
      log.subscribe({ topic, group: "readers", messagesMax: 5, signal: stop.signal }, async ({ partition, messages }) => {
        expect(working.has(partition)).toBe(false);
        working.set(partition, member);
        await wait(20);
        for (const { value } of messages) own.set(text(value), (own.get(text(value)) ?? 0) + 1);
        working.delete(partition);
      }),
    );
    const both = () => seen.every((own) => own.size > 0);
    for (let n = 0; n < 400 && !both(); n += 1) {
      await log.publish(
        topic,
        numbered(24).map(({ key }, at) => ({ key, value: `${n}-${at}` })),
      );
      await wait(50);
    }
    await until(async () => (await unread(log, "readers")) === 0n);
    stop.abort();
    await Promise.all(members);
    expect(both()).toBe(true);
  });

  promise("two groups each get every message", async (open) => {
    const log = open();
    await log.publish(topic, numbered(30));
    const [one, two] = await Promise.all([receive(log, "one", 30), receive(log, "two", 30)]);
    expect(one).toHaveLength(30);
    expect(two).toHaveLength(30);
  });

  promise("lag counts for each partition what the group has not committed, for a group that never read too", async (open) => {
    const log = open();
    expect(await unread(log, "readers")).toBe(0n);
    await log.publish(topic, numbered(100));
    expect(await unread(log, "readers")).toBe(100n);
    await receive(log, "readers", 100);
    expect(await unread(log, "readers")).toBe(0n);
    await log.publish(topic, numbered(5));
    const partitions = await log.lag(topic, "readers");
    expect(partitions.length).toBeGreaterThan(1);
    for (const { end, committed, lag } of partitions) expect(lag).toBe(end - committed);
    expect(await unread(log, "readers")).toBe(5n);
    expect(await unread(log, "others")).toBe(105n);
  });

  promise("seek to the earliest brings every message again, seek to an offset those from there on", async (open) => {
    const log = open();
    await log.publish(topic, numbered(60));
    const first = await receive(log, "readers", 60);
    await log.seek(topic, "readers", "earliest");
    expect(await unread(log, "readers")).toBe(60n);
    expect(places(await receive(log, "readers", 60))).toEqual(places(first));
    const last = first.toSorted((a, b) => Number(b.offset - a.offset))[0]!;
    await log.seek(topic, "readers", [{ partition: last.partition, offset: last.offset }]);
    expect(await unread(log, "readers")).toBe(1n);
    expect(places(await receive(log, "readers", 1))).toEqual(places([last]));
  });

  promise("seek is refused while the group has a running member", async (open) => {
    const log = open();
    await log.publish(topic, numbered(10));
    const stop = new AbortController();
    let running = () => {};
    const started = new Promise<void>((resolve) => {
      running = resolve;
    });
    const ended = log.subscribe({ topic, group: "readers", messagesMax: 10, signal: stop.signal }, async () => running());
    await started;
    await expect(log.seek(topic, "readers", "earliest")).rejects.toThrow("running members");
    stop.abort();
    await ended;
  });

  promise("a message too large for a broker is refused before anything is stored", async (open) => {
    const log = open();
    const large = { key: "a", value: "x".repeat(1_000_000) };
    await expect(log.publish(topic, [{ key: "a", value: "1" }, large])).rejects.toThrow(RangeError);
    expect(await unread(log, "readers")).toBe(0n);
    await log.publish(topic, [{ key: "a", value: "x".repeat(990_000) }]);
    expect((await receive(log, "readers", 1))[0]!.value).toHaveLength(990_000);
  });

  promise("publishing nothing does nothing", async (open) => {
    const log = open();
    await log.publish(topic, []);
    expect(await unread(log, "readers")).toBe(0n);
  });

  promise("check resolves while the log can be reached", async (open) => {
    await expect(open().check()).resolves.toBeUndefined();
  });

  promise("close ends a running subscription without an error", async (open) => {
    const log = open();
    const ended = log.subscribe(
      { topic, group: "readers", messagesMax: 10, signal: new AbortController().signal },
      async () => {},
    );
    await log.publish(topic, numbered(4));
    await until(async () => (await unread(log, "readers")) === 0n);
    await log.close();
    await expect(ended).resolves.toBeUndefined();
  });
}

/** Subscribes until `count` messages were handled and committed. */
export async function receive(
  log: Log,
  group: string,
  count: number,
  { topic: from = topic, messagesMax = 500, onBatch }: ReceiveOptions = {},
): Promise<IncomingMessage[]> {
  const received: IncomingMessage[] = [];
  const stop = new AbortController();
  await log.subscribe({ topic: from, group, messagesMax, signal: stop.signal }, async (batch) => {
    onBatch?.(batch);
    received.push(...batch.messages);
    if (received.length >= count) stop.abort();
  });
  return received;
}

interface ReceiveOptions {
  topic?: "sampler-readings" | "assay-reports";
  messagesMax?: number;
  onBatch?: (batch: MessageBatch) => void;
}

export async function unread(log: Log, group: string): Promise<bigint> {
  return (await log.lag(topic, group)).reduce((sum, { lag }) => sum + lag, 0n);
}

export async function until(condition: () => Promise<boolean>, everyMs = 50): Promise<void> {
  while (!(await condition())) await wait(everyMs);
}

const text = (bytes: Uint8Array | null) => Buffer.from(bytes ?? []).toString();

const places = (messages: readonly IncomingMessage[]) =>
  messages.map(({ partition, offset }) => `${partition}/${offset}`).toSorted();

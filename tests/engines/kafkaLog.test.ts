import { setTimeout as wait } from "node:timers/promises";
import kafkajs from "kafkajs";
import { pino } from "pino";
import { expect, inject, it, onTestFinished } from "vitest";
import { type KafkaSettings, openKafkaLog } from "../../store/log/kafka.ts";
import { logContract, receive, unread, until } from "../store/log/contract.ts";
import { testTopicPrefix } from "./isolation.ts";

const topic = "sampler-readings";
const logger = pino({ level: process.env["LOG_LEVEL"] ?? "silent" });

function settingsOf(topicPrefix: string): KafkaSettings {
  const { brokers } = inject("engines").kafka;
  return { brokers, topicPrefix, partitions: 4, replicationFactor: 1, logger };
}

logContract("Kafka", async () => {
  const settings = settingsOf(testTopicPrefix());
  return { open: () => openKafkaLog(settings) };
});

function openTestLog(more: Partial<KafkaSettings> = {}) {
  const settings = { ...settingsOf(testTopicPrefix()), ...more };
  const log = openKafkaLog(settings);
  onTestFinished(() => log.close());
  return { log, settings };
}

const { None, GZIP, Snappy, LZ4, ZSTD } = kafkajs.CompressionTypes;

for (const [name, compression] of Object.entries({ none: None, gzip: GZIP, snappy: Snappy, lz4: LZ4, zstd: ZSTD })) {
  it(`messages that others compressed with ${name} are read, between others that are not`, async () => {
    const { log, settings } = openTestLog();
    await log.publish(topic, [{ key: "a", value: "before" }]);
    const producer = new kafkajs.Kafka({ brokers: settings.brokers, logLevel: kafkajs.logLevel.NOTHING }).producer({
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    });
    await producer.connect();
    const values = Array.from({ length: 200 }, (_, n) => `读数 ${n}`.repeat(50));
    await producer.send({
      topic: settings.topicPrefix + topic,
      compression,
      messages: values.map((value) => ({ key: "a", value })),
    });
    await producer.disconnect();
    await log.publish(topic, [{ key: "a", value: "after" }]);
    const received = (await receive(log, "readers", 202)).map(({ value }) => Buffer.from(value!).toString());
    expect(received).toEqual(["before", ...values, "after"]);
  });
}

it("messages without key, value or headers, with repeated headers, and transactions of others do not stop a subscriber", async () => {
  const { log, settings } = openTestLog();
  await log.check(); // creates the topics
  const kafka = new kafkajs.Kafka({ brokers: settings.brokers, logLevel: kafkajs.logLevel.NOTHING });
  const producer = kafka.producer({
    transactionalId: settings.topicPrefix,
    maxInFlightRequests: 1,
    idempotent: true,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  const name = settings.topicPrefix + topic;
  const aborted = await producer.transaction();
  await aborted.send({ topic: name, messages: [{ partition: 0, value: "never happened" }] });
  await aborted.abort();
  const done = await producer.transaction();
  await done.send({
    topic: name,
    messages: [
      { partition: 0, key: null, value: null },
      { partition: 0, value: "x", headers: { trace: ["first", "last"] } },
    ],
  });
  await done.commit();
  await producer.disconnect();
  const received = await receive(log, "readers", 2);
  expect(received.map(({ key, value, headers }) => [key, value && Buffer.from(value).toString(), headers])).toEqual([
    [null, null, {}],
    [null, "x", { trace: "last" }],
  ]);
});

it("a handler may work longer than the session: its member stays, and the batch comes once", async () => {
  const sessionTimeoutMs = 2_000;
  const { log } = openTestLog({ sessionTimeoutMs });
  await log.publish(topic, [{ key: "a", value: "1" }]);
  let times = 0;
  const stop = new AbortController();
  await log.subscribe({ topic, group: "readers", messagesMax: 10, signal: stop.signal }, async ({ signal }) => {
    times += 1;
    await wait(3 * sessionTimeoutMs); // the store is away
    expect(signal.aborted).toBe(false);
    stop.abort();
  });
  expect(times).toBe(1);
  expect(await unread(log, "readers")).toBe(0n);
});

it("a handler that waits is told when its partitions go to another member, and nothing is lost", async () => {
  const { log, settings } = openTestLog();
  const second = openKafkaLog(settings);
  onTestFinished(() => second.close());
  await log.publish(
    topic,
    Array.from({ length: 40 }, (_, n) => ({ key: `site-${n}`, value: String(n) })),
  );
  const stop = new AbortController();
  const handled = new Set<string>();
  let toldToStop = 0;
  let storeIsAway = true;
  const waitingMember = log.subscribe(
    { topic, group: "readers", messagesMax: 50, signal: stop.signal },
    async ({ messages, signal }) => {
      while (storeIsAway) {
        try {
          await wait(50, undefined, { signal });
        } catch (error) {
          toldToStop += 1;
          throw error;
        }
      }
      for (const { value } of messages) handled.add(Buffer.from(value!).toString());
    },
  );
  await wait(1_500); // the first member most likely waits now; the promise holds either way
  const newMember = second.subscribe({ topic, group: "readers", messagesMax: 50, signal: stop.signal }, async ({ messages }) => {
    for (const { value } of messages) handled.add(Buffer.from(value!).toString());
  });
  await until(async () => handled.size > 0); // the new member got partitions although the first was stuck
  expect(toldToStop).toBeGreaterThan(0);
  storeIsAway = false;
  await until(async () => handled.size === 40);
  stop.abort();
  await Promise.all([waitingMember, newMember]);
  await until(async () => (await unread(log, "readers")) === 0n);
});

it("topics are created with the asked partitions and retention", async () => {
  const { log, settings } = openTestLog({ partitions: 3, retentionMs: 86_400_000 });
  await log.check();
  const admin = new kafkajs.Kafka({ brokers: settings.brokers, logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  const name = settings.topicPrefix + topic;
  const { topics } = await admin.fetchTopicMetadata({ topics: [name] });
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name, configNames: ["retention.ms"] }],
  });
  await admin.disconnect();
  expect(topics[0]!.partitions).toHaveLength(3);
  expect(resources[0]!.configEntries[0]!.configValue).toBe("86400000");
});

it("check rejects with the reason when no broker answers", async () => {
  const { log } = openTestLog({ brokers: ["127.0.0.1:9"] });
  await expect(log.check()).rejects.toThrow(/ECONNREFUSED|Connection error/);
});

import { setTimeout as wait } from "node:timers/promises";
import kafkajs from "kafkajs";
import { pino } from "pino";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { openKafkaLog } from "../../store/log/kafka.ts";
import type { IncomingMessage } from "../../store/log/log.ts";
import { type KafkaCluster, startKafkaCluster } from "../engines/kafka.ts";
import { until } from "../store/log/contract.ts";
import { compareMessages } from "./messages.ts";
import { FIRST_READING_MS, prepareServer, startServer } from "./server.ts";
import { ingestLag, openWorld } from "./world.ts";

// Method: numbered messages to every partition of a three-node cluster, kill -9 of the node that leads partition 0 at a seeded
// moment while many publishes are in flight, the node started again, then everything is read back. To repeat a run: FAULT_SEED=n.
const seed = Number(process.env["FAULT_SEED"] ?? Date.now() % 100_000);
const topic = "sampler-readings";
const PUBLISHES = 600;
const MESSAGES_PER_PUBLISH = 40;
const PUBLISHES_IN_FLIGHT = 16;
const HTTP_CALLS = 200;
const READINGS_PER_CALL = 50;

let cluster: KafkaCluster;
beforeAll(async () => {
  cluster = await startKafkaCluster(3);
  return cluster.stop;
});

it(`kill -9 of a partition's leader while publishing loses no acknowledged message (seed ${seed})`, async () => {
  const logger = pino({ level: process.env["LOG_LEVEL"] ?? "silent" });
  const log = openKafkaLog({
    brokers: cluster.brokers,
    topicPrefix: `failover-${seed}.`,
    partitions: 6,
    replicationFactor: 3,
    logger,
  });
  onTestFinished(() => log.close());
  await log.check();

  const acknowledged = new Set<string>();
  let published = 0;
  const publishAll = async () => {
    while (published < PUBLISHES) {
      const publish = published++;
      const values = Array.from({ length: MESSAGES_PER_PUBLISH }, (_, n) => `${publish}/${n}`);
      const messages = values.map((value, n) => ({ key: `site-${(publish * 7 + n) % 60}`, value }));
      await log.publish(topic, messages); // a rejection fails the test: the fail-over is shorter than the publisher's patience
      for (const value of values) acknowledged.add(value);
    }
  };
  const publishers = Promise.all(Array.from({ length: PUBLISHES_IN_FLIGHT }, publishAll));

  const killAt = 50 + ((seed * 7_919) % 400);
  await until(async () => published >= killAt, 1);
  const leader = await leaderOf(`failover-${seed}.${topic}`, 0);
  const node = cluster.nodes[leader - 1]!;
  await node.kill();
  const atKill = acknowledged.size;
  await publishers;
  expect(acknowledged.size).toBeGreaterThan(atKill); // it went on while the node was gone
  await node.start();

  const stored: IncomingMessage[] = [];
  const stop = new AbortController();
  const reader = log.subscribe({ topic, group: "checker", messagesMax: 1_000, signal: stop.signal }, async ({ messages }) => {
    stored.push(...messages);
  });
  await until(async () => (await log.lag(topic, "checker")).every(({ lag }) => lag === 0n));
  stop.abort();
  await reader;
  const { missing, doubled, outOfOrder } = compareMessages(stored, acknowledged);
  process.stderr.write(
    `kafka-failover: ${acknowledged.size} acknowledged, ${missing.length} missing, ${doubled.length} doubled\n`,
  );
  expect(missing).toEqual([]);
  expect(outOfOrder).toEqual([]);
  expect(acknowledged.size).toBe(PUBLISHES * MESSAGES_PER_PUBLISH);
});

it("a consumer goes on by itself after the leader of its partitions was killed and came back", async () => {
  const logger = pino({ level: process.env["LOG_LEVEL"] ?? "silent" });
  const log = openKafkaLog({
    brokers: cluster.brokers,
    topicPrefix: `consumer-${seed}.`,
    partitions: 6,
    replicationFactor: 3,
    logger,
  });
  onTestFinished(() => log.close());
  const handled = new Set<string>();
  const stop = new AbortController();
  const reader = log.subscribe({ topic, group: "ingest", messagesMax: 100, signal: stop.signal }, async ({ messages }) => {
    await wait(20);
    for (const { value } of messages) handled.add(Buffer.from(value!).toString());
  });
  const publish = (from: number, to: number) =>
    log.publish(
      topic,
      Array.from({ length: to - from }, (_, n) => ({ key: `site-${n % 60}`, value: String(from + n) })),
    );
  await log.check();
  await publish(0, 2_000);
  await until(async () => handled.size > 500);
  const node = cluster.nodes[(await leaderOf(`consumer-${seed}.${topic}`, 0)) - 1]!;
  await node.kill();
  await publish(2_000, 4_000);
  await node.start();
  await publish(4_000, 5_000);
  await until(async () => handled.size === 5_000);
  await until(async () => (await log.lag(topic, "ingest")).every(({ lag }) => lag === 0n));
  stop.abort();
  await reader;
});

it("kill -9 of a partition's leader while readings come by HTTP loses none that was acknowledged and counts none twice", async () => {
  const world = await openWorld({ brokers: cluster.brokers, replicationFactor: 3 });
  const token = await prepareServer(world.records);
  const server = await startServer("api,ingest", world.settings, token);
  onTestFinished(() => server.kill());
  const acknowledged: number[] = [];
  let next = 0;
  const sendAll = async () => {
    while (next < HTTP_CALLS) {
      const call = next++;
      const numbers = Array.from({ length: READINGS_PER_CALL }, (_, n) => call * READINGS_PER_CALL + n);
      while ((await server.sendReadings(numbers)) !== 202) await wait(50); // as a gateway does: again until it is acknowledged
      acknowledged.push(...numbers);
    }
  };
  const sending = Promise.all(Array.from({ length: 4 }, sendAll));
  await until(async () => next > HTTP_CALLS / 4, 1);
  const node = cluster.nodes[(await leaderOf(`${world.settings["SEWERTRACE_TOPIC_PREFIX"]}${topic}`, 0)) - 1]!;
  await node.kill();
  await sending;
  await node.start();
  await until(async () => (await ingestLag(world.log)) === 0);
  const stored = await world.series.read({ measure: "reading", fromMs: FIRST_READING_MS, toMs: Date.UTC(2100, 0) });
  const numbers = stored.map(({ timeMs }) => (timeMs - FIRST_READING_MS) / 60_000);
  expect(numbers.toSorted((a, b) => a - b)).toEqual(acknowledged.toSorted((a, b) => a - b));
  expect(await server.stop(), server.output()).toBe(0);
}, 180_000);

async function leaderOf(topicName: string, partition: number): Promise<number> {
  const admin = new kafkajs.Kafka({ brokers: cluster.brokers, logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  const { topics } = await admin.fetchTopicMetadata({ topics: [topicName] });
  await admin.disconnect();
  return topics[0]!.partitions.find(({ partitionId }) => partitionId === partition)!.leader;
}

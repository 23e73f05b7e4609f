import { setTimeout as wait } from "node:timers/promises";
import type { Admin, KafkaConfig } from "kafkajs";
import kafkajs from "kafkajs";
import type { Logger } from "pino";
import { registerCodecs } from "./kafkaCodecs.ts";
import { logThrough } from "./kafkaLogging.ts";
import { createKafkaPublisher } from "./kafkaPublisher.ts";
import { commitOffsets } from "./kafkaSeek.ts";
import { runKafkaSubscription } from "./kafkaSubscriber.ts";
import { type Log, type PartitionLag, RETENTION_MS_DEFAULT, TOPICS, type Topic } from "./log.ts";

export interface KafkaSettings {
  /** `host:port` of some brokers; the others are found through them. */
  brokers: string[];
  clientId?: string;
  /** Put before every topic and group: several installations can share a cluster. */
  topicPrefix: string;
  /** Of topics that are created. */
  partitions: number;
  /** Of topics that are created. With three or more, a publish waits for two replicas. */
  replicationFactor: number;
  /** Of topics that are created. */
  retentionMs?: number;
  /** PEM text. An empty object means TLS with the system's authorities. */
  tls?: { ca?: string; cert?: string; key?: string };
  sasl?: { mechanism: "plain" | "scram-sha-256" | "scram-sha-512"; username: string; password: string };
  /** A member that is silent for longer loses its partitions. */
  sessionTimeoutMs?: number;
  logger: Logger;
}

/**
 * When the group's coordinator dies, kafkajs starts the consumer anew, and its group waits this long for the member it was before.
 * A handler that blocks the process (not one that waits) for longer loses its partitions.
 */
const SESSION_TIMEOUT_MS_DEFAULT = 15_000;
const CONNECTION_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 20_000;
/** About 3 s: questions of people and probes, who would rather have an error than wait. */
const ADMIN_RETRY = { retries: 4, initialRetryTime: 200 };
/** A new leader or coordinator answers within a second or two; kafkajs asks the old one only once. */
const LEADER_TRIES_MAX = 30;
const LEADER_WAIT_MS = 100;

registerCodecs();

/** The log in Kafka 2.1 or newer. Connects when first used, and creates the topics that are missing. */
export function openKafkaLog(settings: KafkaSettings): Log {
  const { topicPrefix, logger, sessionTimeoutMs = SESSION_TIMEOUT_MS_DEFAULT } = settings;
  const kafka = new kafkajs.Kafka(clientConfig(settings));
  const publisher = createKafkaPublisher(kafka);
  const closing = new AbortController();
  const subscriptions = new Set<Promise<void>>();
  const topicNameOf = (topic: Topic) => topicPrefix + topic;
  // The topic is part of the group's name: kafkajs leaves partitions unread when members of one group differ in their topics.
  const groupIdOf = (topic: Topic, group: string) => `${topicPrefix}${group}.${topic}`;

  const connectAdmin = once(async () => {
    const admin = kafka.admin({ retry: ADMIN_RETRY });
    await admin.connect();
    return admin;
  });
  /** Partitions of each topic, all of which exist from here on. */
  const prepareTopics = once(async () => {
    const admin = await connectAdmin();
    await createMissingTopics(admin, settings);
    const { topics } = await untilLed(() => admin.fetchTopicMetadata({ topics: TOPICS.map(topicNameOf) }));
    return new Map(topics.map(({ name, partitions }) => [name, partitions.length]));
  });

  const subscribe: Log["subscribe"] = async ({ topic, group, messagesMax, ...subscription }, handler) => {
    await prepareTopics();
    const signal = AbortSignal.any([subscription.signal, closing.signal]);
    const details = { topic, topicName: topicNameOf(topic), groupId: groupIdOf(topic, group), messagesMax, sessionTimeoutMs };
    const running = runKafkaSubscription(kafka, { ...details, signal, logger }, handler);
    subscriptions.add(running);
    await running.finally(() => subscriptions.delete(running));
  };

  const lag: Log["lag"] = async (topic, group) => {
    await prepareTopics();
    const [admin, topicName] = [await connectAdmin(), topicNameOf(topic)];
    const [ends, [committed]] = await Promise.all([
      untilLed(() => admin.fetchTopicOffsets(topicName)),
      untilLed(() => admin.fetchOffsets({ groupId: groupIdOf(topic, group), topics: [topicName] })),
    ]);
    const committedOf = new Map(committed?.partitions.map(({ partition, offset }) => [partition, BigInt(offset)]));
    return ends
      .map(({ partition, low, high }): PartitionLag => {
        const [oldest, end, next] = [BigInt(low), BigInt(high), committedOf.get(partition) ?? -1n];
        const from = next > oldest ? next : oldest; // nothing committed yet, or retention was faster
        return { partition, end, committed: next < 0n ? oldest : next, lag: end > from ? end - from : 0n };
      })
      .sort((a, b) => a.partition - b.partition);
  };

  const seek: Log["seek"] = async (topic, group, to) => {
    await prepareTopics();
    const [admin, groupId, topicName] = [await connectAdmin(), groupIdOf(topic, group), topicNameOf(topic)];
    const { groups } = await admin.describeGroups([groupId]);
    if (groups.some(({ members }) => members.length > 0)) {
      throw new Error(`the group ${group} of ${topic} has running members: stop them first`);
    }
    const partitions =
      to === "earliest"
        ? (await untilLed(() => admin.fetchTopicOffsets(topicName))).map(({ partition, low }) => ({ partition, offset: low }))
        : to.map(({ partition, offset }) => ({ partition, offset: String(offset) }));
    if (partitions.length > 0) await commitOffsets(kafka, groupId, topicName, partitions);
  };

  return {
    async publish(topic, messages) {
      if (messages.length === 0) return;
      const topicName = topicNameOf(topic);
      const partitionCount = (await prepareTopics()).get(topicName) as number;
      await publisher.publish(topicName, partitionCount, messages);
    },
    subscribe,
    lag,
    seek,
    async check() {
      await prepareTopics();
      await (await connectAdmin()).fetchTopicMetadata({ topics: TOPICS.map(topicNameOf) });
    },
    async close() {
      closing.abort(new DOMException("the log was closed", "AbortError"));
      await Promise.allSettled(subscriptions);
      await publisher.close();
      await (await connectAdmin.begun())?.disconnect();
    },
  };
}

function clientConfig({ brokers, clientId = "sewertrace", tls, sasl, logger }: KafkaSettings): KafkaConfig {
  return {
    brokers,
    clientId,
    ...(tls && { ssl: tls }),
    ...(sasl && { sasl: sasl as KafkaConfig["sasl"] & object }),
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    logLevel: kafkajs.logLevel.INFO,
    logCreator: logThrough(logger),
  };
}

async function createMissingTopics(admin: Admin, settings: KafkaSettings): Promise<void> {
  const { topicPrefix, partitions, replicationFactor, retentionMs = RETENTION_MS_DEFAULT, logger } = settings;
  const existing = new Set(await admin.listTopics());
  const missing = TOPICS.map((topic) => topicPrefix + topic).filter((name) => !existing.has(name));
  if (missing.length === 0) return;
  const configEntries = [
    { name: "min.insync.replicas", value: replicationFactor >= 3 ? "2" : "1" },
    { name: "retention.ms", value: String(retentionMs) },
  ];
  const topics = missing.map((topic) => ({ topic, numPartitions: partitions, replicationFactor, configEntries }));
  // kafkajs' own waiting for leaders fails when it asks a broker that has not heard of the topic yet; untilLed waits instead.
  if (await admin.createTopics({ topics, waitForLeaders: false })) logger.info({ topics: missing }, "created topics");
}

/** Tries again while the partitions or the group asked about have no broker in charge yet: just created, or just lost. */
async function untilLed<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask();
    } catch (error) {
      if (tries >= LEADER_TRIES_MAX || !(error instanceof kafkajs.KafkaJSProtocolError && error.retriable)) throw error;
      await wait(LEADER_WAIT_MS);
    }
  }
}

/** Runs the work once and keeps its result; after a failure the next call tries again. */
function once<T>(work: () => Promise<T>): (() => Promise<T>) & { begun(): Promise<T | undefined> } {
  let result: Promise<T> | undefined;
  const run = () => {
    result ??= work().catch((error) => {
      result = undefined;
      throw error;
    });
    return result;
  };
  return Object.assign(run, { begun: async () => result?.catch(() => undefined) });
}

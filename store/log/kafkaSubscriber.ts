import type { EachBatchPayload, Kafka, KafkaMessage } from "kafkajs";
import kafkajs from "kafkajs";
import type { Logger } from "pino";
import type { IncomingMessage, MessageBatch, Topic } from "./log.ts";
import { endedBySignal } from "./subscription.ts";

/** kafkajs' default of 5 s makes a second member's arrival take 4.4 s instead of 0.5, and leaving 4.5 s instead of 0.1. */
const FETCH_WAIT_MS = 200;
/** Partitions of one member that are worked on side by side: while one writes, another is parsed. */
const PARTITIONS_AT_ONCE = 4;
/** Also how soon a member hears of another that has come or gone. */
const HEARTBEAT_INTERVAL_MS_MAX = 1_000;
/** Of short sessions: a few may be lost. */
const HEARTBEATS_PER_SESSION_MIN = 6;
/**
 * kafkajs sometimes never ends leaving a group after a broker was killed and came back. Nothing is at work by then, and the group goes on
 * without the member when its session is over.
 */
const LEAVING_MS_MAX = 5_000;
/** Tried again for about 10 s, then kafkajs starts the consumer anew by itself. */
const RETRY = { retries: 6, initialRetryTime: 300, maxRetryTime: 3_000 };

export interface KafkaSubscription {
  topic: Topic;
  /** With the prefix. */
  topicName: string;
  groupId: string;
  messagesMax: number;
  /** A member that is silent for longer loses its partitions. */
  sessionTimeoutMs: number;
  signal: AbortSignal;
  logger: Logger;
}

/**
 * One member of a consumer group, until the signal aborts. Offsets are committed after the handler, by us: kafkajs' own commit
 * and its automatic resolving count messages as done that nobody has written yet.
 * @throws the handler's error, or that of a consumer that kafkajs gives up
 */
export async function runKafkaSubscription(
  kafka: Kafka,
  subscription: KafkaSubscription,
  handler: (batch: MessageBatch) => Promise<void>,
): Promise<void> {
  const { topicName, groupId, sessionTimeoutMs, signal, logger } = subscription;
  if (signal.aborted) return;
  const heartbeatIntervalMs = Math.min(HEARTBEAT_INTERVAL_MS_MAX, Math.ceil(sessionTimeoutMs / HEARTBEATS_PER_SESSION_MIN));
  const consumer = kafka.consumer({
    groupId,
    sessionTimeout: sessionTimeoutMs,
    heartbeatInterval: heartbeatIntervalMs,
    maxWaitTimeInMs: FETCH_WAIT_MS,
    allowAutoTopicCreation: false,
    retry: RETRY,
  });
  const ended = Promise.withResolvers<void>();
  ended.promise.catch(() => undefined); // it may be rejected while run() below is still being awaited
  consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
    if (restart) logger.warn({ err: error, groupId }, "the consumer lost its broker and starts anew");
    else ended.reject(error); // it will not come back by itself
  });
  const stop = () => ended.resolve();
  signal.addEventListener("abort", stop);
  let failed = false;
  const fail = (error: unknown) => {
    failed = true;
    ended.reject(error);
  };
  const work = async (payload: EachBatchPayload) => {
    const member = keepMembership(payload, { sessionTimeoutMs, heartbeatIntervalMs });
    try {
      await workThrough(payload, subscription, AbortSignal.any([signal, member.lost]), handler);
    } catch (error) {
      if (member.lost.aborted) throw member.lost.reason; // kafkajs joins the group again, and the batch comes again
      if (error instanceof CommitFailed) throw error.cause;
      if (!endedBySignal(error, signal)) fail(error);
    } finally {
      member.leave();
    }
  };
  const atWork = new Set<Promise<void>>();
  try {
    await consumer.connect();
    await consumer.subscribe({ topic: topicName, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: PARTITIONS_AT_ONCE,
      async eachBatch(payload) {
        if (failed || signal.aborted) return;
        const working = work(payload);
        atWork.add(working);
        await working.finally(() => atWork.delete(working));
      },
    });
    await ended.promise;
  } finally {
    signal.removeEventListener("abort", stop);
    await Promise.allSettled(atWork); // the handlers at work end and commit
    await within(LEAVING_MS_MAX, consumer.disconnect());
  }
}

/** Until the promise resolves, but no longer than that. */
async function within(ms: number, promise: Promise<void>): Promise<void> {
  const { promise: tooLate, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([promise, tooLate]).finally(() => clearTimeout(timer));
}

/** Handles the batch in parts of at most messagesMax, each committed before the next begins. */
async function workThrough(
  { batch, resolveOffset, commitOffsetsIfNecessary, isRunning }: EachBatchPayload,
  { topic, topicName, messagesMax }: KafkaSubscription,
  signal: AbortSignal,
  handler: (batch: MessageBatch) => Promise<void>,
): Promise<void> {
  const { partition, messages } = batch;
  for (let from = 0; from < messages.length && isRunning() && !signal.aborted; from += messagesMax) {
    const part = messages.slice(from, from + messagesMax);
    await handler({ topic, partition, messages: part.map((message) => incoming(topic, partition, message)), signal });
    const { offset } = part[part.length - 1]!;
    const next = String(BigInt(offset) + 1n);
    try {
      await commitOffsetsIfNecessary({ topics: [{ topic: topicName, partitions: [{ partition, offset: next }] }] });
    } catch (error) {
      throw new CommitFailed("the offset could not be committed", { cause: error });
    }
    resolveOffset(offset);
  }
}

/** kafkajs knows what to do about its cause: join again, find the coordinator, try again. */
class CommitFailed extends Error {
  override name = "CommitFailed";
}

/** The group has moved on without this member, or will, unless it joins again. */
const MEMBERSHIP_LOST = ["REBALANCE_IN_PROGRESS", "ILLEGAL_GENERATION", "UNKNOWN_MEMBER_ID", "NOT_COORDINATOR_FOR_GROUP"];

/** Sends heartbeats while the handler works. `lost` aborts when the partition goes, or must be taken for gone, to another member. */
function keepMembership(
  { heartbeat }: EachBatchPayload,
  { sessionTimeoutMs, heartbeatIntervalMs }: { sessionTimeoutMs: number; heartbeatIntervalMs: number },
): { lost: AbortSignal; leave(): void } {
  const lost = new AbortController();
  let aliveMs = performance.now();
  const beat = async () => {
    try {
      await heartbeat();
      aliveMs = performance.now();
    } catch (error) {
      const type = error instanceof kafkajs.KafkaJSError && "type" in error ? String(error.type) : "";
      if (MEMBERSHIP_LOST.includes(type) || performance.now() - aliveMs > sessionTimeoutMs) lost.abort(error);
    }
  };
  const timer = setInterval(beat, heartbeatIntervalMs / 2); // kafkajs sends one only when the interval has passed
  return { lost: lost.signal, leave: () => clearInterval(timer) };
}

function incoming(
  topic: Topic,
  partition: number,
  { offset, key, value, headers = {}, timestamp }: KafkaMessage,
): IncomingMessage {
  return {
    topic,
    partition,
    offset: BigInt(offset),
    key,
    value,
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, data]) => [name, String(Array.isArray(data) ? data[data.length - 1] : (data ?? ""))]),
    ),
    timestampMs: Number(timestamp),
  };
}

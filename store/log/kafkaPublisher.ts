import type { Kafka, Message, Producer } from "kafkajs";
import kafkajs from "kafkajs";
import { MESSAGE_BYTES_MAX, type OutgoingMessage } from "./log.ts";
import { assertMessageSizes, messageBytes } from "./messageSize.ts";

/** When this much is waiting for the brokers, further publishes are refused: better an error now than no memory later. */
const WAITING_BYTES_MAX = 128 * 1_048_576;
/** About 17 s in all: longer than a leader's fail-over, shorter than people wait for an upload. */
const RETRY = { retries: 12, initialRetryTime: 100, factor: 0.2, multiplier: 2, maxRetryTime: 2_000 };
/** How long a broker may wait for its replicas before it answers. */
const ACKNOWLEDGE_TIMEOUT_MS = 10_000;
const PRODUCERS_TRIED_MAX = 3;
/** The broker forgot, or never knew, what this producer sent last: only a new producer can go on. */
const PRODUCER_UNUSABLE = [
  "OUT_OF_ORDER_SEQUENCE_NUMBER",
  "UNKNOWN_PRODUCER_ID",
  "INVALID_PRODUCER_EPOCH",
  "INVALID_PRODUCER_ID_MAPPING",
];

export interface KafkaPublisher {
  publish(topicName: string, partitionCount: number, messages: readonly OutgoingMessage[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * Publishes so that kafkajs 2.2.4 loses nothing it has acknowledged. Two of its ways have to be avoided:
 * - One `send` over partitions of different brokers loses records when a leader fails (tulios/kafkajs#1303): here each `send` has one.
 * - After a failed `send` the idempotent producer uses the same sequence number again, for other records. Had the first arrived
 *   all the same, the broker would acknowledge the second as its repetition and drop it. So a producer that failed once is retired,
 *   and each partition has one `send` at a time, so that no other was in flight with the number in question.
 * Publishes that meet in one partition's lane travel together.
 */
export function createKafkaPublisher(kafka: Kafka): KafkaPublisher {
  const lanes = new Map<string, Lane>();
  const partitioner = kafkajs.Partitioners.DefaultPartitioner();
  let waitingBytes = 0;
  let current: Promise<Lease> | undefined;
  const leases = new Set<Lease>();

  const connect = async (): Promise<Lease> => {
    const producer = kafka.producer({
      idempotent: true,
      allowAutoTopicCreation: false,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      retry: RETRY,
    });
    await producer.connect();
    const lease: Lease = { producer, inFlight: 0, retired: false };
    leases.add(lease);
    return lease;
  };
  const borrow = (): Promise<Lease> => {
    current ??= connect().catch((error) => {
      current = undefined;
      throw error;
    });
    return current;
  };
  const giveBack = async (lease: Lease) => {
    lease.inFlight -= 1;
    if (lease.retired && lease.inFlight === 0 && leases.delete(lease)) await lease.producer.disconnect().catch(() => undefined);
  };

  const send = async (topic: string, messages: Message[], producersTried = 1): Promise<void> => {
    const lease = await borrow();
    lease.inFlight += 1;
    try {
      await lease.producer.send({ topic, messages, acks: -1, timeout: ACKNOWLEDGE_TIMEOUT_MS });
    } catch (error) {
      if (!lease.retired) current = undefined;
      lease.retired = true;
      if (producersTried >= PRODUCERS_TRIED_MAX || !PRODUCER_UNUSABLE.includes(kindOf(error))) throw error;
      await send(topic, messages, producersTried + 1);
    } finally {
      await giveBack(lease);
    }
  };

  const drain = async (lane: Lane) => {
    lane.draining = true;
    while (lane.waiting.length > 0) {
      const batch = takeBatch(lane.waiting);
      try {
        await send(
          lane.topic,
          batch.flatMap(({ messages }) => messages),
        );
        for (const part of batch) part.done();
      } catch (error) {
        // All that waits behind is refused too: stored before what failed, it would break the order of its keys.
        for (const part of [...batch, ...lane.waiting.splice(0)]) part.failed(error);
      }
    }
    lane.draining = false;
  };

  const enqueue = (topic: string, partition: number, messages: Message[], bytes: number) => {
    const lane = lanes.get(`${topic}/${partition}`) ?? { topic, waiting: [], draining: false };
    lanes.set(`${topic}/${partition}`, lane);
    waitingBytes += bytes;
    const stored = new Promise<void>((done, failed) => lane.waiting.push({ messages, bytes, done, failed }));
    if (!lane.draining) void drain(lane); // it never rejects: each part hears how it went
    return stored.finally(() => {
      waitingBytes -= bytes;
    });
  };

  return {
    async publish(topicName, partitionCount, messages) {
      if (waitingBytes > WAITING_BYTES_MAX) throw new Error("the log is behind: too much is waiting to be published");
      assertMessageSizes(messages);
      const partitionMetadata = Array.from({ length: partitionCount }, (_, partitionId) => ({ ...anyPartition, partitionId }));
      const perPartition = Map.groupBy(messages, (message) =>
        partitioner({ topic: topicName, partitionMetadata, message: { key: message.key, value: null } }),
      );
      const parts = [...perPartition].flatMap(([partition, own]) =>
        chunks(own, partition).map(({ messages, bytes }) => enqueue(topicName, partition, messages, bytes)),
      );
      const results = await Promise.allSettled(parts); // all, so that nothing is in flight when the caller tries again
      const failure = results.find((result) => result.status === "rejected");
      if (failure) throw failure.reason;
    },
    async close() {
      current = undefined;
      await Promise.all([...leases].map(({ producer }) => producer.disconnect()));
      leases.clear();
    },
  };
}

interface Lease {
  producer: Producer;
  inFlight: number;
  retired: boolean;
}

/** One partition: what goes to it goes in order. */
interface Lane {
  topic: string;
  waiting: Part[];
  draining: boolean;
}

interface Part {
  messages: Message[];
  bytes: number;
  done(): void;
  failed(error: unknown): void;
}

/** The default partitioner (murmur2, as in Java) looks at nothing but the number of partitions, for a message with a key. */
const anyPartition = { leader: 0, partitionErrorCode: 0, replicas: [], isr: [] };

/** The messages in order, in as few batches as brokers take. */
function chunks(messages: readonly OutgoingMessage[], partition: number): { messages: Message[]; bytes: number }[] {
  const parts: { messages: Message[]; bytes: number }[] = [];
  for (const outgoing of messages) {
    const { key, value, headers } = outgoing;
    const message = { key, value: typeof value === "string" ? value : Buffer.from(value), headers, partition };
    const bytes = messageBytes(outgoing);
    const last = parts.at(-1);
    if (last && last.bytes + bytes <= MESSAGE_BYTES_MAX) {
      last.messages.push(message);
      last.bytes += bytes;
    } else {
      parts.push({ messages: [message], bytes });
    }
  }
  return parts;
}

/** As many waiting parts as fit in one batch, at least one. */
function takeBatch(waiting: Part[]): Part[] {
  let bytes = 0;
  const fitting = waiting.findIndex((part, at) => {
    bytes += part.bytes;
    return at > 0 && bytes > MESSAGE_BYTES_MAX;
  });
  return waiting.splice(0, fitting === -1 ? waiting.length : fitting);
}

/** Kafka's name of the error, from the innermost cause that has one. */
function kindOf(error: unknown): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ("type" in cause && typeof cause.type === "string") return cause.type;
  }
  return "";
}

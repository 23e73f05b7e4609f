/** The log: ordered, durable topics between the steps of the flow. Kafka in production, one SQLite file by default. */
export interface Log {
  /**
   * Durable once resolved (Kafka: acks=all and idempotent; embedded: synced to disk). Messages of one key keep their order.
   * A rejected publish may have stored some messages; publishing again is safe, because every consumer is idempotent.
   * @throws {RangeError} a message above MESSAGE_BYTES_MAX; nothing was stored
   */
  publish(topic: Topic, messages: readonly OutgoingMessage[]): Promise<void>;
  /**
   * Hands batches of one partition to the handler, in order, until the signal aborts. The offset is committed after the handler
   * resolved, so a crash brings the batch again. While the handler works no further batch of its partition is pulled and the
   * group membership is kept alive. The batch in progress is finished before the promise resolves. Rejects when the handler or
   * the broker fails for good: the role then ends or starts anew.
   */
  subscribe(subscription: Subscription, handler: (batch: MessageBatch) => Promise<void>): Promise<void>;
  /** Messages not yet committed by the group, for each partition. */
  lag(topic: Topic, group: string): Promise<PartitionLag[]>;
  /** Moves the group to an offset (or to the oldest kept message). The group must have no running members. */
  seek(topic: Topic, group: string, to: "earliest" | { partition: number; offset: bigint }[]): Promise<void>;
  /** Rejects with the reason when the log cannot be reached. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** Names without the prefix (SEWERTRACE_TOPIC_PREFIX), which the adapter adds. */
export const TOPICS = ["sampler-readings", "assay-reports", "series-changes"] as const;
export type Topic = (typeof TOPICS)[number];

/** Key, value and headers. Brokers take 1,048,588 bytes by default; the rest is for what they add. */
export const MESSAGE_BYTES_MAX = 1_000_000;

/** Long enough to replay a month after a mistake was found. */
export const RETENTION_MS_DEFAULT = 30 * 24 * 3_600_000;

export interface OutgoingMessage {
  /** The site id: everything about one site stays in order. */
  key: string;
  value: Uint8Array | string;
  headers?: Record<string, string>;
}

export interface IncomingMessage {
  topic: Topic;
  partition: number;
  offset: bigint;
  /** Null where the producer gave none. */
  key: Uint8Array | null;
  value: Uint8Array | null;
  headers: Record<string, string>;
  /** Milliseconds since 1970 when the log took it. */
  timestampMs: number;
}

export interface MessageBatch {
  topic: Topic;
  partition: number;
  /** At least one message. */
  messages: readonly IncomingMessage[];
  /** Aborts when the partition is lost or the subscription ends: a handler that waits for a store should stop waiting. */
  signal: AbortSignal;
}

export interface Subscription {
  topic: Topic;
  group: string;
  /** Largest batch handed over. */
  messagesMax: number;
  signal: AbortSignal;
}

export interface PartitionLag {
  partition: number;
  /** Offset after the last message of the partition. */
  end: bigint;
  /** Next offset the group will read. */
  committed: bigint;
  lag: bigint;
}

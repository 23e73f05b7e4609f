import type { DatabaseSync, StatementSync } from "node:sqlite";
import { setTimeout as wait } from "node:timers/promises";
import { type EmbeddedFile, inTransaction, isHindered } from "../embedded.ts";
import {
  type IncomingMessage,
  type Log,
  type MessageBatch,
  type OutgoingMessage,
  type PartitionLag,
  RETENTION_MS_DEFAULT,
  type Subscription,
  type Topic,
} from "./log.ts";
import { assertMessageSizes } from "./messageSize.ts";
import { endedBySignal } from "./subscription.ts";

/** As many sites can be worked on side by side as a machine that runs the embedded log has cores to spare. */
const PARTITIONS = 4;
/** A batch ends with the message that reaches this: thousands of messages may be small or may be a megabyte each. */
const BATCH_BYTES_MAX = 4 * 1_048_576;
/** Another process (a command beside the server) may publish at any time: a subscriber looks this often, unasked. */
const POLL_INTERVAL_MS = 150;
/** A full disk is looked at again this often. */
const HINDERED_WAIT_MS = 1_000;
/** Old messages are looked for when publishing, at most this often. */
const RETENTION_CHECK_INTERVAL_MS = 3_600_000;

export interface EmbeddedLogOptions {
  /** Messages older than this go, once every group that ever read their topic has committed them. */
  retentionMs?: number;
}

/**
 * The log in the embedded file. Members of one group in one process take whatever partition has work and is not being worked on,
 * so they share the load without a rebalance. Offsets of a partition are dense, starting at 0.
 */
export function openEmbeddedLog(file: EmbeddedFile, { retentionMs = RETENTION_MS_DEFAULT }: EmbeddedLogOptions = {}): Log {
  const { db } = file;
  db.exec(SCHEMA);
  const sql = prepare(db);
  const groups = new Map<string, GroupState>();
  const closing = new AbortController();
  let retentionCheckedMs = 0;

  const groupOf = (topic: Topic, group: string): GroupState => {
    const key = JSON.stringify([topic, group]);
    const state = groups.get(key) ?? { topic, members: new Set(), busy: new Set(), wakeups: new Set() };
    groups.set(key, state);
    return state;
  };
  const wake = (topic: Topic) => {
    for (const state of groups.values()) if (state.topic === topic) for (const wakeup of state.wakeups) wakeup();
  };

  const publish = async (topic: Topic, messages: readonly OutgoingMessage[]) => {
    if (messages.length === 0) return;
    assertMessageSizes(messages);
    await file.exclusive(() =>
      inTransaction(db, () => {
        const nowMs = Date.now();
        append(sql, topic, messages, nowMs);
        if (nowMs - retentionCheckedMs < RETENTION_CHECK_INTERVAL_MS) return;
        retentionCheckedMs = nowMs;
        sql.dropOld.run({ before: nowMs - retentionMs });
      }),
    );
    wake(topic);
  };

  /** A subscription outlives a full disk, as it does a broker that is away. */
  const untilDone = async <T>(signal: AbortSignal, step: () => T): Promise<T> => {
    for (;;) {
      try {
        return await file.exclusive(step);
      } catch (error) {
        if (!isHindered(error)) throw error;
        await wait(HINDERED_WAIT_MS, undefined, { signal });
      }
    }
  };

  const work = async (
    { topic, group, messagesMax, ...subscription }: Subscription,
    state: GroupState,
    handler: (batch: MessageBatch) => Promise<void>,
  ) => {
    const signal = AbortSignal.any([subscription.signal, closing.signal]);
    try {
      await untilDone(signal, () => sql.noteGroup.run({ topic, group }));
      while (!signal.aborted) {
        const messages = await untilDone(signal, () => takeBatch(sql, { topic, group, messagesMax }, state.busy));
        const partition = messages[0]?.partition;
        if (partition === undefined) {
          await idle(state, signal);
          continue;
        }
        try {
          await handler({ topic, partition, messages, signal });
          const offset = messages[messages.length - 1]!.offset + 1n;
          await untilDone(signal, () => sql.commit.run({ topic, group, partition, offset }));
        } finally {
          state.busy.delete(partition);
          for (const wakeup of state.wakeups) wakeup(); // the partition may hold more, for a member that found it taken
        }
      }
    } catch (error) {
      if (!endedBySignal(error, signal)) throw error;
    }
  };
  const subscribe: Log["subscribe"] = (subscription, handler) => {
    const state = groupOf(subscription.topic, subscription.group);
    const member = work(subscription, state, handler).finally(() => state.members.delete(member));
    state.members.add(member);
    return member;
  };

  const lag = (topic: Topic, group: string) =>
    file.exclusive(() => sql.lag.all({ topic, group }).map((row) => lagOf(row as unknown as LagRow)));

  const seek: Log["seek"] = async (topic, group, to) => {
    if (groupOf(topic, group).members.size > 0)
      throw new Error(`the group ${group} of ${topic} has running members: stop them first`);
    const targets = to === "earliest" ? Array.from({ length: PARTITIONS }, (_, partition) => ({ partition, offset: 0n })) : to;
    for (const { partition, offset } of targets) {
      if (partition >= 0 && partition < PARTITIONS && offset >= 0n) continue;
      throw new RangeError(`seek: no offset ${offset} in partition ${partition} of ${topic}`);
    }
    await file.exclusive(() =>
      inTransaction(db, () => {
        for (const { partition, offset } of targets) sql.seek.run({ topic, group, partition, offset });
      }),
    );
  };

  return {
    publish,
    subscribe,
    lag,
    seek,
    check: () => file.exclusive(() => void db.prepare("SELECT 1").get()),
    /** Ends the subscriptions; the file stays open for the other stores. */
    async close() {
      closing.abort(new DOMException("the log was closed", "AbortError"));
      await Promise.allSettled([...groups.values()].flatMap(({ members }) => [...members]));
    },
  };
}

interface GroupState {
  topic: Topic;
  /** The running subscriptions. */
  members: Set<Promise<void>>;
  /** Partitions whose batch is with a handler. */
  busy: Set<number>;
  /** One for each member that waits for messages. */
  wakeups: Set<() => void>;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS log_messages (
    topic TEXT NOT NULL, partition INTEGER NOT NULL, offset INTEGER NOT NULL,
    key BLOB NOT NULL, value BLOB NOT NULL, headers TEXT NOT NULL, timestamp_ms INTEGER NOT NULL,
    PRIMARY KEY (topic, partition, offset)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS log_messages_by_age ON log_messages (timestamp_ms);
  CREATE TABLE IF NOT EXISTS log_ends (
    topic TEXT NOT NULL, partition INTEGER NOT NULL, end_offset INTEGER NOT NULL, PRIMARY KEY (topic, partition)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS log_commits (
    topic TEXT NOT NULL, group_name TEXT NOT NULL, partition INTEGER NOT NULL, next_offset INTEGER NOT NULL,
    PRIMARY KEY (topic, group_name, partition)
  ) STRICT, WITHOUT ROWID;`;

const ALL_PARTITIONS = `(${Array.from({ length: PARTITIONS }, (_, n) => `SELECT ${n} AS partition`).join(" UNION ALL ")})`;

function prepare(db: DatabaseSync) {
  const statement = (text: string): StatementSync => {
    const prepared = db.prepare(text);
    prepared.setReadBigInts(true);
    return prepared;
  };
  return {
    end: statement("SELECT end_offset FROM log_ends WHERE topic = :topic AND partition = :partition"),
    setEnd: statement(
      "INSERT INTO log_ends VALUES (:topic, :partition, :end) ON CONFLICT DO UPDATE SET end_offset = excluded.end_offset",
    ),
    insert: statement("INSERT INTO log_messages VALUES (?, ?, ?, ?, ?, ?, ?)"),
    noteGroup: statement(
      `INSERT INTO log_commits SELECT :topic, :group, partition, 0 FROM ${ALL_PARTITIONS} WHERE true ON CONFLICT DO NOTHING`,
    ),
    // Forward only: of two processes in one group, the slower must not take back what the other has done.
    commit: statement(
      `UPDATE log_commits SET next_offset = :offset
       WHERE topic = :topic AND group_name = :group AND partition = :partition AND next_offset < :offset`,
    ),
    seek: statement(
      `INSERT INTO log_commits VALUES (:topic, :group, :partition, :offset)
       ON CONFLICT DO UPDATE SET next_offset = excluded.next_offset`,
    ),
    lag: statement(
      `SELECT p.partition, coalesce(e.end_offset, 0) AS end, coalesce(c.next_offset, 0) AS committed,
         (SELECT min(offset) FROM log_messages m WHERE m.topic = :topic AND m.partition = p.partition) AS oldest
       FROM ${ALL_PARTITIONS} p
       LEFT JOIN log_ends e ON e.topic = :topic AND e.partition = p.partition
       LEFT JOIN log_commits c ON c.topic = :topic AND c.group_name = :group AND c.partition = p.partition
       ORDER BY p.partition`,
    ),
    read: statement(
      `SELECT topic, partition, offset, key, value, headers, timestamp_ms FROM log_messages
       WHERE topic = :topic AND partition = :partition AND offset >= :offset ORDER BY offset LIMIT :messagesMax`,
    ),
    dropOld: statement(
      `DELETE FROM log_messages WHERE timestamp_ms < :before AND offset <
         (SELECT min(next_offset) FROM log_commits c WHERE c.topic = log_messages.topic AND c.partition = log_messages.partition)`,
    ),
  };
}
type Statements = ReturnType<typeof prepare>;

function append(sql: Statements, topic: Topic, messages: readonly OutgoingMessage[], nowMs: number): void {
  const ends = new Map<number, bigint>();
  for (const { key, value, headers = {} } of messages) {
    const keyBytes = Buffer.from(key);
    const partition = partitionOf(keyBytes);
    const end = ends.get(partition) ?? (sql.end.get({ topic, partition })?.["end_offset"] as bigint | undefined) ?? 0n;
    const bytes = typeof value === "string" ? Buffer.from(value) : value;
    sql.insert.run(topic, partition, end, keyBytes, bytes, JSON.stringify(headers), nowMs);
    ends.set(partition, end + 1n);
  }
  for (const [partition, end] of ends) sql.setEnd.run({ topic, partition, end });
}

/** FNV-1a, 32 bits (Fowler, Noll, Vo): spreads site ids evenly and never changes. */
function partitionOf(key: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of key) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0) % PARTITIONS;
}

/** Takes the partition with the most unread messages among the free ones, and marks it as busy. Empty when there is none. */
function takeBatch(
  sql: Statements,
  { topic, group, messagesMax }: Pick<Subscription, "topic" | "group" | "messagesMax">,
  busy: Set<number>,
): IncomingMessage[] {
  const waiting = (sql.lag.all({ topic, group }) as unknown as LagRow[])
    .map(lagOf)
    .filter(({ partition, lag }) => lag > 0n && !busy.has(partition))
    .sort((a, b) => Number(b.lag - a.lag))[0];
  if (!waiting) return [];
  const { partition, committed } = waiting;
  const rows: MessageRow[] = [];
  let bytes = 0;
  for (const row of sql.read.iterate({ topic, partition, offset: committed, messagesMax }) as Iterable<unknown>) {
    rows.push(row as MessageRow);
    bytes += (row as MessageRow).value.byteLength;
    if (bytes >= BATCH_BYTES_MAX) break;
  }
  if (rows.length > 0) busy.add(partition);
  return rows.map((row) => ({
    topic,
    partition,
    offset: row.offset,
    key: row.key,
    value: row.value,
    headers: JSON.parse(row.headers),
    timestampMs: Number(row.timestamp_ms),
  }));
}

interface MessageRow {
  offset: bigint;
  key: Uint8Array;
  value: Uint8Array;
  headers: string;
  timestamp_ms: bigint;
}

interface LagRow {
  partition: bigint;
  end: bigint;
  committed: bigint;
  oldest: bigint | null;
}

function lagOf({ partition, end, committed, oldest }: LagRow): PartitionLag {
  const from = oldest === null ? end : committed > oldest ? committed : oldest; // what retention took is not waited for
  return { partition: Number(partition), end, committed, lag: end > from ? end - from : 0n };
}

/** Until something is published here, or it is time to look for what another process published. */
function idle({ wakeups }: GroupState, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wakeup = () => {
      clearTimeout(timer);
      wakeups.delete(wakeup);
      signal.removeEventListener("abort", wakeup);
      resolve();
    };
    const timer = setTimeout(wakeup, POLL_INTERVAL_MS);
    wakeups.add(wakeup);
    signal.addEventListener("abort", wakeup);
    if (signal.aborted) wakeup();
  });
}

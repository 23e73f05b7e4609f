import type { Delivery, EventType } from "../../schemas/webhook.ts";
import { type OutboxMessage, toMessage } from "./outbox.ts";
import type { Engine } from "./records.ts";
import type { Db } from "./tables.ts";

export interface ClaimedDelivery {
  deliveryId: string;
  endpointId: string;
  message: OutboxMessage;
  /** Attempts made before this one. */
  attempts: number;
}

export interface DeliveryFilter {
  endpointId?: string;
  state?: Delivery["state"];
  /** Continues after this one, as the previous page ended. */
  after?: { createdAt: string; deliveryId: string };
  limit: number;
}

/** What is on its way to the endpoints, and what became of it. */
export interface DeliveryRecords {
  /**
   * Takes up to `limit` deliveries that are due and not taken by another worker; each comes back by itself when its result was
   * not recorded before `until`. Messages about one subject go to an endpoint in order: a later one waits for the earlier.
   */
  claim(options: ClaimOptions): Promise<ClaimedDelivery[]>;
  /** Writes down one attempt and what follows: delivered, failed for good, or waiting for the next attempt. */
  record(deliveryId: string, attempt: AttemptRecord): Promise<void>;
  /** Whether the endpoint took any message at or after the time. */
  deliveredSince(endpointId: string, since: string): Promise<boolean>;
  /** Newest first; what was sent and answered is left out. */
  list(filter: DeliveryFilter): Promise<Delivery[]>;
  /** With what was sent and answered. */
  find(deliveryId: string): Promise<Delivery | undefined>;
  /** Makes a delivery due again, with the same message id. */
  replay(deliveryId: string, now: string): Promise<void>;
  /** The same for all that failed for the endpoint and were made at or after the time. Returns how many. */
  replayFailed(endpointId: string, since: string, now: string): Promise<number>;
  /** How many deliveries wait, how many are held, and since when the oldest that is due is due. */
  backlog(now: string): Promise<{ waiting: number; held: number; oldestDueAt: string | null; unrouted: number }>;
  /** Forgets what was sent and answered in attempts before the time; that and how they were made stays. */
  forgetContents(before: string): Promise<void>;
}

export interface ClaimOptions {
  now: string;
  until: string;
  limit: number;
  /** Endpoints that have enough in flight. */
  fullEndpoints?: readonly string[];
  /** Deliveries that the worker has in hand. */
  except?: readonly string[];
}

export interface AttemptRecord {
  attempt: number;
  at: string;
  status: number | null;
  error: string | null;
  durationMs: number;
  request: string | null;
  answer: string | null;
  state: "waiting" | "delivered" | "failed";
  nextAttemptAt: string;
}

export function deliveryRecords(db: Db, engine: Engine): DeliveryRecords {
  return {
    claim: (options) => db.transaction().execute((inside) => claim(inside, engine, options)),
    async record(deliveryId, { state, nextAttemptAt, ...made }) {
      await db.transaction().execute(async (inside) => {
        await inside
          .insertInto("deliveryAttempts")
          .values({ deliveryId, ...made })
          .execute();
        await inside
          .updateTable("deliveries")
          .set({ state, attempts: made.attempt, nextAttemptAt })
          .where("deliveryId", "=", deliveryId)
          .execute();
      });
    },
    async deliveredSince(endpointId, since) {
      const found = await db
        .selectFrom("deliveryAttempts")
        .innerJoin("deliveries", "deliveries.deliveryId", "deliveryAttempts.deliveryId")
        .select("attemptId")
        .where("endpointId", "=", endpointId)
        .where("at", ">=", since)
        .where("error", "is", null)
        .limit(1)
        .executeTakeFirst();
      return found !== undefined;
    },
    async list({ endpointId, state, after, limit }) {
      let query = selectDeliveries(db).orderBy("deliveries.createdAt", "desc").orderBy("deliveries.deliveryId").limit(limit);
      if (endpointId !== undefined) query = query.where("deliveries.endpointId", "=", endpointId);
      if (state !== undefined) query = query.where("deliveries.state", "=", state);
      if (after !== undefined) {
        query = query.where((e) =>
          e.or([
            e("deliveries.createdAt", "<", after.createdAt),
            e.and([e("deliveries.createdAt", "=", after.createdAt), e("deliveries.deliveryId", ">", after.deliveryId)]),
          ]),
        );
      }
      const items = await withAttempts(db, await query.execute());
      return items.map((item) => ({
        ...item,
        attempts: item.attempts.map((each) => ({ ...each, request: null, answer: null })),
      }));
    },
    async find(deliveryId) {
      return (await withAttempts(db, await selectDeliveries(db).where("deliveryId", "=", deliveryId).execute()))[0];
    },
    async replay(deliveryId, now) {
      await dueAgain(db, now).where("deliveryId", "=", deliveryId).execute();
    },
    async replayFailed(endpointId, since, now) {
      const { numUpdatedRows } = await dueAgain(db, now)
        .where("endpointId", "=", endpointId)
        .where("state", "=", "failed")
        .where("createdAt", ">=", since)
        .executeTakeFirst();
      return Number(numUpdatedRows);
    },
    async backlog(now) {
      const states = await db
        .selectFrom("deliveries")
        .select((e) => ["state", e.fn.countAll().as("count")])
        .where("state", "in", ["waiting", "held"])
        .groupBy("state")
        .execute();
      const count = (state: string) => Number(states.find((row) => row.state === state)?.count ?? 0);
      const oldest = await db
        .selectFrom("deliveries")
        .select((e) => e.fn.min("nextAttemptAt").as("dueAt"))
        .where("state", "=", "waiting")
        .where("nextAttemptAt", "<=", now)
        .executeTakeFirst();
      const unrouted = await db
        .selectFrom("messages")
        .select((e) => e.fn.countAll().as("count"))
        .where("routedAt", "is", null)
        .executeTakeFirst();
      return {
        waiting: count("waiting"),
        held: count("held"),
        oldestDueAt: oldest?.dueAt ?? null,
        unrouted: Number(unrouted?.count ?? 0),
      };
    },
    async forgetContents(before) {
      await db
        .updateTable("deliveryAttempts")
        .set({ request: null, answer: null })
        .where("at", "<", before)
        .where((e) => e.or([e("request", "is not", null), e("answer", "is not", null)]))
        .execute();
    },
  };
}

function dueAgain(db: Db, now: string) {
  return db.updateTable("deliveries").set({ state: "waiting", nextAttemptAt: now, note: null });
}

async function claim(
  db: Db,
  engine: Engine,
  { now, until, limit, fullEndpoints = [], except = [] }: ClaimOptions,
): Promise<ClaimedDelivery[]> {
  let due = db
    .selectFrom("deliveries as due")
    .select("due.deliveryId")
    .where("due.state", "=", "waiting")
    .where("due.nextAttemptAt", "<=", now)
    .where((e) =>
      e.not(
        e.exists(
          e
            .selectFrom("deliveries as earlier")
            .leftJoin("deliveries as digest", "digest.deliveryId", "earlier.groupedInto")
            .select("earlier.deliveryId")
            .whereRef("earlier.endpointId", "=", "due.endpointId")
            .whereRef("earlier.subject", "=", "due.subject")
            .whereRef("earlier.createdAt", "<", "due.createdAt")
            .where((or) =>
              or.or([
                or("earlier.state", "in", ["waiting", "held"]),
                or.and([or("earlier.state", "=", "grouped"), or("digest.state", "=", "waiting")]),
              ]),
            ),
        ),
      ),
    )
    .orderBy("due.nextAttemptAt")
    .limit(limit);
  if (fullEndpoints.length > 0) due = due.where("due.endpointId", "not in", fullEndpoints);
  if (except.length > 0) due = due.where("due.deliveryId", "not in", except);
  if (engine === "postgresql") due = due.forUpdate("due").skipLocked();
  const ids = (await due.execute()).map((row) => row.deliveryId);
  if (ids.length === 0) return [];
  await db.updateTable("deliveries").set({ nextAttemptAt: until }).where("deliveryId", "in", ids).execute();
  const rows = await db
    .selectFrom("deliveries")
    .innerJoin("messages", "messages.messageId", "deliveries.messageId")
    .select(["deliveryId", "endpointId", "attempts"])
    .select(["messages.messageId", "event", "messages.subject", "payload", "messages.createdAt"])
    .where("deliveryId", "in", ids)
    .orderBy("messages.createdAt")
    .execute();
  return rows.map((row) => ({
    deliveryId: row.deliveryId,
    endpointId: row.endpointId,
    attempts: row.attempts,
    message: toMessage(row),
  }));
}

function selectDeliveries(db: Db) {
  return db
    .selectFrom("deliveries")
    .innerJoin("messages", "messages.messageId", "deliveries.messageId")
    .select([
      "deliveries.deliveryId",
      "deliveries.messageId",
      "deliveries.endpointId",
      "messages.event",
      "deliveries.subject",
      "deliveries.state",
      "deliveries.note",
      "deliveries.nextAttemptAt",
      "deliveries.createdAt",
    ]);
}

async function withAttempts(
  db: Db,
  rows: Awaited<ReturnType<ReturnType<typeof selectDeliveries>["execute"]>>,
): Promise<Delivery[]> {
  if (rows.length === 0) return [];
  const attempts = await db
    .selectFrom("deliveryAttempts")
    .select(["deliveryId", "attempt", "at", "status", "error", "durationMs", "request", "answer"])
    .where(
      "deliveryId",
      "in",
      rows.map((row) => row.deliveryId),
    )
    .orderBy("attemptId")
    .execute();
  const byDelivery = Map.groupBy(attempts, (attempt) => attempt.deliveryId);
  return rows.map((row) => ({
    ...row,
    event: row.event as EventType,
    state: row.state as Delivery["state"],
    nextAttemptAt: row.state === "waiting" || row.state === "held" ? row.nextAttemptAt : null,
    attempts: (byDelivery.get(row.deliveryId) ?? []).map(({ deliveryId: _id, ...attempt }) => attempt),
  }));
}

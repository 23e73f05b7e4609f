import type { Delivery, EventType, WebhookEndpoint } from "../../schemas/webhook.ts";
import { derivedId } from "./hash.ts";
import type { Engine } from "./records.ts";
import type { Db } from "./tables.ts";

/** A message to everybody who asked for its event. The id is derived from what it tells, so telling it again changes nothing. */
export interface OutboxMessage {
  messageId: string;
  event: EventType;
  /** What it is about: an anomaly or lead id. */
  subject: string;
  payload: unknown;
  createdAt: string;
}

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

export interface OutboxRecords {
  /**
   * Keeps the message and a delivery for each active endpoint that asked for the event (or only for `to`). Meant for the
   * transaction that changes what the message tells. Returns false when the message was there already.
   */
  enqueue(message: OutboxMessage, to?: WebhookEndpoint): Promise<boolean>;
  /**
   * Takes up to `limit` deliveries that are due and not taken by another worker; each comes back by itself when its result was
   * not recorded before `until`. Messages about one subject go to an endpoint in order: a later one waits for the earlier.
   */
  claim(options: ClaimOptions): Promise<ClaimedDelivery[]>;
  /** Messages told at or after the time, oldest first. */
  messages(page: { since: string; after?: { createdAt: string; messageId: string }; limit: number }): Promise<OutboxMessage[]>;
  /** Writes down one attempt and what follows: delivered, failed for good, or waiting for the next attempt. */
  record(deliveryId: string, attempt: AttemptRecord): Promise<void>;
  /** Newest first. */
  deliveries(filter: DeliveryFilter): Promise<Delivery[]>;
  find(deliveryId: string): Promise<Delivery | undefined>;
  /** Makes a finished delivery due again, with the same message id. */
  replay(deliveryId: string, now: string): Promise<void>;
}

export interface ClaimOptions {
  now: string;
  until: string;
  limit: number;
  /** Endpoints that have enough in flight. */
  fullEndpoints?: readonly string[];
}

export interface AttemptRecord {
  attempt: number;
  at: string;
  status: number | null;
  error: string | null;
  durationMs: number;
  state: Delivery["state"];
  nextAttemptAt: string;
}

export function outboxRecords(db: Db, engine: Engine): OutboxRecords {
  return {
    async enqueue(message, to) {
      const { messageId, event, subject, payload, createdAt } = message;
      const { numInsertedOrUpdatedRows } = await db
        .insertInto("messages")
        .values({ messageId, event, subject, payload: JSON.stringify(payload), createdAt })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      if (numInsertedOrUpdatedRows === 0n) return false;
      const endpoints = to ? [to] : await endpointsFor(db, event);
      if (endpoints.length === 0) return true;
      await db
        .insertInto("deliveries")
        .values(
          endpoints.map(({ endpointId }) => ({
            deliveryId: derivedId("delivery", messageId, endpointId),
            messageId,
            endpointId,
            state: "waiting",
            attempts: 0,
            nextAttemptAt: createdAt,
            createdAt,
          })),
        )
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      return true;
    },
    claim: (options) => db.transaction().execute((inside) => claim(inside, engine, options)),
    async messages({ since, after, limit }) {
      let query = db
        .selectFrom("messages")
        .selectAll()
        .where("createdAt", ">=", since)
        .orderBy("createdAt")
        .orderBy("messageId")
        .limit(limit);
      if (after !== undefined) {
        query = query.where((e) =>
          e.or([
            e("createdAt", ">", after.createdAt),
            e.and([e("createdAt", "=", after.createdAt), e("messageId", ">", after.messageId)]),
          ]),
        );
      }
      const rows = await query.execute();
      return rows.map((row) => ({ ...row, event: row.event as EventType, payload: JSON.parse(row.payload) as unknown }));
    },
    async record(deliveryId, { attempt, at, status, error, durationMs, state, nextAttemptAt }) {
      await db.transaction().execute(async (inside) => {
        await inside.insertInto("deliveryAttempts").values({ deliveryId, attempt, at, status, error, durationMs }).execute();
        await inside
          .updateTable("deliveries")
          .set({ state, attempts: attempt, nextAttemptAt })
          .where("deliveryId", "=", deliveryId)
          .execute();
      });
    },
    async deliveries({ endpointId, state, after, limit }) {
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
      return withAttempts(db, await query.execute());
    },
    async find(deliveryId) {
      return (await withAttempts(db, await selectDeliveries(db).where("deliveryId", "=", deliveryId).execute()))[0];
    },
    async replay(deliveryId, now) {
      await db
        .updateTable("deliveries")
        .set({ state: "waiting", nextAttemptAt: now })
        .where("deliveryId", "=", deliveryId)
        .execute();
    },
  };
}

async function endpointsFor(db: Db, event: EventType): Promise<WebhookEndpoint[]> {
  const rows = await db.selectFrom("webhookEndpoints").select("content").where("active", "=", 1).execute();
  return rows.map((row) => JSON.parse(row.content) as WebhookEndpoint).filter((endpoint) => endpoint.events.includes(event));
}

async function claim(
  db: Db,
  engine: Engine,
  { now, until, limit, fullEndpoints = [] }: ClaimOptions,
): Promise<ClaimedDelivery[]> {
  let due = db
    .selectFrom("deliveries as due")
    .innerJoin("messages as told", "told.messageId", "due.messageId")
    .select("due.deliveryId")
    .where("due.state", "=", "waiting")
    .where("due.nextAttemptAt", "<=", now)
    .where((e) =>
      e.not(
        e.exists(
          e
            .selectFrom("deliveries as earlier")
            .innerJoin("messages as before", "before.messageId", "earlier.messageId")
            .select("earlier.deliveryId")
            .whereRef("earlier.endpointId", "=", "due.endpointId")
            .whereRef("before.subject", "=", "told.subject")
            .where("earlier.state", "=", "waiting")
            .whereRef("earlier.createdAt", "<", "due.createdAt"),
        ),
      ),
    )
    .orderBy("due.nextAttemptAt")
    .limit(limit);
  if (fullEndpoints.length > 0) due = due.where("due.endpointId", "not in", fullEndpoints);
  if (engine === "postgresql") due = due.forUpdate("due").skipLocked();
  const ids = (await due.execute()).map((row) => row.deliveryId);
  if (ids.length === 0) return [];
  await db.updateTable("deliveries").set({ nextAttemptAt: until }).where("deliveryId", "in", ids).execute();
  const rows = await db
    .selectFrom("deliveries")
    .innerJoin("messages", "messages.messageId", "deliveries.messageId")
    .select(["deliveryId", "endpointId", "attempts", "messages.messageId", "event", "subject", "payload", "messages.createdAt"])
    .where("deliveryId", "in", ids)
    .orderBy("messages.createdAt")
    .execute();
  return rows.map(({ deliveryId, endpointId, attempts, messageId, event, subject, payload, createdAt }) => ({
    deliveryId,
    endpointId,
    attempts,
    message: { messageId, event: event as EventType, subject, payload: JSON.parse(payload) as unknown, createdAt },
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
      "deliveries.state",
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
    .select(["deliveryId", "attempt", "at", "status", "error", "durationMs"])
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
    nextAttemptAt: row.state === "waiting" ? row.nextAttemptAt : null,
    attempts: (byDelivery.get(row.deliveryId) ?? []).map(({ deliveryId: _id, ...attempt }) => attempt),
  }));
}

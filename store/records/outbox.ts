import { sql } from "kysely";
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

/** A delivery as the routing decided on it. */
export interface RoutedDelivery {
  endpointId: string;
  state: "held" | "waiting" | "silenced";
  /** Why it is held or silenced. */
  note: string | null;
  /** The silence or flag that holds or hides it. */
  silenceId: string | null;
  /** Held deliveries of one endpoint and group may be told as one. */
  groupKey: string | null;
  /** Due for its attempt, or for being judged again. */
  nextAttemptAt: string;
}

/** A delivery that waits to be judged again. */
export interface HeldDelivery extends RoutedDelivery {
  deliveryId: string;
  message: OutboxMessage;
}

export interface OutboxRecords {
  /**
   * Keeps the message; the alerts role routes it to the endpoints. With `to` it goes to that endpoint alone, at once. Meant for the
   * transaction that changes what the message tells. Returns false when the message was there already. Messages about one subject
   * are kept in the order they came in: one that is not younger than the last becomes a millisecond younger.
   */
  enqueue(message: OutboxMessage, to?: Pick<WebhookEndpoint, "endpointId">): Promise<boolean>;
  /** Inside a transaction: true for one worker at a time, until the transaction ends. The others go on without routing. */
  takeTurn(): Promise<boolean>;
  /** Messages that are not routed yet, oldest first. */
  unrouted(limit: number): Promise<OutboxMessage[]>;
  /** Keeps the deliveries of a message, which is then routed. */
  route(message: OutboxMessage, deliveries: readonly RoutedDelivery[], at: string): Promise<void>;
  /** Held deliveries whose time has come, the oldest first. */
  heldUntil(now: string, limit: number): Promise<HeldDelivery[]>;
  /** All held deliveries of the endpoint's group, the oldest first. */
  heldGroup(endpointId: string, groupKey: string): Promise<HeldDelivery[]>;
  /**
   * Changes what was decided about deliveries; the silence that put one off stays on record when it is released. With `into` they are told by that delivery, and what comes
   * after them waits for it.
   */
  decide(deliveryIds: readonly string[], decision: Decision): Promise<void>;
  /** What became of the endpoint's earlier deliveries about the subject, the oldest first. */
  earlier(endpointId: string, subject: string, before: string): Promise<EarlierDelivery[]>;
  /** The message, whoever it was sent to. */
  message(messageId: string): Promise<OutboxMessage | undefined>;
  /** The newest message about the subject, a group's own included. */
  lastAbout(subject: string): Promise<OutboxMessage | undefined>;
  /** Messages told at or after the time, oldest first. */
  messages(page: { since: string; after?: { createdAt: string; messageId: string }; limit: number }): Promise<OutboxMessage[]>;
}

export interface EarlierDelivery {
  deliveryId: string;
  event: EventType;
  state: Delivery["state"];
}

export type Decision =
  | { state: "waiting" | "held" | "silenced"; note: string | null; nextAttemptAt: string; silenceId?: string | null }
  | { state: "grouped"; into: string };

export function outboxRecords(db: Db, engine: Engine): OutboxRecords {
  return {
    async enqueue(message, to) {
      const { messageId, event, subject, payload } = message;
      const last = await db
        .selectFrom("messages")
        .select((e) => e.fn.max("createdAt").as("createdAt"))
        .where("subject", "=", subject)
        .executeTakeFirst();
      const createdAt = after(message.createdAt, last?.createdAt);
      const { numInsertedOrUpdatedRows } = await db
        .insertInto("messages")
        .values({ messageId, event, subject, payload: JSON.stringify(payload), createdAt, routedAt: to ? createdAt : null })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      if (numInsertedOrUpdatedRows === 0n) return false;
      if (to) await addDeliveries(db, { ...message, createdAt }, [atOnce(to.endpointId, message.createdAt)]);
      return true;
    },
    async takeTurn() {
      if (engine === "sqlite") return true; // a write transaction is exclusive by itself
      const { rows } = await sql<{ free: boolean }>`select pg_try_advisory_xact_lock(${ROUTING_LOCK}) as free`.execute(db);
      return rows[0]?.free === true;
    },
    async unrouted(limit) {
      const query = db.selectFrom("messages").selectAll().where("routedAt", "is", null).orderBy("createdAt").limit(limit);
      return (await query.execute()).map(toMessage);
    },
    async route(message, deliveries, at) {
      await addDeliveries(db, message, deliveries);
      await db.updateTable("messages").set({ routedAt: at }).where("messageId", "=", message.messageId).execute();
    },
    async heldUntil(now, limit) {
      return (await selectHeld(db).where("nextAttemptAt", "<=", now).limit(limit).execute()).map(toHeld);
    },
    async heldGroup(endpointId, groupKey) {
      const query = selectHeld(db).where("endpointId", "=", endpointId).where("groupKey", "=", groupKey);
      return (await query.execute()).map(toHeld);
    },
    async decide(deliveryIds, decision) {
      if (deliveryIds.length === 0) return;
      const { state } = decision;
      const set = state === "grouped" ? { state, groupedInto: decision.into, note: null } : decision;
      await db.updateTable("deliveries").set(set).where("deliveryId", "in", deliveryIds).execute();
    },
    async earlier(endpointId, subject, before) {
      const rows = await db
        .selectFrom("deliveries")
        .innerJoin("messages", "messages.messageId", "deliveries.messageId")
        .select(["deliveryId", "event", "state"])
        .where("endpointId", "=", endpointId)
        .where("deliveries.subject", "=", subject)
        .where("deliveries.createdAt", "<", before)
        .orderBy("deliveries.createdAt")
        .execute();
      return rows as EarlierDelivery[];
    },
    async message(messageId) {
      const row = await db.selectFrom("messages").selectAll().where("messageId", "=", messageId).executeTakeFirst();
      return row && toMessage(row);
    },
    async lastAbout(subject) {
      const query = db.selectFrom("messages").selectAll().where("subject", "=", subject).orderBy("createdAt", "desc").limit(1);
      const row = await query.executeTakeFirst();
      return row && toMessage(row);
    },
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
      return rows.map(toMessage);
    },
  };
}

/** Names the advisory lock of the routing; any number that nobody else uses in the database. */
const ROUTING_LOCK = 7_397_318;

function after(createdAt: string, last: string | null | undefined): string {
  return last && last >= createdAt ? new Date(Date.parse(last) + 1).toISOString() : createdAt;
}

const atOnce = (endpointId: string, now: string): RoutedDelivery => ({
  endpointId,
  state: "waiting",
  note: null,
  silenceId: null,
  groupKey: null,
  nextAttemptAt: now,
});

async function addDeliveries(db: Db, message: OutboxMessage, deliveries: readonly RoutedDelivery[]): Promise<void> {
  if (deliveries.length === 0) return;
  const { messageId, subject, createdAt } = message;
  const rows = deliveries.map((delivery) => ({
    ...delivery,
    deliveryId: deliveryIdOf(messageId, delivery.endpointId),
    messageId,
    subject,
    attempts: 0,
    groupedInto: null,
    createdAt,
  }));
  await db
    .insertInto("deliveries")
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** The same message to the same endpoint is the same delivery. */
export function deliveryIdOf(messageId: string, endpointId: string): string {
  return derivedId("delivery", messageId, endpointId);
}

/** A row of the messages. */
export function toMessage(row: {
  messageId: string;
  event: string;
  subject: string;
  payload: string;
  createdAt: string;
}): OutboxMessage {
  const { messageId, event, subject, payload, createdAt } = row;
  return { messageId, event: event as EventType, subject, payload: JSON.parse(payload) as unknown, createdAt };
}

function selectHeld(db: Db) {
  return db
    .selectFrom("deliveries")
    .innerJoin("messages", "messages.messageId", "deliveries.messageId")
    .select(["deliveryId", "endpointId", "note", "silenceId", "groupKey", "nextAttemptAt"])
    .select(["messages.messageId", "event", "messages.subject", "payload", "messages.createdAt"])
    .where("state", "=", "held")
    .orderBy("messages.createdAt");
}

function toHeld(row: Awaited<ReturnType<ReturnType<typeof selectHeld>["execute"]>>[number]): HeldDelivery {
  const { deliveryId, endpointId, note, silenceId, groupKey, nextAttemptAt } = row;
  return { deliveryId, endpointId, state: "held", note, silenceId, groupKey, nextAttemptAt, message: toMessage(row) };
}

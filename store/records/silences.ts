import type { Silence } from "../../schemas/silence.ts";
import { canonicalJson } from "./hash.ts";
import { type OutboxMessage, toMessage } from "./outbox.ts";
import type { Db } from "./tables.ts";

export interface SilenceRecords {
  add(silence: Silence): Promise<void>;
  /** Changes when it ends and why, where it still is what was read. Returns whether it did. */
  change(silence: Silence, from: Silence): Promise<boolean>;
  find(silenceId: string): Promise<Silence | undefined>;
  /** Those not over at the time, the ones yet to start included; the one that began first comes first. */
  current(at: string): Promise<Silence[]>;
  /** Those that were over at the time, the last to end first. */
  past(at: string, limit: number): Promise<Silence[]>;
  /** The messages it hid or put off, the newest first. */
  hidden(silenceId: string, page: { limit: number }): Promise<HiddenMessage[]>;
  /** How many messages each of them hid or put off; one that hid none is left out. */
  hiddenCounts(silenceIds: readonly string[]): Promise<Map<string, number>>;
}

export interface HiddenMessage {
  message: OutboxMessage;
  /** Endpoints that were not told at once, and those of them that have not been told since. */
  endpoints: number;
  untold: number;
}

export function silenceRecords(db: Db): SilenceRecords {
  const parse = (row: { content: string }) => JSON.parse(row.content) as Silence;
  return {
    async add(silence) {
      await db.insertInto("silences").values(rowOf(silence)).execute();
    },
    async change(silence, from) {
      const query = db.updateTable("silences").set(rowOf(silence)).where("silenceId", "=", silence.silenceId);
      return (await query.where("content", "=", canonicalJson(from)).executeTakeFirst()).numUpdatedRows > 0n;
    },
    async find(silenceId) {
      const row = await db.selectFrom("silences").select("content").where("silenceId", "=", silenceId).executeTakeFirst();
      return row && parse(row);
    },
    async current(at) {
      const rows = await db.selectFrom("silences").select("content").where("endsAt", ">", at).orderBy("startsAt").execute();
      return rows.map(parse);
    },
    async past(at, limit) {
      const query = db.selectFrom("silences").select("content").where("endsAt", "<=", at).orderBy("endsAt", "desc");
      return (await query.limit(limit).execute()).map(parse);
    },
    async hidden(silenceId, { limit }) {
      const rows = await db
        .selectFrom("deliveries")
        .innerJoin("messages", "messages.messageId", "deliveries.messageId")
        .select(["messages.messageId", "event", "messages.subject", "payload", "messages.createdAt"])
        .select((e) => [
          e.fn.countAll<number | string>().as("endpoints"),
          e.fn.sum<number | string>(e.case().when("state", "in", ["silenced", "held"]).then(1).else(0).end()).as("untold"),
        ])
        .where("silenceId", "=", silenceId)
        .groupBy(["messages.messageId", "event", "messages.subject", "payload", "messages.createdAt"])
        .orderBy("messages.createdAt", "desc")
        .orderBy("messages.messageId")
        .limit(limit)
        .execute();
      return rows.map((row) => ({ message: toMessage(row), endpoints: Number(row.endpoints), untold: Number(row.untold) }));
    },
    async hiddenCounts(silenceIds) {
      if (silenceIds.length === 0) return new Map();
      const rows = await db
        .selectFrom("deliveries")
        .select((e) => ["silenceId", e.fn.count<number | string>("messageId").distinct().as("messages")])
        .where("silenceId", "in", silenceIds)
        .groupBy("silenceId")
        .execute();
      return new Map(rows.map(({ silenceId, messages }) => [silenceId as string, Number(messages)]));
    },
  };
}

function rowOf(silence: Silence) {
  const { silenceId, startsAt, endsAt } = silence;
  return { silenceId, startsAt, endsAt, content: canonicalJson(silence) };
}

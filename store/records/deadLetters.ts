import type { DeadLetter } from "../../schemas/deadLetter.ts";
import type { Refusal } from "../../schemas/refusal.ts";
import { hashOf } from "./hash.ts";
import type { Db } from "./tables.ts";

/** What ingest hands over: the dead letter before it has an id and a state. */
export type NewDeadLetter = Omit<DeadLetter, "deadLetterId" | "state" | "value"> & { value: Uint8Array };

export interface DeadLetterFilter {
  state?: DeadLetter["state"];
  code?: string;
  /** Continues after this one, as the previous page ended. */
  after?: { arrivedAt: string; deadLetterId: string };
  limit: number;
}

export interface DeadLetterRecords {
  /** Keeps them; one from the same place in the log is kept once. */
  add(letters: readonly NewDeadLetter[]): Promise<void>;
  find(deadLetterId: string): Promise<DeadLetter | undefined>;
  /** Newest first. */
  list(filter: DeadLetterFilter): Promise<DeadLetter[]>;
  setState(deadLetterId: string, state: DeadLetter["state"]): Promise<void>;
  /** How many are open, by the code of their first refusal. */
  countOpen(): Promise<Record<string, number>>;
}

/** Rows of one insert; a message may be a megabyte. */
const ROWS_PER_INSERT_MAX = 200;

export function deadLetterRecords(db: Db): DeadLetterRecords {
  return {
    async add(letters) {
      for (let i = 0; i < letters.length; i += ROWS_PER_INSERT_MAX) {
        await db
          .insertInto("deadLetters")
          .values(letters.slice(i, i + ROWS_PER_INSERT_MAX).map(toRow))
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      }
    },
    async find(deadLetterId) {
      const row = await db.selectFrom("deadLetters").selectAll().where("deadLetterId", "=", deadLetterId).executeTakeFirst();
      return row && fromRow(row);
    },
    async list({ state, code, after, limit }) {
      let query = db.selectFrom("deadLetters").selectAll().orderBy("arrivedAt", "desc").orderBy("deadLetterId").limit(limit);
      if (state !== undefined) query = query.where("state", "=", state);
      if (code !== undefined) query = query.where("code", "=", code);
      if (after !== undefined) {
        query = query.where((e) =>
          e.or([
            e("arrivedAt", "<", after.arrivedAt),
            e.and([e("arrivedAt", "=", after.arrivedAt), e("deadLetterId", ">", after.deadLetterId)]),
          ]),
        );
      }
      return (await query.execute()).map(fromRow);
    },
    async setState(deadLetterId, state) {
      await db.updateTable("deadLetters").set({ state }).where("deadLetterId", "=", deadLetterId).execute();
    },
    async countOpen() {
      const rows = await db
        .selectFrom("deadLetters")
        .select((e) => ["code", e.fn.countAll().as("count")])
        .where("state", "=", "open")
        .groupBy("code")
        .execute();
      return Object.fromEntries(rows.map((row) => [row.code, Number(row.count)]));
    },
  };
}

function toRow(letter: NewDeadLetter) {
  return {
    deadLetterId: hashOf(letter.topic, String(letter.partition), letter.offset, letter.item).slice(0, 32),
    topic: letter.topic,
    logPartition: letter.partition,
    logOffset: letter.offset,
    item: letter.item,
    headers: JSON.stringify(letter.headers),
    value: letter.value,
    refusals: JSON.stringify(letter.refusals),
    code: letter.refusals[0]?.code ?? "",
    state: "open",
    arrivedAt: letter.arrivedAt,
  };
}

function fromRow(row: Omit<ReturnType<typeof toRow>, "state"> & { state: string }): DeadLetter {
  return {
    deadLetterId: row.deadLetterId,
    topic: row.topic,
    partition: row.logPartition,
    offset: row.logOffset,
    item: row.item,
    headers: JSON.parse(row.headers) as Record<string, string>,
    value: Buffer.from(row.value).toString("base64"),
    refusals: JSON.parse(row.refusals) as Refusal[],
    state: row.state as DeadLetter["state"],
    arrivedAt: row.arrivedAt,
  };
}

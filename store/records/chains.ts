import { sql } from "kysely";
import type { ChainEntry } from "../../schemas/chain.ts";
import { canonicalJson, hashOf } from "./hash.ts";
import type { Engine } from "./records.ts";
import type { Db } from "./tables.ts";

export type NewChainEntry = Pick<ChainEntry, "at" | "actor" | "action" | "subject" | "content">;

export interface ChainRecords {
  /** Appends to `audit` or `lead:<id>`; the entry's hash covers all entries before it. */
  append(chain: string, entry: NewChainEntry): Promise<ChainEntry>;
  /** Oldest first, from the entry after `after`. */
  list(chain: string, page?: { after?: number; limit?: number }): Promise<ChainEntry[]>;
  /** The seq of the first entry that does not fit the chain, or null when the chain is whole. */
  verify(chain: string): Promise<number | null>;
}

const GENESIS = "0".repeat(64);
const PAGE = 1_000;

export function chainRecords(db: Db, engine: Engine): ChainRecords {
  const list: ChainRecords["list"] = async (chain, { after = 0, limit = PAGE } = {}) => {
    const rows = await db
      .selectFrom("chainEntries")
      .selectAll()
      .where("chain", "=", chain)
      .where("seq", ">", after)
      .orderBy("seq")
      .limit(limit)
      .execute();
    return rows.map(({ chain: _chain, content, ...row }) => ({ ...row, content: JSON.parse(content) as unknown }));
  };
  const appendInside = async (inside: Db, chain: string, entry: NewChainEntry): Promise<ChainEntry> => {
    // one writer a chain at a time: SQLite's write transaction is exclusive, PostgreSQL needs a lock of its own
    if (engine === "postgresql") await sql`select pg_advisory_xact_lock(hashtext(${chain}))`.execute(inside);
    const last = await inside
      .selectFrom("chainEntries")
      .select(["seq", "hash"])
      .where("chain", "=", chain)
      .orderBy("seq", "desc")
      .limit(1)
      .executeTakeFirst();
    const linked = { ...entry, seq: (last?.seq ?? 0) + 1, previousHash: last?.hash ?? GENESIS };
    const whole = { ...linked, hash: entryHash(linked) };
    await inside
      .insertInto("chainEntries")
      .values({ ...whole, chain, content: canonicalJson(entry.content) })
      .execute();
    return whole;
  };
  return {
    append: (chain, entry) =>
      db.isTransaction
        ? appendInside(db, chain, entry)
        : db.transaction().execute((inside) => appendInside(inside, chain, entry)),
    list,
    async verify(chain) {
      let previous = { seq: 0, hash: GENESIS };
      for (;;) {
        const page = await list(chain, { after: previous.seq });
        for (const entry of page) {
          const { hash, ...rest } = entry;
          const fits = entry.seq === previous.seq + 1 && entry.previousHash === previous.hash && hash === entryHash(rest);
          if (!fits) return entry.seq;
          previous = entry;
        }
        if (page.length < PAGE) return null;
      }
    },
  };
}

function entryHash({ seq, at, actor, action, subject, content, previousHash }: Omit<ChainEntry, "hash">): string {
  return hashOf(previousHash, String(seq), at, actor, action, subject, canonicalJson(content));
}

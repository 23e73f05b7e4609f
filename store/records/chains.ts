import { sql } from "kysely";
import type { ChainEntry } from "../../schemas/chain.ts";
import { canonicalJson, hashOf } from "./hash.ts";
import type { Engine } from "./records.ts";
import type { Db } from "./tables.ts";
import { together } from "./together.ts";

export type NewChainEntry = Pick<ChainEntry, "at" | "actor" | "action" | "subject" | "content">;

export interface ChainRecords {
  /** Appends to `audit` or `lead:<id>`; the entry's hash covers all entries before it. */
  append(chain: string, entry: NewChainEntry): Promise<ChainEntry>;
  /** Appends the entries whose content the chain does not hold yet: twice is once, also when two do so at a time. */
  appendMissing(chain: string, entries: readonly NewChainEntry[]): Promise<ChainEntry[]>;
  /** Oldest first, from the entry after `after`. */
  list(chain: string, page?: { after?: number; limit?: number }): Promise<ChainEntry[]>;
  /**
   * Empties what the entries of a chain said, where the law wants it gone; who did what and when, and every hash, stay. A last entry
   * names each emptied one with its hash, so that `verify` tells emptying from tampering.
   */
  forget(chain: string, entry: Omit<NewChainEntry, "content"> & { why: string }): Promise<void>;
  /** The seq of the first entry that does not fit the chain, or null when the chain is whole. */
  verify(chain: string): Promise<number | null>;
}

/** What is left of an emptied entry's content, and the action of the entry that names it. */
const FORGOTTEN = { forgotten: true };
export const FORGOTTEN_ACTION = "log.forgotten";

const GENESIS = "0".repeat(64);
const PAGE = 1_000;
/** Entries in one insert: nine values each, far below SQLite's 32,766. */
const ENTRIES_AT_ONCE = 500;

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
  // one writer a chain at a time: SQLite's write transaction is exclusive, PostgreSQL needs a lock of its own
  const lock = async (inside: Db, chain: string) => {
    if (engine === "postgresql") await sql`select pg_advisory_xact_lock(hashtext(${chain}))`.execute(inside);
  };
  const appendInside = async (inside: Db, chain: string, entries: readonly NewChainEntry[]): Promise<ChainEntry[]> => {
    await lock(inside, chain);
    const last = await inside
      .selectFrom("chainEntries")
      .select(["seq", "hash"])
      .where("chain", "=", chain)
      .orderBy("seq", "desc")
      .limit(1)
      .executeTakeFirst();
    const added: ChainEntry[] = [];
    let previous: Link = last ?? BEFORE_FIRST;
    for (const entry of entries) {
      const linked = { ...entry, seq: previous.seq + 1, previousHash: previous.hash };
      previous = { ...linked, hash: entryHash(linked) };
      added.push(previous as ChainEntry);
    }
    await inside
      .insertInto("chainEntries")
      .values(added.map((whole) => ({ ...whole, chain, content: canonicalJson(whole.content) })))
      .execute();
    return added;
  };
  const within = <T>(work: (inside: Db) => Promise<T>) => (db.isTransaction ? work(db) : db.transaction().execute(work));
  /** One for each chain that is being appended to, outside of a transaction. */
  const appending = new Map<string, { append: (entry: NewChainEntry) => Promise<ChainEntry>; underWay: number }>();
  const appendTogether = async (chain: string, entry: NewChainEntry): Promise<ChainEntry> => {
    const one = appending.get(chain) ?? {
      append: together((entries) => within((inside) => appendInside(inside, chain, entries)), ENTRIES_AT_ONCE),
      underWay: 0,
    };
    appending.set(chain, one);
    one.underWay += 1;
    try {
      return await one.append(entry);
    } finally {
      one.underWay -= 1;
      if (one.underWay === 0) appending.delete(chain);
    }
  };
  return {
    async append(chain, entry) {
      if (!db.isTransaction) return appendTogether(chain, entry);
      const [added] = await appendInside(db, chain, [entry]);
      return added as ChainEntry;
    },
    appendMissing: (chain, entries) =>
      within(async (inside) => {
        await lock(inside, chain); // before it is read: nobody appends between
        const rows = await inside.selectFrom("chainEntries").select("content").where("chain", "=", chain).execute();
        const held = new Set(rows.map(({ content }) => content));
        const missing = entries.filter(({ content }) => {
          const text = canonicalJson(content);
          return !held.has(text) && held.add(text);
        });
        return missing.length > 0 ? appendInside(inside, chain, missing) : [];
      }),
    list,
    async forget(chain, { why, ...entry }) {
      const work = async (inside: Db) => {
        const of = chainRecords(inside, engine);
        const gone: { seq: number; hash: string }[] = [];
        for (let page = await of.list(chain); page.length > 0; page = await of.list(chain, { after: page.at(-1)?.seq ?? 0 }))
          gone.push(...page.filter(({ action }) => action !== FORGOTTEN_ACTION).map(({ seq, hash }) => ({ seq, hash })));
        await inside
          .updateTable("chainEntries")
          .set({ content: canonicalJson(FORGOTTEN) })
          .where("chain", "=", chain)
          .where("action", "!=", FORGOTTEN_ACTION)
          .execute();
        await appendInside(inside, chain, [{ ...entry, action: FORGOTTEN_ACTION, content: { why, entries: gone } }]);
      };
      await within(work);
    },
    async verify(chain) {
      const forgotten = await forgottenOf(db, chain);
      let previous: Link = BEFORE_FIRST;
      for (;;) {
        const page = await list(chain, { after: previous.seq });
        for (const entry of page) {
          if (!isNext(entry, previous, forgotten)) return entry.seq;
          previous = entry;
        }
        if (page.length < PAGE) return null;
      }
    },
  };
}

type Link = Pick<ChainEntry, "seq" | "hash">;
const BEFORE_FIRST: Link = { seq: 0, hash: GENESIS };

/** The seq of the first entry that does not fit, of a chain that left the records as a whole, or null. */
export function misfitOf(entries: readonly ChainEntry[]): number | null {
  const forgotten = emptiedBy(entries);
  return entries.find((entry, index) => !isNext(entry, entries[index - 1] ?? BEFORE_FIRST, forgotten))?.seq ?? null;
}

function isNext(entry: ChainEntry, previous: Link, forgotten: ReadonlyMap<number, string>): boolean {
  const { hash, ...rest } = entry;
  const linked = entry.seq === previous.seq + 1 && entry.previousHash === previous.hash;
  const emptied = canonicalJson(entry.content) === canonicalJson(FORGOTTEN) && forgotten.get(entry.seq) === hash;
  return linked && (emptied || hash === entryHash(rest));
}

/** Hashes of the entries that were emptied on the record, by seq; an entry that names them counts only when its own hash is right. */
async function forgottenOf(db: Db, chain: string): Promise<Map<number, string>> {
  const rows = await db
    .selectFrom("chainEntries")
    .selectAll()
    .where("chain", "=", chain)
    .where("action", "=", FORGOTTEN_ACTION)
    .execute();
  return emptiedBy(rows.map(({ chain: _chain, content, ...row }) => ({ ...row, content: JSON.parse(content) as unknown })));
}

function emptiedBy(entries: readonly ChainEntry[]): Map<number, string> {
  const named = entries.flatMap(({ hash, ...rest }) =>
    rest.action === FORGOTTEN_ACTION && hash === entryHash(rest) ? (rest.content as { entries: Link[] }).entries : [],
  );
  return new Map(named.map(({ seq, hash }) => [seq, hash]));
}

function entryHash({ seq, at, actor, action, subject, content, previousHash }: Omit<ChainEntry, "hash">): string {
  return hashOf(previousHash, String(seq), at, actor, action, subject, canonicalJson(content));
}

import { canonicalJson, hashOf } from "./hash.ts";
import type { Db } from "./tables.ts";

/** What the series of an analyte at one kind of site told before a day. */
export interface LearnedPool {
  readonly analyte: string;
  readonly siteKind: string;
  /** In force from this day on. */
  readonly from: string;
  /** How many series it rests on. */
  readonly series: number;
  /** What was learned, as plain numbers. */
  readonly content: unknown;
}

export interface PoolRecords {
  /** Keeps it under a version named by its content, in force before any learned earlier for the same day; the earlier stay on record. */
  add(pool: LearnedPool, learnedAt: string): Promise<void>;
  /** Of each analyte, kind of site and day the one learned last; by analyte, then oldest day first. */
  inForce(): Promise<(LearnedPool & { readonly version: string })[]>;
}

const VERSION_LENGTH = 12;

export function poolRecords(db: Db): PoolRecords {
  return {
    async add({ from, content, ...pool }, learnedAt) {
      const text = canonicalJson(content);
      const row = { ...pool, fromDay: from, version: hashOf(text).slice(0, VERSION_LENGTH), content: text, learnedAt };
      await db
        .insertInto("pools")
        .values(row)
        .onConflict((conflict) => conflict.columns(["analyte", "siteKind", "fromDay", "version"]).doUpdateSet({ learnedAt }))
        .execute();
    },
    async inForce() {
      const rows = await db
        .selectFrom("pools")
        .select(["analyte", "siteKind", "fromDay as from", "version", "series", "content"])
        .orderBy("analyte")
        .orderBy("siteKind")
        .orderBy("fromDay")
        .orderBy("learnedAt")
        .orderBy("version")
        .execute();
      const last = new Map(rows.map((row) => [canonicalJson([row.analyte, row.siteKind, row.from]), row]));
      return [...last.values()].map((row) => ({ ...row, content: JSON.parse(row.content) as unknown }));
    },
  };
}

import { sql } from "kysely";
import type { Measure } from "../series/series.ts";
import type { Db } from "./tables.ts";

export interface SeriesChange {
  measure: Measure;
  /** Null where it may be any. */
  siteId: string | null;
}

export interface NumberedChange extends SeriesChange {
  changeNumber: number;
}

export interface SeriesChangeRecords {
  /** Says that series changed. To be said after they did: who has read the number reads what was written before it was given. */
  add(changed: readonly SeriesChange[]): Promise<void>;
  /** The last change of each measure and site, of those that have one after the number. */
  after(changeNumber: number): Promise<NumberedChange[]>;
}

/** In one insert: three values each. */
const ROWS_PER_INSERT_MAX = 1_000;
const ANY_SITE = "";

export function seriesChangeRecords(db: Db): SeriesChangeRecords {
  return {
    async add(changed) {
      if (changed.length === 0) return;
      const rows = changed.map(({ measure, siteId }) => ({ measure, siteId: siteId ?? ANY_SITE }));
      await db.transaction().execute(async (inside) => {
        // the row is held until the end: numbers become visible in their order, so that none is passed over by who saw a later one
        const { last } = await inside
          .updateTable("seriesChangeNumbers")
          .set((e) => ({ last: e("last", "+", 1) }))
          .returning("last")
          .executeTakeFirstOrThrow();
        for (let i = 0; i < rows.length; i += ROWS_PER_INSERT_MAX)
          await inside
            .insertInto("seriesChanges")
            .values(rows.slice(i, i + ROWS_PER_INSERT_MAX).map((row) => ({ ...row, changeNumber: Number(last) })))
            .onConflict((conflict) =>
              conflict.columns(["measure", "siteId"]).doUpdateSet({ changeNumber: sql.ref("excluded.changeNumber") }),
            )
            .execute();
      });
    },
    async after(changeNumber) {
      const rows = await db.selectFrom("seriesChanges").selectAll().where("changeNumber", ">", changeNumber).execute();
      return rows.map((row) => ({
        measure: row.measure as Measure,
        siteId: row.siteId === ANY_SITE ? null : row.siteId,
        changeNumber: Number(row.changeNumber), // PostgreSQL gives a bigint as text
      }));
    },
  };
}

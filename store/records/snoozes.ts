import type { Snooze } from "../../schemas/anomaly.ts";
import { canonicalJson } from "./hash.ts";
import type { Db } from "./tables.ts";

/** Anomalies put off until a day: they leave the queue, and come back by themselves. */
export interface SnoozeRecords {
  /** Puts the anomaly off, or changes until when. */
  save(snooze: Snooze): Promise<void>;
  /** Those that still hold on the day, the first to end first. */
  holding(today: string): Promise<Snooze[]>;
  /** Returns false when the anomaly was not put off. */
  remove(anomalyId: string): Promise<boolean>;
}

export function snoozeRecords(db: Db): SnoozeRecords {
  return {
    async save(snooze) {
      const row = { anomalyId: snooze.anomalyId, until: snooze.until, content: canonicalJson(snooze) };
      await db
        .insertInto("snoozes")
        .values(row)
        .onConflict((conflict) => conflict.column("anomalyId").doUpdateSet(row))
        .execute();
    },
    async holding(today) {
      const rows = await db
        .selectFrom("snoozes")
        .select("content")
        .where("until", ">", today)
        .orderBy("until")
        .orderBy("anomalyId")
        .execute();
      return rows.map(({ content }) => JSON.parse(content) as Snooze);
    },
    async remove(anomalyId) {
      const { numDeletedRows } = await db.deleteFrom("snoozes").where("anomalyId", "=", anomalyId).executeTakeFirst();
      return numDeletedRows > 0n;
    },
  };
}

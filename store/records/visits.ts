import type { Anomaly } from "../../schemas/anomaly.ts";
import type { Db } from "./tables.ts";

/** Looks closer together than this are one visit. */
const VISIT_PAUSE_MS = 30 * 60_000;

export interface ArrivedResults {
  siteId: string;
  /** Results that came since, corrections of earlier ones among them. */
  results: number;
  corrections: number;
}

/** When somebody last looked, and what has happened since. */
export interface VisitRecords {
  /**
   * Notes that the key looks now. Returns when its visit before this one ended, null at the first: looks less than half an hour
   * apart are one visit.
   */
  look(keyId: string, at: string): Promise<string | null>;
  /** Results by site that arrived after the time. */
  resultsSince(since: string): Promise<ArrivedResults[]>;
  /** Anomalies that were raised, changed or retracted after the time, the last changed first. */
  anomaliesSince(since: string, limit: number): Promise<Anomaly[]>;
}

export function visitRecords(db: Db): VisitRecords {
  return {
    async look(keyId, at) {
      const known = await db.selectFrom("visits").selectAll().where("keyId", "=", keyId).executeTakeFirst();
      const isNew = known !== undefined && Date.parse(at) - Date.parse(known.at) > VISIT_PAUSE_MS;
      const row = { keyId, at, previousAt: isNew ? known.at : (known?.previousAt ?? null) };
      await db
        .insertInto("visits")
        .values(row)
        .onConflict((conflict) => conflict.column("keyId").doUpdateSet(row))
        .execute();
      return row.previousAt;
    },
    async resultsSince(since) {
      const rows = await db
        .selectFrom("results as new")
        .select((e) => {
          const earlier = e
            .selectFrom("results as earlier")
            .select("earlier.identity")
            .whereRef("earlier.identity", "=", "new.identity")
            .where("earlier.receivedAt", "<=", since);
          const corrects = e.case().when(e.exists(earlier)).then(1).else(0).end();
          return ["new.siteId", e.fn.countAll().as("results"), e.fn.sum(corrects).as("corrections")];
        })
        .where("new.receivedAt", ">", since)
        .groupBy("new.siteId")
        .orderBy("new.siteId")
        .execute();
      return rows.map(({ siteId, results, corrections }) => ({
        siteId,
        results: Number(results),
        corrections: Number(corrections),
      }));
    },
    async anomaliesSince(since, limit) {
      const rows = await db
        .selectFrom("anomalies")
        .select("content")
        .where("updatedAt", ">", since)
        .orderBy("updatedAt", "desc")
        .orderBy("anomalyId")
        .limit(limit)
        .execute();
      return rows.map(({ content }) => JSON.parse(content) as Anomaly);
    },
  };
}

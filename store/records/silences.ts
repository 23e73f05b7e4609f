import type { Silence } from "../../schemas/silence.ts";
import { canonicalJson } from "./hash.ts";
import type { Db } from "./tables.ts";

export interface SilenceRecords {
  /** Adds the silence, or changes when it starts and ends and why. */
  save(silence: Silence): Promise<void>;
  find(silenceId: string): Promise<Silence | undefined>;
  /** Those not over at the time, the ones yet to start included; the one that began first comes first. */
  current(at: string): Promise<Silence[]>;
  /** Those that were over at the time, the last to end first. */
  past(at: string, limit: number): Promise<Silence[]>;
}

export function silenceRecords(db: Db): SilenceRecords {
  const parse = (row: { content: string }) => JSON.parse(row.content) as Silence;
  return {
    async save(silence) {
      const { silenceId, startsAt, endsAt } = silence;
      const row = { silenceId, startsAt, endsAt, content: canonicalJson(silence) };
      await db
        .insertInto("silences")
        .values(row)
        .onConflict((conflict) => conflict.column("silenceId").doUpdateSet(row))
        .execute();
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
  };
}

import type { RoundScore } from "../../schemas/interlaboratory.ts";
import { canonicalJson } from "./hash.ts";
import type { Db } from "./tables.ts";

export interface RoundRecords {
  /** Keeps what laboratories scored; the same round, analyte and laboratory again replaces it. */
  save(scores: readonly RoundScore[]): Promise<void>;
  /** Of these laboratories and this analyte, or of all, by day, round and laboratory. */
  scores(filter?: { labIds?: readonly string[]; analyte?: string }): Promise<RoundScore[]>;
}

/** Rows of one insert: 5 columns each stay below SQLite's 32,766 parameters. */
const ROWS_PER_INSERT_MAX = 2_000;

export function roundRecords(db: Db): RoundRecords {
  return {
    async save(scores) {
      const rows = scores.map((score) => {
        const { roundId, labId, analyte, day } = score;
        return { roundId, labId, analyte, day, content: canonicalJson(score) };
      });
      for (let i = 0; i < rows.length; i += ROWS_PER_INSERT_MAX) {
        await db
          .insertInto("roundScores")
          .values(rows.slice(i, i + ROWS_PER_INSERT_MAX))
          .onConflict((conflict) =>
            conflict.columns(["roundId", "analyte", "labId"]).doUpdateSet((e) => ({
              day: e.ref("excluded.day"),
              content: e.ref("excluded.content"),
            })),
          )
          .execute();
      }
    },
    async scores({ labIds, analyte } = {}) {
      if (labIds?.length === 0) return [];
      let query = db.selectFrom("roundScores").select("content").orderBy("day").orderBy("roundId").orderBy("labId");
      if (labIds) query = query.where("labId", "in", [...labIds]);
      if (analyte !== undefined) query = query.where("analyte", "=", analyte);
      return (await query.execute()).map(({ content }) => JSON.parse(content) as RoundScore);
    },
  };
}

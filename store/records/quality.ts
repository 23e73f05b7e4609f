import type { KeptOverride, Switches } from "../../schemas/qualityRules.ts";
import { canonicalJson, hashOf } from "./hash.ts";
import type { Db } from "./tables.ts";

/** A result that a standing flag suppresses somewhere. */
export interface Suppression extends Switches {
  siteId: string;
  analyte: string;
  resultId: string;
  /** The rules that do. */
  rules: string[];
}

export interface QualityRecords {
  /** Keeps the override; the same id again replaces it, as when it is revoked. */
  saveOverride(override: KeptOverride): Promise<void>;
  findOverride(overrideId: string): Promise<KeptOverride | undefined>;
  /** Of one site, or of all: newest first. */
  overrides(filter: { siteId?: string; standing?: boolean }): Promise<KeptOverride[]>;
  /** Makes the given ones the suppressions of the site. */
  replaceSuppressions(siteId: string, suppressions: readonly Suppression[]): Promise<void>;
  /** Of these sites and analytes, or of all, by site and result. */
  suppressions(filter: { siteIds?: readonly string[]; analytes?: readonly string[] }): Promise<Suppression[]>;
  /** For each site that was judged a hash of the results that are hidden from the dashboard: another one when others are. */
  hiddenHashes(): Promise<Map<string, string>>;
}

/** Rows of one insert: 7 columns each stay below SQLite's 32,766 parameters. */
const ROWS_PER_INSERT_MAX = 2_000;

export function qualityRecords(db: Db): QualityRecords {
  return {
    async saveOverride(override) {
      const { overrideId, siteId, resultId, ruleId, revokedAt } = override;
      const row = { overrideId, siteId, resultId, ruleId, revokedAt, content: canonicalJson(override) };
      await db
        .insertInto("qualityOverrides")
        .values(row)
        .onConflict((conflict) => conflict.column("overrideId").doUpdateSet(row))
        .execute();
    },
    async findOverride(overrideId) {
      const row = await db
        .selectFrom("qualityOverrides")
        .select("content")
        .where("overrideId", "=", overrideId)
        .executeTakeFirst();
      return row && (JSON.parse(row.content) as KeptOverride);
    },
    async overrides({ siteId, standing }) {
      let query = db.selectFrom("qualityOverrides").select("content");
      if (siteId !== undefined) query = query.where("siteId", "=", siteId);
      if (standing) query = query.where("revokedAt", "is", null);
      const rows = await query.execute();
      const overrides = rows.map(({ content }) => JSON.parse(content) as KeptOverride);
      return overrides.toSorted((a, b) => (a.at + a.overrideId < b.at + b.overrideId ? 1 : -1));
    },
    async replaceSuppressions(siteId, suppressions) {
      const rows = suppressions.map(({ hideFromDashboard, excludeFromAnalysis, excludeFromQualityReport, rules, ...key }) => ({
        ...key,
        hideFromDashboard: Number(hideFromDashboard),
        excludeFromAnalysis: Number(excludeFromAnalysis),
        excludeFromQualityReport: Number(excludeFromQualityReport),
        rules: JSON.stringify(rules),
      }));
      const work = async (inside: Db) => {
        await inside.deleteFrom("suppressions").where("siteId", "=", siteId).execute();
        for (let i = 0; i < rows.length; i += ROWS_PER_INSERT_MAX)
          await inside
            .insertInto("suppressions")
            .values(rows.slice(i, i + ROWS_PER_INSERT_MAX))
            .execute();
        const hidden = suppressions.flatMap(({ hideFromDashboard, resultId }) => (hideFromDashboard ? [resultId] : []));
        const row = { siteId, contentHash: hashOf(...hidden.toSorted()) };
        await inside
          .insertInto("hiddenResults")
          .values(row)
          .onConflict((conflict) => conflict.column("siteId").doUpdateSet(row))
          .execute();
      };
      await (db.isTransaction ? work(db) : db.transaction().execute(work));
    },
    async suppressions({ siteIds, analytes }) {
      if (siteIds?.length === 0 || analytes?.length === 0) return [];
      let query = db.selectFrom("suppressions").selectAll().orderBy("siteId").orderBy("resultId");
      if (siteIds) query = query.where("siteId", "in", [...siteIds]);
      if (analytes) query = query.where("analyte", "in", [...analytes]);
      const rows = await query.execute();
      return rows.map(({ hideFromDashboard, excludeFromAnalysis, excludeFromQualityReport, rules, ...key }) => ({
        ...key,
        hideFromDashboard: hideFromDashboard === 1,
        excludeFromAnalysis: excludeFromAnalysis === 1,
        excludeFromQualityReport: excludeFromQualityReport === 1,
        rules: JSON.parse(rules) as string[],
      }));
    },
    async hiddenHashes() {
      const rows = await db.selectFrom("hiddenResults").selectAll().orderBy("siteId").execute();
      return new Map(rows.map(({ siteId, contentHash }) => [siteId, contentHash]));
    },
  };
}

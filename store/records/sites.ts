import type { Site } from "../../schemas/site.ts";
import { canonicalJson } from "./hash.ts";
import type { Db } from "./tables.ts";

export interface SiteRecords {
  /** Adds the site or replaces what was known of it. */
  save(site: Site, at: string): Promise<void>;
  find(siteId: string): Promise<Site | undefined>;
  /** By site id; `parentSiteId` keeps those that drain to that plant. */
  list(filter?: { parentSiteId?: string }): Promise<Site[]>;
}

export function siteRecords(db: Db): SiteRecords {
  return {
    async save(site, updatedAt) {
      const row = {
        siteId: site.siteId,
        kind: site.kind,
        parentSiteId: site.parentSiteId ?? null,
        content: canonicalJson(site),
        updatedAt,
      };
      await db
        .insertInto("sites")
        .values(row)
        .onConflict((conflict) => conflict.column("siteId").doUpdateSet(row))
        .execute();
    },
    async find(siteId) {
      const row = await db.selectFrom("sites").select("content").where("siteId", "=", siteId).executeTakeFirst();
      return row && (JSON.parse(row.content) as Site);
    },
    async list({ parentSiteId } = {}) {
      let query = db.selectFrom("sites").select("content").orderBy("siteId");
      if (parentSiteId !== undefined) query = query.where("parentSiteId", "=", parentSiteId);
      return (await query.execute()).map((row) => JSON.parse(row.content) as Site);
    },
  };
}

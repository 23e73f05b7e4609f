import type { Lead } from "../../schemas/lead.ts";
import { canonicalJson } from "./hash.ts";
import type { Engine } from "./records.ts";
import type { Db } from "./tables.ts";

export interface LeadFilter {
  siteId?: string;
  state?: Lead["state"];
  region?: string;
  after?: { updatedAt: string; leadId: string };
  limit: number;
}

export interface LeadRecords {
  /** Adds the lead or replaces it. */
  save(lead: Lead): Promise<void>;
  /** @param forChange inside a transaction: nobody else changes the lead until it ends */
  find(leadId: string, options?: { forChange: boolean }): Promise<Lead | undefined>;
  ofSeries(siteId: string, analyte: string): Promise<Lead[]>;
  /** Latest change first. */
  list(filter: LeadFilter): Promise<Lead[]>;
}

export function leadRecords(db: Db, engine: Engine): LeadRecords {
  return {
    async save(lead) {
      const { leadId, siteId, analyte, state, version, openedAt, updatedAt } = lead;
      const row = { leadId, siteId, analyte, state, version, openedAt, updatedAt, content: canonicalJson(lead) };
      await db
        .insertInto("leads")
        .values(row)
        .onConflict((conflict) => conflict.column("leadId").doUpdateSet(row))
        .execute();
    },
    async find(leadId, { forChange } = { forChange: false }) {
      let query = db.selectFrom("leads").select("content").where("leadId", "=", leadId);
      if (forChange && engine === "postgresql") query = query.forUpdate(); // SQLite's write transaction is exclusive by itself
      const row = await query.executeTakeFirst();
      return row && parse(row);
    },
    async ofSeries(siteId, analyte) {
      const rows = await db
        .selectFrom("leads")
        .select("content")
        .where("siteId", "=", siteId)
        .where("analyte", "=", analyte)
        .orderBy("openedAt")
        .execute();
      return rows.map(parse);
    },
    async list({ siteId, state, region, after, limit }) {
      let query = db.selectFrom("leads").select("content").orderBy("updatedAt", "desc").orderBy("leadId");
      if (siteId !== undefined) query = query.where("siteId", "=", siteId);
      if (state !== undefined) query = query.where("state", "=", state);
      if (after !== undefined) {
        query = query.where((e) =>
          e.or([
            e("updatedAt", "<", after.updatedAt),
            e.and([e("updatedAt", "=", after.updatedAt), e("leadId", ">", after.leadId)]),
          ]),
        );
      }
      if (region === undefined) query = query.limit(limit);
      const leads = (await query.execute()).map(parse);
      return region === undefined ? leads : leads.filter((lead) => lead.region === region).slice(0, limit);
    },
  };
}

const parse = (row: { content: string }) => JSON.parse(row.content) as Lead;

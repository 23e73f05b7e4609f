import { sql } from "kysely";
import type { Bilingual } from "../../schemas/anomaly.ts";
import type { Lead, LeadVersion } from "../../schemas/lead.ts";
import { canonicalJson, hashOf } from "./hash.ts";
import { type KeptLead, readLead } from "./keptLeads.ts";
import { describeChanges } from "./leadVersions.ts";
import type { Engine } from "./records.ts";
import type { Db } from "./tables.ts";

export interface LeadFilter {
  siteId?: string;
  state?: Lead["state"];
  region?: string;
  /** Only of these. */
  regions?: readonly string[];
  after?: { updatedAt: string; leadId: string };
  limit: number;
}

export interface LeadRecords {
  /** Adds the lead or replaces it, and keeps what it was as a version of its own: a version that is there stays as it is. */
  save(lead: Lead, by?: { actor: string; why: Bilingual }): Promise<void>;
  /** @param forChange inside a transaction: nobody else changes the lead until it ends */
  find(leadId: string, options?: { forChange: boolean }): Promise<Lead | undefined>;
  ofSeries(siteId: string, analyte: string): Promise<Lead[]>;
  /** Latest change first. */
  list(filter: LeadFilter): Promise<Lead[]>;
  /** Oldest first, each with what it changed. */
  versions(leadId: string): Promise<LeadVersion[]>;
  /** The lead as it was. */
  version(leadId: string, version: number): Promise<Lead | undefined>;
  /** Those in one of the states and last changed before the time, oldest change first; the anonymous ones left out. */
  unchangedSince(states: readonly Lead["state"][], before: string, limit: number): Promise<Lead[]>;
  /** Those opened in the days from `from` to before `to`, for counting. */
  openedIn(from: string, to: string): Promise<Lead[]>;
  /** Puts the lead as it is now in the place of all its versions, whose hashes stay, and empties the messages that told of it. */
  forget(lead: Lead): Promise<void>;
}

const SYSTEM = { actor: "system", why: { en: "", zh: "" } };

export function leadRecords(db: Db, engine: Engine): LeadRecords {
  const upsert = async (lead: Lead): Promise<string> => {
    const { leadId, siteId, analyte, state, version, openedAt, updatedAt } = lead;
    const row = { leadId, siteId, analyte, state, version, openedAt, updatedAt, content: canonicalJson(lead) };
    await db
      .insertInto("leads")
      .values(row)
      .onConflict((conflict) => conflict.column("leadId").doUpdateSet(row))
      .execute();
    return row.content;
  };
  return {
    async save(lead, { actor, why } = SYSTEM) {
      const before = await db.selectFrom("leads").select("content").where("leadId", "=", lead.leadId).executeTakeFirst();
      const content = await upsert(lead);
      const changes = describeChanges(before && parse(before), lead);
      const { leadId, version, updatedAt: at } = lead;
      await db
        .insertInto("leadVersions")
        .values({ leadId, version, at, actor, content: canonicalJson({ lead, why, changes }), contentHash: hashOf(content) })
        .onConflict((conflict) => conflict.doNothing())
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
    async list({ siteId, state, region, regions, after, limit }) {
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
      const ofAll = region === undefined && regions === undefined;
      if (ofAll) query = query.limit(limit);
      const leads = (await query.execute()).map(parse);
      if (ofAll) return leads;
      const isAsked = (lead: Lead) =>
        (region === undefined || lead.region === region) && (regions?.includes(lead.region ?? "") ?? true);
      return leads.filter(isAsked).slice(0, limit);
    },
    async versions(leadId) {
      const rows = await db.selectFrom("leadVersions").selectAll().where("leadId", "=", leadId).orderBy("version").execute();
      return rows.map(({ version, at, actor, content, contentHash }) => {
        const { why, changes } = JSON.parse(content) as Pick<LeadVersion, "why" | "changes">;
        return { version, at, actor, why, changes, contentHash };
      });
    },
    async version(leadId, version) {
      const row = await db
        .selectFrom("leadVersions")
        .select("content")
        .where("leadId", "=", leadId)
        .where("version", "=", version)
        .executeTakeFirst();
      const kept = row && (JSON.parse(row.content) as { lead: KeptLead | null });
      return kept?.lead ? readLead(kept.lead) : undefined;
    },
    async unchangedSince(states, before, limit) {
      const rows = await db
        .selectFrom("leads")
        .select("content")
        .where("state", "in", [...states])
        .where("updatedAt", "<", before)
        .where("content", "not like", '%"anonymisedAt":"%') // inside a text the quotes would be escaped
        .orderBy("updatedAt")
        .limit(limit)
        .execute();
      return rows.map(parse);
    },
    async openedIn(from, to) {
      const rows = await db
        .selectFrom("leads")
        .select("content")
        .where("openedAt", ">=", from)
        .where("openedAt", "<", to)
        .orderBy("openedAt")
        .execute();
      return rows.map(parse);
    },
    async forget(lead) {
      await upsert(lead);
      const gone = canonicalJson({ lead: null, why: SYSTEM.why, changes: [] });
      await db.updateTable("leadVersions").set({ content: gone }).where("leadId", "=", lead.leadId).execute();
      await sql`update ${sql.table("messages")} set ${sql.ref("payload")} = ${canonicalJson({ type: "lead.forgotten", data: { leadId: lead.leadId } })} where ${sql.ref("subject")} = ${lead.leadId}`.execute(
        db,
      );
    },
  };
}

function parse({ content }: { content: string }): Lead {
  return readLead(JSON.parse(content));
}

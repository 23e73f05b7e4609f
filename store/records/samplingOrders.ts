import type { SamplingOrder } from "../../schemas/order.ts";
import { canonicalJson } from "./hash.ts";
import { type KeptPoint, readPoint } from "./keptLeads.ts";
import type { Engine } from "./records.ts";
import type { Db } from "./tables.ts";

export interface SamplingOrderRecords {
  /** @param tokenSha256 hex; the crew's token itself is never kept */
  add(order: SamplingOrder, tokenSha256: string): Promise<void>;
  update(order: SamplingOrder): Promise<void>;
  /** @param forChange inside a transaction: nobody else changes it until it ends */
  find(orderId: string, options?: { forChange: boolean }): Promise<{ order: SamplingOrder; tokenSha256: string } | undefined>;
  /** Oldest first. */
  ofLead(leadId: string): Promise<SamplingOrder[]>;
  forget(leadId: string): Promise<void>;
}

export function samplingOrderRecords(db: Db, engine: Engine): SamplingOrderRecords {
  return {
    async add(order, tokenSha256) {
      const { orderId, leadId, expiresAt, orderedAt } = order;
      await db
        .insertInto("samplingOrders")
        .values({ orderId, leadId, expiresAt, orderedAt, tokenSha256, content: canonicalJson(order) })
        .execute();
    },
    async update(order) {
      await db
        .updateTable("samplingOrders")
        .set({ content: canonicalJson(order) })
        .where("orderId", "=", order.orderId)
        .execute();
    },
    async find(orderId, { forChange } = { forChange: false }) {
      let query = db.selectFrom("samplingOrders").select(["content", "tokenSha256"]).where("orderId", "=", orderId);
      if (forChange && engine === "postgresql") query = query.forUpdate();
      const row = await query.executeTakeFirst();
      return row && { order: parse(row), tokenSha256: row.tokenSha256 };
    },
    async ofLead(leadId) {
      const rows = db
        .selectFrom("samplingOrders")
        .select("content")
        .where("leadId", "=", leadId)
        .orderBy("orderedAt")
        .orderBy("orderId");
      return (await rows.execute()).map(parse);
    },
    async forget(leadId) {
      await db.deleteFrom("samplingOrders").where("leadId", "=", leadId).execute();
    },
  };
}

function parse({ content }: { content: string }): SamplingOrder {
  const kept = JSON.parse(content) as Omit<SamplingOrder, "points"> & { points: KeptPoint[] };
  return { ...kept, points: kept.points.map(readPoint) };
}

import type { Db } from "./tables.ts";

/** Somebody's word that an anomaly is worth a lead, whatever the evidence alone would say. */
export interface LeadRequest {
  anomalyId: string;
  siteId: string;
  actor: string;
  reason: string;
  at: string;
}

export interface LeadRequestRecords {
  /** The first word stands: asking again changes nothing. */
  add(request: LeadRequest): Promise<void>;
  /** Of the anomalies of a site, oldest first. */
  ofSite(siteId: string): Promise<LeadRequest[]>;
}

export function leadRequestRecords(db: Db): LeadRequestRecords {
  return {
    async add(request) {
      await db
        .insertInto("leadRequests")
        .values(request)
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    },
    async ofSite(siteId) {
      return db.selectFrom("leadRequests").selectAll().where("siteId", "=", siteId).orderBy("at").orderBy("anomalyId").execute();
    },
  };
}

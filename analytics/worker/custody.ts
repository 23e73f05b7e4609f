import { addDays } from "../../schemas/days.ts";
import type { Sample } from "../../schemas/sample.ts";
import type { Records } from "../../store/records/records.ts";
import { type Custody, custodyOf } from "../quality/leadCustody.ts";

/** Samples of a round come back within these days of the day that was ordered. */
const [EARLY_DAYS, LATE_DAYS] = [2, 14];

/** The custody of every bottle that was ordered for a lead, also where the laboratory reported it for another manhole of the plant. */
export async function leadCustody(records: Pick<Records, "orders" | "samples" | "sites">, leadId: string): Promise<Custody[]> {
  const ordered = await records.orders.ofLead(leadId);
  const reported = new Map<string, Sample>();
  for (const { day, plantId, points } of ordered) {
    const missing = new Set(points.map(({ sampleId }) => sampleId));
    const look = async (siteId: string) => {
      const [fromMs, toMs] = [Date.parse(addDays(day, -EARLY_DAYS)), Date.parse(addDays(day, LATE_DAYS))];
      for (const { sample } of await records.samples.ofSite({ siteId, fromMs, toMs }))
        if (missing.delete(sample.sampleId)) reported.set(sample.sampleId, sample);
    };
    const expected = new Set(points.map(({ siteId }) => siteId));
    for (const siteId of expected) await look(siteId);
    if (missing.size === 0) continue;
    const others = [plantId, ...(await records.sites.list({ parentSiteId: plantId })).map(({ siteId }) => siteId)];
    for (const siteId of others) if (!expected.has(siteId) && missing.size > 0) await look(siteId);
  }
  return custodyOf(ordered, reported);
}

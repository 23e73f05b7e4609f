import { addDays } from "../../schemas/days.ts";
import type { Sample } from "../../schemas/sample.ts";
import type { Records } from "../../store/records/records.ts";
import { type Custody, custodyOf } from "../quality/leadCustody.ts";

/** Samples of a round come back within these days of the day that was ordered. */
const [EARLY_DAYS, LATE_DAYS] = [2, 14];

/** The custody of every bottle that was ordered for a lead. */
export async function leadCustody({ orders, samples }: Pick<Records, "orders" | "samples">, leadId: string): Promise<Custody[]> {
  const ordered = await orders.ofLead(leadId);
  const reported = new Map<string, Sample>();
  for (const { day, points } of ordered) {
    const [fromMs, toMs] = [Date.parse(addDays(day, -EARLY_DAYS)), Date.parse(addDays(day, LATE_DAYS))];
    for (const { siteId, sampleId } of points) {
      const kept = await samples.ofSite({ siteId, fromMs, toMs });
      const found = kept.find(({ sample }) => sample.sampleId === sampleId);
      if (found) reported.set(sampleId, found.sample);
    }
  }
  return custodyOf(ordered, reported);
}

import type { Sample } from "../../schemas/sample.ts";
import type { ResultRecords } from "./results.ts";
import { currentRevision } from "./revisions.ts";
import type { Db } from "./tables.ts";

/** One sample as it counts now, with what became of it. */
export interface KeptSample {
  labId: string;
  sample: Sample;
  /** Results that count, withdrawn ones left out. */
  results: number;
  /** Of these, how many count in another form than they first came in. */
  corrected: number;
  withdrawn: number;
  /** Changes without a reason that wait for the laboratory's word. */
  held: number;
  /** Flags the laboratory set on any of its results. */
  flags: string[];
  /** When its newest result came. */
  receivedAt: string;
}

export interface SampleRecords {
  /** Samples of the site with fromMs <= start < toMs, latest first. */
  ofSite(filter: { siteId: string; fromMs: number; toMs: number }): Promise<KeptSample[]>;
}

export function sampleRecords(db: Db, results: Pick<ResultRecords, "revisionsOf">): SampleRecords {
  return {
    async ofSite({ siteId, fromMs, toMs }) {
      const rows = await db
        .selectFrom("results")
        .innerJoin("samples", "samples.sampleHash", "results.sampleHash")
        .select("results.identity")
        .distinct()
        .where("samples.siteId", "=", siteId)
        .where("samples.startMs", ">=", fromMs)
        .where("samples.startMs", "<", toMs)
        .execute();
      const revisions = await results.revisionsOf(rows.map(({ identity }) => identity));
      const counted = [...Map.groupBy(revisions, ({ identity }) => identity).values()]
        .map((ofIdentity) => ({ ...currentRevision(ofIdentity), first: ofIdentity[0], newest: ofIdentity.at(-1) }))
        .filter(({ current: { sample } }) => {
          const startMs = Date.parse(sample.start);
          return sample.siteId === siteId && startMs >= fromMs && startMs < toMs; // a correction may have moved it
        });
      const bySample = Map.groupBy(counted, ({ current: { origin, sample } }) => `${origin.labId} ${sample.sampleId}`);
      return [...bySample.values()]
        .map((ofSample): KeptSample => {
          const standing = ofSample.filter(({ current }) => !current.result.withdrawn);
          const last = ofSample.reduce((a, b) => (b.current.orderKey > a.current.orderKey ? b : a)).current;
          return {
            labId: last.origin.labId,
            sample: last.sample,
            results: standing.length,
            corrected: standing.filter(({ current, first }) => current.contentHash !== first?.contentHash).length,
            withdrawn: ofSample.length - standing.length,
            held: ofSample.reduce((sum, { held }) => sum + held.length, 0),
            flags: [...new Set(standing.flatMap(({ current }) => current.result.flags ?? []))].toSorted(),
            receivedAt:
              ofSample
                .map(({ newest, current }) => newest?.receivedAt ?? current.receivedAt)
                .toSorted()
                .at(-1) ?? "",
          };
        })
        .toSorted((a, b) => Date.parse(b.sample.start) - Date.parse(a.sample.start));
    },
  };
}

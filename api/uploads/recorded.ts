import type { Recorded } from "../../ingest/files/compareWithRecorded.ts";
import type { AssayReport, AssayResult } from "../../schemas/assay.ts";
import type { SentResult } from "../../store/records/receipts.ts";
import type { Records } from "../../store/records/records.ts";
import { contentHashOf, identityOf, sampleHashOf } from "../../store/records/results.ts";
import { currentRevision, type ResultRevision } from "../../store/records/revisions.ts";

/** An upload that has not reached the log after this time never will: its sender had no answer, and tries again under a new claim. */
const CLAIM_LASTS_MS = 10 * 60_000;

/** Looks up what counts under each result of the reports: on record, or sent by an upload and on its way through the log. */
export async function recordedResults(
  { results, receipts }: Pick<Records, "results" | "receipts">,
  reports: readonly AssayReport[],
  now: Date,
): Promise<(report: AssayReport, result: AssayResult) => Recorded | undefined> {
  const identities = [...new Set(reports.flatMap((report) => report.results.map((result) => identityIn(report, result))))];
  const since = new Date(now.getTime() - CLAIM_LASTS_MS).toISOString();
  const revisions = Map.groupBy(await results.revisionsOf(identities), ({ identity }) => identity);
  const sent = Map.groupBy(await receipts.sentUnder(identities, since), ({ identity }) => identity);
  const sampleHash = remembering(({ labId, sample }: AssayReport) => sampleHashOf(labId, sample));
  return (report, result) => {
    const identity = identityIn(report, result);
    const known = revisions.get(identity) ?? [];
    const current = known.length > 0 ? currentRevision(known).current : undefined;
    const last = sent.get(identity)?.findLast(({ state }) => state !== "unchanged");
    const onItsWay = last && isOnItsWay(last, known, current) ? last : undefined;
    if (!onItsWay && !current) return undefined;
    const contentHash = contentHashOf(sampleHash(report), result);
    if (onItsWay) return { uploadId: onItsWay.uploadId, at: onItsWay.claimedAt, same: onItsWay.contentHash === contentHash };
    const { sample, result: recorded, origin } = current!;
    const same = current!.contentHash === contentHash;
    return { sample, result: recorded, uploadId: origin.uploadId, at: origin.reportedAt, same };
  };
}

/** Asked once for each object: the results of a report share its sample. */
function remembering<K extends object, V>(ask: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, V>();
  return (key) => {
    const found = known.get(key);
    if (found !== undefined) return found;
    const value = ask(key);
    known.set(key, value);
    return value;
  };
}

export const identityIn = ({ labId, sample }: AssayReport, result: AssayResult): string =>
  identityOf(labId, sample.sampleId, result);

/** Neither ingested under its upload, nor the same as what counts already. */
export function isOnItsWay(
  { uploadId, contentHash }: SentResult,
  known: readonly ResultRevision[],
  current: ResultRevision | undefined,
): boolean {
  return current?.contentHash !== contentHash && !known.some((each) => each.origin.uploadId === uploadId);
}

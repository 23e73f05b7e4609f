import type { Verification } from "../../schemas/upload.ts";
import type { KeptReceipt, SentResult } from "../../store/records/receipts.ts";
import type { Records } from "../../store/records/records.ts";
import { currentRevision, type ResultRevision } from "../../store/records/revisions.ts";
import { isOnItsWay } from "./recorded.ts";

/** Results that a verification lists; all are counted. */
const LISTED_MAX = 1_000;

/** Holds a receipt against the records: is it the one that was given, and does what it says still count? */
export async function verifyReceipt(
  { receipts, results }: Pick<Records, "receipts" | "results">,
  receipt: KeptReceipt,
  askedHash: string | undefined,
  checkedAt: string,
): Promise<Verification> {
  const sent = await receipts.resultsOf(receipt.uploadId);
  const revisions = Map.groupBy(await results.revisionsOf(sent.map(({ identity }) => identity)), ({ identity }) => identity);
  const counts = { asSent: 0, onItsWay: 0, revised: 0, withdrawn: 0, held: 0 };
  const since: Verification["since"] = [];
  for (const each of sent) {
    const known = revisions.get(each.identity) ?? [];
    const { state, by } = stateNow(each, known);
    counts[state]++;
    if (state === "asSent" || since.length >= LISTED_MAX) continue;
    const { labId, sampleId, analyte, method, replicate } = each;
    const { origin, receivedAt } = by ?? {};
    since.push({
      ...{ labId, sampleId, analyte, method, replicate, state },
      by: origin?.uploadId ?? null,
      at: receivedAt ?? null,
      reason: origin?.revision?.reason ?? null,
      text: origin?.revision?.text ?? null,
    });
  }
  return {
    uploadId: receipt.uploadId,
    genuine: askedHash === undefined ? null : askedHash.toLowerCase() === receipt.hash,
    receiptHash: receipt.hash,
    checkedAt,
    unchanged: counts.asSent === sent.length,
    counts,
    since,
    truncated: sent.length - counts.asSent > since.length,
  };
}

function stateNow(
  sent: SentResult,
  known: readonly ResultRevision[],
): { state: keyof Verification["counts"]; by: ResultRevision | undefined } {
  if (known.length === 0) return { state: "onItsWay", by: undefined };
  const { current, held } = currentRevision(known);
  if (current.contentHash === sent.contentHash) return { state: "asSent", by: current };
  if (isOnItsWay(sent, known, current)) return { state: "onItsWay", by: undefined };
  const waiting = held.find(({ contentHash }) => contentHash === sent.contentHash);
  if (waiting) return { state: "held", by: current };
  return { state: current.result.withdrawn ? "withdrawn" : "revised", by: current };
}

import { setTimeout as wait } from "node:timers/promises";
import { type Change, type Comparison, compareWithRecorded } from "../../ingest/files/compareWithRecorded.ts";
import { publishAll, reportMessage } from "../../ingest/publish.ts";
import type { AssayReport } from "../../schemas/assay.ts";
import type { ApiKey } from "../../schemas/key.ts";
import type { Refusal } from "../../schemas/refusal.ts";
import type { Receipt, ResultState, Upload, UploadReason } from "../../schemas/upload.ts";
import { addCustody } from "../../store/records/custody.ts";
import { canonicalJson, derivedId, hashOf } from "../../store/records/hash.ts";
import { receiptHash, type SentResult } from "../../store/records/receipts.ts";
import type { Records } from "../../store/records/records.ts";
import { contentHashOf, sampleHashOf } from "../../store/records/results.ts";
import type { ApiPorts } from "../ports.ts";
import { ApiProblem, conflict } from "../problems.ts";
import type { ReadUpload } from "./readUpload.ts";
import { identityIn, recordedResults } from "./recorded.ts";
import { keepRejected } from "./rejected.ts";
import type { Placed } from "./whatChanges.ts";

export interface Commit {
  uploadId: string;
  labId: string;
  read: ReadUpload;
  revision: UploadReason | undefined;
}

type Ports = Pick<ApiPorts, "records" | "log" | "now">;

const PUBLISHING_TRIES = 20;
const PUBLISHING_WAIT_MS = 50;

/** Differences that a 409 lists; its words say how many there are. */
const REFUSALS_MAX = 1_000;

/** An upload is known by its laboratory and the Idempotency-Key, or, without one, by its request. */
export function uploadIdOf(key: ApiKey, idempotencyKey: string | undefined, requestId: string): string {
  return derivedId("upload", key.organisation, idempotencyKey ?? requestId);
}

/**
 * The receipt of an upload that was committed before under its id, its results published if that had failed.
 * @throws {ApiProblem} 409 when the id was used with other bytes
 */
export async function committedBefore(
  { records, log, now }: Ports,
  { uploadId, read }: Pick<Commit, "uploadId" | "read">,
): Promise<Upload | undefined> {
  const earlier = await earlierUpload(records, uploadId, read);
  if (!earlier) return undefined;
  if (await isUnpublished(records, uploadId)) {
    const states = new Map((await records.receipts.resultsOf(uploadId)).map(({ identity, state }) => [identity, state]));
    const messages = messagesOf(read.placed, earlier, (report, result) => states.get(identityIn(report, result)) ?? "new");
    await publishAll(log, "assay-reports", messages);
    await records.receipts.published(uploadId, now().toISOString());
  }
  return earlier;
}

async function earlierUpload(
  { uploads }: Pick<Records, "uploads">,
  uploadId: string,
  { sha256 }: ReadUpload,
): Promise<Upload | undefined> {
  const earlier = await uploads.find(uploadId);
  if (!earlier || earlier.sha256 === sha256) return earlier;
  throw conflict({
    en: "This Idempotency-Key was used with other content: use a new one.",
    zh: "该 Idempotency-Key 已用于其他内容，请换一个。",
  });
}

/** Whether nobody is going to publish the upload: the request that claimed it may be about to, so it is given a moment. */
async function isUnpublished({ receipts }: Pick<Records, "receipts">, uploadId: string): Promise<boolean> {
  for (let tries = 0; tries < PUBLISHING_TRIES; tries++) {
    if (tries > 0) await wait(PUBLISHING_WAIT_MS);
    const receipt = await receipts.find(uploadId);
    if (!receipt || receipt.publishedAt !== null) return false;
  }
  return true;
}

/**
 * Compares with what is on record, claims and keeps the receipt in one transaction, then publishes: a receipt is given only for what the
 * log holds durably, and who comes at the same time with another content of the same results is told so.
 * @throws {ApiProblem} 409 with the differences, where what is on record changes without a reason
 */
export async function commitUpload(ports: Ports, key: ApiKey, commit: Commit): Promise<{ receipt: Upload; known: boolean }> {
  const { records, log, now } = ports;
  const { placed } = commit.read;
  const reports = placed.map(({ report }) => report);
  const claimed = await records.transaction(async (inside) => {
    await inside.receipts.lock([commit.labId, ...reports.map(({ labId }) => labId)]);
    if (await inside.uploads.find(commit.uploadId)) return undefined; // the same request came twice at once, and the other was first
    const at = now();
    const recorded = await recordedResults(inside, reports, at);
    const comparison = compareWithRecorded(reports, recorded, commit.revision !== undefined);
    const unreasoned = comparison.changes.filter(({ reasoned }) => !reasoned);
    if (unreasoned.length > 0) throw reasonMissing(unreasoned, placed);
    return { upload: await keepReceipt(inside, key, commit, comparison, afterWhatItChanges(at, comparison)), comparison };
  });
  if (!claimed) return { receipt: (await committedBefore(ports, commit))!, known: true };
  const { upload, comparison } = claimed;
  const states = new Map(
    reports.flatMap((report, r) => report.results.map((result, i) => [result, comparison.states[r]![i]!] as const)),
  );
  const unsettled = placed.flatMap(({ report, placeOf }): Placed[] => {
    const results = report.results.filter((result) => !comparison.settled.has(result));
    return results.length === 0 ? [] : [{ report: { ...report, results }, placeOf }];
  });
  await publishAll(
    log,
    "assay-reports",
    messagesOf(unsettled, upload, (_report, result) => states.get(result)!),
  );
  await records.receipts.published(upload.uploadId, now().toISOString());
  return { receipt: upload, known: false };
}

/** The order of release decides which revision counts; the clocks of two servers may differ, and two uploads come in one millisecond. */
function afterWhatItChanges(now: Date, { changes }: Comparison): string {
  const latest = changes.reduce((max, { recordedAt }) => Math.max(max, Date.parse(recordedAt)), 0);
  return new Date(Math.max(now.getTime(), latest + 1)).toISOString();
}

async function keepReceipt(
  inside: Records,
  key: ApiKey,
  { uploadId, labId, read, revision }: Commit,
  { counts, states }: Comparison,
  at: string,
): Promise<Upload> {
  const sent = sentResults(uploadId, read.placed, states);
  const upload: Upload = {
    uploadId,
    labId,
    actor: key.name,
    receivedAt: at,
    sha256: read.sha256,
    fileName: read.fileName,
    format: read.format,
    verdict: read.verdict,
    revision: revision ?? null,
    samples: [...new Set(read.placed.map(({ report }) => report.sample.sampleId))],
    counts: { ...read.counts, ...counts },
    rejectedRows: await keepRejected(inside, labId, read, null),
  };
  const content = canonicalJson(receiptOf(upload, read.placed, sent));
  await inside.uploads.save(upload);
  await inside.receipts.claim({ uploadId, content, hash: receiptHash(content), claimedAt: at, publishedAt: null }, sent);
  await addCustody(
    inside,
    read.placed.map(({ report }) => report),
  );
  if (read.mappingFrom === "given" && read.header) {
    const { fingerprint } = read.header;
    await inside.mappings.save({ labId, fingerprint, mapping: read.mapping, actor: key.name, updatedAt: at });
  }
  return upload;
}

function sentResults(uploadId: string, placed: readonly Placed[], states: readonly (readonly ResultState[])[]): SentResult[] {
  return placed.flatMap(({ report }, r) => {
    const { labId, sample, results } = report;
    const sampleHash = sampleHashOf(labId, sample);
    return results.map((result, i) => ({
      uploadId,
      identity: identityIn(report, result),
      contentHash: contentHashOf(sampleHash, result),
      labId,
      sampleId: sample.sampleId,
      analyte: result.analyte,
      method: result.method,
      replicate: result.replicate,
      state: states[r]![i]!,
    }));
  });
}

function receiptOf(upload: Upload, placed: readonly Placed[], sent: readonly SentResult[]): Receipt {
  const bySample = Map.groupBy(sent, ({ labId, sampleId }) => `${labId}/${sampleId}`);
  const samples = new Map(placed.map(({ report }) => [`${report.labId}/${report.sample.sampleId}`, report]));
  return {
    version: 1,
    upload,
    samples: [...samples].map(([id, { labId, sample }]) => {
      const results = bySample.get(id)!;
      const count = (state: ResultState) => results.filter((each) => each.state === state).length;
      return {
        labId,
        sampleId: sample.sampleId,
        siteId: sample.siteId,
        start: sample.start,
        end: sample.end,
        results: {
          new: count("new"),
          unchanged: count("unchanged"),
          amended: count("amended"),
          withdrawn: count("withdrawn"),
        },
        contentHash: hashOf(...results.map(({ contentHash }) => contentHash).toSorted()),
      };
    }),
  };
}

/** One message for what is new of a report, one with the reason for what changes: a reason belongs to a change. */
function messagesOf(
  placed: readonly Placed[],
  { uploadId, receivedAt, revision }: Upload,
  stateOf: (report: AssayReport, result: AssayReport["results"][number]) => ResultState,
) {
  return placed.flatMap(({ report }) => {
    const [changed, plain] = [[], []] as [AssayReport["results"], AssayReport["results"]];
    for (const result of report.results) {
      const state = stateOf(report, result);
      (state === "amended" || state === "withdrawn" ? changed : plain).push(result);
    }
    const { revision: own, ...rest } = { reportedAt: receivedAt, ...report, uploadId };
    const why = own ?? revision ?? undefined;
    return [
      ...(plain.length > 0 ? [{ ...rest, results: plain }] : []),
      // the laboratory's own time of release could put a change before what it changes
      ...(changed.length > 0 ? [{ ...rest, reportedAt: receivedAt, results: changed, ...(why ? { revision: why } : {}) }] : []),
    ].map(reportMessage);
  });
}

function reasonMissing(changes: readonly Change[], placed: readonly Placed[]): ApiProblem {
  const refusals = changes.slice(0, REFUSALS_MAX).map((change): Refusal => {
    const { state, sampleId, analyte, differences, recordedBy } = change;
    const said = (side: "recorded" | "now") => differences.map((each) => `${each.path} ${JSON.stringify(each[side])}`).join(", ");
    return {
      code: state === "withdrawn" ? "withdrawal_without_reason" : "amendment_without_reason",
      where: placed[change.report]!.placeOf(change.result),
      found: `${analyte} of sample ${sampleId}: ${said("now")}`.slice(0, 500),
      expected: `${said("recorded")}, as ${recordedBy ?? "an earlier upload"} has it`.slice(0, 500),
      mend: "If the new content is right, send it again with a reason (revision: reason and text); otherwise correct the cell.",
    };
  });
  const en = `${changes.length} results differ from what is on record, and no reason is given. Nothing was taken.`;
  const zh = `有 ${changes.length} 个结果与已有记录不同，但未说明原因。本次未接收任何数据。`;
  return new ApiProblem(409, "Conflict", { en, zh }, refusals);
}

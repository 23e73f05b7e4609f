import { publishAll, reportMessage } from "../../ingest/publish.ts";
import type { AssayReport } from "../../schemas/assay.ts";
import type { ApiKey } from "../../schemas/key.ts";
import type { Upload } from "../../schemas/upload.ts";
import { hashOf } from "../../store/records/hash.ts";
import type { ApiPorts } from "../ports.ts";
import { conflict } from "../problems.ts";

export interface NewUpload {
  uploadId: string;
  reports: readonly AssayReport[];
  sha256: string;
  fileName: string | null;
  counts: Upload["counts"];
}

/** An upload is known by its laboratory and the Idempotency-Key, or, without one, by its request. */
export function uploadIdOf(key: ApiKey, idempotencyKey: string | undefined, requestId: string): string {
  return `upload-${hashOf(key.organisation, idempotencyKey ?? requestId).slice(0, 20)}`;
}

/**
 * Publishes the reports and keeps the receipt, in this order: a receipt is given only for what the log holds durably.
 * @returns the receipt, and whether the same upload had it already; then nothing was published
 * @throws {ApiProblem} 409 when the upload id was used with other bytes
 */
export async function commitUpload(
  { records, log, now }: Pick<ApiPorts, "records" | "log" | "now">,
  key: ApiKey,
  { uploadId, reports, sha256, fileName, counts }: NewUpload,
): Promise<{ receipt: Upload; known: boolean }> {
  const earlier = await records.uploads.find(uploadId);
  if (earlier && earlier.sha256 !== sha256) throw conflict("This Idempotency-Key was used with other content: use a new one.");
  if (earlier) return { receipt: earlier, known: true };
  await publishAll(log, "assay-reports", reports.map(reportMessage));
  const labId = key.role === "lab" ? key.organisation : (reports[0]?.labId ?? key.organisation);
  const samples = reports.map(({ sample }) => sample.sampleId);
  const upload = { uploadId, labId, actor: key.name, receivedAt: now().toISOString(), sha256, fileName, samples, counts };
  return { receipt: await records.uploads.save(upload), known: false };
}

import type { AssayResult } from "../../schemas/assay.ts";
import type { Sample } from "../../schemas/sample.ts";

/** Where a result came from: the whole way back to the bytes. */
export interface ResultOrigin {
  labId: string;
  uploadId: string;
  reportedAt: string;
  revision: { of?: string; reason: string; text?: string } | null;
  topic: string;
  partition: number;
  offset: string;
}

/** One revision of one result, with the sample as it was reported with it. */
export interface ResultRevision {
  /** Laboratory, sample, analyte, method, replicate: what makes it the same result. */
  identity: string;
  contentHash: string;
  sampleHash: string;
  orderKey: string;
  sample: Sample;
  result: AssayResult;
  origin: ResultOrigin;
  receivedAt: string;
}

/**
 * Which revision of one identity counts. The order of release decides, not the order of arrival, so that late and shuffled
 * revisions end in the same state: the oldest is the original, and a later one with another content counts only when it gives a
 * reason. Those without one are held until the laboratory explains them.
 */
export function currentRevision(revisions: readonly ResultRevision[]): { current: ResultRevision; held: ResultRevision[] } {
  const [original, ...later] = revisions.toSorted((a, b) => (a.orderKey < b.orderKey ? -1 : 1));
  if (!original) throw new RangeError("currentRevision: an identity has at least one revision");
  const current = later.findLast((revision) => revision.origin.revision !== null) ?? original;
  const held = later.filter((revision) => revision.origin.revision === null && revision.contentHash !== current.contentHash);
  return { current, held };
}

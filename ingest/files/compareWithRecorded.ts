import type { AssayReport, AssayResult } from "../../schemas/assay.ts";
import type { Sample } from "../../schemas/sample.ts";
import { canonicalJson } from "../../store/records/hash.ts";

/** What the records hold under an identity: the content of its latest revision. */
export interface RecordedResult {
  sample: Sample;
  result: AssayResult;
}

/** Lab, sample, analyte, method and replicate: one result, whatever its revisions. */
export interface ResultIdentity {
  labId: string;
  sampleId: string;
  analyte: string;
  method: string;
  replicate: number;
}

/** One field that another content would change. */
export interface Difference {
  /** `value`, `sample.start`. */
  path: string;
  recorded: unknown;
  now: unknown;
}

export interface Amendment extends ResultIdentity {
  differences: Difference[];
}

export interface Comparison {
  counts: { new: number; unchanged: number; amended: number; withdrawn: number };
  /** Results whose content differs from what is on record: they need a reason. */
  amended: Amendment[];
  /** Amendments that the report gives no reason for: a commit is answered with these. */
  withoutReason: Amendment[];
}

/**
 * What sending the reports would change. Pure: the caller looks the recorded results up.
 * @param recorded the latest revision under an identity, or undefined where there is none
 */
export function compareWithRecorded(
  reports: Iterable<AssayReport>,
  recorded: (identity: ResultIdentity) => RecordedResult | undefined,
): Comparison {
  const comparison: Comparison = { counts: { new: 0, unchanged: 0, amended: 0, withdrawn: 0 }, amended: [], withoutReason: [] };
  for (const { labId, sample, results, revision } of reports) {
    for (const result of results) {
      const { analyte, method, replicate } = result;
      const identity = { labId, sampleId: sample.sampleId, analyte, method, replicate };
      const earlier = recorded(identity);
      if (!earlier) {
        comparison.counts.new++;
        continue;
      }
      const differences = [...differencesOf(earlier.sample, sample, "sample."), ...differencesOf(earlier.result, result, "")];
      if (differences.length === 0) {
        comparison.counts.unchanged++;
        continue;
      }
      comparison.counts[result.withdrawn && !earlier.result.withdrawn ? "withdrawn" : "amended"]++;
      const amendment = { ...identity, differences };
      comparison.amended.push(amendment);
      if (!revision) comparison.withoutReason.push(amendment);
    }
  }
  return comparison;
}

/** Fields whose content differs, as the records see it: hand-overs that go on after the result do not change what was measured. */
function differencesOf(recorded: Sample | AssayResult, now: Sample | AssayResult, prefix: string): Difference[] {
  const [before, after] = [recorded as Record<string, unknown>, now as Record<string, unknown>];
  const fields = new Set([...Object.keys(before), ...Object.keys(after)]);
  fields.delete("custody");
  return [...fields]
    .filter((field) => canonicalJson(before[field] ?? null) !== canonicalJson(after[field] ?? null))
    .map((field) => ({ path: prefix + field, recorded: before[field], now: after[field] }));
}

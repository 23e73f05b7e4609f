import type { AssayReport, AssayResult } from "../../schemas/assay.ts";
import type { Sample } from "../../schemas/sample.ts";
import type { ResultState, UploadChange } from "../../schemas/upload.ts";
import { canonicalJson } from "../../store/records/hash.ts";

/** What the records hold under an identity: the content that counts, and the upload that brought it. */
export interface RecordedResult {
  sample: Sample;
  result: AssayResult;
  uploadId: string;
  /** When it was released, ISO 8601 UTC; what changes it must come after. */
  at: string;
  /** The hash of its content is that of the result, so that nothing need be compared; false says nothing. */
  same: boolean;
}

/** Another upload has sent something under the identity that is not ingested yet; only whether it is the same is known. */
export interface ResultOnItsWay {
  uploadId: string;
  at: string;
  same: boolean;
}

export type Recorded = RecordedResult | ResultOnItsWay;

/** What an upload makes of each of its results. */
export interface Comparison {
  counts: Record<ResultState, number>;
  /** By report and result. */
  states: ResultState[][];
  /** Already on record as they are: nothing is gained by sending them. A result on its way is sent again, which changes nothing. */
  settled: ReadonlySet<AssayResult>;
  changes: Change[];
}

export interface Change extends UploadChange {
  /** Which result of which report. */
  report: number;
  result: number;
  /** Changes that nobody has given a reason for: a commit is answered with these. */
  reasoned: boolean;
  recordedAt: string;
}

/**
 * What sending the reports would change. Pure: the caller looks the recorded results up.
 * @param recorded by report and result; undefined where there is none
 * @param reasoned a reason was given for the upload as a whole
 */
export function compareWithRecorded(
  reports: readonly AssayReport[],
  recorded: (report: AssayReport, result: AssayResult) => Recorded | undefined,
  reasoned: boolean,
): Comparison {
  const counts = { new: 0, unchanged: 0, amended: 0, withdrawn: 0 };
  const settled = new Set<AssayResult>();
  const changes: Change[] = [];
  const states = reports.map((report, reportIndex) =>
    report.results.map((result, resultIndex): ResultState => {
      const earlier = recorded(report, result);
      const differences = earlier ? differencesOf(report.sample, result, earlier) : [];
      const state = stateOf(result, earlier, differences.length > 0);
      counts[state]++;
      if (state === "unchanged" && earlier && "result" in earlier) settled.add(result);
      if (state === "amended" || state === "withdrawn") {
        const { analyte, method, replicate } = result;
        changes.push({
          state,
          labId: report.labId,
          sampleId: report.sample.sampleId,
          analyte,
          method,
          replicate,
          recordedBy: earlier!.uploadId,
          recordedAt: earlier!.at,
          differences,
          report: reportIndex,
          result: resultIndex,
          reasoned: reasoned || report.revision !== undefined,
        });
      }
      return state;
    }),
  );
  return { counts, states, settled, changes };
}

function stateOf(result: AssayResult, earlier: Recorded | undefined, differs: boolean): ResultState {
  if (!earlier) return "new";
  if (!differs) return "unchanged";
  const wasWithdrawn = "result" in earlier && earlier.result.withdrawn === true;
  return result.withdrawn && !wasWithdrawn ? "withdrawn" : "amended";
}

function differencesOf(sample: Sample, result: AssayResult, earlier: Recorded): UploadChange["differences"] {
  if (earlier.same) return [];
  if (!("result" in earlier)) {
    return [{ path: "content", recorded: `sent by ${earlier.uploadId}, on its way`, now: result.value ?? null }];
  }
  return [...fieldDifferences(earlier.sample, sample, "sample."), ...fieldDifferences(earlier.result, result, "")];
}

/** Fields whose content differs, as the records see it: hand-overs that go on after the result do not change what was measured. */
function fieldDifferences(
  recorded: Sample | AssayResult,
  now: Sample | AssayResult,
  prefix: string,
): UploadChange["differences"] {
  const [before, after] = [recorded as Record<string, unknown>, now as Record<string, unknown>];
  const fields = new Set([...Object.keys(before), ...Object.keys(after)]);
  fields.delete("custody");
  return [...fields]
    .filter((field) => canonicalJson(before[field] ?? null) !== canonicalJson(after[field] ?? null))
    .map((field) => ({ path: prefix + field, recorded: before[field] ?? null, now: after[field] ?? null }));
}

import { type Comparison, compareWithRecorded } from "../../ingest/files/compareWithRecorded.ts";
import type { Problem } from "../../ingest/files/problem.ts";
import { reportMessage } from "../../ingest/publish.ts";
import type { AssayReport } from "../../schemas/assay.ts";
import type { Place } from "../../schemas/refusal.ts";
import type { UploadReason } from "../../schemas/upload.ts";
import { MESSAGE_BYTES_MAX } from "../../store/log/log.ts";
import { messageBytes } from "../../store/log/messageSize.ts";
import type { Records } from "../../store/records/records.ts";
import { recordedResults } from "./recorded.ts";

/** A report that may be sent, with the place of each of its results in what came. */
export interface Placed {
  report: AssayReport;
  placeOf: (index: number) => Place;
}

export interface Comparing {
  records: Pick<Records, "results" | "receipts">;
  now: Date;
  revision: UploadReason | undefined;
}

/** What sending would change; a report that the log does not take, and a withdrawal of nothing, are refused on the way. */
export async function whatChanges(
  placed: readonly Placed[],
  { records, now, revision }: Comparing,
  say: (problem: Problem) => void,
): Promise<{ taken: Placed[]; comparison: Comparison }> {
  const fitting = placed.filter(({ report, placeOf }) => {
    const refused = tooLarge(report, placeOf(0));
    if (refused) say(refused);
    return !refused;
  });
  const recorded = await recordedResults(
    records,
    fitting.map(({ report }) => report),
    now,
  );
  const taken = fitting.flatMap((each) => withoutVainWithdrawals(each, recorded, say));
  const reports = taken.map(({ report }) => report);
  return { taken, comparison: compareWithRecorded(reports, recorded, revision !== undefined) };
}

function withoutVainWithdrawals(
  { report, placeOf }: Placed,
  recorded: Awaited<ReturnType<typeof recordedResults>>,
  say: (problem: Problem) => void,
): Placed[] {
  const kept: number[] = [];
  for (const [index, result] of report.results.entries()) {
    if (!result.withdrawn || recorded(report, result)) kept.push(index);
    else say(nothingToWithdraw(report.sample.sampleId, result.analyte, placeOf(index)));
  }
  if (kept.length === report.results.length) return [{ report, placeOf }];
  if (kept.length === 0) return [];
  const results = kept.map((index) => report.results[index]!);
  return [{ report: { ...report, results }, placeOf: (index) => placeOf(kept[index]!) }];
}

/** The log takes no larger message, and one that it does not take must not take the others of the upload along. */
function tooLarge(report: AssayReport, where: Place): Problem | undefined {
  const bytes = messageBytes(reportMessage(report));
  if (bytes <= MESSAGE_BYTES_MAX) return undefined;
  return {
    code: "report_too_large",
    severity: "error",
    where,
    found: `sample ${report.sample.sampleId}: ${bytes} bytes`,
    expected: `at most ${MESSAGE_BYTES_MAX} bytes`,
    mend: "Send the results of the sample in several reports: each result is known by sample, analyte, method and replicate.",
  };
}

const nothingToWithdraw = (sampleId: string, analyte: string, where: Place): Problem => ({
  code: "nothing_to_withdraw",
  severity: "error",
  where,
  found: `${analyte} of sample ${sampleId}, withdrawn`,
  expected: "a result that is on record",
  mend: "Check sample, method and replicate: a withdrawal names the result as it was sent.",
});

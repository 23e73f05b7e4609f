import type { Upload, UploadAnswer, Verification } from "../schemas/upload.ts";
import { exit } from "./exitCodes.ts";
import { refusalLine } from "./refusalLine.ts";

/** What was found in a file, in the form of a compiler: place, severity, code, what was found and expected. */
export function problemLines({ problems, changes, leftOut }: UploadAnswer): string[] {
  return [
    ...problems.map((problem) => refusalLine(problem, problem.severity)),
    ...(leftOut.problems > 0 ? [`${leftOut.problems} more problems are counted, not listed`] : []),
    ...changes.map(({ state, sampleId, analyte, differences }) => {
      const said = differences.map(({ path, recorded, now }) => `${path} ${JSON.stringify(recorded)} -> ${JSON.stringify(now)}`);
      return `${sampleId} ${analyte}: ${state}: ${said.join(", ")}`;
    }),
    ...(leftOut.changes > 0 ? [`${leftOut.changes} more changes are counted, not listed`] : []),
  ];
}

export function summaryLine(file: string, { verdict, format, mappingFrom, counts }: UploadAnswer): string {
  const { rows, rejected, errors, warnings, skipped } = counts;
  const changed = `${counts.new} new, ${counts.unchanged} unchanged, ${counts.amended} amended, ${counts.withdrawn} withdrawn`;
  const read = mappingFrom === "remembered" ? `${format}, mapping remembered` : (format ?? "no known format");
  return `${file}: ${verdict} (${read}): ${rows} rows, ${changed}, ${rejected} rejected, ${errors} errors, ${warnings} warnings, ${skipped} passed over`;
}

export function receiptLine(file: string, { uploadId, samples, sha256 }: Upload): string {
  return `${file}: receipt ${uploadId} for ${samples.length} samples, SHA-256 ${sha256}`;
}

export function statusLines({ uploadId, fileName, receivedAt, actor, counts }: Upload, verified: Verification): string[] {
  const { asSent, onItsWay, revised, withdrawn, held } = verified.counts;
  return [
    `${uploadId}: ${fileName ?? "JSON"}, received ${receivedAt} from ${actor}: ${counts.results} results of ${counts.samples} samples`,
    `${asSent} count as sent, ${onItsWay} on their way, ${revised} revised since, ${withdrawn} withdrawn, ${held} held for a reason`,
    ...verified.since.map(
      ({ sampleId, analyte, state, by, at, reason, text }) =>
        `${sampleId} ${analyte}: ${state}${by ? ` by ${by} at ${at}` : ""}${reason ? `: ${[reason, text].filter(Boolean).join(", ")}` : ""}`,
    ),
    ...(verified.truncated ? ["more are counted, not listed"] : []),
  ];
}

export function exitCodeOf({ verdict }: Pick<UploadAnswer, "verdict">): number {
  if (verdict === "held" || verdict === "rejected" || verdict === "needsReason") return exit.dataRefused;
  return verdict === "partlyAccepted" ? exit.partlyAccepted : exit.ok;
}

import { reportMessage } from "../../ingest/publish.ts";
import { type AssayReport, assayReport } from "../../schemas/assay.ts";
import { type Refusal, refusalsOf, shown } from "../../schemas/refusal.ts";
import { MESSAGE_BYTES_MAX } from "../../store/log/log.ts";
import { messageBytes } from "../../store/log/messageSize.ts";
import type { Records } from "../../store/records/records.ts";

/** Reports of an upload that may be published, and what is wrong with the others. */
export interface CheckedReports {
  accepted: AssayReport[];
  refusals: Refusal[];
}

/** The check and the commit of an upload go through here: what a check accepts, a commit accepts. */
export async function checkReports(
  { sites }: Pick<Records, "sites">,
  reports: readonly unknown[],
  labId: string | undefined,
): Promise<CheckedReports> {
  const known = new Set((await sites.list()).map(({ siteId }) => siteId));
  const checked: CheckedReports = { accepted: [], refusals: [] };
  reports.forEach((value, index) => {
    const where = { path: `reports[${index}]` };
    const parsed = assayReport.safeParse(value);
    if (!parsed.success) checked.refusals.push(...refusalsOf(parsed.error, value, where));
    else {
      const refusal =
        foreign(parsed.data, labId, where.path) ??
        unknownSite(parsed.data, known, where.path) ??
        tooLarge(parsed.data, where.path);
      if (refusal) checked.refusals.push(refusal);
      else checked.accepted.push(parsed.data);
    }
  });
  return checked;
}

function foreign(report: AssayReport, labId: string | undefined, path: string): Refusal | undefined {
  if (labId === undefined || report.labId === labId) return undefined;
  return {
    code: "laboratory_foreign",
    where: { path: `${path}.labId` },
    found: shown(report.labId),
    expected: labId,
    mend: "A laboratory's key sends its own results only: use its own id, or the other laboratory's key.",
  };
}

function unknownSite({ sample }: AssayReport, known: ReadonlySet<string>, path: string): Refusal | undefined {
  if (known.has(sample.siteId)) return undefined;
  return {
    code: "site_unknown",
    where: { path: `${path}.sample.siteId` },
    found: sample.siteId,
    expected: "the id of a site on record (GET /api/v1/sites)",
    mend: "Correct the id, or ask the administrator to add the site.",
  };
}

/** The log takes no larger message, and one that it does not take must not take the others of the upload along. */
function tooLarge(report: AssayReport, path: string): Refusal | undefined {
  const bytes = messageBytes(reportMessage(report));
  if (bytes <= MESSAGE_BYTES_MAX) return undefined;
  return {
    code: "report_too_large",
    where: { path },
    found: `${bytes} bytes`,
    expected: `at most ${MESSAGE_BYTES_MAX} bytes`,
    mend: "Send the results of the sample in several reports: each result is known by sample, analyte, method and replicate.",
  };
}

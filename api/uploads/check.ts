import { z } from "zod";
import { reportMessage } from "../../ingest/publish.ts";
import { type AssayReport, type AssayResult, assayReport, assayResult, RESULTS_PER_REPORT_MAX } from "../../schemas/assay.ts";
import { type Refusal, refusalsOf, shown } from "../../schemas/refusal.ts";
import { MESSAGE_BYTES_MAX } from "../../store/log/log.ts";
import { messageBytes } from "../../store/log/messageSize.ts";
import type { Records } from "../../store/records/records.ts";

/** Reports of an upload that may be published, and what is wrong with the rest. */
export interface CheckedReports {
  /** Each with those of its results that are right. */
  accepted: AssayReport[];
  /** How many reports as a whole, and how many results of accepted or other reports, are refused. */
  rejected: number;
  refusals: Refusal[];
}

/** The laboratory and the sample stand for all results of a report; each result stands for itself, as in ingest. */
const envelope = assayReport.omit({ results: true });

/** The check and the commit of an upload go through here: what a check accepts, a commit accepts. */
export async function checkReports(
  { sites }: Pick<Records, "sites">,
  reports: readonly unknown[],
  labId: string | undefined,
): Promise<CheckedReports> {
  const known = new Set((await sites.list()).map(({ siteId }) => siteId));
  const checked: CheckedReports = { accepted: [], rejected: 0, refusals: [] };
  reports.forEach((value, index) => {
    const path = `reports[${index}]`;
    const { results: given, ...rest } = Object(value) as { results?: unknown };
    const head = envelope.safeParse(isObject(value) ? rest : value);
    const list = resultList.safeParse(given);
    const refusals = [
      ...(head.success ? [] : refusalsOf(head.error, value, { path })),
      ...(list.success ? [] : refusalsOf(list.error, given, { path: `${path}.results` })),
    ];
    if (head.success && list.success) {
      const { results, refused } = checkResults(list.data, path);
      const report = { ...head.data, results };
      const whole = foreign(report, labId, path) ?? unknownSite(report, known, path) ?? tooLarge(report, path);
      if (whole) refusals.push(whole);
      else {
        if (results.length > 0) checked.accepted.push(report);
        checked.rejected += list.data.length - results.length;
        checked.refusals.push(...refused);
      }
    }
    if (refusals.length > 0) checked.rejected += 1;
    checked.refusals.push(...refusals);
  });
  return checked;
}

const resultList = z.array(z.unknown()).min(1).max(RESULTS_PER_REPORT_MAX);

function checkResults(values: readonly unknown[], path: string): { results: AssayResult[]; refused: Refusal[] } {
  const results: AssayResult[] = [];
  const refused: Refusal[] = [];
  values.forEach((value, index) => {
    const parsed = assayResult.safeParse(value);
    if (parsed.success) results.push(parsed.data);
    else refused.push(...refusalsOf(parsed.error, value, { path: `${path}.results[${index}]` }));
  });
  return { results, refused };
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null && !Array.isArray(value);

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
export function tooLarge(report: AssayReport, path: string): Refusal | undefined {
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

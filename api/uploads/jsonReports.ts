import { z } from "zod";
import type { Problem } from "../../ingest/files/problem.ts";
import { ERROR_COLUMN } from "../../ingest/files/rejectedRows.ts";
import { type AssayReport, type AssayResult, assayReport, assayResult, RESULTS_PER_REPORT_MAX } from "../../schemas/assay.ts";
import { type Refusal, refusalsOf, shown } from "../../schemas/refusal.ts";
import { contentHashOf, identityOf, sampleHashOf } from "../../store/records/results.ts";

/** Reports of a JSON body that may be published, what is wrong with the rest, and the rest, to be mended and sent again. */
export interface CheckedReports {
  /** With the place of each of its results in the body. */
  accepted: { report: AssayReport; path: string; paths: string[] }[];
  /** Results in the body, those refused, and those that stand there twice with one content, taken once. */
  counts: { rows: number; rejected: number; repeated: number };
  rejected: unknown[];
}

/** The laboratory and the sample stand for all results of a report; each result stands for itself, as in ingest. */
const envelope = assayReport.omit({ results: true });
const resultList = z.array(z.unknown()).min(1).max(RESULTS_PER_REPORT_MAX);

export function checkReports(
  reports: readonly unknown[],
  isSite: (siteId: string) => boolean,
  labId: string | undefined,
  onProblem: (problem: Problem) => void,
): CheckedReports {
  const checked: CheckedReports = { accepted: [], counts: { rows: 0, rejected: 0, repeated: 0 }, rejected: [] };
  const refuse = (value: unknown, results: number, refusals: readonly Refusal[]) => {
    for (const refusal of refusals) onProblem({ ...refusal, severity: "error" });
    checked.counts.rejected += results;
    const why = refusals.map(
      ({ where, code, found, expected }) => `${where.path} ${code}: found "${found}", expected ${expected}`,
    );
    checked.rejected.push(isObject(value) ? { ...value, [ERROR_COLUMN]: why.join(" | ") } : value);
  };
  const once = seenOnce();
  reports.forEach((given, index) => {
    const path = `reports[${index}]`;
    const value = withoutError(given);
    const { results, ...rest } = Object(value) as { results?: unknown };
    const rows = Array.isArray(results) ? Math.max(1, results.length) : 1;
    checked.counts.rows += rows;
    const head = envelope.safeParse(isObject(value) ? rest : value);
    const list = resultList.safeParse(results);
    if (!head.success || !list.success) {
      refuse(value, rows, [
        ...(head.success ? [] : refusalsOf(head.error, value, { path })),
        ...(list.success ? [] : refusalsOf(list.error, results, { path: `${path}.results` })),
      ]);
      return;
    }
    const whole = foreign(head.data.labId, labId, path) ?? unknownSite(head.data.sample.siteId, isSite, path);
    if (whole) {
      refuse(value, rows, [whole]);
      return;
    }
    const right = checkResults(list.data, path, (result, at) => {
      const earlier = once(head.data, result, at);
      if (earlier?.same) checked.counts.repeated++;
      return earlier;
    });
    if (right.refused.length > 0) {
      refuse({ ...rest, results: right.wrong }, right.wrong.length, right.refused);
    }
    if (right.results.length > 0)
      checked.accepted.push({ report: { ...head.data, results: right.results }, path, paths: right.paths });
  });
  return checked;
}

interface Earlier {
  /** Where the same result stood before. */
  at: string;
  same: boolean;
}

/** Knows each result of the body by its identity, where it stood first and what it said. */
function seenOnce() {
  const seen = new Map<string, { at: string; content: string }>();
  return ({ labId, sample }: Pick<AssayReport, "labId" | "sample">, result: AssayResult, at: string): Earlier | undefined => {
    const identity = identityOf(labId, sample.sampleId, result);
    const content = contentHashOf(sampleHashOf(labId, sample), result);
    const earlier = seen.get(identity);
    if (earlier) return { at: earlier.at, same: earlier.content === content };
    seen.set(identity, { at, content });
    return undefined;
  };
}

function checkResults(
  values: readonly unknown[],
  path: string,
  before: (result: AssayResult, at: string) => Earlier | undefined,
) {
  const right = { results: [] as AssayResult[], paths: [] as string[], wrong: [] as unknown[], refused: [] as Refusal[] };
  values.forEach((given, index) => {
    const value = withoutError(given);
    const parsed = assayResult.safeParse(value);
    const at = `${path}.results[${index}]`;
    const earlier = parsed.success ? before(parsed.data, at) : undefined;
    if (earlier?.same) return;
    if (parsed.success && !earlier) {
      right.results.push(parsed.data);
      right.paths.push(at);
      return;
    }
    right.wrong.push(value);
    right.refused.push(
      ...(parsed.success ? [twice(at, parsed.data, earlier!.at)] : refusalsOf(parsed.error, value, { path: at })),
    );
  });
  return right;
}

const twice = (path: string, { analyte, method, replicate }: AssayResult, first: string): Refusal => ({
  code: "result_twice",
  where: { path },
  found: `${analyte} by ${method}, replicate ${replicate}, once more with another content`,
  expected: `one content: ${first} has it already`,
  mend: "Number the replicates 1, 2, 3, or leave out the one that is wrong. The first one stands.",
});

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null && !Array.isArray(value);

/** What a file of rejected reports says of them is not part of them. */
function withoutError(value: unknown): unknown {
  if (!isObject(value)) return value;
  const { [ERROR_COLUMN]: _why, ...rest } = value as Record<string, unknown>;
  return rest;
}

function foreign(found: string, labId: string | undefined, path: string): Refusal | undefined {
  if (labId === undefined || found === labId) return undefined;
  return {
    code: "laboratory_foreign",
    where: { path: `${path}.labId` },
    found: shown(found),
    expected: labId,
    mend: "A laboratory's key sends its own results only: use its own id, or the other laboratory's key.",
  };
}

function unknownSite(siteId: string, isSite: (siteId: string) => boolean, path: string): Refusal | undefined {
  if (isSite(siteId)) return undefined;
  return {
    code: "site_unknown",
    where: { path: `${path}.sample.siteId` },
    found: siteId,
    expected: "the id of a site on record (GET /api/v1/sites)",
    mend: "Correct the id, or ask the administrator to add the site.",
  };
}

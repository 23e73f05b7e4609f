import { createHash } from "node:crypto";
import type { AssayReport } from "../../schemas/assay.ts";
import type { Sample } from "../../schemas/sample.ts";
import type { Site } from "../../schemas/site.ts";
import { type CheckedTable, checkTable } from "./checkTable.ts";
import { DelimitedError } from "./delimited.ts";
import { type Finding, tallyProblems } from "./findings.ts";
import type { Format, Recognised } from "./formats.ts";
import { type FoundHeader, fingerprintOf } from "./header.ts";
import { type ColumnMapping, columnMapping } from "./mapping.ts";
import { HOLDING_CODES, type Problem } from "./problem.ts";
import { assembleReports, type PlacedReport } from "./reports.ts";
import type { TableRow } from "./table.ts";
import { type Container, readTables, type Source, TableError } from "./tables.ts";
import { XlsxError } from "./xlsx.ts";
import { ZipError } from "./zip.ts";

export interface FileToCheck {
  fileName: string;
  labId: string;
  uploadId: string;
  sites: readonly Site[];
  mapping?: ColumnMapping;
  /** A list of samples: its rows are samples, not results. */
  isSampleList?: boolean;
  /** The mapping that the laboratory gave for this header before; asked only where none is given. */
  remembered?: (fingerprint: string) => ColumnMapping | undefined;
  /** Samples on record, for files that name a sample and nothing else of it (MassHunter, Skyline, PHES-ODM measures). */
  sampleOf?: (sampleId: string) => Sample | undefined;
  /** Where problems are counted, for a caller that counts others with them. */
  tally?: ReturnType<typeof tallyProblems>;
  /** Takes each report as it is ready instead of gathering them: a million rows then need no more memory than ten thousand. */
  onReport?: (placed: PlacedReport) => void;
  /** What is odd about how a sample was taken and kept; the paths are those of the report, `sample.pulsesTaken`. */
  judge?: (report: AssayReport) => SampleProblem[];
  /** Last, with all reports out: what else there is to say before the verdict is. */
  beforeVerdict?: (say: (problem: Problem) => void) => Promise<void>;
  /** Takes each row that was refused in whole or in part, for a file of rejected rows. */
  onRejected?: (row: TableRow, why: readonly Problem[], table: { container: Container; recognised: Recognised }) => void;
}

/** A problem of a sample before its place in the file is known. */
export type SampleProblem = Omit<Problem, "where" | "column"> & { path: string };

export interface CheckedFile {
  /** Held: a spreadsheet has damaged values, and others may have changed without a trace, so nothing is taken. */
  verdict: "accepted" | "acceptedWithWarnings" | "partlyAccepted" | "rejected" | "held";
  /** Of the bytes as they came. */
  sha256: string;
  format: Format | null;
  /** The mapping as it was used, to be remembered for the laboratory. */
  mapping: ColumnMapping | null;
  mappingFrom: "given" | "remembered" | "recognised" | null;
  /** Of the first header that was understood, else of the one that looks most like it. */
  header: FoundHeader | null;
  /**
   * Rows below the headers; rows that were refused in whole or part; rows passed over as calibrators, blanks or means; results
   * that may be sent; results that stand in the file twice with one content, sent once; problems.
   */
  counts: {
    rows: number;
    rejected: number;
    skipped: number;
    results: number;
    repeated: number;
    errors: number;
    warnings: number;
  };
  /** By rule and column, with exact counts. */
  findings: Finding[];
  problems: Problem[];
  /** Some problems are in the findings only: there were more than are listed. */
  truncated: boolean;
  reports: AssayReport[];
  /** Those that the file lists, by id (a list of samples, PHES-ODM). */
  samples: ReadonlyMap<string, Sample>;
}

/** Problems for which the whole file is refused, whatever else was read in it. */
const REFUSING_CODES: ReadonlySet<string> = new Set(["file_unreadable", "header_unknown", "header_merged"]);

/** Sheets of our own template that are not for data. */
const TEMPLATE_SHEETS = /^(?:example|示例|lists|列表|about|说明)$/i;

/**
 * Reads a laboratory's file to what may be sent and what is wrong with the rest, cell by cell. Check and commit both read through
 * here. With `onReport` the verdict comes after the reports: check first, then read again to send.
 */
export async function checkFile(source: Source, file: FileToCheck): Promise<CheckedFile> {
  const { tally = tallyProblems() } = file;
  const reports: AssayReport[] = [];
  const counts = { rows: 0, rejected: 0, skipped: 0, results: 0, repeated: 0, errors: 0, warnings: 0 };
  const hash = createHash("sha256");
  const codes = new Set<string>();
  const sites = new Map(file.sites.map((site) => [site.siteId, site]));
  const samples = new Map<string, Sample>();
  let recognised: Recognised | undefined;
  let wasRemembered = false;
  let header: FoundHeader | undefined;
  let table: CheckedTable | undefined;
  let firstRow: TableRow | undefined;

  const onProblem = (problem: Problem) => {
    codes.add(problem.code);
    tally.add(problem);
  };
  const assembly = assembleReports({
    labId: file.labId,
    uploadId: file.uploadId,
    file: file.fileName,
    headers: () => table?.headers() ?? [],
    onReport: (placed) => {
      counts.results += placed.report.results.length;
      for (const { path, ...problem } of file.judge?.(placed.report) ?? [])
        onProblem({ ...problem, ...placed.samplePlace(path) });
      if (file.onReport) file.onReport(placed);
      else reports.push(placed.report);
    },
    onProblem: (problem) => table?.onProblem(problem),
    onRepeated: () => counts.repeated++,
  });
  const openTable = (container: Container) => {
    let own: Recognised | undefined;
    table = checkTable({
      fileName: file.fileName,
      container,
      mapping: file.mapping ?? columnMapping.parse({}),
      isSampleList: file.isSampleList ?? false,
      remembered: (headers) => (file.mapping ? undefined : file.remembered?.(fingerprintOf(headers))),
      sites,
      timeZoneOf: (siteId) => sites.get(siteId)?.timeZone,
      sampleOf: (sampleId) => samples.get(sampleId) ?? file.sampleOf?.(sampleId),
      add: assembly.add,
      onProblem,
      onHeader: (found, remembered) => {
        own = found;
        if (recognised && recognised.format !== "odmSamples") return;
        recognised = found;
        wasRemembered = remembered;
        header = undefined;
      },
      onRow: () => counts.rows++,
      onSkipped: () => counts.skipped++,
      onSample: (sample) => samples.set(sample.sampleId, sample),
      onNewSite: () => undefined, // a laboratory's file brings no sites: those it names must be on record
      onRejected: (row, why) => {
        counts.rejected++;
        file.onRejected?.(row, why, { container, recognised: own! });
      },
    });
    const { row, end, firstRow: first, header: headerOf } = table;
    const wanted = container.sheet === undefined || wantsSheet(container.sheet, file.mapping);
    return {
      row: (each: TableRow) => (wanted ? row(each) : undefined),
      end(merged: readonly string[]) {
        firstRow ??= first();
        if (wanted) end(merged);
        if (wanted && (own === recognised || !recognised)) header ??= headerOf();
      },
    };
  };

  try {
    await readTables(hashed(source, hash), file.fileName, openTable);
    assembly.end();
    if (!recognised) onProblem(headerMissing(file.fileName, firstRow));
    else if (counts.results === 0 && tally.counts.error === 0 && !file.isSampleList)
      onProblem(resultsMissing(file.fileName, counts));
  } catch (error) {
    onProblem(unreadable(error, file.fileName));
    assembly.end();
  }
  await file.beforeVerdict?.(onProblem);
  counts.errors = tally.counts.error;
  counts.warnings = tally.counts.warning;
  const verdict = verdictOf(codes, counts);
  return {
    verdict,
    sha256: hash.digest("hex"),
    format: recognised?.format ?? null,
    mapping: recognised?.mapping ?? null,
    mappingFrom: !recognised ? null : file.mapping ? "given" : wasRemembered ? "remembered" : "recognised",
    header: header ?? null,
    counts,
    findings: tally.findings(),
    problems: tally.problems,
    truncated: tally.truncated(),
    reports: verdict === "held" || verdict === "rejected" ? [] : reports,
    samples,
  };
}

const wantsSheet = (sheet: string, mapping: ColumnMapping | undefined) =>
  mapping?.sheet === undefined ? !TEMPLATE_SHEETS.test(sheet) : sheet === mapping.sheet;

async function* hashed(source: Source, hash: ReturnType<typeof createHash>): AsyncGenerator<Uint8Array> {
  for await (const chunk of source instanceof Uint8Array ? [source] : source) {
    hash.update(chunk);
    yield chunk;
  }
}

/** @param codes of all problems */
export function verdictOf(
  codes: ReadonlySet<string>,
  { results, errors, warnings }: Pick<CheckedFile["counts"], "results" | "errors" | "warnings">,
): CheckedFile["verdict"] {
  if ([...codes].some((code) => REFUSING_CODES.has(code))) return "rejected";
  if ([...codes].some((code) => HOLDING_CODES.has(code))) return "held";
  if (results === 0) return "rejected";
  if (errors > 0) return "partlyAccepted";
  return warnings > 0 ? "acceptedWithWarnings" : "accepted";
}

function headerMissing(file: string, first: TableRow | undefined): Problem {
  return {
    code: "header_unknown",
    severity: "error",
    where: { file, row: first?.row ?? 1 },
    found: first ? first.cells.slice(0, 8).join(" | ").slice(0, 200) : "an empty file",
    expected:
      "a header that names at least the site or sample and a value, or a known export (MassHunter, Skyline, EUDA, PHES-ODM)",
    mend: "Write the column names of the template in one row, or say in a mapping what the columns hold.",
  };
}

function resultsMissing(file: string, { rows, skipped }: CheckedFile["counts"]): Problem {
  return {
    code: "results_missing",
    severity: "error",
    where: { file },
    found: skipped > 0 ? `${rows} rows, ${skipped} of them calibrators, blanks or means` : `${rows} rows without a result`,
    expected: "at least one result below the header",
    mend: "Fill in the table, or send the file that has the results.",
  };
}

/** A file that is no table is refused whole, with its reason; anything else is a bug and goes on. */
function unreadable(error: unknown, file: string): Problem {
  const notText = error instanceof TypeError && (error as { code?: string }).code === "ERR_ENCODING_INVALID_ENCODED_DATA";
  const known =
    error instanceof DelimitedError || error instanceof XlsxError || error instanceof ZipError || error instanceof TableError;
  if (!known && !notText) throw error;
  const row = "row" in error && typeof error.row === "number" ? { row: error.row } : {};
  const sheet = "sheet" in error && typeof error.sheet === "string" ? { sheet: error.sheet } : {};
  return {
    code: "file_unreadable",
    severity: "error",
    where: { file, ...sheet, ...row },
    found: notText ? "bytes that are no text in any of the encodings" : `${error.message}${known ? ` (${error.code})` : ""}`,
    expected: "a CSV in UTF-8, UTF-16 or GB18030, or an XLSX workbook",
    mend: "Save the table again as CSV (UTF-8) or XLSX and send that.",
  };
}

import type { AssayReport } from "../../schemas/assay.ts";
import type { Sample } from "../../schemas/sample.ts";
import type { Site } from "../../schemas/site.ts";
import { DelimitedError, delimitedParser, detectDelimiter } from "./delimited.ts";
import { textDecoder } from "./encoding.ts";
import { type Format, type Recognised, recognise } from "./formats.ts";
import { type ColumnMapping, columnMapping } from "./mapping.ts";
import { HOLDING_CODES, type Problem, UnreadableFile } from "./problem.ts";
import { assembleReports } from "./reports.ts";
import { isBlankRow, type TableRow } from "./table.ts";
import { detectDecimal } from "./values.ts";
import { openWorkbook, XlsxError } from "./xlsx.ts";
import { ZipError } from "./zip.ts";

export interface FileToCheck {
  fileName: string;
  labId: string;
  uploadId: string;
  sites: readonly Site[];
  mapping?: ColumnMapping;
}

export interface CheckedFile {
  /** Held: a spreadsheet has damaged values, and others may have changed without a trace, so nothing is taken. */
  verdict: "accepted" | "acceptedWithWarnings" | "partlyAccepted" | "rejected" | "held";
  format: Format | null;
  /** The mapping as it was used, to be remembered for the laboratory. */
  mapping: ColumnMapping | null;
  /** Rows below the header; rows passed over as calibrators, blanks or means; results that may be sent. */
  counts: { rows: number; skipped: number; results: number; errors: number; warnings: number };
  problems: Problem[];
  reports: AssayReport[];
}

/** A header stands among the first rows, below what a laboratory writes above its table. */
const HEADER_ROW_MAX = 30;
/** Rows whose numbers tell the decimal mark. */
const DECIMAL_ROWS = 500;

/** Reads a laboratory's file to what may be sent and what is wrong with the rest, cell by cell. Check and commit both read through here. */
export async function checkFile(bytes: Uint8Array, file: FileToCheck): Promise<CheckedFile> {
  const problems: Problem[] = [];
  const reports: AssayReport[] = [];
  const counts = { rows: 0, skipped: 0, results: 0, errors: 0, warnings: 0 };
  let recognised: Recognised | undefined;
  try {
    const { rows, delimiter } = await tableOf(bytes, file.fileName);
    recognised = readTable(rows, delimiter, file, { problems, reports, counts });
  } catch (error) {
    problems.push(unreadable(error, file.fileName));
  }
  counts.errors = problems.filter(({ severity }) => severity === "error").length;
  counts.warnings = problems.length - counts.errors;
  counts.results = reports.reduce((sum, { results }) => sum + results.length, 0);
  const held = problems.some(({ code }) => HOLDING_CODES.has(code));
  return {
    verdict: held ? "held" : verdictOf(counts),
    format: recognised?.format ?? null,
    mapping: recognised?.mapping ?? null,
    counts,
    problems,
    reports: held ? [] : reports,
  };
}

function verdictOf({ results, errors, warnings }: CheckedFile["counts"]): CheckedFile["verdict"] {
  if (results === 0) return "rejected";
  if (errors > 0) return "partlyAccepted";
  return warnings > 0 ? "acceptedWithWarnings" : "accepted";
}

/** The rows of a workbook's visible sheets, or of a text table in any encoding. */
async function tableOf(bytes: Uint8Array, fileName: string): Promise<{ rows: TableRow[]; delimiter: string | undefined }> {
  if (/\.xlsx$/i.test(fileName)) {
    const rows: TableRow[] = [];
    for (const sheet of (await openWorkbook(bytes)).sheets) {
      if (!sheet.hidden) for await (const row of sheet.rows()) rows.push(row);
    }
    return { rows, delimiter: undefined };
  }
  const decoder = textDecoder();
  const text = decoder.write(bytes) + decoder.end();
  const delimiter = detectDelimiter(text.slice(0, 20_000));
  const rows: TableRow[] = [];
  const parser = delimitedParser(delimiter, (row) => rows.push(row));
  parser.write(text.replace(/^\uFEFF/, ""));
  parser.end();
  return { rows, delimiter };
}

type Found = Pick<CheckedFile, "problems" | "reports" | "counts">;

function readTable(rows: readonly TableRow[], delimiter: string | undefined, file: FileToCheck, found: Found): Recognised {
  const { fileName, labId, uploadId } = file;
  const mapping = file.mapping ?? columnMapping.parse({});
  const at = rows.slice(0, HEADER_ROW_MAX).findIndex((row, i) => recognise(row, rows[i - 1], mapping));
  const header = rows[at] && recognise(rows[at], rows[at - 1], mapping);
  if (!header) throw new UnreadableFile(headerMissing(fileName, rows[0]));
  const body = rows.slice(at + 1).filter((row) => !isBlankRow(row));
  const sites = new Map(file.sites.map((site) => [site.siteId, site]));
  const samples = new Map<string, Sample>();
  const onProblem = (problem: Problem) => found.problems.push(problem);
  const assembly = assembleReports({
    labId,
    uploadId,
    file: fileName,
    headers: () => header.headers,
    onReport: ({ report }) => found.reports.push(report),
    onProblem,
  });
  const reader = header.open({
    file: fileName,
    headers: header.headers,
    mapping,
    decimal: mapping.decimal ?? detectDecimal(numberCells(body, header), delimiter),
    timeZoneOf: (siteId) => sites.get(siteId)?.timeZone,
    sampleOf: (sampleId) => samples.get(sampleId),
    add: assembly.add,
    onProblem,
    sites,
    onNewSite: () => undefined, // a laboratory's file brings no sites: those it names must be on record
    onSkipped: () => {
      found.counts.skipped += 1;
    },
    onSample: (sample) => samples.set(sample.sampleId, sample),
  });
  for (const row of body) reader.row(row);
  reader.end();
  assembly.end();
  found.counts.rows = body.length;
  return header;
}

function* numberCells(rows: readonly TableRow[], { numberColumns }: Recognised): Generator<string> {
  for (const { cells } of rows.slice(0, DECIMAL_ROWS)) {
    for (const [column, cell] of cells.entries()) if (!numberColumns || numberColumns.includes(column)) yield cell;
  }
}

function headerMissing(file: string, first: TableRow | undefined): Problem {
  return {
    code: "header_unknown",
    severity: "error",
    where: { file, row: first?.row ?? 1 },
    found: first ? first.cells.slice(0, 8).join(" | ") : "an empty file",
    expected:
      "a header that names at least the site or sample and a value, or a known export (MassHunter, Skyline, EUDA, PHES-ODM)",
    mend: "Write the column names of the template in one row, or say in a mapping what the columns hold.",
  };
}

/** A file that is no table is refused whole, with its reason; anything else is a bug and goes on. */
function unreadable(error: unknown, file: string): Problem {
  if (error instanceof UnreadableFile) return error.problem;
  const notText = error instanceof TypeError && /decode|encoding/i.test(error.message);
  if (!(error instanceof DelimitedError || error instanceof XlsxError || error instanceof ZipError || notText)) throw error;
  return {
    code: "file_unreadable",
    severity: "error",
    where: { file, ...(error instanceof DelimitedError ? { row: error.row } : {}) },
    found: (error as Error).message,
    expected: "a CSV in UTF-8, UTF-16 or GB18030, or an XLSX workbook",
    mend: "Save the table again as CSV (UTF-8) or XLSX and send that.",
  };
}

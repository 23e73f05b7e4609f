import { type AssayReport, type AssayResult, assayReport, assayResult, RESULTS_PER_REPORT_MAX } from "../../schemas/assay.ts";
import type { Place } from "../../schemas/refusal.ts";
import { refusalsOf } from "../../schemas/refusal.ts";
import type { Sample } from "../../schemas/sample.ts";
import { hash32, identities, keyHashes, mixed, resultHash } from "./identities.ts";
import { plainResult } from "./plainResult.ts";
import { type Position, type Problem, placeOf } from "./problem.ts";
import type { TableRow } from "./table.ts";

/** One value as a reader found it, not validated yet. */
export interface ResultDraft {
  row: TableRow;
  /** Shared by the drafts of one sample where the reader can: it is compared only when it is another object. */
  sample: Record<string, unknown>;
  result: Record<string, unknown>;
  /** Column of each field, by its path in sample or result: `value`, `sample.start`. */
  columns: Readonly<Record<string, number>>;
}

/** A report with where each result stood. */
export interface PlacedReport {
  report: AssayReport;
  /** Where the value of each result stood, by its index in the report. */
  placeOf: (index: number) => Place;
  /** Where something of the sample stood, by its path as in `sample.pulsesTaken`, with the column's header: in its first row. */
  samplePlace: (path: string) => { where: Place; column?: string };
}

export interface ReportAssembly {
  labId: string;
  uploadId: string;
  file: string;
  headers: () => readonly string[];
  onReport: (placed: PlacedReport) => void;
  onProblem: (problem: Problem) => void;
  /** A result that stands in the file twice with one content: counted, not sent twice. */
  onRepeated?: (position: Position, firstRow: number) => void;
}

/** Results held open, waiting for more of their samples: about 50 MB. Files sorted by sample need one sample's worth. */
const OPEN_RESULTS_MAX = 60_000;
/** A sample that has had no result for so many others is complete: a file sorted by analyte repeats its samples sooner, or never. */
const QUIET_RESULTS_MAX = 8_000;
const QUIET_CHECK_EVERY = 64;

interface OpenSample {
  draft: Record<string, unknown>;
  sample: Sample;
  /** Its fields as they came, to see whether another row says otherwise. */
  content: string;
  contentHash: number;
  firstRow: number;
  /** Of all results, the number of its last one. */
  lastResult: number;
  results: AssayResult[];
  /** Row and column of each result's value: 16 bytes instead of an object. */
  rows: number[];
  columns: number[];
  sheet: string | undefined;
  /** Columns by path of the row that came first. */
  byPath: Readonly<Record<string, number>>;
  /** Hashes of the sample's id, which those of its results go on from. */
  idHigh: number;
  idLow: number;
}

/**
 * Gathers drafts into reports, one a sample; validates each with the schemas, so that nothing leaves that the log would refuse.
 * A sample whose rows lie far apart may leave as several reports: each result still stands once.
 */
export function assembleReports(options: ReportAssembly) {
  const { labId, uploadId, file } = options;
  const open = new Map<string, OpenSample>();
  const seen = identities();
  let openResults = 0;
  let added = 0;

  const position = (row: TableRow): Position => ({ file, row, headers: options.headers() });

  const flush = (key: string, entry: OpenSample) => {
    open.delete(key);
    if (entry.results.length === 0) return;
    openResults -= entry.results.length;
    const { sample, results, rows, columns, sheet, firstRow, byPath } = entry;
    const rowAt = (index: number): TableRow => ({ row: rows[index]!, cells: [], ...(sheet === undefined ? {} : { sheet }) });
    options.onReport({
      report: { labId, uploadId, sample, results },
      placeOf: (index) => placeOf({ file, row: rowAt(index) }, columns[index]),
      samplePlace: (path) => pathPlace({ ...rowAt(0), row: firstRow }, byPath, path),
    });
  };

  /** Lets the oldest samples go that nothing more is expected for, or that there is no room for. */
  const flushQuiet = () => {
    for (const [key, entry] of open) {
      if (openResults <= OPEN_RESULTS_MAX && added - entry.lastResult <= QUIET_RESULTS_MAX) return;
      flush(key, entry);
    }
  };

  const openSample = (draft: ResultDraft): OpenSample | undefined => {
    const key = String(draft.sample["sampleId"]);
    const known = open.get(key);
    if (known?.draft === draft.sample) return known;
    const parsed = assayReport.shape.sample.safeParse(draft.sample);
    if (!parsed.success) {
      schemaProblems(parsed.error, draft.sample, draft, "sample.");
      return undefined;
    }
    const content = JSON.stringify(parsed.data);
    if (known?.content === content) {
      known.draft = draft.sample;
      return known;
    }
    if (known) return contradicts(draft, known.firstRow, known.sample, parsed.data);
    const [idHigh, idLow] = [hash32(key, 0x811c9dc5), hash32(key, 0x9e3779b9)];
    const contentHash = hash32(content, 0x85ebca6b);
    // a sample that has left already is known by its hash only
    const earlier = seen.add(idHigh, idLow, contentHash, draft.row.row);
    if (earlier && !earlier.same) return contradicts(draft, earlier.row, undefined, parsed.data);
    const entry: OpenSample = {
      draft: draft.sample,
      sample: parsed.data,
      content,
      contentHash,
      firstRow: draft.row.row,
      lastResult: added,
      results: [],
      rows: [],
      columns: [],
      sheet: draft.row.sheet,
      byPath: draft.columns,
      idHigh,
      idLow,
    };
    open.set(key, entry);
    return entry;
  };

  const contradicts = (draft: ResultDraft, firstRow: number, first: Sample | undefined, now: Sample): undefined => {
    const field = first ? firstDifference(first, now) : "sampleId";
    const said = first ? `: ${JSON.stringify(first[field])}` : "";
    options.onProblem({
      ...problemAt(draft, `sample.${field}`),
      code: "sample_contradicts",
      severity: "error",
      found: `${field} ${JSON.stringify(now[field])}`,
      expected: `what row ${firstRow} says of sample ${now.sampleId}${said}`,
      mend: "One sample has one time, mode and volume: correct the row, or give the other sample its own id.",
    });
    return undefined;
  };

  const pathPlace = (row: TableRow, columns: Readonly<Record<string, number>>, path: string) => {
    const column = columns[path] ?? columns[path.replace(/^sample\.|\[.*$/g, "")];
    const header = column === undefined ? undefined : options.headers()[column];
    return { where: placeOf(position(row), column), ...(header ? { column: header } : {}) };
  };
  const problemAt = (draft: ResultDraft, path: string) => pathPlace(draft.row, draft.columns, path);

  const schemaProblems = (error: Parameters<typeof refusalsOf>[0], value: unknown, draft: ResultDraft, prefix: string) => {
    for (const refusal of refusalsOf(error, value, {})) {
      const at = problemAt(draft, `${prefix}${refusal.where.path ?? ""}`);
      options.onProblem({ ...refusal, ...at, severity: "error" });
    }
  };

  const parsedResult = (draft: ResultDraft): AssayResult | undefined => {
    const parsed = assayResult.safeParse(draft.result);
    if (parsed.success) return parsed.data;
    schemaProblems(parsed.error, draft.result, draft, "");
    return undefined;
  };

  return {
    add(draft: ResultDraft): void {
      const entry = openSample(draft);
      if (!entry) return;
      const result = plainResult(draft.result) ?? parsedResult(draft);
      if (!result) return;
      const [high, low] = keyHashes(result);
      const contentHash = resultHash(result, entry.contentHash);
      const earlier = seen.add(mixed(high, entry.idHigh), mixed(low, entry.idLow), contentHash, draft.row.row);
      if (earlier) {
        if (earlier.same) options.onRepeated?.(position(draft.row), earlier.row);
        else options.onProblem(twiceProblem(draft, result, earlier.row));
        return;
      }
      entry.results.push(result);
      entry.rows.push(draft.row.row);
      entry.columns.push(draft.columns["value"] ?? -1);
      openResults++;
      entry.lastResult = ++added;
      if (entry.results.length === RESULTS_PER_REPORT_MAX) flush(entry.sample.sampleId, entry);
      if (added % QUIET_CHECK_EVERY === 0) flushQuiet();
    },
    end(): void {
      for (const [key, entry] of open) flush(key, entry);
    },
  };

  function twiceProblem(draft: ResultDraft, result: AssayResult, firstRow: number): Problem {
    return {
      ...problemAt(draft, "value"),
      code: "result_twice",
      severity: "error",
      found: `${result.analyte} of this sample by ${result.method}, replicate ${result.replicate}, once more with another content`,
      expected: `one content: row ${firstRow} has it already`,
      mend: "Number the replicates 1, 2, 3 in a replicate column, or leave out the row that is wrong. The first one stands.",
    };
  }
}

function firstDifference(one: Sample, other: Sample): keyof Sample {
  const fields = new Set([...Object.keys(one), ...Object.keys(other)]) as Set<keyof Sample>;
  return [...fields].find((field) => JSON.stringify(one[field]) !== JSON.stringify(other[field])) ?? "sampleId";
}

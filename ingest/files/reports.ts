import { type AssayReport, type AssayResult, assayReport, assayResult, RESULTS_PER_REPORT_MAX } from "../../schemas/assay.ts";
import type { Place } from "../../schemas/refusal.ts";
import { refusalsOf } from "../../schemas/refusal.ts";
import type { Sample } from "../../schemas/sample.ts";
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
  /** One place a result, in the same order. */
  places: Place[];
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
  places: Place[];
}

/**
 * Gathers drafts into reports, one a sample; validates each with the schemas, so that nothing leaves that the log would refuse.
 * A sample whose rows lie far apart may leave as several reports: each result still stands once.
 */
export function assembleReports(options: ReportAssembly) {
  const { labId, uploadId, file } = options;
  const open = new Map<string, OpenSample>();
  const refusedSamples = new WeakSet<object>();
  const seen = identities();
  let openResults = 0;
  let added = 0;

  const position = (row: TableRow): Position => ({ file, row, headers: options.headers() });

  const flush = (key: string, entry: OpenSample) => {
    open.delete(key);
    if (entry.results.length === 0) return;
    openResults -= entry.results.length;
    const report: AssayReport = { labId, uploadId, sample: entry.sample, results: entry.results };
    options.onReport({ report, places: entry.places });
  };

  const openSample = (draft: ResultDraft): OpenSample | undefined => {
    const key = String(draft.sample["sampleId"]);
    const known = open.get(key);
    if (known?.draft === draft.sample) return known;
    if (refusedSamples.has(draft.sample)) return undefined;
    const parsed = assayReport.shape.sample.safeParse(draft.sample);
    if (!parsed.success) {
      refusedSamples.add(draft.sample);
      schemaProblems(parsed.error, draft.sample, draft, "sample.");
      return undefined;
    }
    const content = JSON.stringify(parsed.data);
    if (!known) {
      const contentHash = hash(content, 0x85ebca6b);
      const entry = {
        draft: draft.sample,
        sample: parsed.data,
        content,
        contentHash,
        firstRow: draft.row.row,
        lastResult: added,
        results: [],
        places: [],
      };
      open.set(key, entry);
      return entry;
    }
    if (known.content === content) {
      known.draft = draft.sample;
      return known;
    }
    refusedSamples.add(draft.sample);
    const field = firstDifference(known.sample, parsed.data);
    options.onProblem({
      ...problemAt(draft, `sample.${field}`),
      code: "sample_contradicts",
      severity: "error",
      found: `${field} ${JSON.stringify((parsed.data as Record<string, unknown>)[field])}`,
      expected: `what row ${known.firstRow} says of sample ${key}: ${JSON.stringify((known.sample as Record<string, unknown>)[field])}`,
      mend: "One sample has one time, mode and volume: correct the row, or give the other sample its own id.",
    });
    return undefined;
  };

  const problemAt = (draft: ResultDraft, path: string) => {
    const column = draft.columns[path] ?? draft.columns[path.replace(/^sample\.|\[.*$/g, "")];
    const header = column === undefined ? undefined : options.headers()[column];
    return { where: placeOf(position(draft.row), column), ...(header ? { column: header } : {}) };
  };

  const schemaProblems = (error: Parameters<typeof refusalsOf>[0], value: unknown, draft: ResultDraft, prefix: string) => {
    for (const refusal of refusalsOf(error, value, {})) {
      const at = problemAt(draft, `${prefix}${refusal.where.path ?? ""}`);
      options.onProblem({ ...refusal, ...at, severity: "error" });
    }
  };

  return {
    add(draft: ResultDraft): void {
      const entry = openSample(draft);
      if (!entry) return;
      const parsed = assayResult.safeParse(draft.result);
      if (!parsed.success) {
        schemaProblems(parsed.error, draft.result, draft, "");
        return;
      }
      const result = parsed.data;
      const { sampleId } = entry.sample;
      const earlier = seen.add(
        `${sampleId}\n${result.analyte}\n${result.method}\n${result.replicate}`,
        hash(contentOf(result), entry.contentHash),
        draft.row.row,
      );
      if (earlier) {
        if (earlier.same) options.onRepeated?.(position(draft.row), earlier.row);
        else options.onProblem(twiceProblem(draft, result, earlier.row));
        return;
      }
      entry.results.push(result);
      entry.places.push(placeOf(position(draft.row), draft.columns["value"]));
      openResults++;
      entry.lastResult = ++added;
      if (entry.results.length === RESULTS_PER_REPORT_MAX) flush(sampleId, entry);
      const [key, oldest] = open.entries().next().value ?? [];
      if (oldest && (openResults > OPEN_RESULTS_MAX || added - oldest.lastResult > QUIET_RESULTS_MAX)) flush(key!, oldest);
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

/** All fields of a result, in the order of the schema. */
function contentOf(result: AssayResult): string {
  let content = "";
  for (const key in result) content += `${key}=${String(result[key as keyof AssayResult])};`;
  return content;
}

function firstDifference(one: Sample, other: Sample): string {
  const fields = new Set([...Object.keys(one), ...Object.keys(other)]) as Set<keyof Sample>;
  return [...fields].find((field) => JSON.stringify(one[field]) !== JSON.stringify(other[field])) ?? "sampleId";
}

/** What was seen under each identity, as 64 + 32 bits of hash and the row: 20 bytes an entry, so a million results fit easily. */
function identities() {
  let size = 1 << 12;
  let count = 0;
  let keys = new Uint32Array(size * 2);
  let contents = new Uint32Array(size);
  let rows = new Uint32Array(size);

  const slot = (high: number, low: number): number => {
    let at = low & (size - 1);
    while (rows[at] !== 0 && !(keys[at * 2] === high && keys[at * 2 + 1] === low)) at = (at + 1) & (size - 1);
    return at;
  };

  const grow = () => {
    const [oldKeys, oldContents, oldRows, oldSize] = [keys, contents, rows, size];
    size *= 2;
    keys = new Uint32Array(size * 2);
    contents = new Uint32Array(size);
    rows = new Uint32Array(size);
    for (let i = 0; i < oldSize; i++) {
      if (oldRows[i] === 0) continue;
      const at = slot(oldKeys[i * 2]!, oldKeys[i * 2 + 1]!);
      keys[at * 2] = oldKeys[i * 2]!;
      keys[at * 2 + 1] = oldKeys[i * 2 + 1]!;
      contents[at] = oldContents[i]!;
      rows[at] = oldRows[i]!;
    }
  };

  return {
    /** The earlier row under the identity, and whether its content was the same; undefined for a first. */
    add(identity: string, contentHash: number, row: number): { row: number; same: boolean } | undefined {
      const high = hash(identity, 0x811c9dc5);
      const low = hash(identity, 0x9e3779b9);
      const at = slot(high, low);
      if (rows[at] !== 0) return { row: rows[at]!, same: contents[at] === contentHash };
      keys[at * 2] = high;
      keys[at * 2 + 1] = low;
      contents[at] = contentHash;
      rows[at] = row;
      if (++count > size * 0.6) grow();
      return undefined;
    },
  };
}

/** FNV-1a with the finaliser of MurmurHash3, 32 bits. */
function hash(text: string, seed: number): number {
  let h = seed;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

import { createHash } from "node:crypto";
import { type CheckedFile, checkFile, type FileToCheck, verdictOf } from "../../ingest/files/checkFile.ts";
import type { Comparison } from "../../ingest/files/compareWithRecorded.ts";
import { type Finding, tallyProblems } from "../../ingest/files/findings.ts";
import { type ColumnMapping, columnMapping } from "../../ingest/files/mapping.ts";
import type { Problem } from "../../ingest/files/problem.ts";
import { rejectedRows } from "../../ingest/files/rejectedRows.ts";
import type { Place } from "../../schemas/refusal.ts";
import type { Sample } from "../../schemas/sample.ts";
import type { Site } from "../../schemas/site.ts";
import type { UploadCounts, UploadReason, UploadVerdict } from "../../schemas/upload.ts";
import type { Records } from "../../store/records/records.ts";
import type { UploadBody, UploadedFile } from "./body.ts";
import { checkReports } from "./jsonReports.ts";
import { samplingProblems } from "./sampling.ts";
import { type Placed, whatChanges } from "./whatChanges.ts";

/** The rows that were refused, in the format they came in. */
export interface Rejected {
  bytes: Buffer;
  rows: number;
  leftOut: number;
  mediaType: string;
  extension: string;
}

/** An upload as it was read: check and commit both go on from here. */
export interface ReadUpload {
  verdict: UploadVerdict;
  sha256: string;
  fileName: string | null;
  format: string | null;
  mapping: ColumnMapping | null;
  mappingFrom: CheckedFile["mappingFrom"];
  header: CheckedFile["header"];
  counts: UploadCounts;
  findings: Finding[];
  problems: Problem[];
  placed: Placed[];
  comparison: Comparison;
  rejected: Rejected | undefined;
}

export interface Reading {
  records: Pick<Records, "sites" | "results" | "receipts" | "mappings">;
  /** Whose results they are; undefined where an administrator's JSON says it report by report. */
  labId: string | undefined;
  uploadId: string;
  now: Date;
}

/** Reads what came to what may be sent, what is wrong with the rest, and what sending would change. */
export async function readUpload(body: UploadBody, reading: Reading): Promise<ReadUpload> {
  const { file, reports, fileName = null, revision } = body;
  if (!file) return readReports(reports!, hashOf(JSON.stringify(reports)), { ...reading, fileName, revision });
  if (!isJson(file)) return readFile(file, body, { ...reading, revision });
  return readReports(reportsIn(file.bytes.toString("utf8")), hashOf(file.bytes), { ...reading, fileName: file.name, revision });
}

const isJson = ({ name, bytes }: UploadedFile) =>
  /\.json$/i.test(name) || /^\s*(?:\[\s*\{|\{\s*")/.test(bytes.toString("latin1", 0, 200));

/** Reports of a JSON file: a list, or an object with the list. Undefined for what is neither. */
function reportsIn(text: string): unknown[] | undefined {
  try {
    const value = JSON.parse(text.replace(/^\uFEFF/, "")) as { reports?: unknown } | unknown[] | null;
    const reports = Array.isArray(value) ? value : value?.reports;
    return Array.isArray(reports) ? reports : undefined;
  } catch {
    return undefined;
  }
}

const hashOf = (bytes: string | Buffer) => createHash("sha256").update(bytes).digest("hex");

type JsonReading = Reading & { fileName: string | null; revision: UploadReason | undefined };

async function readReports(reports: unknown[] | undefined, sha256: string, reading: JsonReading): Promise<ReadUpload> {
  const tally = tallyProblems();
  const sites = await sitesById(reading);
  if (!reports?.length) tally.add(noReports(reading.fileName));
  const { accepted, counts, rejected } = checkReports(reports ?? [], (siteId) => sites.has(siteId), reading.labId, tally.add);
  for (const { report, path } of accepted) {
    for (const { path: inside, ...problem } of samplingProblems(report, sites.get(report.sample.siteId)!, reading.now)) {
      tally.add({ ...problem, where: { path: `${path}.${inside}` } });
    }
  }
  const placed = accepted.map(({ report, paths }) => ({
    report,
    placeOf: (index: number): Place => ({ path: paths[index]! }),
  }));
  const { taken, comparison } = await whatChanges(placed, reading, tally.add);
  return {
    ...readingOf({ tally, taken, comparison, ...counts, skipped: 0 }),
    sha256,
    fileName: reading.fileName,
    format: reports ? "json" : null,
    mapping: null,
    mappingFrom: null,
    header: null,
    placed: taken,
    comparison,
    rejected: rejected.length === 0 ? undefined : rejectedJson(rejected, counts.rejected),
  };
}

function rejectedJson(reports: readonly unknown[], rows: number): Rejected {
  const bytes = Buffer.from(`${JSON.stringify({ reports }, null, 2)}\n`);
  return { bytes, rows, leftOut: 0, mediaType: "application/json", extension: "json" };
}

type FileReading = Reading & { revision: UploadReason | undefined };

async function readFile(file: UploadedFile, { mapping, samples: list }: UploadBody, reading: FileReading): Promise<ReadUpload> {
  const { labId = "", uploadId, records } = reading;
  const sites = await sitesById(reading);
  const remembered = await rememberedMappings(records, labId);
  const options: FileToCheck = {
    fileName: file.name,
    labId,
    uploadId,
    sites: [...sites.values()],
    ...(mapping ? { mapping } : {}),
    remembered: (fingerprint: string) => remembered.get(fingerprint),
    judge: (report) => samplingProblems(report, sites.get(report.sample.siteId)!, reading.now),
  };
  const first = await readTable(file, list, options, new Map(), reading);
  // samples that the file names and says nothing else of (MassHunter, Skyline) may be on record
  const recorded = first.named.size === 0 ? new Map() : await records.results.samplesOf(labId, [...first.named]);
  return recorded.size === 0 ? first.read : (await readTable(file, list, options, recorded, reading)).read;
}

/** @returns beside what was read, the samples that were asked for by name and not found */
async function readTable(
  { name, bytes }: UploadedFile,
  list: UploadedFile | undefined,
  options: FileToCheck,
  recorded: ReadonlyMap<string, Sample>,
  reading: FileReading,
): Promise<{ read: ReadUpload; named: ReadonlySet<string> }> {
  const tally = tallyProblems();
  const listed = list && (await checkFile(list.bytes, { ...options, fileName: list.name, isSampleList: true, tally })).samples;
  const named = new Set<string>();
  const placed: Placed[] = [];
  const refused = rejectedRows();
  let compared: Awaited<ReturnType<typeof whatChanges>> | undefined;
  const file = await checkFile(bytes, {
    ...options,
    tally,
    sampleOf(sampleId) {
      const known = listed?.get(sampleId) ?? recorded.get(sampleId);
      if (!known) named.add(sampleId);
      return known;
    },
    onReport: (each) => placed.push(each),
    beforeVerdict: async (say) => {
      compared = await whatChanges(placed, reading, say);
    },
    onRejected: refused.add,
  });
  const { taken, comparison } = compared!;
  const { rows, rejected, skipped, repeated } = file.counts;
  const rejectedFile = refused.file();
  const read = {
    ...readingOf({ tally, taken, comparison, rows, rejected, skipped, repeated }),
    sha256: hashOf(bytes),
    fileName: name,
    format: file.format,
    mapping: file.mapping,
    mappingFrom: file.mappingFrom,
    header: file.header,
    placed: taken,
    comparison,
    rejected: rejectedFile && { ...rejectedFile, ...FILE_TYPES[rejectedFile.kind] },
  };
  return { read, named };
}

const FILE_TYPES = {
  csv: { mediaType: "text/csv; charset=utf-8", extension: "csv" },
  xlsx: { mediaType: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", extension: "xlsx" },
};

async function sitesById({ records }: Pick<Reading, "records">): Promise<Map<string, Site>> {
  return new Map((await records.sites.list()).map((site) => [site.siteId, site]));
}

/**
 * A remembered mapping is found by its header, so the sheet and row it once stood in do not matter. One that an older version wrote and
 * this one does not understand is as good as none: the answer says how the file was read.
 */
async function rememberedMappings({ mappings }: Reading["records"], labId: string): Promise<Map<string, ColumnMapping>> {
  const remembered = new Map<string, ColumnMapping>();
  for (const { fingerprint, mapping } of await mappings.list(labId)) {
    const parsed = columnMapping.safeParse(mapping);
    if (!parsed.success) continue;
    const { sheet: _sheet, headerRow: _row, ...rest } = parsed.data;
    remembered.set(fingerprint, rest);
  }
  return remembered;
}

interface Read {
  tally: ReturnType<typeof tallyProblems>;
  taken: readonly Placed[];
  comparison: Comparison;
  rows: number;
  rejected: number;
  skipped: number;
  repeated: number;
}

function readingOf({ tally, taken, comparison, ...told }: Read) {
  const findings = tally.findings();
  const results = taken.reduce((sum, { report }) => sum + report.results.length, 0);
  const { error: errors, warning: warnings } = tally.counts;
  const counts: UploadCounts = { ...told, samples: sampleCount(taken), results, ...comparison.counts, errors, warnings };
  const verdict = verdictOf(new Set(findings.map(({ code }) => code)), counts);
  const unreasoned = comparison.changes.some(({ reasoned }) => !reasoned);
  const held = verdict === "held" || verdict === "rejected";
  return { findings, problems: tally.problems, counts, verdict: unreasoned && !held ? ("needsReason" as const) : verdict };
}

/** A sample whose rows lie far apart leaves as several reports. */
const sampleCount = (taken: readonly Placed[]) =>
  new Set(taken.map(({ report: { labId, sample } }) => `${labId}/${sample.sampleId}`)).size;

const noReports = (file: string | null): Problem => ({
  code: "file_unreadable",
  severity: "error",
  where: file === null ? {} : { file },
  found: "JSON without reports",
  expected: 'a list of reports, or {"reports": [...]}',
  mend: "Send the reports as the API describes them (/docs), or a table as CSV or XLSX.",
});

import { type Delimiter, delimitedParser, detectDelimiter } from "./delimited.ts";
import { type Encoding, textDecoder } from "./encoding.ts";
import type { TableRow } from "./table.ts";
import { EMPTY_ROWS_MAX, openWorkbook } from "./xlsx.ts";

/** What holds the table, and how it is written. */
export interface Container {
  kind: "csv" | "xlsx";
  sheet?: string;
  encoding?: Encoding;
  delimiter?: Delimiter;
  date1904?: boolean;
}

/** Takes the rows of one table in order. */
export interface TableSink {
  row(row: TableRow): void;
  /** After the last row. `merged`: ranges such as `A1:C1`, of workbooks. */
  end(merged: readonly string[]): void;
}

export type Source = Uint8Array | AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** Bytes that are no table, or that no table needs. */
export class TableError extends Error {
  override name = "TableError";
  readonly code: "file_too_large" | "too_many_rows" | "not_a_workbook" | "workbook_old" | "not_text";
  readonly row: number | undefined;
  constructor(code: TableError["code"], message: string, row?: number) {
    super(message);
    this.code = code;
    this.row = row;
  }
}

/** A workbook is read at random, so it is held in memory: a million rows of results have about 60 MB. */
export const WORKBOOK_BYTES_MAX = 100_000_000;
/** Rows of a CSV, blank ones included: ten times what a spreadsheet holds. */
export const CSV_ROWS_MAX = 10_000_000;
/** Bytes decoded at a time: what stands in memory of a CSV. */
const CHUNK_BYTES = 65_536;
/** Characters looked at to tell the delimiter. */
const HEAD_CHARS = 32_768;

/**
 * Reads every table of a file, recognised by its first bytes whatever its name says: each visible sheet of a workbook, or the one
 * table of a text file, as a stream.
 * @throws TableError, DelimitedError, XlsxError, ZipError; TypeError from the decoder on bytes that the encoding does not allow
 */
export async function readTables(source: Source, fileName: string, open: (container: Container) => TableSink): Promise<void> {
  const chunks = chunksOf(source)[Symbol.asyncIterator]();
  const first = await chunks.next();
  const head = first.done ? new Uint8Array() : first.value;
  const all = rejoined(head, chunks);
  if (startsWith(head, [0x50, 0x4b, 0x03, 0x04]) || startsWith(head, [0x50, 0x4b, 0x05, 0x06])) return readWorkbook(all, open);
  if (startsWith(head, [0xd0, 0xcf, 0x11, 0xe0]))
    throw new TableError("workbook_old", "a workbook in the old XLS form, or encrypted");
  if (/\.xlsx$/i.test(fileName)) throw new TableError("not_a_workbook", "it is named XLSX but is no workbook");
  return readText(all, open);
}

const startsWith = (bytes: Uint8Array, marks: readonly number[]) => marks.every((mark, index) => bytes[index] === mark);

/** Chunks of bounded size, so that a whole file in one buffer is not decoded at once. */
async function* chunksOf(source: Source): AsyncGenerator<Uint8Array> {
  if (source instanceof Uint8Array) yield* pieces(source);
  else for await (const chunk of source) yield* pieces(chunk);
}

function* pieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES);
}

async function* rejoined(head: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (head.length > 0) yield head;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

async function readWorkbook(chunks: AsyncIterable<Uint8Array>, open: (container: Container) => TableSink): Promise<void> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > WORKBOOK_BYTES_MAX) throw new TableError("file_too_large", `a workbook of more than ${WORKBOOK_BYTES_MAX} bytes`);
    parts.push(chunk);
  }
  const workbook = await openWorkbook(Buffer.concat(parts));
  // PHES-ODM: the table `measures` refers to the table `samples`
  const sheets = workbook.sheets.toSorted((a, b) => Number(!/^samples$/i.test(a.name)) - Number(!/^samples$/i.test(b.name)));
  for (const sheet of sheets) {
    if (sheet.hidden) continue;
    const sink = open({ kind: "xlsx", sheet: sheet.name, date1904: workbook.date1904 });
    for await (const row of sheet.rows()) sink.row(row);
    sink.end(sheet.merged);
  }
}

async function readText(chunks: AsyncIterable<Uint8Array>, open: (container: Container) => TableSink): Promise<void> {
  const decoder = textDecoder();
  let head = "";
  let parser: ReturnType<typeof delimitedParser> | undefined;
  let sink: TableSink | undefined;
  const begin = () => {
    const text = head.replace(/^\uFEFF/, "");
    head = "";
    const delimiter = detectDelimiter(text);
    sink = open({ kind: "csv", encoding: decoder.encoding(), delimiter });
    parser = delimitedParser(delimiter, boundedRows(sink));
    write(text);
  };
  const write = (text: string) => {
    if (text.includes("\0")) throw new TableError("not_text", "bytes of zero: the file is no text");
    if (parser) parser.write(text);
    else {
      head += text;
      if (head.length >= HEAD_CHARS) begin();
    }
  };
  for await (const chunk of chunks) write(decoder.write(chunk));
  write(decoder.end());
  if (!parser) begin();
  parser!.end();
  sink!.end([]);
}

/** Passes rows on, but not without end: nobody leaves a hundred thousand empty rows, and a hostile file is made of nothing else. */
function boundedRows(sink: TableSink): (row: TableRow) => void {
  let empty = 0;
  return (row) => {
    if (row.row > CSV_ROWS_MAX) throw new TableError("too_many_rows", `more than ${CSV_ROWS_MAX} rows`, row.row);
    empty = row.cells.length === 1 && row.cells[0] === "" ? empty + 1 : 0;
    if (empty > EMPTY_ROWS_MAX) throw new TableError("too_many_rows", `more than ${EMPTY_ROWS_MAX} empty rows`, row.row);
    sink.row(row);
  };
}

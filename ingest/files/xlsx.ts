import { StringDecoder } from "node:string_decoder";
import { COLUMNS_MAX } from "./delimited.ts";
import type { CellKind, TableRow } from "./table.ts";
import { attribute, cutElement, decodeXml, elementText, textOf } from "./xml.ts";
import { readZipDirectory, unpackStream, unpackWhole, type ZipEntry } from "./zip.ts";

/** Why a workbook cannot be read, beside what zip.ts throws. */
export class XlsxError extends Error {
  override name = "XlsxError";
  readonly code: "xlsx_broken" | "too_many_rows" | "too_many_columns" | "row_too_long" | "too_many_strings";
  readonly sheet: string | undefined;
  constructor(code: XlsxError["code"], message: string, sheet?: string) {
    super(message);
    this.code = code;
    this.sheet = sheet;
  }
}

/** Rows of a sheet, empty ones included: Excel's own limit. */
export const SHEET_ROWS_MAX = 1_048_576;
/** Empty rows in a run: nobody leaves more, and a hostile file is made of nothing else. */
export const EMPTY_ROWS_MAX = 100_000;
/** Characters of one row's XML. */
const ROW_CHARS_MAX = 2_000_000;
/** Distinct texts, and their characters in all: about 200 MB. */
const STRINGS_MAX = 2_000_000;
const STRING_CHARS_MAX = 64_000_000;
/** The small parts: workbook, relations, styles. */
const PART_BYTES_MAX = 16_000_000;

export interface Sheet {
  name: string;
  hidden: boolean;
  /** Rows in order, empty ones left out. After the last, `merged` is known. */
  rows(): AsyncGenerator<TableRow>;
  /** Merged ranges, such as `A1:C1`. */
  merged: string[];
}

export interface Workbook {
  /** Whether day 0 is 1904-01-01, as old Macs had it. */
  date1904: boolean;
  sheets: Sheet[];
}

/**
 * Opens a workbook that is in memory; its sheets are unpacked and read as a stream, in bounded memory and time. Only what a table
 * needs is read: values as last calculated, dates by their number format, hidden rows, merged ranges. Macros, links and formulas
 * are never evaluated. read-excel-file, the registry's well-kept reader, unpacks everything at once and does not tell hidden rows,
 * dates of a damaged column or formulas without a value.
 * @throws ZipError, XlsxError
 */
export async function openWorkbook(bytes: Uint8Array): Promise<Workbook> {
  const parts = readZipDirectory(bytes);
  const text = (name: string) => {
    const entry = parts.get(name);
    return entry ? unpackWhole(bytes, entry, PART_BYTES_MAX).toString("utf8") : undefined;
  };
  const workbook = text("xl/workbook.xml");
  if (workbook === undefined) throw new XlsxError("xlsx_broken", "it has no xl/workbook.xml: not a workbook");
  const targets = relationTargets(text("xl/_rels/workbook.xml.rels") ?? "");
  const dateStyles = stylesOfDates(text("xl/styles.xml") ?? "");
  const date1904 = /<(?:\w+:)?workbookPr\b[^>]*\bdate1904="(?:1|true)"/.test(workbook);
  const sharedEntry = parts.get("xl/sharedStrings.xml");
  let strings: string[] | undefined;
  const shared = async () => {
    strings ??= sharedEntry ? await readStrings(bytes, sharedEntry) : [];
    return strings;
  };
  const sheets = [...workbook.matchAll(/<(?:\w+:)?sheet\b([^>]*)>/g)].map(([, attributes]): Sheet => {
    const name = decodeXml(attribute(attributes!, "name") ?? "");
    const target = targets.get(attribute(attributes!, "r:id") ?? attribute(attributes!, "id") ?? "");
    const entry = target === undefined ? undefined : parts.get(target);
    const sheet: Sheet = {
      name,
      hidden: /hidden/i.test(attribute(attributes!, "state") ?? ""),
      merged: [],
      async *rows() {
        if (!entry) throw new XlsxError("xlsx_broken", `the part of sheet ${name} is missing`, name);
        yield* readSheet(bytes, entry, { name, strings: await shared(), dateStyles, date1904, merged: sheet.merged });
      },
    };
    return sheet;
  });
  if (sheets.length === 0) throw new XlsxError("xlsx_broken", "the workbook has no sheet");
  return { date1904, sheets };
}

interface SheetContext {
  name: string;
  strings: readonly string[];
  dateStyles: ReadonlySet<number>;
  date1904: boolean;
  merged: string[];
}

async function* readSheet(bytes: Uint8Array, entry: ZipEntry, context: SheetContext): AsyncGenerator<TableRow> {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  let lastRow = 0;
  let count = 0;
  let empty = 0;
  for await (const chunk of unpackStream(bytes, entry)) {
    rest += decoder.write(chunk);
    let at = 0;
    for (;;) {
      const cut = cutElement(rest, at, "row");
      if (!cut) break;
      at = cut.next;
      if (++count > SHEET_ROWS_MAX) throw new XlsxError("too_many_rows", `more than ${SHEET_ROWS_MAX} rows`, context.name);
      const row = readRow(cut.attributes, cut.content, lastRow + 1, context);
      if (row.row > SHEET_ROWS_MAX) throw new XlsxError("too_many_rows", `a row ${row.row}`, context.name);
      lastRow = row.row;
      empty = row.cells.length === 0 ? empty + 1 : 0;
      if (empty > EMPTY_ROWS_MAX) {
        throw new XlsxError("too_many_rows", `more than ${EMPTY_ROWS_MAX} empty rows before row ${row.row}`, context.name);
      }
      if (row.cells.length > 0) yield row;
    }
    for (const [, range] of rest.slice(at).matchAll(/<(?:\w+:)?mergeCell\b[^>]*\bref="([^"]{1,30})"[^>]*>/g)) {
      if (!context.merged.includes(range!) && context.merged.length < 1_000) context.merged.push(range!);
    }
    // what stands before the next row is not needed, but a tag may have been cut
    const keep = Math.max(at, rest.indexOf("<row", at) === -1 ? rest.lastIndexOf("<") : at);
    rest = rest.slice(Math.max(keep, 0));
    if (rest.length > ROW_CHARS_MAX)
      throw new XlsxError("row_too_long", `a row of more than ${ROW_CHARS_MAX} characters`, context.name);
  }
}

function readRow(attributes: string, content: string, next: number, context: SheetContext): TableRow {
  const number = Number(attribute(attributes, "r") ?? next);
  if (!(number >= next)) throw disordered(`row ${attribute(attributes, "r")} below row ${next - 1}`, context);
  const cells: string[] = [];
  const kinds: (CellKind | undefined)[] = [];
  let at = 0;
  let position = 0;
  for (;;) {
    const cut = cutElement(content, at, "c");
    if (!cut) break;
    at = cut.next;
    const reference = attribute(cut.attributes, "r");
    const column = reference === undefined ? position : columnOf(reference);
    if (!(column >= position) || (reference !== undefined && Number(reference.replace(/^[A-Z]+/i, "")) !== number))
      throw disordered(`cell ${reference} in row ${number}`, context);
    position = column + 1;
    if (!(column < COLUMNS_MAX)) {
      if (cut.content === "") continue; // formatting far to the right of the table
      throw new XlsxError(
        "too_many_columns",
        `a value in ${reference ?? column}: more than ${COLUMNS_MAX} columns`,
        context.name,
      );
    }
    const cell = readCell(cut.attributes, cut.content, context);
    if (!cell) continue;
    while (cells.length < column) cells.push("");
    cells[column] = cell.text;
    kinds[column] = cell.kind;
  }
  const hidden = /\b(?:hidden|zeroHeight)="(?:1|true)"/.test(attributes);
  return { row: number, sheet: context.name, cells, kinds, ...(hidden ? { hidden } : {}) };
}

/** Rows and cells stand in order, each in its place (ECMA-376 part 1, 18.3.1.73): else which value belongs where cannot be told. */
const disordered = (what: string, { name }: SheetContext) => new XlsxError("xlsx_broken", `${what}: out of its place`, name);

function readCell(attributes: string, content: string, context: SheetContext): { text: string; kind: CellKind } | undefined {
  if (content === "") return undefined;
  const type = attribute(attributes, "t") ?? "n";
  if (type === "inlineStr") return { text: textOf(content), kind: "text" };
  const value = elementText(content, "v");
  if (value === undefined) {
    return /<(?:\w+:)?f\b/.test(content)
      ? { text: `=${elementText(content, "f") ?? ""}`, kind: "formulaWithoutValue" }
      : undefined;
  }
  if (type === "s") {
    const text = context.strings[Number(value)];
    if (text === undefined) throw new XlsxError("xlsx_broken", `a cell refers to text ${value}, which is missing`, context.name);
    return { text, kind: "text" };
  }
  if (type === "str") return { text: decodeXml(value), kind: "text" };
  if (type === "b") return { text: value === "1" ? "TRUE" : "FALSE", kind: "boolean" };
  if (type === "e") return { text: decodeXml(value), kind: "error" };
  if (type === "d") return { text: value, kind: "date" };
  const serial = Number(value);
  if (value.trim() === "" || !Number.isFinite(serial)) return { text: value, kind: "error" };
  if (context.dateStyles.has(Number(attribute(attributes, "s") ?? 0))) {
    return { text: serialToWall(serial, context.date1904), kind: "date" };
  }
  return { text: String(serial), kind: "number" };
}

/**
 * Wall time of a spreadsheet's day number, to the second: `2026-05-04T08:00:00`. The 1900 system counts a 29 February 1900 that
 * never was, so it is right from 1900-03-01 on.
 */
export function serialToWall(serial: number, date1904: boolean): string {
  const epoch = date1904 ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, 30);
  const time = epoch + Math.round(serial * 86_400) * 1000;
  return Math.abs(time) <= 8.64e15 ? new Date(time).toISOString().slice(0, 19) : String(serial);
}

function columnOf(reference: string): number {
  let column = 0;
  for (let i = 0; i < reference.length && reference.charCodeAt(i) >= 65; i++) {
    column = column * 26 + ((reference.charCodeAt(i) & 0xdf) - 64);
  }
  return column - 1;
}

async function readStrings(bytes: Uint8Array, entry: ZipEntry): Promise<string[]> {
  const decoder = new StringDecoder("utf8");
  const strings: string[] = [];
  let characters = 0;
  let rest = "";
  for await (const chunk of unpackStream(bytes, entry)) {
    rest += decoder.write(chunk);
    let at = 0;
    for (;;) {
      const cut = cutElement(rest, at, "si");
      if (!cut) break;
      at = cut.next;
      const text = textOf(cut.content);
      characters += text.length;
      strings.push(text);
      if (strings.length > STRINGS_MAX || characters > STRING_CHARS_MAX) {
        throw new XlsxError("too_many_strings", `more than ${STRINGS_MAX} texts or ${STRING_CHARS_MAX} characters`);
      }
    }
    rest = rest.slice(at);
    if (rest.length > ROW_CHARS_MAX) throw new XlsxError("row_too_long", `a text of more than ${ROW_CHARS_MAX} characters`);
  }
  return strings;
}

function relationTargets(xml: string): Map<string, string> {
  const targets = new Map<string, string>();
  for (const [, attributes] of xml.matchAll(/<(?:\w+:)?Relationship\b([^>]*)>/g)) {
    const [id, target] = [attribute(attributes!, "Id"), attribute(attributes!, "Target")];
    if (id && target) targets.set(id, target.startsWith("/") ? target.slice(1) : `xl/${target.replace(/^\.\//, "")}`);
  }
  return targets;
}

/** Indexes of cell formats that show a date or time: built-in ones by number, own ones by their letters. */
function stylesOfDates(xml: string): Set<number> {
  const own = new Map<number, boolean>();
  for (const [, attributes] of xml.matchAll(/<(?:\w+:)?numFmt\b([^>]*)>/g)) {
    const code = decodeXml(attribute(attributes!, "formatCode") ?? "").replace(/"[^"]*"|\\.|\[[^\]]*\]/g, "");
    own.set(Number(attribute(attributes!, "numFmtId")), /[ydhs年月日]|m{1,5}/i.test(code) && !/general/i.test(code));
  }
  const formats = cutElement(xml, 0, "cellXfs")?.content ?? "";
  const dates = new Set<number>();
  for (const [index, [, attributes]] of [...formats.matchAll(/<(?:\w+:)?xf\b([^>]*)>/g)].entries()) {
    const id = Number(attribute(attributes!, "numFmtId") ?? 0);
    if (own.get(id) ?? isBuiltInDate(id)) dates.add(index);
  }
  return dates;
}

/** ECMA-376 part 1, 18.8.30: 14 to 22 and 45 to 47; 27 to 36 and 50 to 58 in Chinese, Japanese and Korean locales. */
const isBuiltInDate = (id: number) =>
  (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 45 && id <= 47) || (id >= 50 && id <= 58);

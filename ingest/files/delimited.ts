import type { TableRow } from "./table.ts";

/** Longest record, characters: a quote that is never closed must not swallow the file. */
export const RECORD_CHARS_MAX = 1_000_000;

/** Columns of a record: twice what Excel 2003 had; a wide panel has a few hundred. */
export const COLUMNS_MAX = 512;

export type Delimiter = "," | ";" | "\t" | "|";
const DELIMITERS: readonly Delimiter[] = [",", ";", "\t", "|"];

/** Why the text is no table, with the row at which it shows. */
export class DelimitedError extends Error {
  override name = "DelimitedError";
  readonly code: "quote_unclosed" | "too_many_columns" | "record_too_long";
  readonly row: number;
  constructor(code: DelimitedError["code"], row: number) {
    super(`${code} at row ${row}`);
    this.code = code;
    this.row = row;
  }
}

/** The delimiter that cuts the first lines into the same number of fields, most fields first; comma where none cuts. */
export function detectDelimiter(head: string): Delimiter {
  const declared = /^\uFEFF?sep=([,;|\t])\r?\n/i.exec(head);
  if (declared) return declared[1] as Delimiter;
  const lines = withoutQuoted(head)
    .split(/\r\n|\n|\r/)
    .filter((line) => line.trim() !== "")
    .slice(0, 50);
  const score = (delimiter: Delimiter) => {
    const counts = lines.map((line) => line.split(delimiter).length - 1);
    const most = Math.max(0, ...counts);
    const steady = counts.filter((count) => count === most).length / Math.max(1, lines.length);
    return most === 0 ? 0 : steady * 100 + Math.min(most, 50);
  };
  // a decimal comma also cuts steadily, so a semicolon or tab that cuts as steadily is preferred to the comma
  const ranked = DELIMITERS.map((delimiter) => ({ delimiter, score: score(delimiter) * (delimiter === "," ? 0.9 : 1) }));
  return ranked.toSorted((a, b) => b.score - a.score)[0]!.delimiter;
}

const withoutQuoted = (text: string) => text.replace(/"(?:[^"]|"")*"/g, "");

/**
 * Cuts text into rows as RFC 4180 has it, in chunks of any size; a row ends at LF, CR LF or CR. Blank lines count as rows, as they
 * do in a spreadsheet, and are passed on. A quote inside an unquoted field is an ordinary character.
 * @param onRow called for each row in order; returns false to stop
 * @throws DelimitedError
 */
export function delimitedParser(delimiter: Delimiter, onRow: (row: TableRow) => void) {
  let rest = "";
  let row = 0;
  let skipLf = false;

  const emit = (cells: string[]) => {
    row++;
    if (cells.length > COLUMNS_MAX) throw new DelimitedError("too_many_columns", row);
    onRow({ row, cells });
  };

  /** Consumes whole records of `rest` and leaves what is unfinished. */
  const consume = (final: boolean) => {
    const text = rest;
    let at = 0;
    let lf = -1;
    while (at < text.length) {
      if (skipLf) {
        skipLf = false;
        if (text.charCodeAt(at) === 10 && ++at === text.length) break;
      }
      if (lf < at) lf = text.indexOf("\n", at);
      if (lf === -1) lf = text.length; // looked for once a chunk, or a file of CRs would be searched to its end for every row
      const record = cutRecord(text, at, lf, delimiter, final, row + 1);
      if (!record) break;
      emit(record.cells);
      at = record.next;
      skipLf = record.endedByCr;
    }
    rest = at === 0 ? text : text.slice(at);
    if (rest.length > RECORD_CHARS_MAX) throw new DelimitedError("record_too_long", row + 1);
  };

  return {
    write(text: string) {
      rest = rest === "" ? text : rest + text;
      consume(false);
    },
    end() {
      consume(true);
      if (rest !== "") throw new DelimitedError("quote_unclosed", row + 1);
    },
  };
}

interface CutRecord {
  cells: string[];
  next: number;
  /** The row ended at a CR with which an LF may belong that has not come yet, or follows. */
  endedByCr: boolean;
}

/** One record of the text from `at` on, or undefined where its end has not come yet. `lf`: the next LF, or the text's length. */
function cutRecord(text: string, at: number, lf: number, delimiter: string, final: boolean, row: number): CutRecord | undefined {
  const upToLf = text.slice(at, lf);
  const cr = upToLf.indexOf("\r");
  const line = cr === -1 ? upToLf : upToLf.slice(0, cr);
  if (line.includes('"')) return cutQuoted(text, at, delimiter, final, row);
  const end = at + line.length;
  if (end === text.length && !final) return undefined;
  return { cells: line.split(delimiter), next: Math.min(end + 1, text.length), endedByCr: cr !== -1 };
}

function cutQuoted(text: string, at: number, delimiter: string, final: boolean, row: number): CutRecord | undefined {
  const cells: string[] = [];
  let position = at;
  for (;;) {
    let cell = "";
    if (text.charCodeAt(position) === 34) {
      position++;
      for (;;) {
        const quote = text.indexOf('"', position);
        if (quote === -1) {
          if (final) throw new DelimitedError("quote_unclosed", row);
          return undefined;
        }
        cell += text.slice(position, quote);
        position = quote + 1;
        if (text.charCodeAt(position) !== 34) break;
        cell += '"';
        position++;
      }
      if (position >= text.length && !final) return undefined; // a second quote may follow
    }
    const stop = nextStop(text, position, delimiter);
    if (stop === text.length && !final) return undefined;
    cell += text.slice(position, stop); // text after a closing quote belongs to the field, as spreadsheets have it
    cells.push(cell);
    if (cells.length > COLUMNS_MAX) throw new DelimitedError("too_many_columns", row);
    const mark = text[stop];
    position = stop + 1;
    if (mark === delimiter) continue;
    return { cells, next: Math.min(position, text.length), endedByCr: mark === "\r" };
  }
}

function nextStop(text: string, from: number, delimiter: string): number {
  for (let i = from; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 10 || code === 13 || text[i] === delimiter) return i;
  }
  return text.length;
}

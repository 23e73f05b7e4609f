import { parse } from "csv-parse/sync";
import { type Field, resolveField } from "../ingest/files/fields.ts";
import { CommandError, exit } from "./exitCodes.ts";
import { textOf } from "./inputFile.ts";

/** One line of a CSV file: its cells by column, and where it stands. */
export interface CsvRow {
  readonly cells: Readonly<Record<string, string>>;
  readonly line: number;
}

export interface CsvTable {
  readonly rows: readonly CsvRow[];
  readonly delimiter: string;
  /** Columns that nobody asked for. */
  readonly unknown: readonly string[];
}

const DELIMITERS = [",", ";", "\t", "|"];

/**
 * A CSV file with a header, cut by commas, semicolons, tabs or bars; names of columns in any case and order, or as laboratories have them.
 * @throws {CommandError} it is no such file, or lacks a required column
 */
export function readCsvTable(file: string, required: readonly string[], optional: readonly string[]): CsvTable {
  const text = textOf(file);
  const firstLine = (/^[^\r\n]*\S[^\r\n]*/m.exec(text) ?? [""])[0];
  const known = new Set([...required, ...optional]);
  const cut = (delimiter: string) => firstLine.split(delimiter).map((cell) => nameOf(cell, known));
  const score = (delimiter: string) => cut(delimiter).filter((name) => known.has(name)).length;
  const delimiter = DELIMITERS.reduce((best, each) => (score(each) > score(best) ? each : best));
  const names = cut(delimiter);
  const missing = required.filter((name) => !names.includes(name));
  if (missing.length > 0) {
    throw new CommandError(
      `${file}, row 1: found ${names.filter(Boolean).join(", ") || "nothing"}; expected the columns ${required.join(", ")} and, where known, ` +
        `${optional.join(", ")}. Missing: ${missing.join(", ")}. Name the columns in the first row and run the command again.`,
      exit.dataRefused,
    );
  }
  const twice = names.find((name, i) => known.has(name) && names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new CommandError(`${file}, row 1: the column ${twice} is there twice. Leave one of them.`, exit.dataRefused);
  return {
    rows: rowsOf(file, text, delimiter, known),
    delimiter,
    unknown: names.filter((name) => name !== "" && !known.has(name)),
  };
}

/** Columns of laboratories' tables, and of our own long export, under the names that commands know. */
const COLUMN_OF: Partial<Record<Field, string>> = {
  siteId: "site",
  start: "date",
  censoring: "censored",
  flowM3D: "flow_m3_d",
  sampleId: "sample_id",
};

/** The column's own name, else the one that a laboratory's header means, in English, German or Chinese. */
function nameOf(cell: string, known: ReadonlySet<string>): string {
  const written = cell
    .trim()
    .replace(/^"(.*)"$/, "$1")
    .trim();
  const name = written.toLowerCase().replaceAll(" ", "_");
  if (known.has(name)) return name;
  const field = resolveField(written);
  const meant = field && (COLUMN_OF[field] ?? field);
  return meant !== undefined && known.has(meant) ? meant : name;
}

function rowsOf(file: string, text: string, delimiter: string, known: ReadonlySet<string>): CsvRow[] {
  try {
    const parsed = parse(text, {
      columns: (names: string[]) => names.map((cell) => nameOf(cell, known)),
      delimiter,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      skip_records_with_empty_values: true,
      trim: true,
    }) as unknown as { record: Record<string, string>; info: { lines: number } }[];
    return parsed.map(({ record, info }) => ({ cells: record, line: info.lines }));
  } catch (error) {
    throw new CommandError(`${file} is not a CSV file: ${(error as Error).message}`, exit.dataRefused, { cause: error });
  }
}

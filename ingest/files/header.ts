import { createHash } from "node:crypto";
import type { Recognised } from "./formats.ts";
import type { TableRow } from "./table.ts";
import { normalised } from "./values.ts";

/** Cells of a column that are shown so that a person can tell what it holds, and how much of each. */
const SAMPLES_MAX = 3;
const SAMPLE_CHARS_MAX = 100;

/** The header of a table, found or guessed, column by column. */
export interface FoundHeader {
  sheet: string | null;
  row: number;
  fingerprint: string;
  columns: {
    header: string;
    /** A field, `ignore`, `cocaine` or `cocaine loq` of a wide table; null where nobody knows, or the format says it. */
    as: string | null;
    samples: string[];
  }[];
}

/** Known again by its texts alone, whatever stands above it and however wide its letters are. */
export function fingerprintOf(headers: readonly string[]): string {
  const texts = headers.map((header) => normalised(header).toLowerCase());
  while (texts.at(-1) === "") texts.pop();
  return createHash("sha256").update(JSON.stringify(texts)).digest("hex").slice(0, 32);
}

/** @param below the first rows below the header */
export function foundHeader(row: TableRow, below: readonly TableRow[], recognised: Recognised | undefined): FoundHeader {
  const headers = recognised?.headers ?? row.cells;
  const columns = headers.map((text, index) => {
    const header = text.replace(/^\uFEFF/, "").trim();
    const mapped = recognised?.mapping.columns[header];
    const as = mapped === undefined ? null : typeof mapped === "string" ? mapped : `${mapped.analyte}${ofText(mapped.of)}`;
    const cells = below.map(({ cells }) => (cells[index] ?? "").trim()).filter((cell) => cell !== "");
    return { header, as, samples: [...new Set(cells)].slice(0, SAMPLES_MAX).map((cell) => cell.slice(0, SAMPLE_CHARS_MAX)) };
  });
  const named = columns.filter(({ header }) => header !== "");
  return { sheet: row.sheet ?? null, row: row.row, fingerprint: fingerprintOf(row.cells), columns: named };
}

const ofText = (of: string) => (of === "value" ? "" : ` ${of}`);

/** Of rows that none was understood as a header of, the one that looks most like it: the first with the most cells. */
export function guessedHeader(rows: readonly TableRow[]): { row: TableRow; below: TableRow[] } | undefined {
  const filled = (row: TableRow) => row.cells.filter((cell) => cell.trim() !== "").length;
  const most = Math.max(0, ...rows.map(filled));
  const at = rows.findIndex((row) => filled(row) === most);
  return most < 2 ? undefined : { row: rows[at]!, below: rows.slice(at + 1) };
}

import type { Problem } from "./problem.ts";
import type { TableRow } from "./table.ts";
import type { Container } from "./tables.ts";
import { type CellContent, type SheetContent, writeWorkbook } from "./workbook.ts";

/** Header of the column that says why. A file with it may be sent again: the column is not read. */
export const ERROR_COLUMN = "__error";

/** Rows kept: a file of which more is refused is mended at its source, not row by row. */
export const REJECTED_ROWS_MAX = 50_000;

/** The rows of a file that were refused, in the format it came in. */
export interface RejectedRows {
  add(row: TableRow, why: readonly Problem[], table: RejectedTable): void;
  /** Undefined where nothing was refused. `leftOut`: rows beyond the most that are kept. */
  file(): { bytes: Buffer; rows: number; leftOut: number; kind: Container["kind"] } | undefined;
}

interface RejectedTable {
  container: Container;
  recognised: { headerRows: readonly TableRow[] };
}

interface RejectedSheet {
  container: Container;
  headerRows: readonly TableRow[];
  kept: { row: TableRow; why: string }[];
}

/** Gathers refused rows under the file's own header, sheet by sheet, with the reasons behind them. */
export function rejectedRows(): RejectedRows {
  const sheets = new Map<string, RejectedSheet>();
  let rows = 0;
  let leftOut = 0;
  return {
    add(row, why, { container, recognised: { headerRows } }) {
      if (rows >= REJECTED_ROWS_MAX) {
        leftOut++;
        return;
      }
      rows++;
      const name = container.sheet ?? "";
      const sheet = sheets.get(name) ?? { container, headerRows, kept: [] };
      sheets.set(name, sheet);
      sheet.kept.push({ row, why: why.map(reason).join(" | ") });
    },
    file() {
      const all = [...sheets.values()];
      const [first] = all;
      if (!first) return undefined;
      const { kind } = first.container;
      const bytes = kind === "xlsx" ? writeWorkbook(all.map(sheetOf)) : csvOf(linesOf(first), first.container);
      return { bytes, rows, leftOut, kind };
    },
  };
}

function linesOf({ headerRows, kept }: RejectedSheet): string[][] {
  const width = Math.max(...headerRows.map(({ cells }) => cells.length), ...kept.map(({ row }) => row.cells.length));
  return [
    ...headerRows.map(({ cells }, index) => [...padded(cells, width), index === headerRows.length - 1 ? ERROR_COLUMN : ""]),
    ...kept.map(({ row, why }) => [...padded(row.cells, width), why]),
  ];
}

const reason = ({ where, code, found, expected }: Problem) =>
  `${where.cell ?? `row ${where.row}`} ${code}: found "${found}", expected ${expected}`;

const padded = (cells: readonly string[], width: number) => [...cells, ...Array<string>(width - cells.length).fill("")];

/** UTF-8 with a byte order mark, which every spreadsheet understands, and the delimiter of the file. */
function csvOf(lines: readonly string[][], { delimiter = "," }: Container): Buffer {
  const rows = lines.map((cells) => cells.map((cell) => quoted(withoutFormula(cell), delimiter)).join(delimiter));
  return Buffer.from(`\uFEFF${rows.join("\r\n")}\r\n`, "utf8");
}

/**
 * A spreadsheet runs what begins with one of = + - @, a tab or a CR as a formula: it gets an apostrophe in front, which the
 * reader takes off again. Numbers are left alone.
 * @see OWASP, CSV Injection
 */
export function withoutFormula(cell: string): string {
  return /^[=+\-@\t\r]/.test(cell) && !/^[+-]?\d+(?:[.,]\d+)?(?:e[+-]?\d+)?$/i.test(cell) ? `'${cell}` : cell;
}

/** The cell as it was before withoutFormula. */
export const withFormula = (cell: string): string => (/^'[=+\-@\t\r]/.test(cell) ? cell.slice(1) : cell);

const quoted = (cell: string, delimiter: string) =>
  cell.includes(delimiter) || /["\r\n]/.test(cell) || cell !== cell.trim() ? `"${cell.replaceAll('"', '""')}"` : cell;

/** Numbers stay numbers; all else is text, which a workbook never runs. */
function sheetOf(sheet: RejectedSheet): SheetContent {
  const { container, headerRows, kept } = sheet;
  const rows = linesOf(sheet).map((cells, index): CellContent[] => {
    const kinds = kept[index - headerRows.length]?.row.kinds;
    return cells.map((cell, column) => (kinds?.[column] === "number" && Number.isFinite(Number(cell)) ? Number(cell) : cell));
  });
  return { name: container.sheet ?? "Rejected", rows, headerRows: headerRows.length };
}

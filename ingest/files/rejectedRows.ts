import type { Problem } from "./problem.ts";
import type { TableRow } from "./table.ts";
import type { Container } from "./tables.ts";
import { type CellContent, writeWorkbook } from "./workbook.ts";

/** Header of the column that says why. A file with it may be sent again: the column is not read. */
export const ERROR_COLUMN = "__error";

/** Rows kept: a file of which more is refused is mended at its source, not row by row. */
export const REJECTED_ROWS_MAX = 50_000;

/** The rows of a file that were refused, in the format it came in. */
export interface RejectedRows {
  add(row: TableRow, why: readonly Problem[]): void;
  /** Undefined where nothing was refused. `left out`: rows beyond the most that are kept. */
  file(): { bytes: Buffer; leftOut: number } | undefined;
}

/** Gathers refused rows under the file's own header, with the reasons behind them. */
export function rejectedRows(container: Container, headerRows: readonly TableRow[]): RejectedRows {
  const kept: { row: TableRow; why: string }[] = [];
  let leftOut = 0;
  return {
    add(row, why) {
      if (kept.length >= REJECTED_ROWS_MAX) leftOut++;
      else kept.push({ row, why: why.map(reason).join(" | ") });
    },
    file() {
      if (kept.length === 0) return undefined;
      const width = Math.max(...headerRows.map(({ cells }) => cells.length), ...kept.map(({ row }) => row.cells.length));
      const lines = [
        ...headerRows.map(({ cells }, index) => [...padded(cells, width), index === headerRows.length - 1 ? ERROR_COLUMN : ""]),
        ...kept.map(({ row, why }) => [...padded(row.cells, width), why]),
      ];
      const bytes =
        container.kind === "xlsx" ? workbookOf(lines, kept, headerRows.length, container.sheet) : csvOf(lines, container);
      return { bytes, leftOut };
    },
  };
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
function workbookOf(
  lines: readonly string[][],
  kept: readonly { row: TableRow }[],
  headerRows: number,
  sheet = "Rejected",
): Buffer {
  const rows = lines.map((cells, index): CellContent[] => {
    const kinds = kept[index - headerRows]?.row.kinds;
    return cells.map((cell, column) => (kinds?.[column] === "number" && Number.isFinite(Number(cell)) ? Number(cell) : cell));
  });
  return writeWorkbook([{ name: sheet, rows, headerRows }]);
}

/** What a spreadsheet says a cell is; a CSV says nothing. */
export type CellKind = "text" | "number" | "date" | "boolean" | "error" | "formulaWithoutValue";

/** One row of a table, as every container (CSV, XLSX) gives it. */
export interface TableRow {
  /** As the file shows it: 1 is the first row, whether or not it is the header. */
  row: number;
  /** Text of each cell; a date of a spreadsheet as `2026-05-04T08:00:00`, without offset. */
  cells: string[];
  /** Kind by column; absent for CSV. */
  kinds?: readonly (CellKind | undefined)[];
  sheet?: string;
  /** Hidden, or filtered away, in the spreadsheet. */
  hidden?: boolean;
}

/** Column letters: 0 is A, 25 is Z, 26 is AA. */
export function columnName(column: number): string {
  let name = "";
  for (let rest = column; rest >= 0; rest = Math.floor(rest / 26) - 1) name = String.fromCharCode(65 + (rest % 26)) + name;
  return name;
}

/** `E14` for column 4 of row 14. */
export const cellName = (column: number, row: number) => `${columnName(column)}${row}`;

/** A row without a single mark in it. */
export const isBlankRow = (row: TableRow) => row.cells.every((cell) => cell.trim() === "");

import { type Place, type Refusal, shown } from "../../schemas/refusal.ts";
import { cellName, type TableRow } from "./table.ts";

/** What is wrong, or odd, in a file. An error keeps its row out; a warning asks and lets it in. */
export interface Problem extends Refusal {
  severity: "error" | "warning";
  /** The column's header as the file writes it. */
  column?: string;
}

/** Codes that hold the whole file: other values may have changed without a trace, so nothing of it is taken. */
export const HOLDING_CODES: ReadonlySet<string> = new Set(["excel_date", "excel_leading_zero", "excel_mean_differs"]);

/** Where a reader stands in the file, to make places and problems with. */
export interface Position {
  file: string;
  row: TableRow;
  /** Headers by column, for `column`. */
  headers: readonly string[];
}

/** The place of a cell, or of the row where the column is unknown. */
export function placeOf({ file, row }: Pick<Position, "file" | "row">, column?: number): Place {
  const where: Place = { file, row: row.row };
  if (row.sheet !== undefined) where.sheet = row.sheet;
  if (column !== undefined) where.cell = cellName(column, row.row);
  return where;
}

/** A problem of one cell, the value in it being what was found. */
export function cellProblem(
  position: Position,
  column: number | undefined,
  what: Pick<Problem, "code" | "severity" | "expected" | "mend"> & { found?: string },
): Problem {
  const found = what.found ?? shown(column === undefined ? undefined : (position.row.cells[column] ?? ""));
  const problem: Problem = {
    code: what.code,
    severity: what.severity,
    where: placeOf(position, column),
    found: found === "" ? "an empty cell" : found,
    expected: what.expected,
    mend: what.mend,
  };
  const header = column === undefined ? undefined : position.headers[column];
  if (header) problem.column = header;
  return problem;
}

/** Bytes that are no table at all: the reading stops here. */
export class UnreadableFile extends Error {
  override name = "UnreadableFile";
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(`${problem.code}: ${problem.found}`);
    this.problem = problem;
  }
}

import type { Sample } from "../../schemas/sample.ts";
import type { Field } from "./fields.ts";
import type { Column, ColumnMapping } from "./mapping.ts";
import { cellProblem, type Position, type Problem } from "./problem.ts";
import type { ResultDraft } from "./reports.ts";
import type { TableRow } from "./table.ts";
import { type Decimal, parseNumber } from "./values.ts";

/** What every row reader is given. */
export interface RowContext {
  file: string;
  headers: readonly string[];
  mapping: ColumnMapping;
  decimal: Decimal | undefined;
  /** Time zone of a site; undefined for a site that is not on record. */
  timeZoneOf: (siteId: string) => string | undefined;
  /** A sample on record, for files that name the sample and nothing else of it. */
  sampleOf: (sampleId: string) => Sample | undefined;
  add: (draft: ResultDraft) => void;
  onProblem: (problem: Problem) => void;
}

export const MEND_CELL = "Correct the cell and send the file again: rows already accepted are not counted twice.";

export const MEND_SAMPLE =
  "Send a list of the samples with it (sample_id, site_id, sample_start, sample_end), under the names they have in the instrument: --samples SAMPLES.csv, the field `samples`, or the second file on the page.";

/** Cells of a row by field, with the constants of the mapping where the file has no column or an empty cell. */
export interface RowCells {
  /** Column of a field; undefined where the file has none. */
  column(field: Field): Extract<Column, { kind: "field" }> | undefined;
  index(field: Field): number | undefined;
  text(row: TableRow, field: Field): string;
  /** The number in a cell; undefined where blank, null where it is refused (and has been reported). */
  number(row: TableRow, index: number | undefined, text: string): number | undefined | null;
  problem(row: TableRow, index: number | undefined, what: Parameters<typeof cellProblem>[2]): void;
  position(row: TableRow): Position;
}

export function rowCells(columns: readonly Column[], context: RowContext): RowCells {
  const { file, headers, mapping, onProblem } = context;
  const fields = new Map<Field, Extract<Column, { kind: "field" }>>();
  for (const column of columns) if (column.kind === "field") fields.set(column.field, column);
  const position = (row: TableRow): Position => ({ file, row, headers });
  const problem: RowCells["problem"] = (row, index, what) => onProblem(cellProblem(position(row), index, what));
  return {
    column: (field) => fields.get(field),
    index: (field) => fields.get(field)?.index,
    text(row, field) {
      const column = fields.get(field);
      const text = column ? (row.cells[column.index] ?? "").trim() : "";
      return text === "" ? (mapping.constants[field] ?? "") : text;
    },
    number(row, index, text) {
      if (text === "" || /^(?:-+|n\/?a|nan)$/i.test(text)) return undefined;
      const kind = index === undefined ? undefined : row.kinds?.[index];
      const value = parseNumber(text, kind === "number" ? "." : context.decimal);
      if (typeof value === "number" && kind !== "date") return value;
      problem(row, index, value === "ambiguous" ? NUMBER_AMBIGUOUS : NUMBER_INVALID);
      return null;
    },
    problem,
    position,
  };
}

const NUMBER_INVALID = {
  code: "number_invalid",
  severity: "error",
  expected: "a number such as 12.5",
  mend: MEND_CELL,
} as const;

const NUMBER_AMBIGUOUS = {
  code: "number_ambiguous",
  severity: "error",
  expected: "a number that can be read in one way: no marks between thousands, and one decimal mark throughout the file",
  mend: "Write it without thousands marks, or set `decimal` in the mapping.",
} as const;

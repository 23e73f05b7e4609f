import type { Sample } from "../../schemas/sample.ts";
import type { Site } from "../../schemas/site.ts";
import { watchForExcelDamage } from "./excelDamage.ts";
import { type Format, type Recognised, type RowReader, recognise } from "./formats.ts";
import { type FoundHeader, foundHeader, guessedHeader } from "./header.ts";
import type { ColumnMapping } from "./mapping.ts";
import { cellProblem, type Problem } from "./problem.ts";
import { ERROR_COLUMN, withFormula } from "./rejectedRows.ts";
import type { ResultDraft } from "./reports.ts";
import { isBlankRow, type TableRow } from "./table.ts";
import type { Container, TableSink } from "./tables.ts";
import { detectDecimal } from "./values.ts";

/** A header stands among the first rows, below what a laboratory writes above its table. */
const HEADER_ROW_MAX = 50;
/** Rows looked at for the decimal mark before the first is read. */
const DECIMAL_ROWS = 500;

/** Rows below the header that samples of its columns are taken from. */
const ROWS_SHOWN = 5;

export interface TableCheck {
  fileName: string;
  container: Container;
  mapping: ColumnMapping;
  isSampleList: boolean;
  /** How the laboratory's tables with this header were read before. */
  remembered: (headers: readonly string[]) => ColumnMapping | undefined;
  sites: Map<string, Site>;
  timeZoneOf: (siteId: string) => string | undefined;
  sampleOf: (sampleId: string) => Sample | undefined;
  add: (draft: ResultDraft) => void;
  onProblem: (problem: Problem) => void;
  onHeader: (recognised: Recognised, remembered: boolean) => void;
  onRow: () => void;
  onSkipped: (why: string) => void;
  onSample: (sample: Sample) => void;
  onNewSite: (site: Site) => void;
  /** A row that no result was taken from, or not all, with why. */
  onRejected: (row: TableRow, why: readonly Problem[]) => void;
}

export interface CheckedTable extends TableSink {
  /** Undefined while no header has been understood. */
  format(): Format | undefined;
  /** Headers that the results refer to. */
  headers(): readonly string[];
  firstRow(): TableRow | undefined;
  /** What turned out to be wrong with a row once its result met the others: the row is refused for it. */
  onProblem(problem: Problem): void;
  /** Undefined where no row looks like one. */
  header(): FoundHeader | undefined;
}

/** Finds the header of a table, tells its decimal mark from the first rows, and hands row after row to the format's reader. */
export function checkTable(check: TableCheck): CheckedTable {
  const { container, fileName } = check;
  const withDates = (given: ColumnMapping): ColumnMapping => (container.date1904 ? { ...given, date1904: true } : given);
  let mapping = withDates(check.mapping);
  let recognised: Recognised | undefined;
  let reader: RowReader | undefined;
  let above: TableRow | undefined;
  let first: TableRow | undefined;
  let rowsSeen = 0;
  let waiting: TableRow[] = [];
  /** Rows above a header that has not been understood yet, and then the first ones below it. */
  let looked: TableRow[] = [];
  let errors: Problem[] = [];
  let given: TableRow | undefined;
  /** A file of rejected rows that comes back: texts that a spreadsheet would run have an apostrophe in front. */
  let isMended = false;

  const onProblem = (problem: Problem) => {
    check.onProblem(problem);
    if (problem.severity === "error" && problem.where.row === given?.row) errors.push(problem);
  };
  const damage = watchForExcelDamage(onProblem);

  const add = (draft: ResultDraft) => {
    const { value: valueColumn, "sample.sampleId": idColumn } = draft.columns;
    const position = { file: fileName, row: draft.row, headers: recognised!.headers };
    const { value, censoring, analyte } = draft.result;
    if (valueColumn !== undefined && typeof value === "number" && censoring === "none") {
      damage.value(String(analyte), draft.row.cells[valueColumn] ?? "", value, position, valueColumn);
    }
    if (idColumn !== undefined) damage.identifier((draft.row.cells[idColumn] ?? "").trim(), position, idColumn);
    check.add(draft);
  };

  const open = () => {
    const header = recognised!;
    isMended = header.headers.includes(ERROR_COLUMN);
    const decimal = mapping.decimal ?? detectDecimal(numberCells(waiting, header), container.delimiter);
    const { sites, timeZoneOf, sampleOf, onSkipped, onSample, onNewSite } = check;
    const headers = header.headers;
    const context = { file: fileName, headers, mapping, decimal, sites, timeZoneOf, sampleOf, onSkipped, onSample, onNewSite };
    reader = header.open({ ...context, add, onProblem });
    const rows = waiting;
    waiting = [];
    for (const row of rows) give(row);
  };

  const give = (row: TableRow) => {
    given = row;
    if (errors.length > 0) errors = [];
    const { headers, format } = recognised!;
    if (isMended) row.cells = row.cells.map(withFormula);
    if (row.hidden) onProblem(hiddenProblem({ file: fileName, row, headers }));
    else if (
      row.cells.length > headers.length &&
      row.cells.slice(headers.length).some((cell) => cell.trim() !== "") &&
      format !== "massHunter"
    ) {
      onProblem(tooLongProblem({ file: fileName, row, headers }, headers.length));
    } else {
      // a workbook leaves empty cells out; in a MassHunter CSV a short row has lost one, and its reader says so
      if (container.kind === "xlsx" || format !== "massHunter") while (row.cells.length < headers.length) row.cells.push("");
      reader!.row(row);
    }
    if (errors.length > 0) check.onRejected(row, errors);
  };

  const search = (row: TableRow) => {
    if (isBlankRow(row)) return;
    first ??= row;
    if (looked.length < HEADER_ROW_MAX) looked.push(row);
    if (mapping.headerRow !== undefined ? row.row !== mapping.headerRow : rowsSeen > HEADER_ROW_MAX) {
      above = row;
      return;
    }
    const remembered = check.remembered(row.cells);
    const before = remembered && recognise(row, above, withDates(remembered), check.isSampleList);
    recognised = before ?? recognise(row, above, mapping, check.isSampleList);
    above = row;
    if (!recognised) return;
    if (before) mapping = withDates(remembered!);
    looked = [];
    check.onHeader(recognised, before !== undefined);
  };

  return {
    format: () => recognised?.format,
    headers: () => recognised?.headers ?? [],
    firstRow: () => first,
    onProblem,
    header() {
      if (recognised) return foundHeader(recognised.headerRows.at(-1)!, looked, recognised);
      const guess = guessedHeader(
        mapping.headerRow === undefined ? looked : looked.filter(({ row }) => row >= mapping.headerRow!),
      );
      return guess && foundHeader(guess.row, guess.below.slice(0, ROWS_SHOWN), undefined);
    },
    row(row) {
      rowsSeen++;
      if (!recognised) return search(row);
      if (isBlankRow(row)) return;
      check.onRow();
      if (looked.length < ROWS_SHOWN) looked.push({ ...row, cells: [...row.cells] });
      if (reader) return give(row);
      waiting.push(row);
      if (waiting.length === DECIMAL_ROWS) open();
    },
    end(merged) {
      if (!recognised) return;
      if (!reader) open();
      given = undefined;
      reader!.end();
      damage.end();
      const range = recognised.format === "massHunter" ? undefined : mergedHeader(merged, recognised.headerRows.at(-1)!.row);
      if (range) onProblem(mergedProblem(fileName, recognised.headerRows.at(-1)!, recognised.headers, range));
    },
  };
}

function* numberCells(rows: readonly TableRow[], { numberColumns }: Recognised): Generator<string> {
  for (const { cells, kinds } of rows) {
    for (const [column, cell] of cells.entries()) {
      // a number cell of a workbook says nothing about how its texts are written
      if (kinds?.[column] !== "number" && (!numberColumns || numberColumns.includes(column))) yield cell;
    }
  }
}

/** A merged range that covers the header row and more than one column. */
function mergedHeader(merged: readonly string[], headerRow: number): string | undefined {
  return merged.find((range) => {
    const [, left, top, right, bottom] = /^\$?([A-Z]+)\$?(\d+):\$?([A-Z]+)\$?(\d+)$/.exec(range) ?? [];
    return left !== undefined && left !== right && Number(top) <= headerRow && headerRow <= Number(bottom);
  });
}

const hiddenProblem = (position: Parameters<typeof cellProblem>[0]) =>
  cellProblem(position, undefined, {
    code: "row_hidden",
    severity: "error",
    found: "a hidden row",
    expected: "rows that a reader of the workbook can see",
    mend: "Show the row (or clear the filter) if it counts, delete it if it does not.",
  });

const tooLongProblem = (position: Parameters<typeof cellProblem>[0], length: number) =>
  cellProblem(position, length, {
    code: "row_length",
    severity: "error",
    found: `${position.row.cells.length} cells`,
    expected: `${length} cells, as in the header`,
    mend: "A comma or semicolon in a cell without quotes shifts the rest: put the cell in quotes, or export with another delimiter.",
  });

const mergedProblem = (file: string, row: TableRow, headers: readonly string[], range: string) =>
  cellProblem({ file, row, headers }, undefined, {
    code: "header_merged",
    severity: "error",
    found: range,
    expected: "one header for each column",
    mend: "Unmerge the header's cells and write the name of each column: which column a merged name means cannot be told.",
  });

import { isFraction } from "../analytics/verdict/judge.ts";
import { type Decimal, detectDecimal, parseNumber, parseReported, parseWhen, type When } from "../ingest/files/values.ts";
import { day as dayOf } from "../schemas/identifiers.ts";
import { type Refusal, shown } from "../schemas/refusal.ts";
import { dimensionOf, parseUnit, type UnitCode } from "../schemas/units.ts";
import { type CsvRow, readCsvTable } from "./csvTable.ts";

/** One value of a long CSV, understood. */
export interface LoadRow {
  readonly site: string;
  readonly analyte: string;
  readonly day: string;
  /** For a censored value its limit, 0 where the file tells none. */
  readonly value: number;
  readonly unit: UnitCode;
  readonly censored: boolean;
  readonly flowM3D?: number;
  readonly people?: number;
  readonly method?: string;
}

export interface ReadRows {
  readonly rows: readonly LoadRow[];
  readonly refusals: readonly Refusal[];
  readonly warnings: readonly string[];
  /** Rows of the file that hold a value, refused ones among them. */
  readonly count: number;
}

const REQUIRED = ["site", "analyte", "date", "value", "unit"];
const OPTIONAL = ["loq", "lod", "censored", "flow_m3_d", "population", "method", "sample_id"];
const YES = new Set([
  "1",
  "true",
  "yes",
  "y",
  "t",
  "left",
  "left_loq",
  "left_lod",
  "<",
  "belowloq",
  "belowlod",
  "betweenlodandloq",
]);
const NO = new Set(["", "0", "false", "no", "n", "f", "none"]);
const MEND = "Correct the cell and run the command again; the other rows were used.";
const UNIT_EXPECTED = "a concentration (ng/L), a load (g/d) or a load per 1,000 people (mg/d/1000)";

/**
 * Reads a long CSV of loads or concentrations: one value a row, any order of rows and columns. A value below the limit is `<2.5`,
 * `<LOQ`, `ND`, 0 (EUDA's habit), or has a true `censored`; an empty cell without one was not sampled.
 * @throws {CommandError} the file cannot be read at all, or lacks a column
 */
export function readLoadRows(file: string): ReadRows {
  const table = readCsvTable(file, REQUIRED, OPTIONAL);
  const decimal = detectDecimal(cellsOf(table.rows, "value"), table.delimiter);
  const dateOrder = detectDateOrder(cellsOf(table.rows, "date"));
  const refusals: Refusal[] = [];
  const rows: LoadRow[] = [];
  let blank = 0;
  for (const { cells, line } of table.rows) {
    const read = rowOf(cells, decimal, dateOrder);
    if (read === "blank") blank++;
    else if ("column" in read) {
      const { column: path, expected } = read;
      refusals.push({
        code: "cell_invalid",
        where: { file, row: line, path },
        found: shown(cells[path] ?? ""),
        expected,
        mend: MEND,
      });
    } else rows.push(read);
  }
  const known = [...REQUIRED, ...OPTIONAL].join(", ");
  const unknown = table.unknown.map((name) => `"${name}"`).join(", ");
  const warnings =
    table.unknown.length === 0
      ? []
      : [`${file}: column ${unknown} ${table.unknown.length === 1 ? "is" : "are"} not known and not read; known are ${known}`];
  return { rows, refusals, warnings, count: table.rows.length - blank };
}

function* cellsOf(rows: readonly CsvRow[], column: string): Generator<string> {
  for (const { cells } of rows) yield cells[column] ?? "";
}

type DateOrder = "dmy" | "mdy" | undefined;

/** Whether 05/04/2026 is in April or May, where dates of the same column can be read in one way only and agree about it. */
function detectDateOrder(dates: Iterable<string>): DateOrder {
  let [dayFirst, monthFirst] = [false, false];
  for (const date of dates) {
    const [, first, second] = /^(\d{1,2})[/-](\d{1,2})[/-]\d{4}/.exec(date) ?? [];
    if (Number(first) > 12) dayFirst = true;
    if (Number(second) > 12) monthFirst = true;
  }
  if (dayFirst === monthFirst) return undefined;
  return dayFirst ? "dmy" : "mdy";
}

interface Wrong {
  column: string;
  expected: string;
}

function rowOf(cells: CsvRow["cells"], decimal: Decimal | undefined, dateOrder: DateOrder): LoadRow | Wrong | "blank" {
  const cell = (name: string) => cells[name] ?? "";
  const optional = (name: string) => (cell(name) === "" ? undefined : parseNumber(cell(name), decimal));
  const reported = parseReported(cell("value"), decimal);
  const flag = cell("censored").toLowerCase();
  if (reported.kind === "blank" && !YES.has(flag)) return "blank";
  const [lod, loq, flowM3D, people] = ["lod", "loq", "flow_m3_d", "population"].map(optional);
  const fraction = isFraction(cell("analyte"));
  const unit = cell("unit") === "" && fraction ? "1" : parseUnit(cell("unit"));
  const day = dayIn(cell("date"), dateOrder);
  if (cell("site") === "") return { column: "site", expected: "the name of a site" };
  if (cell("analyte") === "") return { column: "analyte", expected: "the name of an analyte" };
  if (day === undefined) return { column: "date", expected: "a day such as 2026-05-04; 05/04/2026 can be read in two ways" };
  if (unit === undefined || !(isLoadLike(unit) || (fraction && unit === "1"))) return { column: "unit", expected: UNIT_EXPECTED };
  if (!YES.has(flag) && !NO.has(flag)) return { column: "censored", expected: "true or false" };
  for (const [column, number] of Object.entries({ lod, loq })) {
    if (number === "ambiguous" || (number === undefined ? cell(column) !== "" : number < 0))
      return { column, expected: "a limit such as 2.5, in the unit of the value" };
  }
  for (const [column, number] of Object.entries({ flow_m3_d: flowM3D, population: people })) {
    if (number === "ambiguous" || (number === undefined ? cell(column) !== "" : number <= 0))
      return { column, expected: column === "population" ? "a number of people above zero" : "a flow above zero in m3/d" };
  }
  const limits = { lod: positive(lod), loq: positive(loq) };
  const amount = amountOf(reported, YES.has(flag), limits);
  if (amount === undefined)
    return { column: "value", expected: "a number such as 12.5, `<2.5` below the limit, or nothing where it was not sampled" };
  return {
    site: cell("site"),
    analyte: cell("analyte"),
    day,
    ...amount,
    unit,
    ...(typeof flowM3D === "number" ? { flowM3D } : {}),
    ...(typeof people === "number" ? { people } : {}),
    ...(cell("method") === "" ? {} : { method: cell("method") }),
  };
}

const positive = (number: number | "ambiguous" | undefined) => (typeof number === "number" && number > 0 ? number : undefined);
const isLoadLike = (unit: UnitCode) => ["massConcentration", "massRate", "massRatePerPerson"].includes(dimensionOf(unit));

/** A value flagged as censored is its own limit unless the file names one above it, such as half the limit put in its place. */
function amountOf(
  reported: ReturnType<typeof parseReported>,
  flagged: boolean,
  { lod, loq }: { lod: number | undefined; loq: number | undefined },
): { value: number; censored: boolean } | undefined {
  const limit = loq ?? lod ?? 0;
  switch (reported.kind) {
    case "value":
      if (reported.value < 0) return undefined;
      return flagged ? { value: Math.max(reported.value, limit), censored: true } : { value: reported.value, censored: false };
    case "below":
      return { value: reported.limit, censored: true };
    case "aboveRange": // at least so much: a rise all the same
      return reported.limit === undefined ? undefined : { value: reported.limit, censored: false };
    case "belowLod":
      return { value: lod ?? limit, censored: true };
    case "zero":
    case "blank":
    case "belowLoq":
    case "betweenLodAndLoq":
      return { value: limit, censored: true };
    default:
      return undefined;
  }
}

/** The day as it is written, which is the site's: an offset does not move it. */
function dayIn(text: string, dateOrder: DateOrder): string | undefined {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return dayOf.safeParse(text).success ? text : undefined;
  // a spreadsheet's day number is no date in a CSV file: it is as likely another number
  const when = parseWhen(text, { dateOrder }, () => "");
  return typeof when === "object" ? writtenDay(when) : undefined;
}

function writtenDay({ wall: { year, month, day } }: When): string {
  return `${year}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
}

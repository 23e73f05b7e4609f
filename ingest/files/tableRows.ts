import type { Sample } from "../../schemas/sample.ts";
import { resolveAnalyte } from "../../schemas/substances.ts";
import { convert, dimensionOf, parseUnit, suggestUnit, type UnitCode } from "../../schemas/units.ts";
import { FIELDS, type Field, resolveMode } from "./fields.ts";
import type { Column, ColumnMapping, ReadHeader } from "./mapping.ts";
import { cellProblem, type Position, type Problem } from "./problem.ts";
import { applyReported } from "./reported.ts";
import type { ResultDraft } from "./reports.ts";
import { isBlankRow, type TableRow } from "./table.ts";
import { type Decimal, normalised, parseNumber, parseWhen } from "./values.ts";
import { serialToWall } from "./xlsx.ts";
import { addDay, zonedMoment } from "./zonedTime.ts";

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

/** Parsed samples kept by the text of their cells: a long table repeats a sample for every analyte. */
const SAMPLES_CACHED_MAX = 5_000;

/** Reads long and wide tables, the own template among them, by the columns of their header. */
export function tableReader(read: ReadHeader, context: RowContext) {
  const { headers, mapping, file, onProblem } = context;
  const fields = new Map<Field, Column>();
  for (const column of read.columns) if (column.kind === "field") fields.set(column.field, column);
  const analytes = read.columns.filter((column) => column.kind === "analyte" && column.of === "value") as AnalyteValueColumn[];
  const companions = read.columns.filter((column) => column.kind === "analyte" && column.of !== "value") as AnalyteValueColumn[];
  const sampleFields = (Object.keys(FIELDS) as Field[]).filter((field) => FIELDS[field].path.startsWith("sample."));
  const pathColumns: Record<string, number> = {};
  for (const [field, column] of fields) pathColumns[FIELDS[field].path] = column.index;
  if (pathColumns["sample.sampleId"] === undefined && pathColumns["sample.siteId"] !== undefined) {
    pathColumns["sample.sampleId"] = pathColumns["sample.siteId"];
  }
  const samples = new Map<string, Record<string, unknown> | undefined>();
  const analyteIds = new Map<string, string | undefined>();
  const units = new Map<string, UnitCode | undefined>();
  let unitRow: readonly string[] | undefined;
  let seenRows = 0;

  const cell = (row: TableRow, field: Field): string => {
    const column = fields.get(field);
    const text = column ? (row.cells[column.index] ?? "").trim() : "";
    return text === "" ? (mapping.constants[field] ?? "") : text;
  };

  const problem = (row: TableRow, column: number | undefined, what: Parameters<typeof cellProblem>[2]) =>
    onProblem(cellProblem(positionOf(row), column, what));
  const positionOf = (row: TableRow): Position => ({ file, row, headers });

  /** A number beside the value; undefined where blank, null where it is refused. */
  const number = (row: TableRow, index: number | undefined, text: string): number | undefined | null => {
    if (text === "" || /^(?:-+|n\/?a|nan)$/i.test(text)) return undefined;
    const value = parseNumber(text, index !== undefined && row.kinds?.[index] === "number" ? "." : context.decimal);
    if (typeof value === "number" && !isDateCell(row, index)) return value;
    problem(row, index, numberProblem(value === "ambiguous" ? "number_ambiguous" : "number_invalid"));
    return null;
  };

  const sampleOf = (row: TableRow): Record<string, unknown> | undefined => {
    let key = "";
    for (const field of sampleFields) {
      const column = fields.get(field);
      if (column) key += `${row.cells[column.index] ?? ""}\u0001`;
    }
    if (samples.has(key)) return samples.get(key);
    const sample = parseSample(row);
    if (samples.size >= SAMPLES_CACHED_MAX) samples.clear();
    // a refused sample is parsed again, so that each of its rows is told why
    if (sample) samples.set(key, sample);
    return sample;
  };

  const parseSample = (row: TableRow): Record<string, unknown> | undefined => {
    const written = cell(row, "siteId");
    const recorded = written === "" ? context.sampleOf(cell(row, "sampleId")) : undefined;
    if (recorded) return recorded;
    const siteId = mapping.sites?.[written] ?? written;
    const timeZone = context.timeZoneOf(siteId);
    if (siteId === "" || timeZone === undefined) {
      problem(row, fields.get("siteId")?.index, siteProblem(siteId, zeroPadded(siteId, context.timeZoneOf)));
      return undefined;
    }
    const times = timesOf(row, timeZone);
    const modeText = cell(row, "mode");
    const mode = modeText === "" ? "timeProportional" : (resolveMode(modeText) ?? modeText);
    if (!times) return undefined;
    const sampleId = cell(row, "sampleId") || `${siteId}-${times.start.slice(0, 10)}`;
    const sample: Record<string, unknown> = { sampleId, siteId, mode, ...times };
    for (const field of ["volumeMl", "intervalMin", "pulsesPlanned", "pulsesTaken"] as const) {
      const value = number(row, fields.get(field)?.index, cell(row, field));
      if (value === null) return undefined;
      if (value !== undefined) sample[field] = value;
    }
    const flow = flowOf(row);
    const temperature = number(row, fields.get("storageTemperatureCel")?.index, cell(row, "storageTemperatureCel"));
    if (flow === null || temperature === null) return undefined;
    if (flow !== undefined) sample["flowM3D"] = flow;
    const preservation = cell(row, "preservation");
    if (temperature !== undefined) sample["storage"] = { temperatureCel: temperature, ...(preservation ? { preservation } : {}) };
    for (const field of ["collector", "seal"] as const) if (cell(row, field)) sample[field] = cell(row, field);
    return sample;
  };

  /** Flow in m3/d; the header may give another unit, as in 流量(万立方米/天). */
  const flowOf = (row: TableRow): number | undefined | null => {
    const column = fields.get("flowM3D");
    const value = number(row, column?.index, cell(row, "flowM3D"));
    const unit = (column?.unit ?? "m3/d") as UnitCode;
    if (value == null || unit === "m3/d") return value;
    if (dimensionOf(unit) !== "flow") {
      problem(row, column?.index, {
        code: "unit_unknown",
        severity: "error",
        expected: "a flow, such as m3/d",
        mend: MEND_CELL,
        found: unit,
      });
      return null;
    }
    return convert(value, unit, "m3/d");
  };

  const timesOf = (row: TableRow, timeZone: string): { start: string; end: string } | undefined => {
    const start = momentOf(row, "start", timeZone);
    if (!start) return undefined;
    const endText = cell(row, "end");
    if (endText !== "") {
      const end = momentOf(row, "end", timeZone);
      return end && { start: start.moment, end: end.dayOnly ? end.nextMoment : end.moment };
    }
    // a day alone is the 24-hour composite of that day; a time alone is where such a composite began, or the moment of a grab
    const grab = resolveMode(cell(row, "mode")) === "grab";
    return { start: start.moment, end: grab && !start.dayOnly ? start.moment : start.nextMoment };
  };

  const momentOf = (row: TableRow, field: "start" | "end", timeZone: string) => {
    const index = fields.get(field)?.index;
    const text = cell(row, field);
    const when = parseWhen(text, mapping, serialToWall);
    if (when === undefined || when === "ambiguous") {
      problem(row, index, dateProblem(when === "ambiguous" ? "date_ambiguous" : "date_invalid"));
      return undefined;
    }
    if (when.serial && !row.kinds) problem(row, index, serialWarning(text));
    const wallOf = (wall: typeof when.wall) => {
      if (!when.offset) return zonedMoment(wall, timeZone);
      const two = (n: number) => String(n).padStart(2, "0");
      const { year, month, day, hour, minute, second } = wall;
      return `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}${when.offset}`;
    };
    const wall = when.wall.hour === 24 ? addDay({ ...when.wall, hour: 0 }) : when.wall;
    return { moment: wallOf(wall), nextMoment: wallOf(addDay(wall)), dayOnly: when.dayOnly };
  };

  const unitOf = (row: TableRow, index: number | undefined, text: string): UnitCode | undefined => {
    if (!units.has(text)) units.set(text, parseUnit(text));
    const unit = units.get(text);
    if (unit) return unit;
    const close = text === "" ? undefined : suggestUnit(text);
    problem(row, index, {
      code: text === "" ? "unit_missing" : "unit_unknown",
      severity: "error",
      found: text,
      expected: `a unit such as ng/L, ug/L or mg/d/(10*3.{inh})${close ? `; did you mean ${close}?` : ""}`,
      mend:
        text === "" ? "Add a column unit, write it in the header as in METH (ng/L), or give it once in the mapping." : MEND_CELL,
    });
    return undefined;
  };

  const analyteOf = (row: TableRow): string | undefined => {
    const text = cell(row, "analyte");
    if (!analyteIds.has(text)) {
      if (analyteIds.size > 10_000) analyteIds.clear();
      analyteIds.set(text, resolveAnalyte(text));
    }
    const id = analyteIds.get(text);
    if (id) return id;
    problem(row, fields.get("analyte")?.index, {
      code: "analyte_unknown",
      severity: "error",
      found: text,
      expected: "a substance by id, English or Chinese name, or synonym (GET /api/v1/substances)",
      mend: "Correct the name, or ask for the substance to be added to the registry.",
    });
    return undefined;
  };

  /** All of a result but its value, from the columns that long and wide share. */
  const commonOf = (row: TableRow): Record<string, unknown> | undefined => {
    const result: Record<string, unknown> = { method: cell(row, "method") || undefined };
    for (const field of ["coverageFactor", "replicate", "ionRatio", "isRecovery", "dilution"] as const) {
      const value = number(row, fields.get(field)?.index, cell(row, field));
      if (value === null) return undefined;
      if (value !== undefined) result[field] = value;
    }
    if (cell(row, "rawFile")) result["rawFile"] = cell(row, "rawFile");
    const flags = cell(row, "flags")
      .split(/[;,；，]/)
      .map((flag) => flag.trim())
      .filter(Boolean);
    if (flags.length > 0) result["flags"] = flags;
    if (/^(?:1|true|yes|y|是)$/i.test(cell(row, "withdrawn"))) result["withdrawn"] = true;
    return result;
  };

  const quantityOf = (text: string, unit: UnitCode): string => {
    if (text !== "") return text;
    const dimension = dimensionOf(unit);
    return dimension === "massRatePerPerson" ? "populationNormalisedLoad" : dimension === "massRate" ? "load" : "concentration";
  };

  /** Adds one value, if it is one, with what stands beside it. */
  const addResult = (
    row: TableRow,
    sample: Record<string, unknown>,
    common: Record<string, unknown>,
    { analyte, unit, valueIndex, limits }: ResultCells,
  ) => {
    const result: Record<string, unknown> = { ...common, analyte, unit, quantity: quantityOf(cell(row, "quantity"), unit) };
    for (const name of ["lod", "loq", "uncertainty"] as const) {
      const value = number(
        row,
        limits[name],
        limits[name] === undefined ? (mapping.constants[name] ?? "") : (row.cells[limits[name]] ?? "").trim(),
      );
      if (value === null) return;
      if (value !== undefined) result[name] = value;
    }
    const position = positionOf(row);
    const flag = limits.censoring === undefined ? "" : (row.cells[limits.censoring] ?? "").trim();
    if (
      !applyReported(result, row.cells[valueIndex] ?? "", {
        position,
        index: valueIndex,
        flag,
        flagIndex: limits.censoring,
        decimal: context.decimal,
        onProblem,
        wide: read.layout === "wide",
      })
    )
      return;
    context.add({ row, sample, result, columns: { ...pathColumns, value: valueIndex, ...limitColumns(limits) } });
  };

  const long = (row: TableRow) => {
    const sample = sampleOf(row);
    const analyte = analyteOf(row);
    const column = fields.get("value")!;
    const unit = unitOf(row, fields.get("unit")?.index, cell(row, "unit") || column.unit || "");
    const common = commonOf(row);
    if (!sample || !analyte || !unit || !common) return;
    const limits = {
      lod: fields.get("lod")?.index,
      loq: fields.get("loq")?.index,
      uncertainty: fields.get("uncertainty")?.index,
      censoring: fields.get("censoring")?.index,
    };
    addResult(row, sample, common, { analyte, unit, valueIndex: column.index, limits });
  };

  const wide = (row: TableRow) => {
    const sample = sampleOf(row);
    const common = sample && commonOf(row);
    if (!sample || !common) return;
    for (const column of analytes) {
      const text = (row.cells[column.index] ?? "").trim();
      const limits: ResultCells["limits"] = {};
      for (const beside of companions) if (beside.analyte === column.analyte) limits[beside.of as "lod"] = beside.index;
      if (text === "" && (limits.censoring === undefined || !row.cells[limits.censoring]?.trim())) continue; // not measured
      const unit = unitOf(row, column.index, unitRow?.[column.index]?.trim() || column.unit || cell(row, "unit"));
      if (unit) addResult(row, sample, common, { analyte: column.analyte, unit, valueIndex: column.index, limits });
    }
  };

  return {
    row(row: TableRow) {
      if (isBlankRow(row)) return;
      if (seenRows++ === 0 && read.layout === "wide" && isUnitRow(row, analytes)) {
        unitRow = row.cells;
        return;
      }
      if (read.layout === "long") long(row);
      else wide(row);
    },
    end(): void {},
  };
}

type AnalyteValueColumn = Extract<Column, { kind: "analyte" }>;

interface ResultCells {
  analyte: string;
  unit: UnitCode;
  valueIndex: number;
  limits: {
    lod?: number | undefined;
    loq?: number | undefined;
    uncertainty?: number | undefined;
    censoring?: number | undefined;
  };
}

const limitColumns = (limits: ResultCells["limits"]) =>
  Object.fromEntries(Object.entries(limits).filter(([, index]) => index !== undefined)) as Record<string, number>;

/** The second row of a wide table may give the unit of each analyte. */
const isUnitRow = (row: TableRow, analytes: readonly AnalyteValueColumn[]) =>
  analytes.some(({ index }) => parseUnit(row.cells[index] ?? "") !== undefined) &&
  analytes.every(({ index }) => normalised(row.cells[index] ?? "") === "" || parseUnit(row.cells[index] ?? "") !== undefined);

const isDateCell = (row: TableRow, index: number | undefined) => index !== undefined && row.kinds?.[index] === "date";

export const numberProblem = (code: "number_ambiguous" | "number_invalid") => ({
  code,
  severity: "error" as const,
  expected:
    code === "number_ambiguous"
      ? "a number that can be read in one way: no marks between thousands, and one decimal mark throughout the file"
      : "a number such as 12.5",
  mend: code === "number_ambiguous" ? "Write it without thousands marks, or set `decimal` in the mapping." : MEND_CELL,
});

/** A spreadsheet makes 7 of 007: the padded id, if that is a site. */
function zeroPadded(siteId: string, timeZoneOf: RowContext["timeZoneOf"]): string | undefined {
  if (!/^\d+$/.test(siteId)) return undefined;
  return [1, 2, 3, 4, 5].map((zeros) => "0".repeat(zeros) + siteId).find((padded) => timeZoneOf(padded) !== undefined);
}

const siteProblem = (found: string, meant?: string) => ({
  code: found === "" ? "site_missing" : "site_unknown",
  severity: "error" as const,
  found,
  expected: `the id of a site on record (GET /api/v1/sites)${meant ? `; did you mean ${meant}, its leading zeros lost?` : ""}`,
  mend: "Correct the id (a spreadsheet drops leading zeros: 007 becomes 7), name it in the mapping's `sites`, or have the site added.",
});

const dateProblem = (code: "date_ambiguous" | "date_invalid") => ({
  code,
  severity: "error" as const,
  expected:
    code === "date_ambiguous"
      ? "a date with one reading, such as 2026-05-04"
      : "a date such as 2026-05-04, 04.05.2026 or 2026年5月4日, with or without a time",
  mend: code === "date_ambiguous" ? "Write the year first, or set `dateOrder` to dmy or mdy in the mapping." : MEND_CELL,
});

const serialWarning = (text: string) => ({
  code: "date_serial",
  severity: "warning" as const,
  expected: `a date; ${text} was read as a spreadsheet's day number`,
  mend: "If the spreadsheet counts from 1904, set `date1904` in the mapping; better, export the column as 2026-05-04.",
});

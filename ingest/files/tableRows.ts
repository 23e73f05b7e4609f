import { dimensionOf, parseUnit, suggestUnit, type UnitCode } from "../../schemas/units.ts";
import { FIELDS, type Field, resolveCompound } from "./fields.ts";
import type { Column, ReadHeader } from "./mapping.ts";
import { applyReported } from "./reported.ts";
import { MEND_CELL, type RowContext, rowCells } from "./rowCells.ts";
import { sampleReader } from "./sampleRows.ts";
import { isBlankRow, type TableRow } from "./table.ts";
import { normalised } from "./values.ts";

/** Distinct texts of analytes and units kept resolved. */
const RESOLVED_MAX = 10_000;

/** Where the value of a result stands, and what stands beside it. */
interface ResultColumns {
  value: number;
  limits: {
    lod?: number | undefined;
    loq?: number | undefined;
    uncertainty?: number | undefined;
    censoring?: number | undefined;
  };
  /** Column by path, for the places of problems. */
  byPath: Record<string, number>;
}

type AnalyteColumn = Extract<Column, { kind: "analyte" }>;

/** Reads long and wide tables, the own template among them, by the columns of their header. */
export function tableReader(read: ReadHeader, context: RowContext) {
  const { mapping, onProblem } = context;
  const cells = rowCells(read.columns, context);
  const sampleOf = sampleReader(cells, context);
  const analyteIds = new Map<string, string | undefined>();
  const units = new Map<string, UnitCode | undefined>();
  let unitRow: readonly string[] | undefined;
  let seenRows = 0;

  const pathColumns: Record<string, number> = {};
  for (const column of read.columns) if (column.kind === "field") pathColumns[FIELDS[column.field].path] = column.index;
  const idColumn = cells.index("sampleId") ?? cells.index("siteId");
  if (idColumn !== undefined) pathColumns["sample.sampleId"] = idColumn;

  const columnsOf = (value: number, limits: ResultColumns["limits"]): ResultColumns => {
    const beside = Object.entries(limits).filter((entry): entry is [string, number] => entry[1] !== undefined);
    return { value, limits, byPath: { ...pathColumns, ...Object.fromEntries(beside), value } };
  };
  const longColumns = columnsOf(cells.index("value") ?? -1, {
    lod: cells.index("lod"),
    loq: cells.index("loq"),
    uncertainty: cells.index("uncertainty"),
    censoring: cells.index("censoring"),
  });
  const companions = read.columns.filter((column): column is AnalyteColumn => column.kind === "analyte" && column.of !== "value");
  const analytes = read.columns
    .filter((column): column is AnalyteColumn => column.kind === "analyte" && column.of === "value")
    .map((column) => {
      const beside = companions.filter(({ analyte }) => analyte === column.analyte);
      return { ...column, columns: columnsOf(column.index, Object.fromEntries(beside.map(({ of, index }) => [of, index]))) };
    });

  const unitOf = (row: TableRow, index: number | undefined, text: string): UnitCode | undefined => {
    const unit = resolvedOnce(units, text, parseUnit);
    if (unit) return unit;
    const close = text === "" ? undefined : suggestUnit(text);
    cells.problem(row, index, {
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
    const text = cells.text(row, "analyte");
    const id = resolvedOnce(analyteIds, text, resolveCompound);
    if (id) return id;
    cells.problem(row, cells.index("analyte"), {
      code: "analyte_unknown",
      severity: "error",
      found: text,
      expected: "a substance by id, English or Chinese name, or synonym (GET /api/v1/substances)",
      mend: "Correct the name, or ask for the substance to be added to the registry.",
    });
    return undefined;
  };

  const numbersBeside = NUMBERS_BESIDE.filter(
    (field) => cells.index(field) !== undefined || mapping.constants[field] !== undefined,
  );

  const controlNumbers = CONTROL_NUMBERS.filter((field) => cells.index(field) !== undefined);
  const controlYesNo = CONTROL_YES_NO.filter((field) => cells.index(field) !== undefined);
  const hasControls = controlNumbers.length + controlYesNo.length > 0;

  /** What the batch's controls said of a result, for the quality rules; undefined where a cell is refused. */
  const controlsOf = (row: TableRow): Record<string, number | boolean> | undefined => {
    const controls: Record<string, number | boolean> = {};
    let isWhole = true;
    for (const field of controlNumbers) {
      const value = cells.number(row, cells.index(field), cells.text(row, field));
      if (value === null) isWhole = false;
      else if (value !== undefined) controls[field] = value;
    }
    for (const field of controlYesNo) {
      const text = cells.text(row, field);
      if (YES.test(text)) controls[field] = true;
      else if (NO.test(text)) controls[field] = false;
      else if (text !== "") {
        cells.problem(row, cells.index(field), YES_OR_NO);
        isWhole = false;
      }
    }
    return isWhole ? controls : undefined;
  };

  /** All of a result but its value, from the columns that long and wide share. */
  const commonOf = (row: TableRow): Record<string, unknown> | undefined => {
    const result: Record<string, unknown> = { method: cells.text(row, "method") || undefined };
    let isWhole = true;
    for (const field of numbersBeside) {
      const value = cells.number(row, cells.index(field), cells.text(row, field));
      if (value === null) isWhole = false;
      else if (value !== undefined) result[field] = value;
    }
    if (hasControls) {
      const controls = controlsOf(row);
      if (!controls) isWhole = false;
      else if (Object.keys(controls).length > 0) result["controls"] = controls;
    }
    if (!isWhole) return undefined;
    const rawFile = cells.text(row, "rawFile");
    if (rawFile !== "") result["rawFile"] = rawFile;
    const flags = cells.text(row, "flags");
    if (flags !== "")
      result["flags"] = flags
        .split(/[;,；，]/)
        .map((flag) => flag.trim())
        .filter(Boolean);
    if (YES.test(cells.text(row, "withdrawn"))) result["withdrawn"] = true;
    return result;
  };

  /** Puts one value into the result, with what stands beside it; false where a cell is refused. */
  const readValue = (row: TableRow, result: Record<string, unknown>, { value: index, limits }: ResultColumns): boolean => {
    let isWhole = true;
    for (const name of LIMITS) {
      const at = limits[name];
      const text = at === undefined ? "" : (row.cells[at] ?? "").trim();
      const value = cells.number(row, at, text === "" ? (mapping.constants[name] ?? "") : text);
      if (value === null) isWhole = false;
      else if (value !== undefined) result[name] = value;
    }
    const flag =
      limits.censoring === undefined ? (mapping.constants.censoring ?? "") : (row.cells[limits.censoring] ?? "").trim();
    const position = cells.position(row);
    const cell = { position, index, flag, flagIndex: limits.censoring, decimal: context.decimal, onProblem };
    return applyReported(result, row.cells[index] ?? "", cell) && isWhole;
  };

  // Names, units, values, limits and controls are read where the sample is refused too, so that a row is mended once.
  const long = (row: TableRow) => {
    const sample = sampleOf(row);
    const analyte = analyteOf(row);
    const unit = unitOf(row, cells.index("unit"), cells.text(row, "unit") || cells.column("value")?.unit || "");
    const common = commonOf(row);
    const result: Record<string, unknown> = { ...common };
    const hasValue = readValue(row, result, longColumns);
    if (!sample || !analyte || !unit || !common || !hasValue) return;
    result["analyte"] = analyte;
    result["unit"] = unit;
    result["quantity"] = cells.text(row, "quantity") || quantityOf(unit);
    context.add({ row, sample, result, columns: longColumns.byPath });
  };

  const wide = (row: TableRow) => {
    const sample = sampleOf(row);
    const common = commonOf(row);
    for (const { analyte, index, unit: inHeader, columns } of analytes) {
      const flagged = columns.limits.censoring !== undefined && (row.cells[columns.limits.censoring] ?? "").trim() !== "";
      if ((row.cells[index] ?? "").trim() === "" && !flagged) continue; // not measured
      const unit = unitOf(row, index, unitRow?.[index]?.trim() || inHeader || cells.text(row, "unit"));
      if (!unit) continue;
      const quantity = cells.text(row, "quantity") || quantityOf(unit);
      const result: Record<string, unknown> = { ...common, analyte, unit, quantity };
      if (readValue(row, result, columns) && sample && common) context.add({ row, sample, result, columns: columns.byPath });
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

const LIMITS = ["lod", "loq", "uncertainty"] as const;
const NUMBERS_BESIDE = ["coverageFactor", "replicate", "ionRatio", "isRecovery", "dilution"] as const satisfies Field[];

export const CONTROL_NUMBERS = [
  "expectedIonRatio",
  "retentionDeviationMin",
  "signalToNoise",
  "calibrationR2",
  "blankPercentOfLoq",
  "sampleToBlank",
  "spikeRecoveryPercent",
] as const satisfies Field[];
const CONTROL_YES_NO = ["ownInternalStandard", "preservedAsAsked"] as const satisfies Field[];

const YES = /^(?:1|true|yes|y|是)$/i;
const NO = /^(?:0|false|no|n|否)$/i;
const YES_OR_NO = { code: "yes_no_unknown", severity: "error", expected: "yes, no or nothing", mend: MEND_CELL } as const;

function quantityOf(unit: UnitCode): string {
  const dimension = dimensionOf(unit);
  return dimension === "massRatePerPerson" ? "populationNormalisedLoad" : dimension === "massRate" ? "load" : "concentration";
}

/** The second row of a wide table may give the unit of each analyte. */
const isUnitRow = (row: TableRow, analytes: readonly AnalyteColumn[]) =>
  analytes.some(({ index }) => parseUnit(row.cells[index] ?? "") !== undefined) &&
  analytes.every(({ index }) => normalised(row.cells[index] ?? "") === "" || parseUnit(row.cells[index] ?? "") !== undefined);

function resolvedOnce<T>(known: Map<string, T>, text: string, resolve: (text: string) => T): T {
  const found = known.get(text);
  if (found !== undefined || known.has(text)) return found as T;
  if (known.size >= RESOLVED_MAX) known.clear();
  const resolved = resolve(text);
  known.set(text, resolved);
  return resolved;
}

import { z } from "zod";
import { unitCode } from "../../schemas/units.ts";
import { FIELD_NAMES, type Field, parseHeader, resolveAnalyteColumn, resolveField } from "./fields.ts";
import { ERROR_COLUMN } from "./rejectedRows.ts";

/** How a laboratory's own table is read: given once, remembered for the laboratory, shown in every answer. */
export const columnMapping = z.strictObject({
  /** Sheet of a workbook; without it every sheet whose header is understood. */
  sheet: z.string().optional(),
  /** Row of the header as the file shows it; without it the first row that is understood. */
  headerRow: z.int().positive().optional(),
  /** By the header as the file writes it: a field, an analyte column of a wide table, or left out on purpose. */
  columns: z
    .record(
      z.string(),
      z.union([
        z.enum(["ignore", ...FIELD_NAMES] as ["ignore", ...Field[]]),
        z.strictObject({
          analyte: z.string(),
          of: z.enum(["value", "lod", "loq", "uncertainty", "censoring"]).default("value"),
          unit: unitCode.optional(),
        }),
      ]),
    )
    .default({}),
  /** Content of a field that the file has no column for, such as the one method and unit of a laboratory. */
  constants: z.partialRecord(z.enum(FIELD_NAMES as [Field, ...Field[]]), z.string()).default({}),
  decimal: z.enum([".", ","]).optional(),
  dateOrder: z.enum(["dmy", "mdy"]).optional(),
  /** Day numbers in a CSV count from 1904. */
  date1904: z.boolean().optional(),
  /** How names in the file stand for sites: `{"Klärwerk Nord": "vienna-north"}`. */
  sites: z.record(z.string(), z.string()).optional(),
});
export type ColumnMapping = z.infer<typeof columnMapping>;

/** A column with what it holds. */
export type Column =
  | { kind: "field"; field: Field; index: number; header: string; unit?: string }
  | {
      kind: "analyte";
      analyte: string;
      of: "value" | "lod" | "loq" | "uncertainty" | "censoring";
      index: number;
      header: string;
      unit?: string;
    };

/** A header as it is read. */
export interface ReadHeader {
  /** A list of samples has neither analytes nor values. */
  layout: "long" | "wide" | "samples";
  columns: Column[];
  /** Headers nobody knows: reported, never dropped in silence. */
  unknown: { index: number; header: string }[];
  /** Two columns for one thing: the second is not read. */
  repeated: { index: number; header: string; field: string }[];
}

/**
 * Reads a header row with a mapping, else by the names everybody uses. Undefined where it is none: a long table needs analyte and
 * value, a wide one an analyte, and both a sample or a site (or a constant for it).
 * @param isSampleList it is a list of samples: nothing is said of results
 */
export function readHeader(headers: readonly string[], mapping: ColumnMapping, isSampleList = false): ReadHeader | undefined {
  const read: ReadHeader = { layout: "long", columns: [], unknown: [], repeated: [] };
  const taken = new Set<string>();
  for (const [index, raw] of headers.entries()) {
    const header = raw.trim();
    if (header === "" || header === ERROR_COLUMN) continue;
    const column = columnOf(header, index, mapping);
    if (column === "ignored") continue;
    if (!column) {
      read.unknown.push({ index, header });
      continue;
    }
    const key = column.kind === "field" ? column.field : `${column.analyte}/${column.of}`;
    if (taken.has(key)) read.repeated.push({ index, header, field: key });
    else read.columns.push(column);
    taken.add(key);
  }
  const has = (field: Field) => taken.has(field) || mapping.constants[field] !== undefined;
  if (!has("sampleId") && !has("siteId")) return undefined;
  if (has("analyte") && taken.has("value")) {
    // in a long table a header that happens to be a substance is not one
    const strays = read.columns.filter((column) => column.kind === "analyte");
    read.columns = read.columns.filter((column) => column.kind === "field");
    read.unknown.push(...strays.map(({ index, header }) => ({ index, header })));
    return read;
  }
  if (isSampleList) return has("sampleId") && has("siteId") && has("start") ? { ...read, layout: "samples" } : undefined;
  const analytes = read.columns.filter((column) => column.kind === "analyte" && column.of === "value");
  return analytes.length > 0 && !taken.has("value") ? { ...read, layout: "wide" } : undefined;
}

function columnOf(header: string, index: number, mapping: ColumnMapping): Column | "ignored" | undefined {
  const mapped = mapping.columns[header];
  if (mapped === "ignore") return "ignored";
  const { name, unit } = parseHeader(header);
  const withUnit = unit ? { unit } : {};
  if (typeof mapped === "string") return { kind: "field", field: mapped, index, header, ...withUnit };
  if (mapped) return { kind: "analyte", index, header, ...withUnit, ...mapped };
  const field = resolveField(name);
  if (field) return { kind: "field", field, index, header, ...withUnit };
  const analyte = resolveAnalyteColumn(name);
  return analyte ? { kind: "analyte", ...analyte, index, header, ...withUnit } : undefined;
}

/** The header as a mapping, to be remembered for the laboratory. */
export function mappingOf(read: ReadHeader, given: ColumnMapping): ColumnMapping {
  const columns: ColumnMapping["columns"] = { ...given.columns };
  for (const column of read.columns) {
    if (column.kind === "field") columns[column.header] = column.field;
    else columns[column.header] = { analyte: column.analyte, of: column.of };
  }
  return { ...given, columns };
}

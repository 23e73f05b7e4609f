import { z } from "zod";

/** What stands in a cell. */
export type Cell = string | number | boolean | null;

/** A cell that a spreadsheet would run as a formula. */
const FORMULA = /^[=+\-@\t\r]/;

/** CSV after RFC 4180. Text that a spreadsheet would take for a formula is set behind an apostrophe. */
export function csvOf(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [header, ...rows].map(csvLine).join("");
}

export function csvLine(cells: readonly Cell[]): string {
  return `${cells.map(cell).join(",")}\r\n`;
}

function cell(value: Cell): string {
  if (value === null) return "";
  if (typeof value !== "string") return String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A column of a table of things of one schema. */
export interface Column {
  /** In snake_case, what is inside behind what it is inside of: `population_people`. */
  name: string;
  /** The field, and the fields inside it. */
  path: readonly string[];
}

/** The columns are the schema's, so that a table has the same header whatever is in it. A list or record inside is one cell of JSON. */
export function columnsOf(schema: z.ZodType, path: readonly string[] = []): Column[] {
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodObject)
    return Object.entries(inner.shape as Record<string, z.ZodType>).flatMap(([field, each]) => columnsOf(each, [...path, field]));
  return [{ name: path.map(snakeCase).join("_"), path }];
}

export function cellsOf(columns: readonly Column[], item: unknown): Cell[] {
  return columns.map(({ path }) => {
    const value = path.reduce<unknown>((inside, field) => (inside as Record<string, unknown> | null | undefined)?.[field], item);
    if (value === undefined || value === null) return null;
    return typeof value === "object" ? JSON.stringify(value) : (value as Cell);
  });
}

function unwrapped(schema: z.ZodType): z.ZodType {
  const isWrapped =
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodReadonly;
  return isWrapped ? unwrapped(schema.unwrap() as z.ZodType) : schema;
}

function snakeCase(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase();
}

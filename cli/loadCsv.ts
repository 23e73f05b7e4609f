import { readFileSync } from "node:fs";
import { parse } from "csv-parse/sync";
import type { LoadPoint, LoadSeries } from "../analytics/detect/series.ts";
import { day as dayOf } from "../schemas/identifiers.ts";
import { type Refusal, shown } from "../schemas/refusal.ts";
import { convert, dimensionOf, parseUnit, type UnitCode } from "../schemas/units.ts";
import { CommandError, exit } from "./exitCodes.ts";

/** A series read from a file, with the quantity that its loads are in. */
export interface ReadSeries extends LoadSeries {
  readonly quantity: "load" | "populationNormalisedLoad" | "concentration";
  readonly unit: UnitCode;
}

export interface ReadFile {
  readonly series: readonly ReadSeries[];
  readonly refusals: readonly Refusal[];
  readonly warnings: readonly string[];
  readonly rows: number;
}

const REQUIRED = ["site", "analyte", "date", "value", "unit"] as const;
const OPTIONAL = ["loq", "lod", "censored", "flow_m3_d", "population", "method", "sample_id"] as const;
const YES = new Set(["1", "true", "yes", "y", "t", "left", "left_loq", "left_lod", "<"]);
const NO = new Set(["", "0", "false", "no", "n", "f", "none"]);
const MEND = "Correct the cell and run the command again; the other rows were used.";

interface Row {
  site: string;
  analyte: string;
  day: string;
  value: number;
  unit: UnitCode;
  censored: boolean;
  flowM3D?: number;
  method?: string;
}

/**
 * Reads a long CSV of loads or concentrations: one value a row, any order of rows and columns.
 * A value below the limit is `<2.5`, or has a true `censored`, or is 0 (EUDA's habit) or empty beside a limit.
 * @throws {CommandError} the file cannot be read at all, or lacks a column
 */
export function readLoadCsv(file: string): ReadFile {
  const records = recordsOf(file);
  const header = Object.keys(records[0]?.record ?? {});
  const unknown = header.filter((name) => !([...REQUIRED, ...OPTIONAL] as string[]).includes(name));
  const warnings = unknown.map(
    (name) => `${file}: column "${name}" is not known and was not read; known are ${[...REQUIRED, ...OPTIONAL].join(", ")}`,
  );
  const refusals: Refusal[] = [];
  const rows: Row[] = [];
  for (const { record, line } of records) {
    const row = rowOf(record, (column, found, expected) => {
      refusals.push({
        code: "cell_invalid",
        where: { file, row: line, path: column },
        found: shown(found),
        expected,
        mend: MEND,
      });
    });
    if (row) rows.push(row);
  }
  const bySeries = Map.groupBy(rows, ({ site, analyte }) => JSON.stringify([site, analyte]));
  const series = [...bySeries.values()].map((members) => seriesOf(members, warnings));
  return { series, refusals, warnings, rows: records.length };
}

interface Numbered {
  record: Record<string, string>;
  line: number;
}

function recordsOf(file: string): Numbered[] {
  const text = textOf(file);
  const firstLine = text.slice(0, text.search(/[\r\n]|$/));
  const delimiter =
    [",", ";", "\t"].find((mark) => firstLine.toLowerCase().replaceAll('"', "").split(mark).includes("value")) ?? ",";
  let parsed: { record: Record<string, string>; info: { lines: number } }[];
  try {
    parsed = parse(text, {
      bom: true,
      columns: (names: string[]) => names.map((name) => name.trim().toLowerCase()),
      delimiter,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
    }) as unknown as typeof parsed;
  } catch (error) {
    throw new CommandError(`${file} is not a CSV file: ${(error as Error).message}`, exit.dataRefused, { cause: error });
  }
  const names = firstLine
    .replace(/^\uFEFF/, "")
    .replaceAll('"', "")
    .split(delimiter)
    .map((name) => name.trim().toLowerCase());
  const missing = REQUIRED.filter((name) => !names.includes(name));
  if (missing.length > 0) {
    throw new CommandError(
      `${file}, row 1: found the columns ${names.join(", ")}; expected ${REQUIRED.join(", ")} and, where known, ${OPTIONAL.join(", ")}. ` +
        `Missing: ${missing.join(", ")}. Name the columns in the first row and run the command again.`,
      exit.dataRefused,
    );
  }
  if (parsed.length === 0)
    throw new CommandError(`${file} has a header and no rows: there is nothing to judge.`, exit.dataRefused);
  return parsed.map(({ record, info }) => ({ record, line: info.lines }));
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new CommandError(`${file} cannot be read`, exit.dataRefused, { cause: error });
  }
}

type Refuse = (column: string, found: string | undefined, expected: string) => void;

function rowOf(record: Record<string, string>, refuse: Refuse): Row | undefined {
  const cell = (name: string) => record[name] ?? "";
  const [site, analyte, day] = [cell("site"), cell("analyte"), cell("date").slice(0, 10)];
  const raw = cell("value");
  const limit = numberOf(cell("loq")) ?? numberOf(cell("lod"));
  if (raw === "" && limit === undefined) return undefined; // not sampled
  const below = raw.startsWith("<");
  const number = raw === "" ? 0 : numberOf(below ? raw.slice(1) : raw);
  const unit = parseUnit(cell("unit"));
  const flag = cell("censored").toLowerCase();
  const flow = cell("flow_m3_d");
  const flowM3D = flow === "" ? undefined : numberOf(flow);
  const wrong: [boolean, string, string][] = [
    [site === "", "site", "the name of a site"],
    [analyte === "", "analyte", "the name of an analyte"],
    [!dayOf.safeParse(day).success, "date", "a day such as 2026-05-04"],
    [number === undefined || number < 0, "value", "a number such as 12.5, or <2.5 below the limit"],
    [unit === undefined, "unit", "a concentration (ng/L), a load (g/d) or a load per 1,000 people (mg/d/1000)"],
    [
      unit !== undefined && !isLoadLike(unit),
      "unit",
      "a concentration (ng/L), a load (g/d) or a load per 1,000 people (mg/d/1000)",
    ],
    [!YES.has(flag) && !NO.has(flag), "censored", "true or false"],
    [flow !== "" && !(flowM3D !== undefined && flowM3D > 0), "flow_m3_d", "a flow above zero in m3/d"],
  ];
  const first = wrong.find(([isWrong]) => isWrong);
  if (first) {
    refuse(first[1], record[first[1]], first[2]);
    return undefined;
  }
  const censored = below || YES.has(flag) || number === 0;
  // a flagged value is its own limit unless the file names one above it
  const value = censored ? (number! > 0 ? (below ? number! : Math.max(number!, limit ?? 0)) : (limit ?? 0)) : number!;
  const method = cell("method");
  return {
    site,
    analyte,
    day,
    value,
    unit: unit!,
    censored,
    ...(flowM3D === undefined ? {} : { flowM3D }),
    ...(method === "" ? {} : { method }),
  };
}

function numberOf(text: string): number | undefined {
  const number = text.trim() === "" ? Number.NaN : Number(text);
  return Number.isFinite(number) ? number : undefined;
}

const isLoadLike = (unit: UnitCode) => ["massConcentration", "massRate", "massRatePerPerson"].includes(dimensionOf(unit));

/** Concentrations become loads where the flow of the day is known; a series without flows is judged as concentrations. */
function seriesOf(rows: readonly Row[], warnings: string[]): ReadSeries {
  const { site, analyte } = rows[0]!;
  const name = `${site}, ${analyte}`;
  const dimensions = new Set(rows.map(({ unit }) => dimensionOf(unit)));
  const concentrations = rows.filter(({ unit }) => dimensionOf(unit) === "massConcentration");
  const withFlow = concentrations.filter(({ flowM3D }) => flowM3D !== undefined);
  const asLoads = concentrations.length > 0 && withFlow.length * 2 >= concentrations.length;
  const quantity = dimensions.has("massRatePerPerson")
    ? ("populationNormalisedLoad" as const)
    : dimensions.has("massRate") || asLoads
      ? ("load" as const)
      : ("concentration" as const);
  const unit = ({ load: "g/d", populationNormalisedLoad: "mg/d/(10*3.{inh})", concentration: "ng/L" } as const)[quantity];
  const points: LoadPoint[] = [];
  let left = 0;
  for (const row of rows) {
    const load = inUnit(row, quantity, unit);
    if (load === undefined) left++;
    else points.push(pointOf(row, load));
  }
  if (left > 0)
    warnings.push(
      `${name}: ${left} of ${rows.length} values were left out: their unit or a missing flow does not give a ${quantity}`,
    );
  return { siteId: site, analyte, points: withLimits(points), quantity, unit };
}

function inUnit({ value, unit, flowM3D }: Row, quantity: ReadSeries["quantity"], target: UnitCode): number | undefined {
  const dimension = dimensionOf(unit);
  if (dimension === dimensionOf(target)) return convert(value, unit, target);
  if (quantity === "load" && dimension === "massConcentration" && flowM3D !== undefined)
    return convert(value, unit, "ng/L") * flowM3D * 1e-6;
  return undefined;
}

function pointOf({ day, censored, flowM3D, method }: Row, load: number): LoadPoint {
  return { day, load, censored, ...(flowM3D === undefined ? {} : { flowM3D }), ...(method === undefined ? {} : { method }) };
}

/** A zero without a limit lies below the smallest load that was ever quantified in its series. */
function withLimits(points: readonly LoadPoint[]): LoadPoint[] {
  const smallest = Math.min(...points.filter(({ load }) => load > 0).map(({ load }) => load));
  if (!Number.isFinite(smallest)) return [];
  return points.map((point) => (point.load > 0 ? point : { ...point, load: smallest }));
}

import { convert, dimensionOf, type UnitCode } from "../../schemas/units.ts";
import { FIELDS, type Field, resolveMode } from "./fields.ts";
import { MEND_CELL, type RowCells, type RowContext } from "./rowCells.ts";
import type { TableRow } from "./table.ts";
import { parseWhen } from "./values.ts";
import { serialToWall } from "./xlsx.ts";
import { addDay, type WallTime, zonedMoment } from "./zonedTime.ts";

/** Parsed samples kept by the text of their cells: a long table repeats a sample for every analyte. */
const SAMPLES_CACHED_MAX = 5_000;

const SAMPLE_FIELDS = (Object.keys(FIELDS) as Field[]).filter((field) => FIELDS[field].path.startsWith("sample."));

/**
 * Reads the sample of a row: site, time, mode and what else is known. The same object for the same cells, so that rows of a
 * sample share it.
 * @returns undefined for a row whose sample is refused; it has been reported then
 */
export function sampleReader(cells: RowCells, context: RowContext): (row: TableRow) => Record<string, unknown> | undefined {
  const { mapping } = context;
  const keyColumns = SAMPLE_FIELDS.map((field) => cells.index(field)).filter((index) => index !== undefined);
  const samples = new Map<string, Record<string, unknown>>();

  const parse = (row: TableRow): Record<string, unknown> | undefined => {
    const written = cells.text(row, "siteId");
    const recorded = written === "" ? context.sampleOf(cells.text(row, "sampleId")) : undefined;
    if (recorded) return recorded;
    const siteId = mapping.sites?.[written] ?? written;
    const timeZone = context.timeZoneOf(siteId);
    if (siteId === "" || timeZone === undefined) {
      cells.problem(row, cells.index("siteId"), siteProblem(siteId, zeroPadded(siteId, context.timeZoneOf)));
      timesOf(row, "UTC", cells, context); // what is wrong with them is told now, not when the site has been mended
      return undefined;
    }
    const times = timesOf(row, timeZone, cells, context);
    if (!times) return undefined;
    const mode = cells.text(row, "mode");
    const sample: Record<string, unknown> = {
      sampleId: cells.text(row, "sampleId") || `${siteId}-${times.start.slice(0, 10)}`,
      siteId,
      mode: mode === "" ? "timeProportional" : (resolveMode(mode) ?? mode),
      ...times,
    };
    return addDetails(sample, row, cells) ? sample : undefined;
  };

  let last: { cells: readonly string[]; sample: Record<string, unknown> } | undefined;
  return (row) => {
    // the rows of a sample mostly follow each other
    if (last && keyColumns.every((index) => row.cells[index] === last!.cells[index])) return last.sample;
    let key = "";
    for (const index of keyColumns) key += `${row.cells[index] ?? ""}\u0001`;
    const known = samples.get(key);
    if (known) {
      last = { cells: row.cells, sample: known };
      return known;
    }
    const sample = parse(row); // a refused sample is parsed again, so that each of its rows is told why
    if (samples.size >= SAMPLES_CACHED_MAX) samples.clear();
    if (sample) {
      samples.set(key, sample);
      last = { cells: row.cells, sample };
    }
    return sample;
  };
}

/** Volume, pulses, flow, storage and who took it. False where a number is refused. */
function addDetails(sample: Record<string, unknown>, row: TableRow, cells: RowCells): boolean {
  let isWhole = true;
  for (const field of ["volumeMl", "intervalMin", "pulsesPlanned", "pulsesTaken"] as const) {
    const value = cells.number(row, cells.index(field), cells.text(row, field));
    if (value === null) isWhole = false;
    else if (value !== undefined) sample[field] = value;
  }
  const flow = flowM3D(row, cells);
  const temperature = cells.number(row, cells.index("storageTemperatureCel"), cells.text(row, "storageTemperatureCel"));
  if (flow === null || temperature === null || !isWhole) return false;
  if (flow !== undefined) sample["flowM3D"] = flow;
  const preservation = cells.text(row, "preservation");
  if (temperature !== undefined) {
    sample["storage"] = { temperatureCel: temperature, ...(preservation ? { preservation } : {}) };
  } else if (preservation !== "") {
    cells.problem(row, cells.index("preservation"), {
      code: "preservation_without_temperature",
      severity: "warning",
      expected: "the storage temperature beside it: without it the preservation is not kept",
      mend: "Add the column storage_temperature_cel.",
    });
  }
  for (const field of ["collector", "seal"] as const) {
    const text = cells.text(row, field);
    if (text !== "") sample[field] = text;
  }
  return true;
}

/** Flow in m3/d; the header may give another unit, as in 流量(万立方米/天). */
function flowM3D(row: TableRow, cells: RowCells): number | undefined | null {
  const column = cells.column("flowM3D");
  const value = cells.number(row, column?.index, cells.text(row, "flowM3D"));
  const unit = (column?.unit ?? "m3/d") as UnitCode;
  if (value == null || unit === "m3/d") return value;
  if (dimensionOf(unit) === "flow") return convert(value, unit, "m3/d");
  const expected = "a flow, such as m3/d";
  cells.problem(row, column?.index, { code: "unit_unknown", severity: "error", found: unit, expected, mend: MEND_CELL });
  return null;
}

function timesOf(
  row: TableRow,
  timeZone: string,
  cells: RowCells,
  context: RowContext,
): { start: string; end: string } | undefined {
  const hasEnd = cells.text(row, "end") !== "";
  const start = momentOf(row, "start", timeZone, cells, context);
  const end = hasEnd ? momentOf(row, "end", timeZone, cells, context) : undefined;
  if (!start || (hasEnd && !end)) return undefined;
  if (end) return { start: start.moment, end: end.dayOnly ? end.dayLater : end.moment };
  // a day alone is the 24-hour composite of that day; a time alone is where such a composite began, or the moment of a grab
  const grab = resolveMode(cells.text(row, "mode")) === "grab";
  return { start: start.moment, end: grab && !start.dayOnly ? start.moment : start.dayLater };
}

function momentOf(row: TableRow, field: "start" | "end", timeZone: string, cells: RowCells, { mapping }: RowContext) {
  const index = cells.index(field);
  const text = cells.text(row, field);
  const when = parseWhen(text, mapping, serialToWall);
  if (when === undefined || when === "ambiguous") {
    cells.problem(row, index, when === "ambiguous" ? DATE_AMBIGUOUS : DATE_INVALID);
    return undefined;
  }
  if (when.serial) cells.problem(row, index, serialWarning(text));
  const momentAt = (wall: WallTime) => (when.offset ? withOffset(wall, when.offset) : zonedMoment(wall, timeZone));
  const wall = when.wall.hour === 24 ? addDay({ ...when.wall, hour: 0 }) : when.wall;
  return { moment: momentAt(wall), dayLater: momentAt(addDay(wall)), dayOnly: when.dayOnly };
}

function withOffset({ year, month, day, hour, minute, second }: WallTime, offset: string): string {
  const two = (n: number) => String(n).padStart(2, "0");
  return `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}${offset}`;
}

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

const DATE_INVALID = {
  code: "date_invalid",
  severity: "error",
  expected: "a date such as 2026-05-04, 04.05.2026 or 2026年5月4日, with or without a time",
  mend: MEND_CELL,
} as const;

const DATE_AMBIGUOUS = {
  code: "date_ambiguous",
  severity: "error",
  expected: "a date with one reading, such as 2026-05-04",
  mend: "Write the year first, or set `dateOrder` to dmy or mdy in the mapping.",
} as const;

const serialWarning = (text: string) => ({
  code: "date_serial",
  severity: "warning" as const,
  expected: `a date; ${text} was read as a spreadsheet's day number`,
  mend: "If the spreadsheet counts from 1904, set `date1904` in the mapping; better, export the column as 2026-05-04.",
});

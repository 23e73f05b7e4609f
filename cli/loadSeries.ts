import type { LoadPoint, LoadSeries } from "../analytics/detect/series.ts";
import type { Refusal } from "../schemas/refusal.ts";
import { convert, dimensionOf, type UnitCode } from "../schemas/units.ts";
import { type LoadRow, readLoadRows } from "./loadCsv.ts";
import type { SiteRow } from "./siteCsv.ts";

/** A series read from a file, with the quantity that its loads are in. */
export interface ReadSeries extends LoadSeries {
  readonly quantity: "load" | "populationNormalisedLoad" | "concentration" | "enantiomericFraction";
  readonly unit: UnitCode;
}

export interface ReadFile {
  readonly series: readonly ReadSeries[];
  readonly refusals: readonly Refusal[];
  readonly warnings: readonly string[];
  readonly rows: number;
}

/**
 * The series of a long CSV, by site and analyte.
 * @param sites what is known of the sites, by name
 * @param nameOf the registry's name of an analyte's column, where a programme's names differ
 * @throws {CommandError} the file cannot be read at all
 */
export function readLoadSeries(
  file: string,
  sites: ReadonlyMap<string, SiteRow> = new Map(),
  nameOf: (analyte: string) => string = (analyte) => analyte,
): ReadFile {
  const { rows, refusals, warnings, count } = readLoadRows(file);
  const said = [...warnings];
  const bySeries = Map.groupBy(rows, ({ site, analyte }) => JSON.stringify([site, nameOf(analyte)]));
  const series = [...bySeries.values()].map((members) =>
    seriesOf(members, nameOf(members[0]!.analyte), sites.get(members[0]!.site), said),
  );
  return { series: series.filter(({ points }) => points.length > 0), refusals, warnings: said, rows: count };
}

const UNITS = {
  load: "g/d",
  populationNormalisedLoad: "mg/d/(10*3.{inh})",
  concentration: "ng/L",
  enantiomericFraction: "1",
} as const;

/** Concentrations become loads where the flow of the day is known; a series without flows is judged as concentrations. */
function seriesOf(rows: readonly LoadRow[], analyte: string, site: SiteRow | undefined, warnings: string[]): ReadSeries {
  const name = `${rows[0]!.site}, ${analyte}`;
  const quantity = quantityOf(rows);
  const points: LoadPoint[] = [];
  for (const row of rows) {
    const load = inQuantity({ people: site?.people, ...row }, quantity);
    if (load !== undefined) points.push(pointOf(row, load));
  }
  const left = rows.length - points.length;
  if (left > 0) {
    warnings.push(
      `${name}: ${left} of ${rows.length} values were left out: without flow or population their unit does not give a ${quantity}`,
    );
  }
  const limited = withLimits(points);
  if (limited.length === 0 && points.length > 0)
    warnings.push(`${name}: no value was ever quantified and no limit is named: there is nothing to judge`);
  return {
    siteId: rows[0]!.site,
    ...(site?.kind ? { siteKind: site.kind } : {}),
    analyte,
    points: limited,
    quantity,
    unit: UNITS[quantity],
  };
}

/** What most rows can be turned into: loads per head where they are given so, else loads, else concentrations as they are. */
function quantityOf(rows: readonly LoadRow[]): ReadSeries["quantity"] {
  const dimensions = new Set(rows.map(({ unit }) => dimensionOf(unit)));
  if (dimensions.has("ratio")) return "enantiomericFraction";
  if (dimensions.has("massRatePerPerson")) return "populationNormalisedLoad";
  if (dimensions.has("massRate")) return "load";
  const withFlow = rows.filter(({ flowM3D }) => flowM3D !== undefined);
  return withFlow.length * 2 >= rows.length ? "load" : "concentration";
}

function inQuantity({ value, unit, flowM3D, people }: LoadRow, quantity: ReadSeries["quantity"]): number | undefined {
  const dimension = dimensionOf(unit);
  if (dimension === dimensionOf(UNITS[quantity])) return convert(value, unit, UNITS[quantity]);
  const loadGD =
    dimension === "massRate"
      ? convert(value, unit, "g/d")
      : dimension === "massConcentration" && flowM3D !== undefined
        ? convert(value, unit, "ng/L") * flowM3D * 1e-6 // 1 ng/L in 1 m3/d is 1e-6 g/d
        : undefined;
  if (quantity === "load" || loadGD === undefined) return loadGD;
  return people === undefined ? undefined : (loadGD * 1e6) / people;
}

function pointOf({ day, censored, flowM3D, method }: LoadRow, load: number): LoadPoint {
  return { day, load, censored, ...(flowM3D === undefined ? {} : { flowM3D }), ...(method === undefined ? {} : { method }) };
}

/** A value below an unknown limit lies below the smallest load that its series ever showed. */
function withLimits(points: readonly LoadPoint[]): LoadPoint[] {
  const smallest = points.reduce((least, { load }) => (load > 0 && load < least ? load : least), Number.POSITIVE_INFINITY);
  if (smallest === Number.POSITIVE_INFINITY) return [];
  return points.map((point) => (point.load > 0 ? point : { ...point, load: smallest }));
}

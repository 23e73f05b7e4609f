import { dayNumber } from "../../schemas/days.ts";

/** One day's load at one site. */
export interface LoadPoint {
  /** Calendar day, local to the site. */
  readonly day: string;
  /** Any unit that is the same along the series, > 0; for a censored value the limit it lies below. */
  readonly load: number;
  readonly censored: boolean;
  /** A change of method restarts the baseline. */
  readonly method?: string;
  /** Flow of the same day, m3/d; lets storms be told from dry weather. */
  readonly flowM3D?: number;
  /** Why quality control keeps the value out of the baseline; it is still scored. */
  readonly excluded?: string;
}

/** Every day's load of one analyte at one site, in any order. */
export interface LoadSeries {
  readonly siteId: string;
  readonly siteKind?: string;
  readonly analyte: string;
  /** Of the loads, for the sentences about them. */
  readonly unit?: string;
  /** First days of all series of the site, its own among them: they share the false alarms that the site may give. */
  readonly siteBegins?: readonly string[];
  readonly points: readonly LoadPoint[];
}

/** The earliest day, or none. */
export function firstDay(points: readonly { readonly day: string }[]): string[] {
  return points
    .map(({ day }) => day)
    .sort()
    .slice(0, 1);
}

/** The same as columns, oldest first, one value a day: what the numeric code reads. */
export interface Columns {
  readonly size: number;
  readonly points: readonly LoadPoint[];
  /** Days since 1970-01-01. */
  readonly days: Int32Array;
  /** Natural logarithm of the load or the limit. */
  readonly logs: Float64Array;
  readonly censored: Uint8Array;
  /** Natural logarithm of the flow over the median of the year before; 0 where unknown. */
  readonly wetness: Float64Array;
}

/**
 * Sorted by day. Of several values of one day the geometric mean counts, a quantified value before a censored one, and of
 * censored ones the lowest limit: so neither the order nor the number of rows matters.
 * @throws {RangeError} a load that is not a positive number
 */
export function toColumns(series: LoadSeries): Columns {
  const points = oneADay(series);
  const size = points.length;
  const columns = {
    size,
    points,
    days: new Int32Array(size),
    logs: new Float64Array(size),
    censored: new Uint8Array(size),
    wetness: new Float64Array(size),
  };
  for (const [i, point] of points.entries()) {
    columns.days[i] = dayNumber(point.day);
    columns.logs[i] = Math.log(point.load);
    columns.censored[i] = point.censored ? 1 : 0;
  }
  fillWetness(columns.wetness, points);
  return columns;
}

function oneADay({ siteId, analyte, points }: LoadSeries): LoadPoint[] {
  const byDay = Map.groupBy(points, ({ day }) => day);
  const kept = [...byDay.values()].map((same) => (same.length === 1 ? same[0]! : merged(same)));
  kept.sort((a, b) => (a.day < b.day ? -1 : 1));
  const wrong = kept.find(({ load }) => !(load > 0 && load < Number.POSITIVE_INFINITY));
  if (wrong) throw new RangeError(`a load must be a positive number: ${siteId}, ${analyte}, ${wrong.day}: ${wrong.load}`);
  return kept;
}

function merged(same: readonly LoadPoint[]): LoadPoint {
  const sorted = same.toSorted((a, b) => a.load - b.load || String(a.method).localeCompare(String(b.method)));
  const usable = sorted.filter(({ excluded }) => excluded === undefined);
  const candidates = usable.length > 0 ? usable : sorted;
  const quantified = candidates.filter(({ censored }) => !censored);
  if (quantified.length === 0) return candidates[0]!;
  const mean = Math.exp(quantified.reduce((sum, { load }) => sum + Math.log(load), 0) / quantified.length);
  return { ...quantified[0]!, load: mean };
}

/** Values the running median of the flow looks back over. */
const FLOW_WINDOW = 60;
const FLOW_VALUES_MIN = 10;

function fillWetness(wetness: Float64Array, points: readonly LoadPoint[]): void {
  const window: number[] = []; // oldest first
  const sorted: number[] = [];
  for (const [i, { flowM3D }] of points.entries()) {
    if (flowM3D === undefined || !(flowM3D > 0)) continue;
    if (sorted.length >= FLOW_VALUES_MIN) wetness[i] = Math.log(flowM3D / sorted[sorted.length >> 1]!);
    window.push(flowM3D);
    sorted.splice(placeOf(sorted, flowM3D), 0, flowM3D);
    if (window.length > FLOW_WINDOW) sorted.splice(placeOf(sorted, window.shift()!), 1);
  }
}

function placeOf(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

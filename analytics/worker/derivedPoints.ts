import type { Measure, Point, Series, SeriesKey } from "../../store/series/series.ts";

/** Earlier and later than any sample. */
const EVER = { fromMs: 0, toMs: Date.UTC(2200, 0) };

export interface Computed {
  siteId: string;
  measures: readonly Measure[];
  /** Analytes that were computed; series of others are not touched. */
  names: ReadonlySet<string>;
  /** Series that are computed now: others, such as those of a profile no longer in use or a laboratory's own, are left alone. */
  isComputed: (series: SeriesKey) => boolean;
}

/**
 * Makes the given points those of the computed series: writes what is new or other than stored, removes what is no longer computed,
 * and leaves the rest alone.
 */
export async function storeDerived(
  series: Series,
  { siteId, measures, names, isComputed }: Computed,
  points: readonly Point[],
): Promise<void> {
  const stored = new Map<string, Point>();
  for (const measure of measures) {
    const points = await series.read({ measure, siteIds: [siteId], names: [...names], ...EVER });
    for (const ofSeries of Map.groupBy(points, ({ name, variant }) => `${name} ${variant}`).values()) {
      if (isComputed(ofSeries[0] as Point)) for (const point of ofSeries) stored.set(keyOf(point), point);
    }
  }
  const changed = points.filter((point) => !same(stored.get(keyOf(point)), point));
  for (const point of points) stored.delete(keyOf(point));
  const cleared = new Map([...stored.values()].map((point) => [instantOf(point), point]));
  for (const { measure, name, variant, timeMs } of cleared.values()) {
    await series.remove({ measure, siteIds: [siteId], names: [name], variants: [variant], fromMs: timeMs, toMs: timeMs + 1 });
  }
  // an instant is removed with all its slots, so what stays of it is written again
  const written =
    cleared.size === 0 ? changed : [...new Set([...changed, ...points.filter((point) => cleared.has(instantOf(point)))])];
  if (written.length > 0) await series.write(written);
}

const instantOf = ({ measure, name, variant, timeMs }: Point) => `${measure} ${name} ${variant} ${timeMs}`;
const keyOf = (point: Point) => `${instantOf(point)} ${point.slot ?? 0}`;

function same(stored: Point | undefined, point: Point): boolean {
  return (
    stored !== undefined &&
    stored.value === point.value &&
    (stored.censored ?? false) === (point.censored ?? false) &&
    stored.low === point.low &&
    stored.high === point.high &&
    (stored.origin ?? "") === (point.origin ?? "")
  );
}

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
  const stored = new Map<string, Map<number, Point[]>>();
  for (const measure of measures) {
    const points = await series.read({ measure, siteIds: [siteId], names: [...names], ...EVER });
    for (const [key, ofSeries] of Map.groupBy(points, seriesOf))
      if (isComputed(ofSeries[0] as Point)) stored.set(key, byInstant(ofSeries));
  }
  const changed: Point[] = [];
  const cleared: Point[] = [];
  for (const [key, ofSeries] of Map.groupBy(points, seriesOf)) {
    const before = stored.get(key) ?? NOTHING;
    const now = byInstant(ofSeries);
    for (const [timeMs, instant] of now) {
      const known = before.get(timeMs) ?? [];
      const isGone = known.some(({ slot = 0 }) => !instant.some((point) => (point.slot ?? 0) === slot));
      // an instant is removed with all its slots, so what stays of it is written again
      if (isGone) cleared.push(known[0] as Point);
      changed.push(...(isGone ? instant : instant.filter((point) => !known.some((one) => same(one, point)))));
    }
    for (const [timeMs, known] of before) if (!now.has(timeMs)) cleared.push(known[0] as Point);
    stored.delete(key);
  }
  for (const ofSeries of stored.values()) for (const [point] of ofSeries.values()) cleared.push(point as Point);
  for (const { measure, name, variant, timeMs } of cleared) {
    await series.remove({ measure, siteIds: [siteId], names: [name], variants: [variant], fromMs: timeMs, toMs: timeMs + 1 });
  }
  if (changed.length > 0) await series.write(changed);
}

const NOTHING: ReadonlyMap<number, Point[]> = new Map();

const seriesOf = ({ measure, name, variant }: SeriesKey) => `${measure} ${name} ${variant}`;
const byInstant = (points: readonly Point[]) => Map.groupBy(points, ({ timeMs }) => timeMs);

function same(stored: Point, point: Point): boolean {
  return (
    (stored.slot ?? 0) === (point.slot ?? 0) &&
    stored.value === point.value &&
    (stored.censored ?? false) === (point.censored ?? false) &&
    stored.low === point.low &&
    stored.high === point.high &&
    (stored.origin ?? "") === (point.origin ?? "")
  );
}

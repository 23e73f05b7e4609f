import type { Measure, Point, Series } from "../../store/series/series.ts";

/** Earlier and later than any sample. */
const EVER = { fromMs: 0, toMs: Date.UTC(2200, 0) };

/** Measures that hold derived series beside those laboratories reported. */
const DERIVED_MEASURES: readonly Measure[] = ["load", "populationNormalisedLoad", "consumption", "doses", "expected"];

/** A derived series is named after `profile@version` or, for what was expected, after its quantity; a laboratory's has slashes only. */
const isDerived = ({ measure, variant }: Point) => measure === "expected" || variant.includes("@");

/**
 * Makes the given points the derived points of the site: writes what is new or other than stored, removes what is no longer
 * computed, and leaves the rest alone.
 * @param names the analytes that were computed; series of others are not touched
 */
export async function storeDerived(
  series: Series,
  siteId: string,
  measures: readonly Measure[],
  points: readonly Point[],
  names: ReadonlySet<string>,
): Promise<void> {
  const stored = new Map<string, Point>();
  for (const measure of measures) {
    if (!DERIVED_MEASURES.includes(measure)) throw new RangeError(`storeDerived: ${measure} is not derived`);
    for (const point of await series.read({ measure, siteIds: [siteId], ...EVER })) {
      if (isDerived(point) && names.has(point.name)) stored.set(keyOf(point), point);
    }
  }
  const changed = points.filter((point) => !same(stored.get(keyOf(point)), point));
  for (const point of points) stored.delete(keyOf(point));
  for (const { measure, name, variant, timeMs } of stored.values()) {
    await series.remove({ measure, siteIds: [siteId], names: [name], variants: [variant], fromMs: timeMs, toMs: timeMs + 1 });
  }
  if (changed.length > 0) await series.write(changed);
}

const keyOf = ({ measure, name, variant, timeMs }: Point) => `${measure} ${name} ${variant} ${timeMs}`;

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

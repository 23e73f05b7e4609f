import type { Measure, Series, SeriesPoint } from "../../store/series/series.ts";

const DAY_MS = 86_400_000;
/** Analytes and measures kept at once. */
const KEPT_MAX = 24;

/**
 * For every site that has values: what was made of its newest stretch.
 * @param version of the series' data, read before
 */
export type Summaries<Summary> = (
  question: { analyte: string; measure: Measure; toMs: number },
  version: string,
) => Promise<ReadonlyMap<string, Summary>>;

/**
 * Two years of every site are hundreds of thousands of points, and the overview is what everybody opens first: they are read again only
 * when a series has changed.
 * @param days of each site, before its own newest point
 * @param summarise what to keep of a site's points, which come oldest first
 */
export function keptHistories<Summary>(
  series: Series,
  days: number,
  summarise: (points: readonly SeriesPoint[]) => Summary,
): Summaries<Summary> {
  const kept = new Map<string, { version: string; summaries: Promise<ReadonlyMap<string, Summary>> }>();
  const summariesOf = async (analyte: string, measure: Measure, fromMs: number, toMs: number) => {
    const points = await series.read({ measure, names: [analyte], fromMs, toMs });
    const bySite = [...Map.groupBy(points, ({ siteId }) => siteId)];
    return new Map(bySite.map(([siteId, own]) => [siteId, summarise(newestDays(own, days))]));
  };
  return async ({ analyte, measure, toMs }, version) => {
    const key = `${measure} ${analyte}`;
    const known = kept.get(key);
    if (known?.version === version) return known.summaries;
    const latest = await series.latest({ measure, names: [analyte] });
    const earliestMs = latest.reduce((earliest, { timeMs }) => Math.min(earliest, timeMs), toMs);
    const summaries = summariesOf(analyte, measure, earliestMs - days * DAY_MS, toMs);
    kept.delete(key);
    const one = { version, summaries };
    kept.set(key, one);
    const oldest = kept.keys().next().value;
    if (kept.size > KEPT_MAX && oldest !== undefined) kept.delete(oldest);
    summaries.catch(() => kept.get(key) === one && kept.delete(key)); // the caller sees the error; the next one asks again
    return summaries;
  };
}

function newestDays(points: readonly SeriesPoint[], days: number): SeriesPoint[] {
  const ordered = points.toSorted((a, b) => a.timeMs - b.timeMs);
  const fromMs = (ordered.at(-1)?.timeMs ?? 0) - days * DAY_MS;
  return ordered.filter(({ timeMs }) => timeMs > fromMs);
}

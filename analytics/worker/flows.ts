import type { Sample } from "../../schemas/sample.ts";
import type { Series, SeriesPoint } from "../../store/series/series.ts";

/** Statuses under which a probe's value is not a measurement of the sewage. */
const UNUSABLE = new Set(["fault", "maintenance"]);

const DAY_MS = 86_400_000;

/** Mean flow of any time span, from the site's flow readings. */
export type FlowLookup = (sample: Sample) => number | undefined;

/**
 * Reads the flow of a site once, for all its samples.
 * @returns the mean flow in m3/d over a sample's window: what the sampler measured itself, else the mean of the usable readings
 *   inside the window, else (daily readings stamped elsewhere in the day) the one nearest to its middle within a day
 */
export async function readFlows(series: Series, siteId: string, samples: readonly Sample[]): Promise<FlowLookup> {
  if (samples.every((sample) => sample.flowM3D !== undefined)) return (sample) => sample.flowM3D;
  const flows = (await readUsable(series, siteId, ["flow"], samples)).get("flow") ?? [];
  const known = new Map<string, number | undefined>(); // a sample's analytes all ask for the same window
  return (sample) => {
    if (sample.flowM3D !== undefined) return sample.flowM3D;
    const window = `${sample.start} ${sample.end}`;
    if (!known.has(window)) known.set(window, meanReading(flows, Date.parse(sample.start), Date.parse(sample.end)));
    return known.get(window);
  };
}

/** Usable readings by quantity, by time; a quantity without any is absent. */
export type Readings = ReadonlyMap<string, readonly SeriesPoint[]>;

/** The site's readings of these quantities around its samples, but for those that a probe gave while it did not measure the sewage. */
export async function readUsable(
  series: Series,
  siteId: string,
  quantities: readonly string[],
  samples: readonly Sample[],
): Promise<Readings> {
  if (samples.length === 0) return new Map();
  const starts = samples.map((sample) => Date.parse(sample.start));
  const ends = samples.map((sample) => Date.parse(sample.end));
  const points = await series.read({
    measure: "reading",
    siteIds: [siteId],
    names: quantities,
    fromMs: starts.reduce((a, b) => Math.min(a, b)) - DAY_MS,
    toMs: ends.reduce((a, b) => Math.max(a, b)) + DAY_MS,
  });
  const usable = points.filter((point) => !UNUSABLE.has(point.origin ?? "")).sort((a, b) => a.timeMs - b.timeMs);
  return Map.groupBy(usable, ({ name }) => name);
}

/**
 * The mean of the readings with fromMs <= time < toMs, else the one nearest to the middle within a day.
 * @param points by time
 */
export function meanReading(points: readonly SeriesPoint[], fromMs: number, toMs: number): number | undefined {
  const first = firstAtOrAfter(points, fromMs);
  let sum = 0;
  let count = 0;
  for (let i = first; i < points.length; i++) {
    const point = points[i];
    if (!point || point.timeMs >= Math.max(toMs, fromMs + 1)) break;
    sum += point.value;
    count += 1;
  }
  if (count > 0) return sum / count;
  const middle = (fromMs + toMs) / 2;
  const near = [points[first - 1], points[first]].filter((point) => point !== undefined);
  const nearest = near.toSorted((a, b) => Math.abs(a.timeMs - middle) - Math.abs(b.timeMs - middle))[0];
  return nearest && Math.abs(nearest.timeMs - middle) <= DAY_MS ? nearest.value : undefined;
}

function firstAtOrAfter(points: readonly SeriesPoint[], timeMs: number): number {
  let [low, high] = [0, points.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((points[middle] as SeriesPoint).timeMs < timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

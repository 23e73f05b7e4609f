import type { SeriesOf, SeriesPoint } from "../api.ts";
import { wallClock } from "../format.ts";

/** One value as a chart shows it. */
export interface SeriesRow {
  at: Date;
  value: number;
  low: number | null;
  high: number | null;
  /** Known only to lie below `value`, which is the limit; where the limit is unknown, `value` is 0. */
  censored: boolean;
  /** As the server tells series apart: laboratory, method and replicate of a measured one, profile of a derived one. */
  variant: string;
  /** Laboratory and method of the concentration the value is or rests on. */
  method: string;
  /** Values joined by one line. A new one starts after a gap, after a value below the limit, and with another method. */
  segment: string;
}

export interface ExpectedRow {
  at: Date;
  value: number;
  low: number;
  high: number;
  segment: string;
}

/** Days without a value: from the last before to the first after. */
export interface Gap {
  from: Date;
  to: Date;
}

export interface MethodChange {
  at: Date;
  before: string;
  after: string;
}

const DAY_MS = 86_400_000;
/** A pause this many times the usual spacing is a gap: the weekend of a weekday programme, twice over, is none. */
const GAP_SPACINGS = 3.5;

/** Laboratory and method by the time of the sample: what a derived value rests on. */
export type Methods = ReadonlyMap<string, string>;

export function methodsOf(concentrations: readonly SeriesOf[]): Methods {
  return new Map(
    concentrations.flatMap(({ points, variant }) => points.map(({ time }) => [time, withoutReplicate(variant)] as const)),
  );
}

/** All values of all variants, oldest first, each with the line it belongs to. */
export function seriesRows(series: readonly SeriesOf[], timeZone: string, methods: Methods = new Map()): SeriesRow[] {
  return series
    .flatMap(({ points, variant }) => {
      const times = points.map((point) => wallClock(point.time, timeZone));
      const gapMs = GAP_SPACINGS * usualSpacingMs(times);
      let segment = 0;
      return points.map((point, index) => {
        const before = points[index - 1];
        const methodOf = ({ time }: SeriesPoint) => methods.get(time) ?? withoutReplicate(variant);
        const paused = index > 0 && times[index]!.getTime() - times[index - 1]!.getTime() > gapMs;
        if (paused || before?.censored || (before && methodOf(before) !== methodOf(point))) segment++;
        return row(point, times[index]!, { variant, method: methodOf(point), segment: `${variant}/${segment}` });
      });
    })
    .toSorted((a, b) => a.at.getTime() - b.at.getTime());
}

function row(point: SeriesPoint, at: Date, of: Pick<SeriesRow, "variant" | "method" | "segment">): SeriesRow {
  const { value, low = null, high = null, censored = false } = point;
  return { at, value, low, high, censored, ...of };
}

/**
 * A derived series is named after its profile, `profile@version/…`; a measured one after laboratory, method and replicate, the method
 * with bars of its own as in LC-MS/MS.
 */
const withoutReplicate = (variant: string) => (variant.includes("@") ? variant : variant.replace(/^(.+\/.+)\/[^/]*$/, "$1"));

/** What the detector expected, in pieces that do not bridge a gap. */
export function expectedRows(series: readonly SeriesOf[], timeZone: string): ExpectedRow[] {
  return seriesRows(series, timeZone).flatMap(({ at, value, low, high, segment }) =>
    low === null || high === null ? [] : [{ at, value, low, high, segment }],
  );
}

/** Pauses between neighbouring values of any variant that are long for this series. */
export function gapsOf(rows: readonly SeriesRow[]): Gap[] {
  const gapMs = GAP_SPACINGS * usualSpacingMs(rows.map(({ at }) => at));
  return rows.flatMap(({ at }, index) => {
    const before = rows[index - 1]?.at;
    return before && at.getTime() - before.getTime() > gapMs ? [{ from: before, to: at }] : [];
  });
}

/** A limit that is another than that of the last value below it. */
export interface LimitChange {
  at: Date;
  before: number;
  after: number;
}

/** Limits that differ by less are the same limit, rounded. */
const LIMIT_CHANGE_MIN = 1.1;

/** Of concentrations: where the limit changed while laboratory and method stayed. */
export function limitChangesOf(rows: readonly SeriesRow[]): LimitChange[] {
  const below = rows.filter(({ censored, value }) => censored && value > 0);
  return [...Map.groupBy(below, ({ variant }) => variant).values()].flatMap((ofVariant) =>
    ofVariant.slice(1).flatMap(({ at, value: after }, index) => {
      const before = ofVariant[index]!.value;
      return Math.max(before, after) / Math.min(before, after) >= LIMIT_CHANGE_MIN ? [{ at, before, after }] : [];
    }),
  );
}

/** Where one method ends before the next begins. Methods that overlap in time are parallel series, not a change. */
export function methodChangesOf(rows: readonly SeriesRow[]): MethodChange[] {
  const spans = new Map<string, { variant: string; first: Date; last: Date }>();
  for (const { method, at } of rows) {
    const span = spans.get(method);
    if (span) span.last = at;
    else spans.set(method, { variant: method, first: at, last: at });
  }
  const ordered = [...spans.values()];
  return ordered.flatMap((span, index) => {
    const before = ordered[index - 1];
    return before && before.last < span.first ? [{ at: span.first, before: before.variant, after: span.variant }] : [];
  });
}

/** Median time between neighbours, at least a day. */
function usualSpacingMs(times: readonly Date[]): number {
  const spacings = times
    .slice(1)
    .map((time, index) => time.getTime() - times[index]!.getTime())
    .filter((spacing) => spacing > 0)
    .toSorted((a, b) => a - b);
  return Math.max(DAY_MS, spacings[Math.floor(spacings.length / 2)] ?? DAY_MS);
}

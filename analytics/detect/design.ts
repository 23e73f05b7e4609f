import type { Columns } from "./series.ts";

/** What the expected log load is made of; the columns of the regression in this order, then one for each drift knot. */
export const TERMS = {
  level: 0,
  /** Seven effects, Sunday first; their prior, not a constraint, keeps them apart from the level. */
  weekday: 1,
  /** Sine and cosine of the year, then of the half year. */
  season: 8,
  /** Per year of 365.25 days, from the first day of the series. */
  trend: 12,
  /** New Year and the days the operator names. */
  holiday: 13,
  /** Per unit of log flow above the dry-weather band. */
  storm: 14,
} as const;
export const TERM_COUNT = 15;

/** Log flow over the median above which a day counts as wet: 1.35 times dry weather. */
const WET = 0.3;
/** Days between the knots at which the level may drift, where samples are frequent; a longer gap is one knot. */
const KNOT_DAYS = 182;
const GAP_DAYS = 60;

export interface Design {
  /** Columns of a row. */
  readonly width: number;
  readonly rows: Float64Array;
  /** For each drift knot, the days since the knot before: the drift's variance grows with them. */
  readonly knotGaps: readonly number[];
  /** Above the dry-weather band, in log units: storms make the noise wider as well. */
  readonly storm: Float64Array;
}

/** The regression's rows of a series. A row depends on its own day and the days before it only. */
export function designOf(columns: Columns, holidays: ReadonlySet<string>): Design {
  const { size, days, points, wetness } = columns;
  const knots = knotsOf(days);
  const width = TERM_COUNT + knots.length;
  const rows = new Float64Array(size * width);
  const storm = new Float64Array(size);
  const origin = days[0] ?? 0;
  for (let i = 0; i < size; i++) {
    const day = days[i]!;
    const at = i * width;
    const year = (2 * Math.PI * day) / 365.25;
    rows[at + TERMS.level] = 1;
    rows[at + TERMS.weekday + weekdayOf(day)] = 1;
    rows[at + TERMS.season] = Math.sin(year);
    rows[at + TERMS.season + 1] = Math.cos(year);
    rows[at + TERMS.season + 2] = Math.sin(2 * year);
    rows[at + TERMS.season + 3] = Math.cos(2 * year);
    rows[at + TERMS.trend] = (day - origin) / 365.25;
    const date = points[i]!.day;
    rows[at + TERMS.holiday] = date.endsWith("-01-01") || date.endsWith("-12-31") || holidays.has(date) ? 1 : 0;
    storm[i] = Math.max(0, wetness[i]! - WET);
    rows[at + TERMS.storm] = storm[i]!;
    for (const [k, knot] of knots.entries()) rows[at + TERM_COUNT + k] = day >= knot.day ? 1 : 0;
  }
  return { width, rows, knotGaps: knots.map(({ gap }) => gap), storm };
}

/** 0 is Sunday; 1970-01-01 was a Thursday. */
export function weekdayOf(day: number): number {
  return (((day + 4) % 7) + 7) % 7;
}

/** Drift knots: after a long gap, and every half year. */
function knotsOf(days: Int32Array): { day: number; gap: number }[] {
  const knots: { day: number; gap: number }[] = [];
  let last = days[0] ?? 0;
  for (let i = 1; i < days.length; i++) {
    const day = days[i]!;
    if (day - days[i - 1]! <= GAP_DAYS && day - last < KNOT_DAYS) continue;
    knots.push({ day, gap: day - last });
    last = day;
  }
  return knots;
}

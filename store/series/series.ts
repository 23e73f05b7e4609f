/** The time series: what was measured and what was computed from it. InfluxDB 2 in production, one SQLite file by default. */
export interface Series {
  /**
   * Durable once resolved. A point with the same series, time and slot replaces the earlier one: writing twice is writing once.
   * Rejects with PointsRefused when single points cannot be stored (all others are), else with the engine's error.
   */
  write(points: readonly Point[]): Promise<void>;
  /** Points of the matching series with fromMs <= time < toMs, by site, name and variant, then oldest first. */
  read(query: SeriesQuery): Promise<SeriesPoint[]>;
  /**
   * Mean, lowest, highest, count and censored count of each window, for each matching series; empty windows are absent. Windows
   * start at whole multiples of windowS since 1970. A censored value counts as its limit, so with any of them the mean is an
   * upper bound: look at censoredCount.
   */
  readWindows(query: SeriesQuery & { windowS: number }): Promise<WindowPoint[]>;
  /** The newest point of each matching series. */
  latest(query: Omit<SeriesQuery, "fromMs" | "toMs">): Promise<SeriesPoint[]>;
  /** Removes the matching points with fromMs <= time < toMs. */
  remove(query: SeriesQuery): Promise<void>;
  /** Rejects with the reason when the store cannot be reached. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** What a series measures: a reading of a probe, a quantity of an analyte, or what the detector expected of one. */
export const MEASURES = [
  "reading",
  "concentration",
  "load",
  "populationNormalisedLoad",
  "consumption",
  "doses",
  "expected",
] as const;
export type Measure = (typeof MEASURES)[number];

/** Names one series. Each part is low in cardinality, because the engine indexes them. */
export interface SeriesKey {
  measure: Measure;
  siteId: string;
  /** The analyte, or the quantity of a reading. */
  name: string;
  /** What else tells series of one name apart: device of a reading, lab/method/replicate of a concentration, method profile. */
  variant: string;
}

export interface Point extends SeriesKey {
  /** Milliseconds since 1970, UTC. */
  timeMs: number;
  /**
   * 0 to 999,999: keeps apart points of one series and instant, such as two samples of one site that start together. Stored as
   * nanoseconds below the millisecond, since InfluxDB replaces points of equal series and time.
   */
  slot?: number;
  /** In the unit of the measure (schemas/units.ts). A censored value is stored as its limit (0 where unknown), with censored true. */
  value: number;
  censored?: boolean;
  /** Interval of the value, 95 %. */
  low?: number;
  high?: number;
  /** What the value rests on: the result's identity, the derivation, or the status a device gave its reading. */
  origin?: string;
}

/** As read: slot and censored are always there. */
export type SeriesPoint = Point;

export interface WindowPoint extends SeriesKey {
  /** Start of the window, milliseconds since 1970. */
  timeMs: number;
  mean: number;
  min: number;
  max: number;
  count: number;
  censoredCount: number;
}

/** Fields left out match everything; an empty list matches nothing. */
export interface SeriesQuery {
  measure: Measure;
  siteIds?: readonly string[];
  names?: readonly string[];
  variants?: readonly string[];
  /** Milliseconds since 1970; from is inclusive, to is exclusive. */
  fromMs: number;
  toMs: number;
}

/** Points the engine will never take (a type conflict, older than retention); all others of the call are stored. */
export class PointsRefused extends Error {
  override name = "PointsRefused";
  readonly refused: readonly { point: Point; reason: string }[];
  constructor(refused: readonly { point: Point; reason: string }[]) {
    super(`${refused.length} points refused; the first: ${refused[0]?.reason}`);
    this.refused = refused;
  }
}

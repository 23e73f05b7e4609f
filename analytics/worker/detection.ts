import { dayNumber } from "../../schemas/days.ts";
import type { Site } from "../../schemas/site.ts";
import type { Point } from "../../store/series/series.ts";
import { detectSeries, type SeriesDetection } from "../detect/detectSeries.ts";
import { firstDay, type LoadPoint } from "../detect/series.ts";
import { DETECT_DEFAULTS } from "../detect/settings.ts";
import { samplingOfDays } from "../detect/threshold.ts";
import type { SiteLoad } from "./loads.ts";
import { type LearnedPools, poolsFor, type VersionedPool } from "./pools.ts";

/** Units of the quantities that are judged. */
export const UNITS = { load: "g/d", populationNormalisedLoad: "mg/d/(10*3.{inh})" } as const;

/** The kinds of site whose series are judged: behind the others there are too few people for a rhythm. */
export const DETECTED_KINDS: readonly Site["kind"][] = ["wwtp", "pumpingStation"];

export interface Detected {
  detection: SeriesDetection;
  quantity: SiteLoad["quantity"];
  /** What was known of like series, the latest last. */
  pools: readonly VersionedPool[];
}

/**
 * Judges one analyte's loads at one site. Undefined where no value says anything.
 * @param all loads of every analyte of the site: they share the false alarms it may give
 */
export function detectLoads(
  site: Site,
  analyte: string,
  loads: readonly SiteLoad[],
  falseAlarmsPerYear: number,
  all: ReadonlyMap<string, readonly SiteLoad[]>,
  learned: LearnedPools,
): Detected | undefined {
  const quantity = usualQuantity(loads);
  const points = quantity && toPoints(loads.filter((load) => load.quantity === quantity));
  if (!points || points.length === 0) return undefined;
  const siteBegins = [...all.values()].flatMap(firstDay);
  const series = { siteId: site.siteId, siteKind: site.kind, analyte, unit: UNITS[quantity], siteBegins, points };
  const days = [...new Set(points.map(({ day }) => dayNumber(day)))].sort((a, b) => a - b);
  const pools = poolsFor(site.kind, analyte, samplingOfDays(days), learned);
  const known = new Map(pools.length > 0 ? [[analyte, pools]] : []);
  return { detection: detectSeries(series, known, { ...DETECT_DEFAULTS, falseAlarmsPerYear }), quantity, pools };
}

/** Two quantities do not make one series: the more frequent one is judged. */
function usualQuantity(loads: readonly SiteLoad[]): SiteLoad["quantity"] | undefined {
  if (loads.length === 0) return undefined;
  const perHead = loads.filter(({ quantity }) => quantity === "populationNormalisedLoad").length;
  return perHead * 2 > loads.length ? "populationNormalisedLoad" : "load";
}

/** A censored load without a known limit lies below the smallest that was ever quantified in the series. */
export function toPoints(loads: readonly SiteLoad[]): LoadPoint[] {
  const quantified = loads.filter((load) => !load.censored).map((load) => load.value);
  const smallest = quantified.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  return loads.flatMap(({ day, value, censored, method, flowM3D }) => {
    const load = censored && value === 0 ? smallest : value;
    if (!(load > 0 && Number.isFinite(load))) return [];
    return [{ day, load, censored, method, ...(flowM3D === null ? {} : { flowM3D }) }];
  });
}

/** What was expected on each day, as a band for the charts. */
export function expectedPoints(
  site: Site,
  analyte: string,
  { detection, quantity }: Detected,
  loads: readonly SiteLoad[],
): Point[] {
  const timeOf = new Map(loads.map((load) => [load.day, load.timeMs]));
  return detection.scores.map(({ day, expected, low, high }) => ({
    measure: "expected",
    siteId: site.siteId,
    name: analyte,
    variant: quantity,
    timeMs: timeOf.get(day) as number,
    value: expected,
    low,
    high,
  }));
}

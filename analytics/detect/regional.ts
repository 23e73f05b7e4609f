import { addDays } from "../../schemas/days.ts";
import type { Combination } from "../../schemas/multipleTests.ts";
import { combinePValues } from "./combinePValues.ts";
import type { SeriesDetection } from "./detectSeries.ts";
import type { Anomaly } from "./episodes.ts";

/** A rise of one analyte at many sites of a region at once: one anomaly of the region, whatever it is at each site. */
export interface RegionalRise {
  readonly region: string;
  readonly analyte: string;
  readonly start: string;
  readonly end: string;
  /** Sites that rose, and sites that were sampled in those days. */
  readonly risen: readonly string[];
  readonly sampled: number;
  /** That chance alone gives values so far off at the sampled sites together, those that did not rise among them. */
  readonly pValue: number;
  readonly anomalies: readonly Anomaly[];
}

/** How many sites make a rise regional, and what share of those sampled. */
export interface RegionalRule {
  readonly sitesMin: number;
  readonly shareMin: number;
}

/** Rises of two sites are one if they begin within so many days. */
const TOGETHER_DAYS = 2;

/** An anomaly at one site, as far as it takes to tell what rose together. */
export interface SiteRise {
  readonly siteId: string;
  readonly analyte: string;
  readonly start: string;
  readonly end: string;
}

/** Rises of one analyte in one region that begin together; whether they are regional, the sites that were sampled tell. */
export interface RisesTogether<Rise extends SiteRise = SiteRise> {
  readonly region: string;
  readonly analyte: string;
  readonly start: string;
  /** When the last of them began, and when the last ended. */
  readonly latest: string;
  readonly end: string;
  readonly risen: readonly string[];
  readonly rises: readonly Rise[];
}

/**
 * Rises that begin together at most sites of a region. An anomaly belongs to one regional rise at most. The order of the
 * detections is no matter.
 * @param regionOf the region of a site; sites without one are one region
 * @param combination how the sites' p-values are made one; sites of a region share weather and laboratories, which cauchy allows
 */
export function regionalRises(
  detections: readonly SeriesDetection[],
  rule: RegionalRule,
  regionOf: (siteId: string) => string = () => "",
  combination: Combination = "cauchy",
): RegionalRise[] {
  const rises = detections.flatMap(({ siteId, analyte, anomalies }) =>
    anomalies.map((anomaly) => ({ siteId, analyte, start: anomaly.start, end: anomaly.end, anomaly })),
  );
  const groupOf = (region: string, analyte: string) => JSON.stringify([region, analyte]);
  const groups = Map.groupBy(detections, ({ siteId, analyte }) => groupOf(regionOf(siteId), analyte));
  return risesTogether(rises, regionOf).flatMap(({ region, analyte, start, latest, end, risen, rises: cluster }) => {
    const inThoseDays = groups.get(groupOf(region, analyte))!.filter((one) => isSampled(one, start, latest));
    const sampled = new Set(inThoseDays.map(({ siteId }) => siteId)).size;
    if (!isRegional(risen.length, sampled, rule)) return [];
    const pValue = combinePValues(
      inThoseDays.map((one) => smallestPValue(one, start, latest)),
      combination,
    );
    return [{ region, analyte, start, end, risen, sampled, pValue, anomalies: cluster.map(({ anomaly }) => anomaly) }];
  });
}

/** The smallest of a site's p-values within the days, corrected for being the smallest of so many (Bonferroni). */
function smallestPValue({ scores }: SeriesDetection, from: string, to: string): number {
  let [smallest, values] = [1, 0];
  for (let i = placeOf(scores, from); i < scores.length && scores[i]!.day <= to; i++, values++)
    smallest = Math.min(smallest, scores[i]!.pValue);
  return Math.min(1, smallest * values);
}

/** Whether so many sites that rose, of those sampled in the days from the first start to the last, are a rise of the region. */
export function isRegional(risen: number, sampled: number, { sitesMin, shareMin }: RegionalRule): boolean {
  return risen >= sitesMin && risen >= shareMin * sampled;
}

/** All rises, each in the one group it begins with. Their order is no matter. */
export function risesTogether<Rise extends SiteRise>(
  rises: readonly Rise[],
  regionOf: (siteId: string) => string,
): RisesTogether<Rise>[] {
  const groups = Map.groupBy(rises, ({ siteId, analyte }) => JSON.stringify([regionOf(siteId), analyte]));
  return [...groups].flatMap(([key, members]) => {
    const [region, analyte] = JSON.parse(key) as [string, string];
    return clusters(members).map((cluster) => ({
      region,
      analyte,
      start: cluster[0]!.start,
      latest: cluster.at(-1)!.start,
      end: cluster.reduce((last, { end }) => later(last, end), ""),
      risen: [...new Set(cluster.map(({ siteId }) => siteId))].sort(),
      rises: cluster,
    }));
  });
}

/** Rises whose starts follow each other within the days that count as together, oldest first. */
function clusters<Rise extends SiteRise>(rises: readonly Rise[]): Rise[][] {
  const grouped: Rise[][] = [];
  for (const one of rises.toSorted((a, b) => compare(a.start, b.start) || compare(a.siteId, b.siteId))) {
    const current = grouped.at(-1);
    // from the first start on: a chain of neighbours must not grow into a season
    if (current && one.start <= addDays(current[0]!.start, TOGETHER_DAYS)) current.push(one);
    else grouped.push([one]);
  }
  return grouped;
}

const compare = (a: string, b: string) => Number(a > b) - Number(a < b);
const later = (a: string, b: string) => (a > b ? a : b);

/** Whether a value lies within the days, both included. */
export function isSampled({ scores }: SeriesDetection, from: string, to: string): boolean {
  const at = placeOf(scores, from);
  return at < scores.length && scores[at]!.day <= to;
}

/** The score of a day, where it was sampled. */
export function scoreOn({ scores }: SeriesDetection, day: string): SeriesDetection["scores"][number] | undefined {
  const score = scores[placeOf(scores, day)];
  return score?.day === day ? score : undefined;
}

/** The first score on or after the day. */
function placeOf(scores: SeriesDetection["scores"], day: string): number {
  let [low, high] = [0, scores.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (scores[middle]!.day < day) low = middle + 1;
    else high = middle;
  }
  return low;
}

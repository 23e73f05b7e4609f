import { addDays } from "../../schemas/days.ts";
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
  readonly anomalies: readonly Anomaly[];
}

/** How many sites make a rise regional, and what share of those sampled. */
export interface RegionalRule {
  readonly sitesMin: number;
  readonly shareMin: number;
}

/** Rises of two sites are one if they begin within so many days. */
const TOGETHER_DAYS = 2;

interface Found {
  detection: SeriesDetection;
  anomaly: Anomaly;
}

/**
 * Rises that begin together at most sites of a region. An anomaly belongs to one regional rise at most. The order of the
 * detections is no matter.
 * @param regionOf the region of a site; sites without one are one region
 */
export function regionalRises(
  detections: readonly SeriesDetection[],
  rule: RegionalRule,
  regionOf: (siteId: string) => string = () => "",
): RegionalRise[] {
  const groups = Map.groupBy(detections, ({ siteId, analyte }) => JSON.stringify([regionOf(siteId), analyte]));
  return [...groups].flatMap(([key, members]) => {
    const [region, analyte] = JSON.parse(key) as [string, string];
    return clusters(members).flatMap((cluster) => {
      const [start, end] = [cluster[0]!.anomaly.start, cluster.reduce((last, { anomaly }) => later(last, anomaly.end), "")];
      const risen = [...new Set(cluster.map(({ detection }) => detection.siteId))].sort();
      const latest = cluster.at(-1)!.anomaly.start;
      const sampled = new Set(members.filter((one) => isSampled(one, start, latest)).map(({ siteId }) => siteId)).size;
      if (risen.length < rule.sitesMin || risen.length < rule.shareMin * sampled) return [];
      return [{ region, analyte, start, end, risen, sampled, anomalies: cluster.map(({ anomaly }) => anomaly) }];
    });
  });
}

/** Anomalies whose starts follow each other within the days that count as together, oldest first. */
function clusters(members: readonly SeriesDetection[]): Found[][] {
  const found = members.flatMap((detection) => detection.anomalies.map((anomaly) => ({ detection, anomaly })));
  found.sort((a, b) => compare(a.anomaly.start, b.anomaly.start) || compare(a.detection.siteId, b.detection.siteId));
  const grouped: Found[][] = [];
  for (const one of found) {
    const current = grouped.at(-1);
    // from the first start on: a chain of neighbours must not grow into a season
    if (current && one.anomaly.start <= addDays(current[0]!.anomaly.start, TOGETHER_DAYS)) current.push(one);
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

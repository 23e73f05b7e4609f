import type { Verdict } from "../../schemas/anomaly.ts";
import { dayNumber } from "../../schemas/days.ts";
import { findSubstance, resolveAnalyte } from "../../schemas/substances.ts";
import { weekdayOf } from "../detect/design.ts";
import type { DayScore, SeriesDetection } from "../detect/detectSeries.ts";
import type { Anomaly } from "../detect/episodes.ts";
import { isSampled, scoreOn } from "../detect/regional.ts";
import thresholds from "./thresholds.json" with { type: "json" };
import { type Circumstances, verdictOf } from "./verdict.ts";

export interface Judged {
  readonly detection: SeriesDetection;
  readonly anomaly: Anomaly;
  readonly verdict: Verdict;
}

/** From how many sites, and what share of those sampled, a rise is the region's. */
export const REGIONAL_RULE = { sitesMin: thresholds.bands.sites.sitesMin, shareMin: thresholds.bands.sites.regionalShare };

/** Enantiomeric fractions, 0 to 1, come as an analyte of their own, named after the drug. */
const FRACTION = /^(.+?)[-_ ](ef|enantiomeric[-_ ]fraction)$/i;
export const isFraction = (analyte: string) => FRACTION.test(analyte);
/** A rise of another site counts as the same within so many days. */
const NEIGHBOUR_DAYS = 2;
const SYNTHESIS_ROLES = new Set(["precursor", "pre-precursor", "route-marker", "by-product"]);
/** Past values that tell a site's usual ratio of two analytes; fewer tell nothing. */
const USUAL_VALUES = { min: 8, max: 60 } as const;

/**
 * A verdict for each anomaly of a run, from the other analytes of the same sample and the other sites of the same analyte.
 * @param regionOf the region of a site: its neighbours are the sites of its region
 */
export function judgeAll(detections: readonly SeriesDetection[], regionOf: (siteId: string) => string = () => ""): Judged[] {
  const bySite = Map.groupBy(detections, ({ siteId }) => siteId);
  const neighbourhoods = Map.groupBy(detections, (one) => neighbourhoodOf(one, regionOf));
  return detections.flatMap((detection) =>
    detection.anomalies.map((anomaly) => {
      const own = bySite.get(detection.siteId)!;
      const others = own.flatMap((other) => {
        const score = other === detection ? undefined : scoreOn(other, anomaly.peak);
        return score ? [{ analyte: other.analyte, score }] : [];
      });
      const score = scoreOn(detection, anomaly.peak)!;
      const known = {
        neighbours: neighboursOf(neighbourhoods.get(neighbourhoodOf(detection, regionOf))!, detection, anomaly),
        ...(score.flowRatio === undefined ? {} : { flowRatio: score.flowRatio }),
        ...usualKetamineRatio(detection, own, anomaly.start),
        batchMoved: batchMoved(bySite, score.method, anomaly),
      };
      return { detection, anomaly, verdict: verdictOf(circumstancesOf(detection.analyte, anomaly, others, known)) };
    }),
  );
}

const neighbourhoodOf = ({ siteId, analyte }: SeriesDetection, regionOf: (siteId: string) => string) =>
  JSON.stringify([regionOf(siteId), analyte]);

/** Ketamine over norketamine before the anomaly, the median: the site's own, because that of urine is no threshold. */
function usualKetamineRatio(
  detection: SeriesDetection,
  own: readonly SeriesDetection[],
  before: string,
): Pick<Circumstances, "ketamineToNorketamineUsual"> {
  const metabolite = own.find(({ analyte }) => idOf(analyte) === "norketamine");
  if (idOf(detection.analyte) !== "ketamine" || !metabolite) return {};
  const ratios = detection.scores
    .filter(({ day, censored }) => day < before && !censored)
    .slice(-USUAL_VALUES.max)
    .flatMap(({ day, load }) => {
      const other = scoreOn(metabolite, day);
      return other && !other.censored ? [load / other.load] : [];
    })
    .sort((a, b) => a - b);
  return ratios.length < USUAL_VALUES.min ? {} : { ketamineToNorketamineUsual: ratios[ratios.length >> 1]! };
}

/** Whether all that one method measured that day moved the same way, at several sites: then the laboratory moved. */
function batchMoved(
  bySite: ReadonlyMap<string, readonly SeriesDetection[]>,
  method: string | undefined,
  { peak, ratio }: Anomaly,
): boolean {
  if (method === undefined) return false;
  const { dilutionFactor, analytesMin, shareMin } = thresholds.bands.coherence;
  let [moved, sites] = [0, 0];
  for (const members of bySite.values()) {
    const scores = members.flatMap((one) => scoreOn(one, peak) ?? []).filter((one) => one.method === method && !one.censored);
    if (scores.length < analytesMin) continue;
    sites++;
    const along = scores.filter((one) => (ratio > 1 ? one.ratio > dilutionFactor : one.ratio < 1 / dilutionFactor));
    if (along.length >= shareMin * scores.length) moved++;
  }
  return moved >= thresholds.bands.sites.sitesMin && moved >= shareMin * sites;
}

const idOf = (analyte: string) => resolveAnalyte(analyte) ?? analyte.toLowerCase();

/** The circumstances of an anomaly: what is known of it, and the scores of the other analytes at the same site on its peak day. */
export function circumstancesOf(
  analyte: string,
  anomaly: Anomaly,
  company: readonly { readonly analyte: string; readonly score: DayScore }[],
  known: Pick<Circumstances, "neighbours" | "flowRatio" | "ketamineToNorketamineUsual" | "batchMoved"> = {},
): Circumstances {
  const id = idOf(analyte);
  const loads: Record<string, number> = { [id]: anomaly.observed };
  const belowLimit: string[] = [];
  const otherRatios: Record<string, number> = {};
  const precursors: string[] = [];
  let enantiomericFraction: number | undefined;
  for (const { analyte: name, score } of company) {
    const fraction = FRACTION.exec(name);
    if (fraction) {
      if (idOf(fraction[1]!) === id && !score.censored) enantiomericFraction = score.load;
      continue;
    }
    const other = idOf(name);
    if (score.censored) belowLimit.push(other);
    else loads[other] = score.load;
    if (!score.censored) otherRatios[other] = score.ratio;
    const substance = findSubstance(other);
    if (!score.censored && substance?.parent === id && SYNTHESIS_ROLES.has(substance.role)) precursors.push(other);
  }
  return {
    analyte: id,
    ratio: anomaly.ratio,
    shape: anomaly.shape,
    days: dayNumber(anomaly.end) - dayNumber(anomaly.start) + 1,
    weekday: weekdayOf(dayNumber(anomaly.peak)),
    loads,
    belowLimit,
    otherRatios,
    precursors,
    ...(enantiomericFraction === undefined ? {} : { enantiomericFraction }),
    ...known,
  };
}

function neighboursOf(same: readonly SeriesDetection[], own: SeriesDetection, { start, end }: Anomaly) {
  const [from, to] = [dayNumber(start) - NEIGHBOUR_DAYS, dayNumber(end) + NEIGHBOUR_DAYS];
  const others = same.filter((one) => one !== own && isSampled(one, start, end));
  const risen = others.filter(({ anomalies }) =>
    anomalies.some((anomaly) => dayNumber(anomaly.start) <= to && dayNumber(anomaly.end) >= from),
  ).length;
  return { risen, sites: others.length };
}

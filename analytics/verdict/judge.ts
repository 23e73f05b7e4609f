import type { Verdict } from "../../schemas/anomaly.ts";
import { dayNumber } from "../../schemas/days.ts";
import { findSubstance, resolveAnalyte } from "../../schemas/substances.ts";
import { weekdayOf } from "../detect/design.ts";
import type { DayScore, SeriesDetection } from "../detect/detectSeries.ts";
import type { Anomaly } from "../detect/episodes.ts";
import { type Circumstances, verdictOf } from "./verdict.ts";

export interface Judged {
  readonly detection: SeriesDetection;
  readonly anomaly: Anomaly;
  readonly verdict: Verdict;
}

/** Enantiomeric fractions, 0 to 1, come as an analyte of their own, named after the drug. */
const FRACTION = /^(.+?)[-_ ](ef|enantiomeric[-_ ]fraction)$/i;
/** A rise of another site counts as the same within so many days. */
const NEIGHBOUR_DAYS = 2;
const SYNTHESIS_ROLES = new Set(["precursor", "pre-precursor", "route-marker", "by-product"]);

/** A verdict for each anomaly of a run, from the other analytes of the same sample and the other sites of the same analyte. */
export function judgeAll(detections: readonly SeriesDetection[]): Judged[] {
  const bySite = Map.groupBy(detections, ({ siteId }) => siteId);
  const byAnalyte = Map.groupBy(detections, ({ analyte }) => analyte);
  const indexed = new Map(
    detections.map((detection) => [detection, new Map(detection.scores.map((score) => [score.day, score]))]),
  );
  const on = (detection: SeriesDetection, day: string) => indexed.get(detection)!.get(day);
  return detections.flatMap((detection) =>
    detection.anomalies.map((anomaly) => {
      const company = bySite.get(detection.siteId)!.flatMap((other) => {
        const score = other === detection ? undefined : on(other, anomaly.peak);
        return score ? [{ analyte: other.analyte, score }] : [];
      });
      const neighbours = neighboursOf(byAnalyte.get(detection.analyte)!, detection, anomaly);
      return { detection, anomaly, verdict: verdictOf(circumstancesOf(detection.analyte, anomaly, company, neighbours)) };
    }),
  );
}

const idOf = (analyte: string) => resolveAnalyte(analyte) ?? analyte.toLowerCase();

/** The circumstances of an anomaly, from the scores of the other analytes at the same site on its peak day. */
export function circumstancesOf(
  analyte: string,
  anomaly: Anomaly,
  company: readonly { readonly analyte: string; readonly score: DayScore }[],
  neighbours?: NonNullable<Circumstances["neighbours"]>,
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
    weekday: weekdayOf(dayNumber(anomaly.peak)),
    loads,
    belowLimit,
    otherRatios,
    precursors,
    ...(enantiomericFraction === undefined ? {} : { enantiomericFraction }),
    ...(neighbours === undefined ? {} : { neighbours }),
  };
}

function neighboursOf(same: readonly SeriesDetection[], own: SeriesDetection, { start, end }: Anomaly) {
  const [from, to] = [dayNumber(start) - NEIGHBOUR_DAYS, dayNumber(end) + NEIGHBOUR_DAYS];
  const others = same.filter((one) => one !== own && one.scores.some(({ day }) => day >= start && day <= end));
  const risen = others.filter(({ anomalies }) =>
    anomalies.some((anomaly) => dayNumber(anomaly.start) <= to && dayNumber(anomaly.end) >= from),
  ).length;
  return { risen, sites: others.length };
}

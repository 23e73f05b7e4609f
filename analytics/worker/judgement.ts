import type { Anomaly } from "../../schemas/anomaly.ts";
import type { Site } from "../../schemas/site.ts";
import { derivedId } from "../../store/records/hash.ts";
import type { SiteJudgement } from "../../store/records/rises.ts";
import type { SeriesDetection } from "../detect/detectSeries.ts";
import type { Anomaly as Rise } from "../detect/episodes.ts";
import { scoreOn } from "../detect/regional.ts";
import { batchMovesOf, ownCircumstances } from "../verdict/judge.ts";
import { type Detected, UNITS } from "./detection.ts";
import { poolOn } from "./pools.ts";
import { type Known, regionKeyOf } from "./weighing.ts";

/** The anomalies of a site as far as it alone tells, each without a verdict yet, and what the site tells the others. */
export function judgementOf(
  site: Site,
  detected: readonly Detected[],
): { anomalies: { anomaly: Anomaly; known: Known }[]; judgement: SiteJudgement } {
  const own = detected.map(({ detection }) => detection);
  const anomalies: { anomaly: Anomaly; known: Known }[] = [];
  const rises: SiteJudgement["rises"][number][] = [];
  for (const { detection, quantity, pools } of detected) {
    for (const found of detection.anomalies) {
      const anomaly = { ...anomalyOf(site, detection, found, quantity), pool: poolOn(pools, found.raisedOn) };
      const { anomalyId, analyte, start, end, peak } = anomaly;
      const known = { circumstances: ownCircumstances(detection, own, found), told: found.explanation };
      anomalies.push({ anomaly, known });
      rises.push({
        anomalyId,
        siteId: site.siteId,
        region: regionKeyOf(site),
        analyte,
        start,
        end,
        peak,
        raisedOn: found.raisedOn,
        upward: found.ratio > 1,
        method: scoreOn(detection, peak)?.method ?? null,
        chance: found.chance,
        circumstances: known,
        weighed: "",
      });
    }
  }
  return { anomalies, judgement: { rises, months: monthsOf(own), batchDays: batchMovesOf(own) } };
}

function anomalyOf({ siteId }: Site, { analyte }: SeriesDetection, found: Rise, quantity: Detected["quantity"]): Anomaly {
  const { accepted: _accepted, chance: _chance, ...rest } = found;
  return {
    ...rest,
    anomalyId: derivedId("anomaly", siteId, analyte, found.start),
    siteId,
    analyte,
    quantity,
    unit: UNITS[quantity],
    verdict: null,
    state: "open",
  };
}

function monthsOf(detections: readonly SeriesDetection[]): Record<string, number> {
  const months: Record<string, number> = {};
  for (const { scores } of detections)
    for (const { day } of scores) {
      const month = day.slice(0, 7);
      months[month] = (months[month] ?? 0) + 1;
    }
  return months;
}

import type { Adjustment } from "../../schemas/multipleTests.ts";
import { detectSeries, type SeriesDetection } from "./detectSeries.ts";
import type { Anomaly } from "./episodes.ts";
import { adjustPValues } from "./falseDiscovery.ts";
import { learnPools, type Pools } from "./pool.ts";
import { firstDay, type LoadSeries } from "./series.ts";
import { DETECT_DEFAULTS, type DetectSettings } from "./settings.ts";

/**
 * Scores a set of series; like ones lend each other strength, those of one site share its false alarms. The result keeps the order
 * of the series.
 * @param pools what is known of like series; learned from the set itself where absent
 */
export function detect(
  series: readonly LoadSeries[],
  settings: DetectSettings = DETECT_DEFAULTS,
  pools: Pools = learnPools(series, settings.holidays),
): SeriesDetection[] {
  const begins = new Map(
    [...Map.groupBy(series, ({ siteId }) => siteId)].map(([siteId, members]) => [
      siteId,
      members.flatMap(({ points }) => firstDay(points)),
    ]),
  );
  return series.map((one) => detectSeries({ ...one, siteBegins: begins.get(one.siteId)! }, pools, settings));
}

/**
 * For each anomaly of a run its q: of the anomalies at least as strong, the share that chance is expected to have given, over all
 * values of all series; or, with a stricter correction, the chance that there is any false one among them.
 */
export function falseDiscoveryOf(detections: readonly SeriesDetection[], correction: Adjustment = "bh"): Map<Anomaly, number> {
  const anomalies = detections.flatMap((detection) => detection.anomalies);
  const values = detections.reduce((sum, { scores }) => sum + scores.length, 0);
  const shares = adjustPValues(
    anomalies.map(({ chance }) => Math.min(1, chance)),
    values,
    correction,
  );
  return new Map(anomalies.map((anomaly, i) => [anomaly, shares[i]!]));
}

import type { SeriesDetection } from "../detect/detectSeries.ts";
import type { Anomaly } from "../detect/episodes.ts";
import { adjustPValues } from "../detect/falseDiscovery.ts";

/**
 * For each anomaly of a site its q as it was known on its last day: of the site's anomalies until then at least as strong, the share
 * that chance is expected to have given. Later values do not change it.
 */
export function falseDiscoveryAtTheTime(detections: readonly SeriesDetection[]): Map<Anomaly, number> {
  const all = detections.flatMap(({ anomalies }) => anomalies);
  const days = detections.flatMap(({ scores }) => scores.map(({ day }) => day)).sort();
  return new Map(
    all.map((anomaly) => {
      const known = all.filter(({ start }) => start <= anomaly.end);
      const values = days.findLastIndex((day) => day <= anomaly.end) + 1;
      const shares = adjustPValues(
        known.map(({ chance }) => Math.min(1, chance)),
        values,
      );
      return [anomaly, shares[known.indexOf(anomaly)]!];
    }),
  );
}

import { detectSeries, type SeriesDetection } from "./detectSeries.ts";
import { learnPools } from "./pool.ts";
import type { LoadSeries } from "./series.ts";
import { DETECT_DEFAULTS, type DetectSettings } from "./settings.ts";

/** Scores a set of series; those of one analyte lend each other strength. The result keeps the order of the series. */
export function detect(series: readonly LoadSeries[], settings: DetectSettings = DETECT_DEFAULTS): SeriesDetection[] {
  const pools = learnPools(series, settings.holidays);
  return series.map((one) => detectSeries(one, pools, settings));
}

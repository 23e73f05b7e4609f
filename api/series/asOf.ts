import { computeSeries } from "../../analytics/worker/loads.ts";
import { resultPoint } from "../../ingest/points.ts";
import type { Measure, SeriesPoint } from "../../store/series/series.ts";
import type { ApiPorts } from "../ports.ts";
import { badRequest } from "../problems.ts";
import { readSiteNumbers } from "./siteNumbers.ts";

/** Each pair of site and analyte is computed again from its results: about 20 ms a year of daily samples. */
const PAIRS_MAX = 24;
/** What the records can give again; readings and expectations are kept as they are now only. */
const KNOWN_AGAIN: readonly Measure[] = ["concentration", "load", "populationNormalisedLoad", "consumption", "doses"];

interface AsOfQuery {
  siteIds: readonly string[] | undefined;
  names: readonly string[] | undefined;
  measure: Measure;
  fromMs: number;
  toMs: number;
  /** A day, UTC: what came or was corrected later is left out. */
  asOf: string;
}

/**
 * Points as they were known at the end of a day, computed from the revisions that had arrived by then under the profiles and flows of now.
 * @throws ApiProblem 400 where that cannot be told, or would be too much at once
 */
export async function pointsAsOf(
  ports: Pick<ApiPorts, "records" | "series" | "settings">,
  { siteIds = [], names = [], measure, fromMs, toMs, asOf }: AsOfQuery,
): Promise<SeriesPoint[]> {
  const pairs = siteIds.flatMap((siteId) => names.map((name) => ({ siteId, name })));
  if (pairs.length === 0 || pairs.length > PAIRS_MAX || !KNOWN_AGAIN.includes(measure))
    throw badRequest({
      en: `With asOf, name sites and analytes (at most ${PAIRS_MAX} pairs) and one of the measures ${KNOWN_AGAIN.join(", ")}.`,
      zh: `使用 asOf 时须指定站点与物质（最多 ${PAIRS_MAX} 对），measure 须为 ${KNOWN_AGAIN.join("、")} 之一。`,
    });
  const receivedBy = `${asOf}T23:59:59.999Z`;
  const points: SeriesPoint[] = [];
  for (const { siteId, name } of pairs) {
    const { data, results } = await readSiteNumbers(ports, siteId, [name], receivedBy);
    const known = results.get(name) ?? [];
    points.push(...known.map(resultPoint), ...computeSeries(data, known).points);
  }
  return points
    .filter((point) => point.measure === measure && point.timeMs >= fromMs && point.timeMs < toMs)
    .toSorted((a, b) => a.timeMs - b.timeMs);
}

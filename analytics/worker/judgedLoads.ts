import type { MethodProfile } from "../../schemas/profiles.ts";
import type { SeriesPoint, SeriesQuery } from "../../store/series/series.ts";
import { readVariant } from "../load/variants.ts";
import { readActiveMethods } from "./methods.ts";
import type { AnalyticsPorts } from "./worker.ts";

/**
 * Stored loads of sites as they are judged: of the derived series that of the first profile in use, beside it what laboratories reported
 * themselves, and nothing that a quality flag excludes from analysis.
 */
export async function readJudgedLoads(
  { series, records, settings }: Pick<AnalyticsPorts, "series" | "records" | "settings">,
  query: Omit<SeriesQuery, "measure" | "variants"> & { siteIds: readonly string[]; names: readonly string[] },
): Promise<SeriesPoint[]> {
  if (query.siteIds.length === 0) return [];
  const { names, profiles } = await readActiveMethods(records, settings);
  const points = await series.read({ measure: "load", ...query });
  const suppressed = await records.quality.suppressions({ siteIds: query.siteIds, analytes: query.names });
  const excluded = new Set(suppressed.flatMap(({ excludeFromAnalysis, resultId }) => (excludeFromAnalysis ? [resultId] : [])));
  return points.filter(({ name, variant, origin = "" }) => {
    if (origin.split(",").some((resultId) => excluded.has(resultId))) return false;
    const judged = names.variant(profiles[0] as MethodProfile, "load", name, { method: "supplied" });
    return readVariant(variant) === undefined || variant === judged;
  });
}

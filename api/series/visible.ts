import type { Records } from "../../store/records/records.ts";
import type { Series, SeriesPoint, SeriesQuery } from "../../store/series/series.ts";

/** The identities of the results a value rests on; none for a reading. */
export const resultIdsOf = ({ origin = "" }: Pick<SeriesPoint, "origin">): string[] => origin.split(",");

/** A series in which values that rest on a result hidden by a standing quality flag are not there. */
export function visibleSeries(series: Series, { quality }: Pick<Records, "quality">): Pick<Series, "read" | "latest"> {
  const hiddenOf = async ({ measure, siteIds, names }: Pick<SeriesQuery, "measure" | "siteIds" | "names">) => {
    if (measure === "reading" || measure === "expected") return new Set<string>();
    const filter = { ...(siteIds ? { siteIds } : {}), ...(names ? { analytes: names } : {}) };
    const suppressed = await quality.suppressions(filter);
    return new Set(suppressed.flatMap(({ hideFromDashboard, resultId }) => (hideFromDashboard ? [resultId] : [])));
  };
  const read: Series["read"] = async (query) => {
    const [points, hidden] = await Promise.all([series.read(query), hiddenOf(query)]);
    return hidden.size === 0 ? points : points.filter((point) => !resultIdsOf(point).some((id) => hidden.has(id)));
  };
  return {
    read,
    async latest(query) {
      const [points, hidden] = await Promise.all([series.latest(query), hiddenOf(query)]);
      if (hidden.size === 0) return points;
      const visible = points.map(async (point) => {
        if (!resultIdsOf(point).some((id) => hidden.has(id))) return [point];
        const { measure, siteId, name, variant, timeMs } = point;
        const before = await read({ measure, siteIds: [siteId], names: [name], variants: [variant], fromMs: 0, toMs: timeMs });
        return before.slice(-1);
      });
      return (await Promise.all(visible)).flat();
    },
  };
}

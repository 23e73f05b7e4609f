import type { SeriesChange, SeriesChangeRecords } from "../records/seriesChanges.ts";
import type { Measure, Series } from "./series.ts";

/** Readings of probes change all the time: nobody keeps answers made of them. */
export const isAnnounced = (measure: Measure): boolean => measure !== "reading";

/**
 * The series, where every change is put on record once it is durable: a process that keeps answers learns from there which are out of date.
 * A write resolves after its announcement. Where a process dies between the two, the batch comes to it again, and with it the announcement.
 */
export function announcedSeries(series: Series, changes: SeriesChangeRecords): Series {
  const announcing = async (changed: readonly SeriesChange[], work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      await changes.add(changed).catch(() => undefined); // a part may be stored; what failed is tried again, and announced then
      throw error;
    }
    await changes.add(changed);
  };
  return {
    ...series,
    write(points) {
      const changed = new Map<string, SeriesChange>();
      for (const { measure, siteId } of points)
        if (isAnnounced(measure)) changed.set(`${measure} ${siteId}`, { measure, siteId });
      return announcing([...changed.values()], () => series.write(points));
    },
    remove(query) {
      const { measure, siteIds = [null] } = query;
      const changed = isAnnounced(measure) ? siteIds.map((siteId) => ({ measure, siteId })) : [];
      return announcing(changed, () => series.remove(query));
    },
  };
}

import type { Anomaly } from "../../schemas/anomaly.ts";
import type { AnomalyFilter } from "../../store/records/anomalies.ts";
import type { Records } from "../../store/records/records.ts";
import type { Series } from "../../store/series/series.ts";
import { SMALL_KINDS } from "./smallPlaces.ts";

/** Which sites there are is looked up anew after this time; a place that is newer is not shown until then. */
const KNOWN_MS = 5_000;

export type Places = () => Promise<{ large: ReadonlySet<string>; hasSmall: boolean }>;

/** What the routes of lists are given beside the ports. */
export interface PlacesPort {
  places: Places;
}

/** Ids of the sites behind which there are many people, and whether there are others. */
export function placesKnown(records: Pick<Records, "sites">, now: () => Date): Places {
  let known = { atMs: Number.NEGATIVE_INFINITY, large: new Set<string>(), hasSmall: false };
  return async () => {
    if (now().getTime() - known.atMs < KNOWN_MS) return known;
    const sites = await records.sites.list();
    const large = sites.filter(({ kind }) => !SMALL_KINDS.has(kind)).map(({ siteId }) => siteId);
    known = { atMs: now().getTime(), large: new Set(large), hasSmall: large.length < sites.length };
    return known;
  };
}

/** Whether what is said of the site may be told to all who read. */
export async function isOfPlant(places: Places, siteId: string | null): Promise<boolean> {
  const { large, hasSmall } = await places();
  return siteId === null || !hasSmall || large.has(siteId);
}

const onlyPlants =
  (places: Places) =>
  async <P extends { siteId: string }>(items: P[]): Promise<P[]> => {
    const { large, hasSmall } = await places();
    return hasSmall ? items.filter(({ siteId }) => large.has(siteId)) : items;
  };

/** The series, in which a question that names no site is about the plants. */
export function seriesOfPlants(series: Series, places: Places): Series {
  const plants = onlyPlants(places);
  const asked = async <P extends { siteId: string }>({ siteIds }: { siteIds?: readonly string[] }, points: P[]) =>
    siteIds ? points : plants(points);
  return {
    ...series,
    read: async (query) => asked(query, await series.read(query)),
    readWindows: async (query) => asked(query, await series.readWindows(query)),
    latest: async (query) => asked(query, await series.latest(query)),
  };
}

/** The records, in whose lists of what sites have, where no site is named, are the plants'. */
export function recordsOfPlants(records: Records, places: Places): Records {
  const plants = onlyPlants(places);
  const { anomalies, quality, snoozes, visits } = records;
  return {
    ...records,
    anomalies: {
      ...anomalies,
      list: (filter) => (filter.siteId === undefined ? fullPage(anomalies.list, filter, plants) : anomalies.list(filter)),
    },
    quality: {
      ...quality,
      overrides: async (filter) =>
        filter.siteId === undefined ? plants(await quality.overrides(filter)) : quality.overrides(filter),
    },
    snoozes: {
      ...snoozes,
      async holding(today) {
        const held = await snoozes.holding(today);
        const of = await Promise.all(held.map(({ anomalyId }) => anomalies.find(anomalyId)));
        const shown = await Promise.all(of.map((anomaly) => isOfPlant(places, anomaly?.siteId ?? null)));
        return held.filter((_, i) => shown[i]);
      },
    },
    visits: {
      ...visits,
      resultsSince: async (since) => plants(await visits.resultsSince(since)),
      anomaliesSince: async (since, limit) => plants(await visits.anomaliesSince(since, limit)),
    },
  };
}

/** As many as a page takes, read on where some are left out: a short page says that there are no more. */
async function fullPage(
  list: (filter: AnomalyFilter) => Promise<Anomaly[]>,
  filter: AnomalyFilter,
  keep: (items: Anomaly[]) => Promise<Anomaly[]>,
): Promise<Anomaly[]> {
  const found: Anomaly[] = [];
  for (let next = filter; ; ) {
    const page = await list(next);
    found.push(...(await keep(page)));
    const last = page.at(-1);
    if (!last || page.length < filter.limit || found.length >= filter.limit) return found.slice(0, filter.limit);
    next = { ...filter, after: { endDay: last.end, anomalyId: last.anomalyId } };
  }
}

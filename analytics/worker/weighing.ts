import type { Anomaly, Bilingual } from "../../schemas/anomaly.ts";
import { addDays, dayNumber, localDay } from "../../schemas/days.ts";
import type { Site } from "../../schemas/site.ts";
import { canonicalJson, derivedId } from "../../store/records/hash.ts";
import type { BatchDay, SiteJudgement, StoredRise } from "../../store/records/rises.ts";
import type { Series } from "../../store/series/series.ts";
import { isRegional, type RisesTogether, risesTogether, type SiteRise } from "../detect/regional.ts";
import { batchMoved, explainedWith, REGIONAL_RULE, type Weighing, weighedVerdict } from "../verdict/judge.ts";
import type { Circumstances } from "../verdict/verdict.ts";
import { DETECTED_KINDS } from "./detection.ts";
import type { AnalyticsPorts } from "./worker.ts";

/** What is known of an anomaly at its own site: enough to weigh its cause again when other sites tell something new. */
export interface Known {
  circumstances: Circumstances;
  /** The sentence about it, before other sites are heard. */
  told: Bilingual;
}

/** What other sites tell of an anomaly, with the name of its region's rise. */
export type Told = { regional: NonNullable<Anomaly["regional"]> | null; batch: Weighing["batch"] };

type Ports = Pick<AnalyticsPorts, "records" | "series">;

/** A region is of one country; a country's sites of no region are one. */
export const regionKeyOf = ({ country, region }: Pick<Site, "country" | "region">) =>
  JSON.stringify([country ?? null, region ?? null]);

/**
 * What the other sites tell of the rises of a site, as stored now.
 * @param judgement of the site, where it is newer than what is stored
 */
export async function weigh(ports: Ports, siteId: string, judgement?: SiteJudgement): Promise<Map<string, Told>> {
  const stored = await ports.records.rises.list();
  if (!judgement) return toldOf(ports, stored, (rise) => rise.siteId === siteId);
  const own = { siteId, batchDays: judgement.batchDays };
  const rises = [...stored.filter((rise) => rise.siteId !== siteId), ...judgement.rises];
  return toldOf(ports, rises, (rise) => rise.siteId === siteId, own);
}

/** Rises anywhere of which the site now tells something else than was weighed in: their plants are to weigh them again. */
export async function toWeighAgain(ports: Ports, plant: Site): Promise<StoredRise[]> {
  const [rises, methods] = await Promise.all([ports.records.rises.list(), ports.records.rises.methodsOf(plant.siteId)]);
  const region = regionKeyOf(plant);
  const told = await toldOf(ports, rises, (rise) => rise.region === region || methods.includes(rise.method ?? ""));
  return rises.filter(({ anomalyId, weighed }) => told.has(anomalyId) && canonicalJson(told.get(anomalyId)) !== weighed);
}

/** The anomaly with its cause weighed by what its own site and the others tell. */
export function weighed(anomaly: Anomaly, { circumstances, told }: Known, { regional, batch }: Told): Anomaly {
  const verdict = weighedVerdict(circumstances, { regional, batch });
  return { ...anomaly, verdict, regional, explanation: explainedWith(told, verdict, { regional, batch }) };
}

async function toldOf(
  { records, series }: Ports,
  rises: readonly StoredRise[],
  isWanted: (rise: StoredRise) => boolean,
  own?: { siteId: string; batchDays: readonly BatchDay[] },
): Promise<Map<string, Told>> {
  const wanted = rises.filter(isWanted);
  const sites = (await records.sites.list()).filter(({ kind }) => DETECTED_KINDS.includes(kind));
  const regions = Map.groupBy(sites, regionKeyOf);
  const regionOf = new Map(rises.map((rise) => [rise.siteId, rise.region]));
  const asked = new Set(wanted.map(({ region, analyte }) => JSON.stringify([region, analyte])));
  const near = rises.filter(({ region, analyte }) => asked.has(JSON.stringify([region, analyte])));
  const regional = new Map<string, Told["regional"]>();
  for (const together of risesTogether(near, (siteId) => regionOf.get(siteId)!)) {
    if (together.risen.length < REGIONAL_RULE.sitesMin) continue;
    const sampled = await sampledSites(series, regions.get(together.region) ?? [], together);
    if (!isRegional(together.risen.length, sampled, REGIONAL_RULE)) continue;
    const rise = { riseId: riseIdOf(together), start: together.start, risen: together.risen.length, sampled };
    for (const { anomalyId } of together.rises) regional.set(anomalyId, rise);
  }
  const others = (await records.rises.batchDays(wanted.map(({ peak }) => peak))).filter(({ siteId }) => siteId !== own?.siteId);
  const batches = Map.groupBy([...others, ...(own?.batchDays ?? [])], ({ day, method }) => JSON.stringify([day, method]));
  return new Map(
    wanted.map(({ anomalyId, peak, method, upward }) => {
      const batch = batchMoved(batches.get(JSON.stringify([peak, method])) ?? [], upward);
      return [anomalyId, { regional: regional.get(anomalyId) ?? null, batch }];
    }),
  );
}

export const riseIdOf = ({ region, analyte, start }: Pick<RisesTogether, "region" | "analyte" | "start">) =>
  derivedId("rise", region, analyte, start);

/** How many of the sites have a day that was judged, from the first start to the last: each has its expected value. */
export async function sampledSites<Rise extends SiteRise>(
  series: Pick<Series, "read">,
  sites: readonly Site[],
  { analyte, start, latest }: RisesTogether<Rise>,
): Promise<number> {
  const dayMs = (day: string) => dayNumber(day) * 86_400_000;
  const zoneOf = new Map(sites.map(({ siteId, timeZone }) => [siteId, timeZone]));
  // a day of a site begins and ends up to 14 hours off that of UTC
  const [fromMs, toMs] = [dayMs(addDays(start, -1)), dayMs(addDays(latest, 2))];
  const points = await series.read({ measure: "expected", siteIds: [...zoneOf.keys()], names: [analyte], fromMs, toMs });
  const within = points.filter(({ siteId, timeMs }) => {
    const day = localDay(timeMs, zoneOf.get(siteId)!);
    return start <= day && day <= latest;
  });
  return new Set(within.map(({ siteId }) => siteId)).size;
}

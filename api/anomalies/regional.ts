import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { isRegional, type RisesTogether, risesTogether } from "../../analytics/detect/regional.ts";
import { REGIONAL_RULE } from "../../analytics/verdict/judge.ts";
import { DETECTED_KINDS } from "../../analytics/worker/detection.ts";
import { type RegionalRise, regionalRise } from "../../schemas/anomaly.ts";
import { addDays, dayNumber, localDay } from "../../schemas/days.ts";
import { problem } from "../../schemas/problem.ts";
import type { Site } from "../../schemas/site.ts";
import type { StandingAnomaly } from "../../store/records/anomalies.ts";
import { derivedId } from "../../store/records/hash.ts";
import type { Series } from "../../store/series/series.ts";
import { READERS } from "../auth/access.ts";
import { mayViewRegion } from "../auth/limits.ts";
import { fromCursor, listOf, page, paged } from "../paging.ts";
import type { ApiPorts } from "../ports.ts";

/** The analytics judge a plant alone: what rose in many plants at once is seen when it is asked for, from the anomalies that stand. */
export const regionalRoutes: FastifyPluginAsyncZod<ApiPorts> = async (app, { records, series }) => {
  app.get(
    "/anomalies/regional",
    {
      config: { access: READERS },
      schema: {
        tags: ["anomalies"],
        summary: "Rises of one substance at most sites of a region at once, latest first",
        description: `Anomalies that begin within two days of the first, at ${REGIONAL_RULE.sitesMin} sites or more and at ${100 * REGIONAL_RULE.shareMin} % or more of those sampled from the first start to the last. Retracted and dismissed anomalies do not count. A region is of one country; a country's sites of no region are one. A key of some regions sees theirs.`,
        querystring: z.strictObject({
          ...page,
          analyte: z.string().optional(),
          /** Only the rise that this anomaly is part of. */
          anomalyId: z.string().optional(),
          since: z.iso.date().optional(),
        }),
        response: { 200: listOf(regionalRise), 400: problem, 401: problem, 403: problem },
      },
    },
    async ({ query: { limit, cursor, analyte, anomalyId, since = "" }, key }) => {
      const after = fromCursor<Position>(cursor, ["end", "riseId"]);
      const [all, standing] = await Promise.all([records.sites.list(), records.anomalies.standing(analyte)]);
      const sites = all.filter(({ kind }) => DETECTED_KINDS.includes(kind));
      const regionOf = new Map(sites.map((site) => [site.siteId, keyOf(site)]));
      const known = standing.filter(({ siteId }) => regionOf.has(siteId));
      const candidates = risesTogether(known, (siteId) => regionOf.get(siteId)!)
        .filter(({ end, risen }) => end >= since && risen.length >= REGIONAL_RULE.sitesMin)
        .filter(({ rises }) => anomalyId === undefined || rises.some((rise) => rise.anomalyId === anomalyId))
        .filter(({ region }) => mayViewRegion(key, placeOf(region).region))
        .map((together) => ({ together, position: positionOf(together) }))
        .filter(({ position }) => !after || latestFirst(after, position) < 0)
        .toSorted((a, b) => latestFirst(a.position, b.position));
      const found: RegionalRise[] = [];
      const members = Map.groupBy(sites, keyOf);
      // only as many are counted as the page takes: each costs a read of its days
      for (let at = 0; at < candidates.length && found.length <= limit; at += COUNTED_AT_ONCE) {
        const counted = candidates.slice(at, at + COUNTED_AT_ONCE).map(async ({ together, position }) => {
          const sampled = await sampledOf(series, members.get(together.region)!, together);
          return isRegional(together.risen.length, sampled, REGIONAL_RULE) ? [riseOf(together, position.riseId, sampled)] : [];
        });
        found.push(...(await Promise.all(counted)).flat());
      }
      return paged(found.slice(0, limit + 1), limit, ({ end, riseId }) => ({ end, riseId }));
    },
  );
};

const COUNTED_AT_ONCE = 20;

type Position = Pick<RegionalRise, "end" | "riseId">;
type Together = RisesTogether<StandingAnomaly>;

const keyOf = ({ country, region }: Site) => JSON.stringify([country ?? null, region ?? null]);

function placeOf(key: string): Pick<RegionalRise, "country" | "region"> {
  const [country, region] = JSON.parse(key) as [string | null, string | null];
  return { country, region };
}

const positionOf = ({ region, analyte, start, end }: Together): Position => ({
  end,
  riseId: derivedId("rise", region, analyte, start),
});

const latestFirst = (a: Position, b: Position) =>
  a.end === b.end ? (a.riseId < b.riseId ? -1 : Number(a.riseId > b.riseId)) : a.end > b.end ? -1 : 1;

/** How many of the sites have a day that was judged, from the first start to the last: each has its expected value. */
async function sampledOf(
  series: Pick<Series, "read">,
  sites: readonly Site[],
  { analyte, start, latest }: Together,
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

function riseOf({ region, analyte, start, end, risen, rises }: Together, riseId: string, sampled: number): RegionalRise {
  const anomalyIds = rises.map(({ anomalyId }) => anomalyId);
  return { riseId, ...placeOf(region), analyte, start, end, siteIds: [...risen], risen: risen.length, sampled, anomalyIds };
}

import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { isRegional, type RisesTogether, risesTogether } from "../../analytics/detect/regional.ts";
import { REGIONAL_RULE } from "../../analytics/verdict/judge.ts";
import { DETECTED_KINDS } from "../../analytics/worker/detection.ts";
import { regionKeyOf, riseIdOf, sampledSites } from "../../analytics/worker/weighing.ts";
import { type RegionalRise, regionalRise } from "../../schemas/anomaly.ts";
import { problem } from "../../schemas/problem.ts";
import type { StandingAnomaly } from "../../store/records/anomalies.ts";
import { READERS } from "../auth/access.ts";
import { mayViewRegion } from "../auth/limits.ts";
import { fromCursor, listOf, page, paged } from "../paging.ts";
import type { ApiPorts } from "../ports.ts";

/** What rose in many plants at once, from the anomalies that people let stand: the analytics weigh it in whatever people decided. */
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
      const regionOf = new Map(sites.map((site) => [site.siteId, regionKeyOf(site)]));
      const known = standing.filter(({ siteId }) => regionOf.has(siteId));
      const candidates = risesTogether(known, (siteId) => regionOf.get(siteId)!)
        .filter(({ end, risen }) => end >= since && risen.length >= REGIONAL_RULE.sitesMin)
        .filter(({ rises }) => anomalyId === undefined || rises.some((rise) => rise.anomalyId === anomalyId))
        .filter(({ region }) => mayViewRegion(key, placeOf(region).region))
        .map((together) => ({ together, position: positionOf(together) }))
        .filter(({ position }) => !after || latestFirst(after, position) < 0)
        .toSorted((a, b) => latestFirst(a.position, b.position));
      const found: RegionalRise[] = [];
      const members = Map.groupBy(sites, regionKeyOf);
      // only as many are counted as the page takes: each costs a read of its days
      for (let at = 0; at < candidates.length && found.length <= limit; at += COUNTED_AT_ONCE) {
        const counted = candidates.slice(at, at + COUNTED_AT_ONCE).map(async ({ together, position }) => {
          const sampled = await sampledSites(series, members.get(together.region)!, together);
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

function placeOf(key: string): Pick<RegionalRise, "country" | "region"> {
  const [country, region] = JSON.parse(key) as [string | null, string | null];
  return { country, region };
}

const positionOf = (together: Together): Position => ({ end: together.end, riseId: riseIdOf(together) });

const latestFirst = (a: Position, b: Position) =>
  a.end === b.end ? (a.riseId < b.riseId ? -1 : Number(a.riseId > b.riseId)) : a.end > b.end ? -1 : 1;

function riseOf({ region, analyte, start, end, risen, rises }: Together, riseId: string, sampled: number): RegionalRise {
  const anomalyIds = rises.map(({ anomalyId }) => anomalyId);
  return { riseId, ...placeOf(region), analyte, start, end, siteIds: [...risen], risen: risen.length, sampled, anomalyIds };
}

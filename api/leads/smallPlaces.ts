import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Site } from "../../schemas/site.ts";
import type { Records } from "../../store/records/records.ts";
import type { Series } from "../../store/series/series.ts";
import { INVESTIGATORS } from "../auth/access.ts";
import { mayViewRegion } from "../auth/limits.ts";
import { forbidden, notFound } from "../problems.ts";
import { statedPurpose } from "./viewing.ts";

/** Sampled because of a lead; behind each there are a few people, or one house. */
export const SMALL_KINDS: ReadonlySet<Site["kind"]> = new Set(["manhole", "institution", "compound"]);

/** What was measured and computed at single sites. */
const MEASURED =
  /^\/api\/v1\/(series|series\/latest|series\/profile|derived|explanations|means|ratios|sums|fractions|trends|exports\/.+|sites\/:siteId\/.+)(\.\w+)?$/;

/** Which sites there are is looked up anew after this time; a place that is newer is not shown until then. */
const KNOWN_MS = 5_000;

export type Places = () => Promise<{ large: ReadonlySet<string>; hasSmall: boolean }>;

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

/** The series, in which a question that names no site is about the plants. */
export function withoutSmallPlaces(series: Series, places: Places): Series {
  const plantsOf = async <P extends { siteId: string }>(named: readonly string[] | undefined, points: P[]): Promise<P[]> => {
    if (named) return points;
    const { large, hasSmall } = await places();
    return hasSmall ? points.filter(({ siteId }) => large.has(siteId)) : points;
  };
  return {
    ...series,
    read: async (query) => plantsOf(query.siteIds, await series.read(query)),
    readWindows: async (query) => plantsOf(query.siteIds, await series.readWindows(query)),
    latest: async (query) => plantsOf(query.siteIds, await series.latest(query)),
  };
}

/** What was measured at a manhole is a part of its lead: it is for investigators, for a stated purpose, and written down. */
export function guardSmallPlaces(
  app: FastifyInstance,
  records: Pick<Records, "sites" | "chains">,
  places: Places,
  now: () => Date,
): void {
  app.addHook("preHandler", async (request) => {
    if (request.method !== "GET" || !MEASURED.test(request.routeOptions.url ?? "") || request.key.role === "lab") return;
    const { large } = await places();
    const others = askedOf(request).filter((siteId) => !large.has(siteId));
    const sites = await Promise.all(others.map((siteId) => records.sites.find(siteId)));
    const smallSites = sites.flatMap((site) => (site && SMALL_KINDS.has(site.kind) ? [site] : []));
    const small = smallSites.map((site) => site.siteId);
    if (small.length === 0) return;
    if (!INVESTIGATORS.includes(request.key.role))
      throw forbidden("a place in a sewer, behind which few people live", "an investigator");
    for (const site of smallSites) {
      // a part of a lead of another region, of which nothing is told
      if (!mayViewRegion(request.key, await regionOf(site, records))) throw notFound("site", site.siteId);
    }
    const { name, keyId, organisation } = request.key;
    const content = { what: request.routeOptions.url, purpose: statedPurpose(request), keyId, organisation };
    const entry = { at: now().toISOString(), actor: name, action: "place.viewed", subject: small.join(" "), content };
    await records.chains.append("audit", entry);
  });
}

/** Its own, else that of the plant it drains to. */
async function regionOf({ region, parentSiteId }: Site, { sites }: Pick<Records, "sites">): Promise<string | null> {
  if (region !== undefined || parentSiteId === undefined) return region ?? null;
  return (await sites.find(parentSiteId))?.region ?? null;
}

function askedOf({ query, params }: FastifyRequest): string[] {
  const named = [(query as { siteId?: string | string[] }).siteId, (params as { siteId?: string }).siteId];
  return named.flat().filter((siteId) => siteId !== undefined);
}

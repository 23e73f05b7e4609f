import type { FastifyInstance, FastifyRequest } from "fastify";
import type { ApiKey } from "../../schemas/key.ts";
import type { Site } from "../../schemas/site.ts";
import type { Records } from "../../store/records/records.ts";
import { INVESTIGATORS } from "../auth/access.ts";
import { mayViewRegion } from "../auth/limits.ts";
import { forbidden, notFound } from "../problems.ts";
import { statedPurpose } from "./viewing.ts";

/** Sampled because of a lead; behind each there are a few people, or one house. */
export const SMALL_KINDS: ReadonlySet<Site["kind"]> = new Set(["manhole", "institution", "compound"]);

/** What was measured, computed, found and said at single sites. What a laboratory asks for is its own, and guarded as that. */
const ABOUT_SITES =
  /^\/api\/v1\/(series|series\/latest|series\/profile|derived|explanations|means|ratios|sums|fractions|trends|quality|quality\/overrides|annotations|anomalies|anomalies\/:anomalyId(\/\w+)?|samples\/:sampleId|deliveries\/:deliveryId(\/\w+)?|exports\/.+|sites\/:siteId\/.+)(\.\w+)?$/;

/** What was measured at a manhole is a part of its lead: it is for investigators, for a stated purpose, and written down. */
export function guardSmallPlaces(app: FastifyInstance, records: Records, now: () => Date): void {
  app.addHook("preHandler", async (request) => {
    if (!ABOUT_SITES.test(request.routeOptions.url ?? "") || request.key.role === "lab") return;
    const sites = await Promise.all((await siteIdsOf(request, records)).map((siteId) => records.sites.find(siteId)));
    const small = sites.flatMap((site) => (site && SMALL_KINDS.has(site.kind) ? [site] : []));
    if (small.length === 0) return;
    if (!INVESTIGATORS.includes(request.key.role))
      throw forbidden("a place in a sewer, behind which few people live", "an investigator");
    for (const site of small) {
      // a part of a lead of another region, of which nothing is told
      if (!(await mayKnowOf(request.key, site, records))) throw notFound("site", site.siteId);
    }
    const { name, keyId, organisation } = request.key;
    const content = { what: request.routeOptions.url, purpose: statedPurpose(request), keyId, organisation };
    const subject = small.map(({ siteId }) => siteId).join(" ");
    await records.chains.append("audit", { at: now().toISOString(), actor: name, action: "place.viewed", subject, content });
  });
}

/** Whether the key may know that something is looked for at the site; to see what was found takes a purpose beyond that. */
export async function mayKnowOf(key: ApiKey, site: Site, records: Pick<Records, "sites">): Promise<boolean> {
  if (!SMALL_KINDS.has(site.kind)) return true;
  return INVESTIGATORS.includes(key.role) && mayViewRegion(key, await regionOf(site, records));
}

/** Its own, else that of the plant it drains to. */
async function regionOf({ region, parentSiteId }: Site, { sites }: Pick<Records, "sites">): Promise<string | null> {
  if (region !== undefined || parentSiteId === undefined) return region ?? null;
  return (await sites.find(parentSiteId))?.region ?? null;
}

interface Named {
  siteId?: string | string[];
  anomalyId?: string;
  sampleId?: string;
  labId?: string;
  deliveryId?: string;
}

/** The sites that a question is about: named by themselves, or by what is of them. */
async function siteIdsOf({ query, params }: FastifyRequest, { anomalies, results, deliveries }: Records): Promise<string[]> {
  const { siteId = [], labId, sampleId, ...named } = { ...(query as Named), ...(params as Named) };
  const siteIds = new Set([siteId].flat());
  const delivery = named.deliveryId === undefined ? undefined : await deliveries.find(named.deliveryId);
  for (const anomalyId of [named.anomalyId, delivery?.subject]) {
    const anomaly = anomalyId === undefined ? undefined : await anomalies.find(anomalyId);
    if (anomaly) siteIds.add(anomaly.siteId);
  }
  if (sampleId !== undefined) {
    const labs = labId === undefined ? await results.labsOf(sampleId) : [labId];
    for (const lab of labs) for (const { sample } of await results.ofSample(lab, sampleId)) siteIds.add(sample.siteId);
  }
  return [...siteIds];
}

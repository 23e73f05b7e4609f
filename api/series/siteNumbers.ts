import type { DerivedValue } from "../../analytics/load/derived.ts";
import { prepareNetwork } from "../../analytics/trace/graph.ts";
import { deriveUnder, flagsOf } from "../../analytics/worker/loads.ts";
import { type ActiveMethods, readActiveMethods } from "../../analytics/worker/methods.ts";
import { readSiteResults, type SiteResults } from "../../analytics/worker/siteResults.ts";
import { profilesNamed } from "../../schemas/methods.ts";
import type { MethodProfile } from "../../schemas/profiles.ts";
import type { Site } from "../../schemas/site.ts";
import type { ApiPorts } from "../ports.ts";
import { badRequest, notFound } from "../problems.ts";

/** A site's numbers, computed again from the records as the analytics computes them. */
export interface SiteNumbers extends SiteResults {
  site: Site;
  active: ActiveMethods;
}

/**
 * @param only the analytes asked for
 * @param receivedBy what came or was corrected later is left out
 * @throws ApiProblem 404 for a site that is not on record
 */
export async function readSiteNumbers(
  { records, series, settings }: Pick<ApiPorts, "records" | "series" | "settings">,
  siteId: string,
  only?: readonly string[],
  receivedBy?: string,
): Promise<SiteNumbers> {
  const site = await records.sites.find(siteId);
  if (!site) throw notFound("site", siteId);
  const active = await readActiveMethods(records, settings);
  const found = site.kind === "manhole" && site.networkNode ? await records.networks.find(site.networkNode.networkId) : undefined;
  const sewer = found && prepareNetwork(found.network);
  return {
    site,
    active,
    ...(await readSiteResults({ records, series }, site, active, {
      ...(only ? { only } : {}),
      ...(receivedBy ? { receivedBy } : {}),
      sewer,
    })),
  };
}

/**
 * The profiles asked for, by id or id@version; all in use where none is.
 * @throws ApiProblem 400 for a name that no profile has
 */
export function askedProfiles({ profiles, methods }: ActiveMethods, asked: string | undefined): readonly MethodProfile[] {
  if (asked === undefined) return profiles;
  try {
    return profilesNamed([asked], methods.profiles);
  } catch {
    throw badRequest({
      en: `There is no method profile ${asked} (GET /api/v1/profiles).`,
      zh: `没有方法方案 ${asked}（见 GET /api/v1/profiles）。`,
    });
  }
}

/** Every derived value of one analyte under the profiles, with its provenance. */
export function derivedValues(
  { data, results }: SiteNumbers,
  analyte: string,
  profiles: readonly MethodProfile[],
): DerivedValue[] {
  const ofAnalyte = results.get(analyte) ?? [];
  const flags = flagsOf(data, ofAnalyte);
  return profiles.flatMap((profile) => deriveUnder(data, profile, ofAnalyte, flags));
}

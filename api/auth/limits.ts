import type { FastifyRequest } from "fastify";
import type { ApiKey } from "../../schemas/key.ts";
import type { Records } from "../../store/records/records.ts";
import { forbidden, notFound } from "../problems.ts";

/** Methods that change nothing, so that a foreign page gains nothing by making the browser send them. */
export const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * What a key that is limited to regions may be used for. Everything else of an investigator's, such as webhooks and authorisations,
 * reaches over all regions.
 */
const REGIONAL: ReadonlySet<string> = new Set(["session", "sites", "series", "exports", "anomalies", "leads", "stream"]);

/** The scope that a key needs for an operation, where it is limited to scopes; none for who am I and signing out. */
export function scopeOf(method: string, tags: readonly string[] | undefined): string | undefined {
  const [tag] = tags ?? [];
  return tag === undefined || tag === "session" ? undefined : `${tag}:${SAFE_METHODS.has(method) ? "read" : "write"}`;
}

export function mayViewRegion({ regions }: Pick<ApiKey, "regions">, region: string | null): boolean {
  return regions === null || (region !== null && regions.includes(region));
}

/** @throws {ApiProblem} 403 outside the scopes or regions of the key, 404 for a lead of another region: whether there is one is not told */
export async function requireWithinLimits(request: FastifyRequest, key: ApiKey, records: Records): Promise<void> {
  const { tags } = (request.routeOptions.schema ?? {}) as { tags?: readonly string[] };
  const needed = scopeOf(request.method, tags);
  if (key.scopes && needed && !key.scopes.includes(needed)) throw forbidden("a key without this scope", `the scope ${needed}`);
  if (key.regions === null) return;
  if (!REGIONAL.has(tags?.[0] ?? "")) throw forbidden(`a key of the regions ${key.regions.join(", ")}`, "one of all regions");
  const { leadId } = (request.params ?? {}) as { leadId?: string };
  if (leadId === undefined) return;
  const found = await records.leads.find(leadId);
  if (found && !mayViewRegion(key, found.region)) throw notFound("lead", leadId);
}

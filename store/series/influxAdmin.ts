import type { SeriesQuery } from "./series.ts";

/** Daily data in the default shards of 7 days makes group-bys 18 times slower and lets writes over many years time out. */
const SHARD_GROUP_S = 365 * 86_400;
const REQUEST_TIMEOUT_MS = 30_000;

export interface InfluxPlace {
  url: string;
  token: string;
  org: string;
  bucket: string;
}

/** What the client library has no calls for: buckets and deletes. */
export function createInfluxAdmin({ url, token, org, bucket }: InfluxPlace) {
  const request = async (method: string, path: string, parameters: Record<string, string>, body?: object): Promise<Response> => {
    const target = new URL(`${url.replace(/\/+$/, "")}${path}?${new URLSearchParams(parameters)}`);
    const response = await fetch(target, {
      method,
      headers: { authorization: `Token ${token}`, ...(body && { "content-type": "application/json" }) },
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    }).catch((error) => {
      throw new Error(`InfluxDB at ${url} cannot be reached`, { cause: error });
    });
    if (!response.ok && response.status !== 404) {
      throw new Error(`InfluxDB at ${url}: ${method} ${path} gave ${response.status}: ${await messageOf(response)}`);
    }
    return response;
  };

  const findBucket = async (): Promise<{ id: string } | undefined> => {
    const response = await request("GET", "/api/v2/buckets", { org, name: bucket });
    const { buckets } = (await response.json()) as { buckets?: { id: string }[] }; // 404 when there is none
    return buckets?.[0];
  };

  return {
    findBucket,

    /** Creates the bucket, without end of retention, when it is missing. Another process may do so at the same time. */
    async ensureBucket(): Promise<void> {
      if (await findBucket()) return;
      const { orgs } = (await (await request("GET", "/api/v2/orgs", { org })).json()) as { orgs?: { id: string }[] };
      if (!orgs?.[0]) throw new Error(`InfluxDB at ${url} has no organisation ${org}, or the token may not see it`);
      const retentionRules = [{ type: "expire", everySeconds: 0, shardGroupDurationSeconds: SHARD_GROUP_S }];
      try {
        await request("POST", "/api/v2/buckets", {}, { orgID: orgs[0].id, name: bucket, retentionRules });
      } catch (error) {
        if (!(await findBucket())) throw error;
      }
    },

    /** Deletes know only `=` and AND: one request for each combination of what is asked for. */
    async remove({ fromMs, toMs, measure, siteIds, names, variants }: SeriesQuery): Promise<void> {
      if (!(toMs > fromMs)) return;
      const start = new Date(Math.ceil(fromMs)).toISOString();
      const stop = new Date(Math.ceil(toMs) - 1).toISOString().replace("Z", "999999Z"); // inclusive, in nanoseconds
      for (const site of siteIds ?? [undefined]) {
        for (const name of names ?? [undefined]) {
          for (const variant of variants ?? [undefined]) {
            const predicate = predicateOf({ _measurement: measure, site, subject: name, variant });
            const response = await request("POST", "/api/v2/delete", { org, bucket }, { start, stop, predicate });
            if (!response.ok) throw new Error(`InfluxDB at ${url} has no bucket ${bucket}: ${await messageOf(response)}`);
          }
        }
      }
    },
  };
}

function predicateOf(tags: Record<string, string | undefined>): string {
  return Object.entries(tags)
    .flatMap(([tag, value]) => (value === undefined ? [] : [`${tag}="${value.replace(/[\\"]/g, "\\$&")}"`]))
    .join(" AND ");
}

async function messageOf(response: Response): Promise<string> {
  const text = await response.text();
  try {
    return (JSON.parse(text) as { message?: string }).message ?? text;
  } catch {
    return text;
  }
}

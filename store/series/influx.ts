import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { InfluxDB, type ParameterizedQuery, type QueryApi } from "@influxdata/influxdb-client";
import { sortPoints, throwRefused } from "./accept.ts";
import { fluxLatest, fluxRead, fluxWindows } from "./flux.ts";
import { createInfluxAdmin, type InfluxPlace } from "./influxAdmin.ts";
import { createInfluxWriter, GIVEN } from "./influxWriter.ts";
import type { Series, SeriesKey, SeriesPoint, SeriesQuery, WindowPoint } from "./series.ts";

const TIMEOUT_MS = 30_000;
/** Longer lists are asked for in parts, so that no query grows without bound. */
const TAG_VALUES_PER_QUERY = 500;

/**
 * The series in InfluxDB 2: one measurement a measure; tags site, subject (the name; `name` itself is a word of the delete language) and variant; fields as in influxWriter.ts. Connects when
 * first used, and creates the bucket if it is missing.
 */
export function openInfluxSeries(place: InfluxPlace): Series {
  const agent = place.url.startsWith("https:") ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  const client = new InfluxDB({ url: place.url, token: place.token, timeout: TIMEOUT_MS, transportOptions: { agent } });
  const admin = createInfluxAdmin(place);
  const write = createInfluxWriter(client, place);
  const queries = client.getQueryApi(place.org);
  let prepared: Promise<void> | undefined;
  const prepare = () => {
    prepared ??= admin.ensureBucket().catch((error) => {
      prepared = undefined;
      throw error;
    });
    return prepared;
  };

  return {
    async write(points) {
      const { accepted, refused } = sortPoints(points);
      if (accepted.length > 0) {
        await prepare();
        refused.push(...(await write(accepted)));
      }
      throwRefused(refused);
    },
    async read(query) {
      if (!(query.toMs > query.fromMs)) return []; // Flux refuses an empty range
      await prepare();
      const rows = await ask(queries, query, (part) => fluxRead(place.bucket, part));
      return rows.map(pointOf).sort(bySeriesAndTime);
    },
    async readWindows(query) {
      if (!(query.toMs > query.fromMs)) return [];
      await prepare();
      return windowsOf(await ask(queries, query, (part) => fluxWindows(place.bucket, part)), query.windowS);
    },
    async latest(query) {
      await prepare();
      const rows = await ask(queries, query, (part) => fluxLatest(place.bucket, part));
      return rows.map(pointOf).sort(bySeriesAndTime);
    },
    async remove(query) {
      await prepare();
      await admin.remove(query);
    },
    async check() {
      await prepare();
      if (!(await admin.findBucket())) throw new Error(`InfluxDB at ${place.url} has no bucket ${place.bucket}`);
    },
    close: async () => agent.destroy(),
  };
}

type Row = Record<string, unknown>;
type Matching = Omit<SeriesQuery, "fromMs" | "toMs">;

/** The rows of all parts of the query, each part with a bearable number of tag values. */
async function ask<Q extends Matching>(queries: QueryApi, query: Q, build: (part: Q) => ParameterizedQuery): Promise<Row[]> {
  const rows: Row[] = [];
  for (const siteIds of parts(query.siteIds)) {
    for (const names of parts(query.names)) {
      for (const variants of parts(query.variants)) {
        for await (const { values, tableMeta } of queries.iterateRows(build({ ...query, siteIds, names, variants }))) {
          rows.push(tableMeta.toObject(values));
        }
      }
    }
  }
  return rows;
}

/** An empty list has no parts: nothing matches it. No list is one part: everything does. */
function parts(values: readonly string[] | undefined): (readonly string[] | undefined)[] {
  if (!values) return [undefined];
  const distinct = [...new Set(values)];
  const count = Math.ceil(distinct.length / TAG_VALUES_PER_QUERY);
  return Array.from({ length: count }, (_, n) => distinct.slice(n * TAG_VALUES_PER_QUERY, (n + 1) * TAG_VALUES_PER_QUERY));
}

function pointOf(row: Row): SeriesPoint {
  const given = Number(row["given"]);
  return {
    ...keyOf(row),
    ...timeOf(String(row["_time"])),
    value: Number(row["value"]),
    censored: Number(row["censored"]) === 1,
    ...(given & GIVEN.low && { low: Number(row["low"]) }),
    ...(given & GIVEN.high && { high: Number(row["high"]) }),
    ...(given & GIVEN.origin && { origin: JSON.parse(`"${row["origin"] ?? ""}"`) as string }),
  };
}

/** `2026-01-01T00:00:00.000000007Z` is slot 7 of its millisecond; zeros at the end are left out. */
function timeOf(time: string): { timeMs: number; slot: number } {
  const [second, fraction = ""] = time.replace("Z", "").split(".") as [string, string?];
  const digits = fraction.padEnd(9, "0");
  return { timeMs: Date.parse(`${second}.${digits.slice(0, 3)}Z`), slot: Number(digits.slice(3)) };
}

/** The five aggregates of each window come as rows of their own; the first window of a range starts with the range. */
function windowsOf(rows: readonly Row[], windowS: number): WindowPoint[] {
  const windowMs = Math.round(windowS * 1_000);
  const windows = new Map<string, WindowPoint>();
  for (const row of rows) {
    const timeMs = Math.floor(timeOf(String(row["_time"])).timeMs / windowMs) * windowMs;
    const key = keyOf(row);
    const id = JSON.stringify([key.siteId, key.name, key.variant, timeMs]);
    const window = windows.get(id) ?? {
      ...key,
      timeMs,
      mean: Number.NaN,
      min: Number.NaN,
      max: Number.NaN,
      count: 0,
      censoredCount: 0,
    };
    window[row["aggregate"] as "mean" | "min" | "max" | "count" | "censoredCount"] = Number(row["_value"]);
    windows.set(id, window);
  }
  return [...windows.values()].sort(bySeriesAndTime);
}

function bySeriesAndTime(a: SeriesKey & { timeMs: number; slot?: number }, b: typeof a): number {
  return (
    compare(a.siteId, b.siteId) ||
    compare(a.name, b.name) ||
    compare(a.variant, b.variant) ||
    a.timeMs - b.timeMs ||
    (a.slot ?? 0) - (b.slot ?? 0)
  );
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

function keyOf(row: Row): SeriesKey {
  return {
    measure: row["_measurement"] as SeriesKey["measure"],
    siteId: String(row["site"]),
    name: String(row["subject"]),
    variant: String(row["variant"]),
  };
}

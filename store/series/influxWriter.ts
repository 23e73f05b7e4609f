import { HttpError, type InfluxDB, Point as Line, type WriteApi } from "@influxdata/influxdb-client";
import type { InfluxPlace } from "./influxAdmin.ts";
import { limited } from "./limited.ts";
import type { Point, PointsRefused } from "./series.ts";

/** About 1 MB of line protocol, and about 50 ms of the server's time. */
const POINTS_PER_REQUEST = 5_000;
/** With one write in flight the client waits half of its time: four are twice as fast. */
const WRITES_IN_FLIGHT = 4;
/** Far above any request of ours: the client must not cut a batch, since only the last cut's failure would be heard. */
const REQUEST_BYTES_MAX = 1_000_000_000;

/** What a point may have or not, as bits of the field `given`. */
export const GIVEN = { low: 1, high: 2, origin: 4 } as const;

type Refused = PointsRefused["refused"][number];

/** Writes points that accept.ts has let through, and returns those the server refuses all the same. */
export function createInfluxWriter(client: InfluxDB, { org, bucket }: InfluxPlace) {
  const inTurn = limited(WRITES_IN_FLIGHT);

  /**
   * One request. The client's flush means written only if the batch is larger than what is in it, nothing is flushed by time and
   * nothing is tried again in the background.
   */
  const post = async (points: readonly Point[]): Promise<void> => {
    const api: WriteApi = client.getWriteApi(org, bucket, "ns", {
      batchSize: points.length + 1,
      maxBatchBytes: REQUEST_BYTES_MAX,
      flushInterval: 0,
      maxRetries: 0,
      gzipThreshold: REQUEST_BYTES_MAX, // store and writer are near each other: packing costs more time than it saves
      writeFailed: async (error) => {
        throw error; // instead of a line on the console
      },
    });
    api.writePoints(points.map(lineOf));
    await api.flush();
    await api.close();
  };

  /** 400 (nothing stored) and 422 (some stored) name but one of the bad points: halving finds each, and stores all others. */
  const writeOrIsolate = async (points: readonly Point[]): Promise<Refused[]> => {
    try {
      await inTurn(() => post(points));
      return [];
    } catch (error) {
      if (!(error instanceof HttpError) || ![400, 413, 422].includes(error.statusCode)) throw error;
      if (points.length === 1) return [{ point: points[0]!, reason: reasonOf(error) }];
      const middle = Math.ceil(points.length / 2);
      return [...(await writeOrIsolate(points.slice(0, middle))), ...(await writeOrIsolate(points.slice(middle)))];
    }
  };

  return async (points: readonly Point[]): Promise<Refused[]> => {
    const requests: Promise<Refused[]>[] = [];
    const lastOnes = withoutReplaced(points);
    for (let from = 0; from < lastOnes.length; from += POINTS_PER_REQUEST) {
      requests.push(writeOrIsolate(lastOnes.slice(from, from + POINTS_PER_REQUEST)));
    }
    const results = await Promise.allSettled(requests); // all, so that nothing is in flight when the caller tries again
    for (const result of results) if (result.status === "rejected") throw result.reason;
    return results.flatMap((result) => (result.status === "fulfilled" ? result.value : []));
  };
}

/** Requests of one call run side by side: of points that replace each other only the last may be among them. */
function withoutReplaced(points: readonly Point[]): readonly Point[] {
  if (points.length <= POINTS_PER_REQUEST) return points; // one request keeps its order
  const last = new Map<string, Point>();
  for (const point of points) {
    const { measure, siteId, name, variant, timeMs, slot = 0 } = point;
    last.set(`${measure}\0${siteId}\0${name}\0${variant}\0${timeMs}\0${slot}`, point);
  }
  return last.size === points.length ? points : [...last.values()];
}

/**
 * Every field every time, since InfluxDB replaces field by field: a left-out one would keep the value of the point replaced. Numbers
 * are floats without exception: an integer among them would make a later read leave values out. `given` tells what the point had
 * (GIVEN, summed); a limit it had not stands as the value, so that a chart made elsewhere needs no exception. The
 * origin is escaped as in JSON: the server answers in CSV, where it turns each line feed into two characters.
 */
export function lineOf(point: Point): Line {
  const { measure, siteId, name, variant, timeMs, slot = 0, value, censored = false, low, high, origin } = point;
  const line = new Line(measure)
    .tag("site", siteId)
    .tag("subject", name)
    .tag("variant", variant)
    .floatField("value", value)
    .floatField("censored", censored ? 1 : 0)
    .floatField("low", low ?? value)
    .floatField("high", high ?? value)
    .floatField("given", sumGiven(point))
    .stringField("origin", JSON.stringify(origin ?? "").slice(1, -1));
  return line.timestamp(String(BigInt(timeMs) * 1_000_000n + BigInt(slot)));
}

const sumGiven = ({ low, high, origin }: Point) =>
  (low === undefined ? 0 : GIVEN.low) + (high === undefined ? 0 : GIVEN.high) + (origin === undefined ? 0 : GIVEN.origin);

function reasonOf(error: HttpError): string {
  const said = (error.json as { message?: string } | undefined)?.message ?? error.body ?? error.message;
  return `InfluxDB: ${said}`;
}

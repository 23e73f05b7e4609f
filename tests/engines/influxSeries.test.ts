import { expect, it, onTestFinished } from "vitest";
import { openInfluxSeries } from "../../store/series/influx.ts";
import { type Point, PointsRefused } from "../../store/series/series.ts";
import { seriesContract } from "../store/series/contract.ts";
import { createTestBucket } from "./isolation.ts";

seriesContract("InfluxDB 2", async () => {
  const place = createTestBucket();
  return { open: () => openInfluxSeries(place) };
});

const START_MS = Date.UTC(2026, 0, 1);
const point: Point = { measure: "load", siteId: "brno", name: "cocaine", variant: "score/1", timeMs: START_MS, value: 1 };
const everything = { measure: "load", fromMs: START_MS - 1e9, toMs: START_MS + 1e9 } as const;

function openTestSeries() {
  const place = createTestBucket();
  const series = openInfluxSeries(place);
  onTestFinished(() => series.close());
  return { place, series };
}

it("the bucket is created with shards of a year, so that daily data of many years stays quick", async () => {
  const { place, series } = openTestSeries();
  await series.check();
  const response = await fetch(`${place.url}/api/v2/buckets?name=${place.bucket}`, {
    headers: { authorization: `Token ${place.token}` },
  });
  const { buckets } = (await response.json()) as {
    buckets: { retentionRules: { everySeconds: number; shardGroupDurationSeconds: number }[] }[];
  };
  expect(buckets[0]!.retentionRules[0]).toMatchObject({ everySeconds: 0, shardGroupDurationSeconds: 365 * 86_400 });
});

it("two clients that start together agree on one bucket", async () => {
  const place = createTestBucket();
  const both = [openInfluxSeries(place), openInfluxSeries(place)];
  for (const series of both) onTestFinished(() => series.close());
  await Promise.all(both.map((series, n) => series.write([{ ...point, timeMs: START_MS + n }])));
  expect(await both[0]!.read(everything)).toHaveLength(2);
});

it("points the server refuses are found among many good ones, which are all stored", async () => {
  const { place, series } = openTestSeries();
  await series.check();
  // Someone else has written the field `value` of one shard as text: numbers of that year and measure cannot be stored beside it.
  const foreign = `load,site=x,name=y,variant=z value="text" ${Date.UTC(2020, 5, 1)}000000`;
  const written = await fetch(`${place.url}/api/v2/write?org=${place.org}&bucket=${place.bucket}`, {
    method: "POST",
    headers: { authorization: `Token ${place.token}` },
    body: foreign,
  });
  expect(written.status).toBe(204);
  const good = Array.from({ length: 12_000 }, (_, n) => ({ ...point, timeMs: START_MS + n, value: n }));
  const bad = [1, 2, 3].map((n) => ({ ...point, timeMs: Date.UTC(2020, 5, n) }));
  const mixed = good.toSpliced(7_000, 0, bad[2]!).toSpliced(3_000, 0, bad[1]!).toSpliced(10, 0, bad[0]!);
  const refusal = await series.write(mixed).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(PointsRefused);
  expect((refusal as PointsRefused).refused.map((entry) => entry.point)).toEqual(bad);
  expect((refusal as PointsRefused).refused[0]!.reason).toContain("conflict");
  expect(await series.read(everything)).toHaveLength(12_000);
});

it("of points that replace each other in one large call the last stays", async () => {
  const { series } = openTestSeries();
  const points = Array.from({ length: 20_000 }, (_, n) => ({ ...point, timeMs: START_MS + (n % 7_000), value: n }));
  await series.write(points);
  const found = await series.read(everything);
  expect(found.map(({ value }) => value)).toEqual(
    Array.from({ length: 7_000 }, (_, n) => (n + 14_000 < 20_000 ? n + 14_000 : n + 7_000)),
  );
});

it("numbers are floats, whoever writes first", async () => {
  const { series } = openTestSeries();
  await series.write([point]);
  await series.write([{ ...point, timeMs: START_MS + 1, value: 1.5 }]);
  expect((await series.read(everything)).map(({ value }) => value)).toEqual([1, 1.5]);
});

it("a server that is away, a wrong token and a wrong organisation are errors that say so, and not refused points", async () => {
  const place = createTestBucket();
  const tryWith = async (part: object) => {
    const series = openInfluxSeries({ ...place, ...part });
    onTestFinished(() => series.close());
    const error = await series.write([point]).catch((reason: unknown) => reason);
    expect(error).not.toBeInstanceOf(PointsRefused);
    await expect(series.check()).rejects.toThrow();
    return error;
  };
  expect(await tryWith({ url: "http://127.0.0.1:9" })).toMatchObject({ message: expect.stringContaining("cannot be reached") });
  expect(await tryWith({ token: "wrong" })).toMatchObject({ message: expect.stringContaining("401") });
  expect(await tryWith({ org: "nobody" })).toMatchObject({ message: expect.stringContaining("no organisation nobody") });
});

it("a bucket that was deleted under a running client makes writes fail, and none is lost in silence", async () => {
  const { place, series } = openTestSeries();
  await series.write([point]);
  const headers = { authorization: `Token ${place.token}` };
  const found = await fetch(`${place.url}/api/v2/buckets?name=${place.bucket}`, { headers });
  const { buckets } = (await found.json()) as { buckets: { id: string }[] };
  await fetch(`${place.url}/api/v2/buckets/${buckets[0]!.id}`, { method: "DELETE", headers });
  await expect(series.write([point])).rejects.toThrow(/not found/);
  await expect(series.check()).rejects.toThrow();
});

import { beforeAll, expect, it, onTestFinished } from "vitest";
import { openInfluxSeries } from "../../store/series/influx.ts";
import { type Point, PointsRefused, type Series } from "../../store/series/series.ts";
import { type InfluxEngine, startInflux } from "../engines/influx.ts";
import { until } from "../store/log/contract.ts";
import { startProxy } from "./proxy.ts";

// Method: numbered points to an InfluxDB of this file's own, which is killed, frozen or cut off while they are written. What was
// acknowledged must be there; what was not is written again, as every caller does, and must count once.
const START_MS = Date.UTC(2026, 0, 1);
const CALLS = 60;
const POINTS_PER_CALL = 500;

let influx: InfluxEngine;
beforeAll(async () => {
  influx = await startInflux();
  return influx.stop;
});

it("kill -9 of InfluxDB while writing loses no acknowledged point, and writing goes on by itself afterwards", async () => {
  const series = openTestSeries("kill", influx.url);
  await series.check();
  let acknowledged = 0;
  let failures = 0;
  const writing = Promise.all(
    Array.from({ length: CALLS }, async (_, call) => {
      while (!(await tryToWrite(series, callPoints(call)))) failures += 1;
      acknowledged += 1;
    }),
  );
  await until(async () => acknowledged >= 10, 1);
  await influx.kill();
  await until(async () => failures > 0);
  await influx.start();
  await writing;
  expect(await valuesOf(series)).toEqual(Array.from({ length: CALLS * POINTS_PER_CALL }, (_, n) => n));
});

it("a write whose connection is cut is an error, and written again it counts once", async () => {
  const proxy = await startProxy(Number(new URL(influx.url).port));
  onTestFinished(() => proxy.close());
  const series = openTestSeries("cut", `http://127.0.0.1:${proxy.port}`);
  await series.write(callPoints(0));
  proxy.swallowAnswers(); // the points arrive and are stored, and the answer is lost
  const unheard = tryToWrite(series, callPoints(1));
  const direct = openTestSeries("cut", influx.url);
  await until(async () => (await valuesOf(direct)).length === 2 * POINTS_PER_CALL);
  proxy.cut();
  expect(await unheard).toBe(false);
  proxy.heal();
  expect(await tryToWrite(series, callPoints(1))).toBe(true);
  expect(await valuesOf(series)).toEqual(Array.from({ length: 2 * POINTS_PER_CALL }, (_, n) => n));
});

it("a frozen InfluxDB neither acknowledges nor refuses, and goes on when it wakes", async () => {
  const series = openTestSeries("freeze", influx.url);
  await series.write(callPoints(0));
  await influx.pause();
  const write = series.write(callPoints(1));
  const state = await Promise.race([write.then(() => "written"), new Promise((resolve) => setTimeout(resolve, 500, "waiting"))]);
  expect(state).toBe("waiting");
  await influx.resume();
  await write;
  expect(await valuesOf(series)).toHaveLength(2 * POINTS_PER_CALL);
});

function openTestSeries(bucket: string, url: string): Series {
  const series = openInfluxSeries({ url, token: influx.token, org: influx.org, bucket });
  onTestFinished(() => series.close());
  return series;
}

/** Value n at START_MS + n. */
function callPoints(call: number): Point[] {
  return Array.from({ length: POINTS_PER_CALL }, (_, n) => {
    const value = call * POINTS_PER_CALL + n;
    return { measure: "load", siteId: "brno", name: "cocaine", variant: "score/1", timeMs: START_MS + value, value };
  });
}

/** Whether it was acknowledged. A refusal would drop good points: it fails the test. */
async function tryToWrite(series: Series, points: Point[]): Promise<boolean> {
  try {
    await series.write(points);
    return true;
  } catch (error) {
    if (error instanceof PointsRefused) throw error;
    return false;
  }
}

async function valuesOf(series: Series): Promise<number[]> {
  const points = await series.read({ measure: "load", fromMs: START_MS, toMs: START_MS + 1e9 });
  return points.map(({ value }) => value);
}

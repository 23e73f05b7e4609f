import { pino } from "pino";
import { Registry } from "prom-client";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildProbe } from "../../api/probe.ts";
import { environment } from "../../schemas/config.ts";
import { openWorld, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

async function probe(ending?: AbortSignal) {
  const { log, series, records } = world;
  const logger = pino({ level: "silent" });
  const ports = {
    log,
    series,
    records,
    logger,
    registry: new Registry(),
    settings: environment.parse({}),
    now: () => new Date(),
  };
  return buildProbe({ ...ports, ...(ending ? { ending } : {}) });
}

it("a process that was told to end is alive and not ready: nobody sends it new work while it finishes its own", async () => {
  const stop = new AbortController();
  const app = await probe(stop.signal);
  const ready = async () => (await app.inject("/ready")).statusCode;
  expect(await ready()).toBe(200);
  stop.abort();
  expect(await ready()).toBe(503);
  expect((await app.inject("/ready")).json()).toMatchObject({ status: "ending", missing: [], records: "ok" });
  expect((await app.inject("/health")).statusCode).toBe(200);
});

it("a store that is away is named, with its reason, and told to Prometheus", async () => {
  const own = await openWorld();
  const app = await buildProbe({
    ...{ log: own.log, series: own.series, records: own.records, registry: new Registry(), now: () => new Date() },
    ...{ settings: environment.parse({}), logger: pino({ level: "silent" }) },
  });
  await own.records.close();
  const { statusCode, ...answer } = await app.inject("/ready");
  expect([statusCode, answer.json().missing]).toEqual([503, ["records"]]);
  expect(answer.json().records).not.toBe("ok");
  const metrics = (await app.inject("/metrics")).body;
  expect(metrics).toContain('sewertrace_store_up{store="records"} 0');
  expect(metrics).toContain('sewertrace_store_up{store="log"} 1');
  await own.file.close();
});

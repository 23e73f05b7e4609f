import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { pino } from "pino";
import { Registry } from "prom-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildApi } from "../../api/app.ts";
import { keptAnswers } from "../../api/keptAnswers.ts";
import { environment } from "../../schemas/config.ts";
import { openEmbeddedRecords } from "../../store/records/open.ts";
import { announcedSeries } from "../../store/series/announced.ts";
import { openEmbeddedSeries } from "../../store/series/embedded.ts";
import { AT } from "../store/records/nouns.ts";
import { openWorld, type World } from "./world.ts";

describe("kept answers", () => {
  const made = (text: string, log: string[]) => async () => {
    log.push(text);
    return text;
  };

  it("are made once a version, also for those who ask while one is being made", async () => {
    const [kept, log] = [keptAnswers(10_000), [] as string[]];
    await Promise.all([1, 2, 3].map(() => kept.answer("q", "1", made("first", log))));
    await kept.answer("q", "1", made("first again", log));
    const newer = await kept.answer("q", "2", made("second", log));
    expect(log).toEqual(["first", "second"]);
    expect(newer.plain.toString()).toBe("second");
  });

  it("of a version that was overtaken while it was made do not take the newer one's place", async () => {
    const [kept, log] = [keptAnswers(10_000), [] as string[]];
    let finish = () => {};
    const slow = kept.answer("q", "1", () => new Promise((resolve) => (finish = () => resolve("old"))));
    await kept.answer("q", "2", made("new", log));
    finish();
    expect((await slow).plain.toString()).toBe("old");
    expect((await kept.answer("q", "2", made("again", log))).plain.toString()).toBe("new");
    expect(log).toEqual(["new"]);
  });

  it("never hold more bytes than they may; the least recently asked for leave first", async () => {
    const [kept, log] = [keptAnswers(10_000), [] as string[]];
    const ask = (name: string) => kept.answer(name, "1", made(name.repeat(1_000), log));
    for (let n = 0; n < 100; n++) {
      await ask(String.fromCharCode(97 + (n % 26)));
      expect(kept.size()).toBeLessThanOrEqual(10_000);
    }
    await ask("x");
    await ask("y");
    await ask("x");
    await ask("z");
    await ask("w");
    const before = log.length;
    await ask("x");
    expect(log.length).toBe(before);
    await kept.answer("larger than all", "1", made("a".repeat(20_000), log));
    expect(kept.size()).toBeLessThanOrEqual(10_000);
  });

  it("that failed are asked for again", async () => {
    const [kept, log] = [keptAnswers(10_000), [] as string[]];
    await expect(kept.answer("q", "1", () => Promise.reject(new Error("away")))).rejects.toThrow("away");
    expect((await kept.answer("q", "1", made("there", log))).plain.toString()).toBe("there");
  });
});

describe("what is kept of series", () => {
  const V = "/api/v1";
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(() => world.close());
  const load = { measure: "load", siteId: "plant-b", name: "ketamine", variant: "standard", value: 1 } as const;
  const write = (day: string, value: number, more = {}) =>
    world.series.write([{ ...load, timeMs: Date.parse(day), value, ...more }]);
  const values = async (who: "analyst" | "investigator" = "analyst") =>
    (await world.ask({ url: `${V}/series?siteId=plant-b&analyte=ketamine`, who })).body.items.flatMap(
      ({ points }: { points: { value: number }[] }) => points.map(({ value }) => value),
    );
  const newest = async () =>
    (await world.ask({ url: `${V}/series/latest?analyte=ketamine`, who: "analyst" })).body.items.map(
      ({ siteId, point }: { siteId: string; point: { value: number } }) => [siteId, point.value],
    );

  it("a write, a correction and a removal each show at the next read", async () => {
    await write("2026-03-01", 1);
    expect(await values()).toEqual([1]);
    await write("2026-03-02", 2);
    expect([await values(), await newest()]).toEqual([[1, 2], [["plant-b", 2]]]);
    await write("2026-03-01", 9);
    expect(await values()).toEqual([9, 2]);
    const day = Date.parse("2026-03-02");
    await world.series.remove({ measure: "load", siteIds: ["plant-b"], fromMs: day, toMs: day + 1 });
    expect([await values(), await newest()]).toEqual([[9], [["plant-b", 9]]]);
  });

  it("each of many writes beside many readers shows to who asks after it", async () => {
    for (let n = 0; n < 20; n++) {
      const readers = Array.from({ length: 5 }, () => values());
      await write("2026-03-03", n);
      expect((await values()).at(-1)).toBe(n);
      await Promise.all(readers);
    }
  });

  it("what a flag hides goes at the next read, and comes back", async () => {
    await write("2026-03-04", 44, { origin: "result-44" });
    expect(await values()).toContain(44);
    const switches = { excludeFromAnalysis: false, excludeFromQualityReport: false, rules: ["r"] };
    const hidden = { siteId: "plant-b", analyte: "ketamine", resultId: "result-44", hideFromDashboard: true, ...switches };
    await world.records.quality.replaceSuppressions("plant-b", [hidden]);
    expect(await values()).not.toContain(44);
    expect((await newest()).flat()).not.toContain(44);
    await world.records.quality.replaceSuppressions("plant-b", []);
    expect(await values()).toContain(44);
  });

  it("is not given to who may not have it, though another was just given it", async () => {
    await write("2026-03-05", 5, { siteId: "mh-a" });
    const url = `${V}/series?siteId=mh-a&analyte=ketamine`;
    const investigator = await world.ask({ url, who: "investigator" });
    expect([investigator.status, investigator.body.items.length]).toEqual([200, 1]);
    const etag = String(investigator.headers["etag"]);
    for (const headers of [{}, { "if-none-match": etag }, { "accept-encoding": "br" }])
      expect((await world.ask({ url, who: "analyst", headers })).status).toBe(403);
    expect((await world.ask({ url, who: "lab" })).status).toBe(403);
    expect((await world.ask({ url })).status).toBe(401);
    expect((await world.ask({ url, who: "investigator", headers: { "x-purpose": "" } })).status).toBe(400);
  });

  it("a site that becomes a small place leaves the lists of everybody, though they were kept", async () => {
    await write("2026-03-05", 6, { siteId: "plant-c" });
    expect((await newest()).flat()).toContain("plant-c");
    await world.records.sites.save({ siteId: "plant-c", name: "c", kind: "compound", timeZone: "Asia/Shanghai" }, AT);
    world.pass(6_000); // how long it is known which sites are small
    expect((await newest()).flat()).not.toContain("plant-c");
    expect((await world.ask({ url: `${V}/series?siteId=plant-c&analyte=ketamine`, who: "analyst" })).status).toBe(403);
  });

  it("is sent packed as asked for, with one ETag, and not at all to who has it", async () => {
    const url = `${V}/series?siteId=plant-a&analyte=mdma`;
    const ask = (coding: string, more = {}) =>
      world.api.inject({ url, headers: { ...world.as("analyst"), "accept-encoding": coding, ...more } });
    const plain = await ask("identity");
    for (const [coding, unpack] of [
      ["br", brotliDecompressSync],
      ["gzip", gunzipSync],
      ["gzip;q=1.0, br;q=0", gunzipSync],
      ["deflate, gzip, br", brotliDecompressSync],
    ] as const) {
      const packed = await ask(coding);
      expect(unpack(packed.rawPayload).toString()).toBe(plain.body);
      expect([packed.headers["etag"], packed.headers["vary"]]).toEqual([plain.headers["etag"], "accept-encoding"]);
      const again = await ask(coding, { "if-none-match": String(plain.headers["etag"]) });
      expect([again.statusCode, again.body]).toEqual([304, ""]);
    }
  });
});

it("what one process writes shows at the next read of another over the same stores", async () => {
  const world = await openWorld();
  const records = await openEmbeddedRecords(world.file);
  const other = await buildApi({
    log: world.log,
    records,
    series: announcedSeries(openEmbeddedSeries(world.file), records.seriesChanges),
    settings: environment.parse({}),
    registry: new Registry(),
    logger: pino({ level: "silent" }),
    now: () => new Date(AT),
  });
  const values = async () => {
    const url = "/api/v1/series?siteId=plant-b&analyte=ketamine";
    const { items } = (await other.inject({ url, headers: world.as("analyst") })).json();
    return items.flatMap(({ points }: { points: { value: number }[] }) => points.map(({ value }) => value));
  };
  expect(await values()).toEqual([]);
  const point = { measure: "load", siteId: "plant-b", name: "ketamine", variant: "v" } as const;
  for (const value of [1, 2, 3]) {
    await world.series.write([{ ...point, timeMs: Date.parse("2026-03-01"), value }]);
    expect(await values()).toEqual([value]);
  }
  await other.close();
  await world.close();
});

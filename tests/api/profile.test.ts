import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { likeSites, medianOf, percentileAmong, profileAnswer } from "../../api/series/profile.ts";
import type { Site } from "../../schemas/site.ts";
import { AT } from "../store/records/nouns.ts";
import { openWorld, type World } from "./world.ts";

const V = "/api/v1";
let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const plant = (siteId: string, people?: number, kind: Site["kind"] = "wwtp"): Site => ({
  siteId,
  name: siteId,
  kind,
  timeZone: "Asia/Shanghai",
  ...(people ? { population: { people, source: "census", year: 2025 } } : {}),
});

describe("GET /series/profile", () => {
  // four weeks from Monday 5 January 2026; each value at 20:00 UTC of the day before, which is 4 o'clock of the day in Shanghai
  const monday = Date.parse("2026-01-04T20:00:00Z");
  const week = [10, 11, 12, 13, 30, 40, 20];
  const values = (factor: number, isBelow: (day: number) => boolean) =>
    Array.from({ length: 28 }, (_, day) => ({
      timeMs: monday + day * 86_400_000,
      value: isBelow(day) ? 5 : (week[day % 7] as number) * factor,
      censored: isBelow(day),
    }));

  beforeAll(async () => {
    const write = (siteId: string, factor: number, isBelow = (_day: number): boolean => false) =>
      world.series.write(
        values(factor, isBelow).map((point) => ({
          ...point,
          measure: "populationNormalisedLoad",
          siteId,
          name: "ketamine",
          variant: "standard",
        })),
      );
    for (const [siteId, factor, people] of [
      ["own", 1, 100_000],
      ["lower", 0.5, 250_000],
      ["higher", 2, 40_000],
      ["far", 9, 2_000_000],
    ] as const) {
      await world.records.sites.save(plant(siteId, people), AT);
      await write(siteId, factor);
    }
    await world.records.sites.save(plant("hidden", 100_000), AT);
    await write("hidden", 1, (day) => day % 7 < 6);
    await world.records.sites.save(plant("half", 10_000), AT);
    await write("half", 1, (day) => day >= 14 && day % 2 === 0);
  });
  const profile = async (query: string) => (await world.ask({ url: `${V}/series/profile?${query}`, who: "analyst" })).body;

  it("is what it declares to be, and counts the site's own days", async () => {
    const body = await profile("siteId=own&analyte=ketamine&to=2026-02-28");
    expect(() => profileAnswer.parse(body)).not.toThrow();
    expect(body.weekdays.map(({ median }: { median: number }) => median)).toEqual(week);
    expect(body).toMatchObject({ values: 28, below: 0, median: 13, from: "2025-03-01", variant: "standard" });
  });

  it("the share below the limit, by month", async () => {
    const { months, below } = await profile("siteId=half&analyte=ketamine&from=2026-01-01&to=2026-02-28");
    expect(below).toBe(7);
    expect(months).toEqual([
      { month: "2026-01", values: 27, below: 7, shareBelow: 7 / 27 },
      { month: "2026-02", values: 1, below: 0, shareBelow: 0 },
    ]);
  });

  it("the place among like sites; one that lies below its limit leaves it open only where the limit is higher", async () => {
    const { amongLikeSites } = await profile("siteId=own&analyte=ketamine&to=2026-02-28");
    // lower, higher, hidden, and plants of the world without values; far has twenty times the people
    expect(amongLikeSites).toEqual({
      kind: "wwtp",
      peopleFrom: 100_000 / 3,
      peopleTo: 300_000,
      sites: 3,
      percentileFrom: 2 / 3,
      percentileTo: 2 / 3,
    });
  });
});

describe("its parts", () => {
  const v = (value: number) => ({ value });
  const below = (value: number) => ({ value, censored: true });
  it("a median among values below their limit is one of them", () => {
    expect(medianOf([v(9), below(100), below(3)])).toEqual(below(100));
    expect(medianOf([v(9), v(8), below(100)])).toEqual(v(8));
    expect(medianOf([v(1), v(2)])).toBeUndefined();
  });
  it("who lies below a limit may be anywhere below it", () => {
    expect(percentileAmong(v(10), [v(1), v(20), below(5), below(50)])).toEqual({ from: 0.5, to: 0.75 });
    expect(percentileAmong(below(10), [v(1), v(20), below(5), v(10)])).toEqual({ from: 0, to: 0.5 });
    expect(percentileAmong(v(10), [v(10)])).toEqual({ from: 0, to: 1 });
  });
  it("like is of the same kind and within three times the people, both known", () => {
    const own = plant("own", 100_000);
    const others = [
      plant("a", 300_000),
      plant("b", 300_001),
      plant("c", 34_000),
      plant("d", 33_000),
      plant("e", 90_000, "manhole"),
      plant("f"),
      own,
    ];
    expect(likeSites(own, others).map(({ siteId }) => siteId)).toEqual(["a", "c"]);
    expect(likeSites(plant("own"), others)).toEqual([]);
  });
});

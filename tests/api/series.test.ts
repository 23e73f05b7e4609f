import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { latestAnswer } from "../../api/series/latest.ts";
import { overviewAnswer } from "../../api/series/overview.ts";
import { seriesAnswer } from "../../api/series/series.ts";
import { sharedReads } from "../../api/series/sharedReads.ts";
import type { Series } from "../../store/series/series.ts";
import { openWorld, type World } from "./world.ts";

const V = "/api/v1";
let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());
const get = async (path: string) => (await world.ask({ url: `${V}${path}`, who: "analyst" })).body;
const load = { measure: "load", siteId: "plant-b", name: "ketamine", variant: "standard" } as const;
const write = (...values: [day: string, value: number][]) =>
  world.series.write(values.map(([day, value]) => ({ ...load, timeMs: Date.parse(day), value })));

it("the large answers, which are sent unchecked, are what their schemas say", async () => {
  expect(seriesAnswer.parse(await get("/series?siteId=plant-a&analyte=mdma&points=30")).items).toHaveLength(1);
  expect(latestAnswer.parse(await get("/series/latest?analyte=mdma")).items).toHaveLength(1);
  expect(overviewAnswer.parse(await get("/overview?analyte=mdma&measure=load")).items).toHaveLength(3);
});

describe("the overview", () => {
  const plantB = async () =>
    (await get("/overview?analyte=ketamine&measure=load")).items.find(
      (item: { site: { siteId: string } }) => item.site.siteId === "plant-b",
    );

  it("a plant without values says so", async () => {
    const { latest, daysSinceLastSample, history } = await plantB();
    expect([latest, daysSinceLastSample, history]).toEqual([null, null, []]);
  });

  it("a newer value shows at once, with its place among the two years before it and none older", async () => {
    await write(["2023-01-01", 900], ["2026-01-01", 1], ["2026-02-01", 2], ["2026-03-01", 3]);
    expect((await plantB()).latest.value).toBe(3);
    await write(["2026-04-26", 2.5]);
    const { latest, daysSinceLastSample, history } = await plantB();
    expect(latest).toMatchObject({ time: "2026-04-26T00:00:00.000Z", value: 2.5 });
    expect(latest.percentile).toBe(0.75); // three of four are not above it
    expect(daysSinceLastSample).toBe(10);
    expect(history.map(({ value }: { value: number }) => value)).toEqual([1, 2, 3, 2.5]);
  });

  it("is of any quantity that is derived of every sample", async () => {
    for (const [measure, unit] of [
      ["consumption", "mg/d/(10*3.{inh})"],
      ["doses", "{dose}/d/(10*3.{inh})"],
    ] as const) {
      await world.series.write([{ ...load, variant: "p@1/supplied/f", measure, timeMs: Date.parse("2026-04-26"), value: 8 }]);
      const answer = await get(`/overview?analyte=ketamine&measure=${measure}`);
      expect(answer.unit).toBe(unit);
      const item = answer.items.find(({ site }: { site: { siteId: string } }) => site.siteId === "plant-b");
      expect(item.latest.value).toBe(8);
    }
  });

  it("a corrected newest value shows at once", async () => {
    await write(["2026-04-26", 7]);
    expect((await plantB()).latest).toMatchObject({ value: 7, percentile: 1 });
  });
});

describe("equal questions under way", () => {
  /** The world's series, with what is asked of it counted. */
  function counted() {
    const asked: string[] = [];
    const series: Series = {
      ...world.series,
      latest: (query) => {
        asked.push(query.names?.[0] ?? "");
        return query.names?.[0] === "broken" ? Promise.reject(new Error("away")) : world.series.latest(query);
      },
    };
    return { asked, series: sharedReads(series) };
  }
  const latest = (series: Series, name: string) => series.latest({ measure: "load", names: [name] });

  it("are asked once, and again when the answer is there; others are asked for themselves", async () => {
    const { asked, series } = counted();
    const answers = await Promise.all([latest(series, "mdma"), latest(series, "mdma"), latest(series, "cocaine")]);
    expect(asked).toEqual(["mdma", "cocaine"]);
    expect(answers[0]).toEqual(answers[1]);
    await latest(series, "mdma");
    expect(asked).toEqual(["mdma", "cocaine", "mdma"]);
  });

  it("no more than eight are with the engine at once, and all are answered, a failure among them", async () => {
    let [running, most, answered] = [0, 0, 0];
    const series = sharedReads({
      ...world.series,
      async latest({ names: [name] = [] }) {
        most = Math.max(most, ++running);
        await new Promise((turn) => setImmediate(turn));
        running -= 1;
        if (name === "broken") throw new Error("away");
        answered += 1;
        return [];
      },
    });
    const names = [...Array.from({ length: 30 }, (_, n) => `drug-${n}`), "broken", "last"];
    const outcomes = await Promise.allSettled(names.map((name) => latest(series, name)));
    expect([most, answered, outcomes.filter(({ status }) => status === "rejected").length]).toEqual([8, 31, 1]);
  });

  it("a failure is everybody's who asked, and nobody's after", async () => {
    const { asked, series } = counted();
    const outcomes = await Promise.allSettled([latest(series, "broken"), latest(series, "broken")]);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    await expect(latest(series, "broken")).rejects.toThrow("away");
    expect(asked).toEqual(["broken", "broken"]);
  });
});

import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { MEASURES, type Point, PointsRefused, type Series, type SeriesPoint } from "../../../store/series/series.ts";
import { ODD_TAGS, tag, UNSTORABLE } from "./oddPoints.ts";

/** One empty store; each `open` is another client of it, as another process would be. */
export type SeriesStorage = () => Promise<{ open: () => Series }>;

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 0, 1);
const cocaine: Point = {
  measure: "load",
  siteId: "brno",
  name: "benzoylecgonine",
  variant: "score/1",
  timeMs: START_MS,
  value: 41.5,
};
const always = { fromMs: START_MS - 1_000 * DAY_MS, toMs: START_MS + 1_000 * DAY_MS };
const loads = { measure: "load", ...always } as const;

/** What every series store promises, one test a promise. */
export function seriesContract(engine: string, storage: SeriesStorage): void {
  const promise = (title: string, test: (series: Series, open: () => Series) => Promise<void>) =>
    it(`${engine}: ${title}`, async () => {
      const { open: openOne } = await storage();
      const open = () => {
        const series = openOne();
        onTestFinished(() => series.close());
        return series;
      };
      await test(open(), open);
    });

  promise("a point comes back with every field it was written with", async (series) => {
    const full = { ...cocaine, slot: 7, censored: true, low: 0, high: 41.5, origin: "result/42" };
    const bare = { ...cocaine, timeMs: START_MS + DAY_MS };
    await series.write([full, bare]);
    expect(await series.read(loads)).toEqual([full, asRead(bare)]);
  });

  promise("a point written is there for a client that opens later", async (series, open) => {
    await series.write([cocaine]);
    await series.close();
    expect(await open().read(loads)).toEqual([asRead(cocaine)]);
  });

  promise("a point written twice is read once", async (series) => {
    await series.write([cocaine, cocaine]);
    await series.write([cocaine]);
    expect(await series.read(loads)).toEqual([asRead(cocaine)]);
  });

  promise("a later point of the same series, time and slot replaces all of the earlier one, also in one call", async (series) => {
    const censored = { ...cocaine, value: 3, censored: true, low: 0, high: 3, origin: "first" };
    const corrected = { ...cocaine, value: 2.5 };
    await series.write([censored]);
    await series.write([corrected]);
    expect(await series.read(loads)).toEqual([asRead(corrected)]);
    await series.write([corrected, censored]);
    expect(await series.read(loads)).toEqual([{ ...censored, slot: 0 }]);
  });

  promise("points of one instant in different slots stay apart, in the order of their slots", async (series) => {
    const slots = [999_999, 0, 5].map((slot) => ({ ...cocaine, slot, value: slot }));
    await series.write(slots);
    expect((await series.read(loads)).map(({ slot }) => slot)).toEqual([0, 5, 999_999]);
  });

  promise("from is inclusive and to is exclusive, with all slots of their milliseconds", async (series) => {
    const at = (timeMs: number, slot: number) => ({ ...cocaine, timeMs, slot });
    await series.write([at(START_MS - 1, 999_999), at(START_MS, 0), at(START_MS, 999_999), at(START_MS + 10, 0)]);
    const found = await series.read({ measure: "load", fromMs: START_MS, toMs: START_MS + 10 });
    expect(found.map(({ timeMs, slot }) => [timeMs - START_MS, slot])).toEqual([
      [0, 0],
      [0, 999_999],
    ]);
    expect(await series.read({ measure: "load", fromMs: START_MS, toMs: START_MS })).toEqual([]);
  });

  promise("points come by site, name and variant, then oldest first", async (series) => {
    const points = ["b", "a"].flatMap((siteId) =>
      ["y", "x"].flatMap((name) =>
        ["2", "1"].flatMap((variant) =>
          [1, 0].map((n) => ({ ...cocaine, siteId, name, variant, timeMs: START_MS + n * DAY_MS })),
        ),
      ),
    );
    await series.write(points);
    const order = (await series.read(loads)).map((p) => `${p.siteId}${p.name}${p.variant}${p.timeMs}`);
    expect(order).toEqual(points.map((p) => `${p.siteId}${p.name}${p.variant}${p.timeMs}`).toSorted());
  });

  promise("a query by site, name and variant finds those and no others", async (series) => {
    const points = ["a", "b", "c"].flatMap((siteId) =>
      ["x", "y"].flatMap((name) => ["1", "2"].map((variant) => ({ ...cocaine, siteId, name, variant }))),
    );
    await series.write([...points, { ...cocaine, measure: "concentration" }]);
    const found = async (query: Partial<Parameters<Series["read"]>[0]>) =>
      (await series.read({ ...loads, ...query })).map((p) => p.siteId + p.name + p.variant);
    expect(await found({})).toHaveLength(12);
    expect(await found({ siteIds: ["a", "c"], names: ["y"] })).toEqual(["ay1", "ay2", "cy1", "cy2"]);
    expect(await found({ variants: ["2"], names: ["x"] })).toEqual(["ax2", "bx2", "cx2"]);
    expect(await found({ siteIds: ["nowhere"] })).toEqual([]);
    expect(await found({ siteIds: [] })).toEqual([]);
  });

  promise("a thousand sites can be asked for at once", async (series) => {
    const siteIds = Array.from({ length: 1_000 }, (_, n) => `site-${String(n).padStart(4, "0")}`);
    await series.write(siteIds.map((siteId, n) => ({ ...cocaine, siteId, value: n })));
    const wanted = siteIds.filter((_, n) => n % 10 !== 0);
    expect((await series.read({ ...loads, siteIds: wanted })).map(({ siteId }) => siteId)).toEqual(wanted);
    expect((await series.latest({ measure: "load", siteIds: wanted })).map(({ siteId }) => siteId)).toEqual(wanted);
  });

  promise("twenty thousand points of one call are all stored", async (series) => {
    const points = Array.from({ length: 20_000 }, (_, n) => ({
      ...cocaine,
      siteId: `site-${n % 40}`,
      timeMs: START_MS + Math.floor(n / 40) * DAY_MS,
      value: n,
    }));
    await series.write(points);
    const found = await series.read({ measure: "load", fromMs: START_MS, toMs: START_MS + 500 * DAY_MS });
    expect(found.reduce((sum, { value }) => sum + value, 0)).toBe((20_000 * 19_999) / 2);
    expect(found).toHaveLength(20_000);
  });

  promise("whole numbers and fractions, tiny and huge ones keep their value exactly", async (series) => {
    const values = [1, 0.1, 0, -0.5, 1e-12, 123_456_789.123_456_78, 9_007_199_254_740_991, 1.5e300, 2];
    await series.write(values.map((value, n) => ({ ...cocaine, timeMs: START_MS + n, value })));
    expect((await series.read(loads)).map(({ value }) => value)).toEqual(values);
  });

  promise("whatever text may stand in a tag comes back unchanged and finds only its own series", async (series) => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(tag, { minLength: 3, maxLength: 12 }), async (tags) => {
        await series.remove(loads);
        const points = tags.map((text, n) => ({ ...cocaine, siteId: text, name: tags[(n + 1) % tags.length]!, variant: text }));
        await series.write(points);
        expect(byTag(await series.read(loads))).toEqual(byTag(points.map(asRead)));
        const [one] = points;
        const own = { ...loads, siteIds: [one!.siteId], names: [one!.name], variants: [one!.variant] };
        expect(await series.read(own)).toEqual([asRead(one!)]);
        await series.remove(own);
        expect(byTag(await series.read(loads))).toEqual(byTag(points.slice(1).map(asRead)));
      }),
      { numRuns: 15, examples: [[[...ODD_TAGS]]] },
    );
  });

  promise("origins keep any text", async (series) => {
    const origins = ["", 'result "7" of C:\\data\\', "第一实验室\n第二行", "a,b=c d", "\\", "\t"];
    await series.write(origins.map((origin, n) => ({ ...cocaine, timeMs: START_MS + n, origin })));
    expect((await series.read(loads)).map(({ origin }) => origin)).toEqual(origins);
  });

  describe(`${engine}: points that can never be stored are refused by name and take no other along`, () => {
    for (const [why, part] of Object.entries(UNSTORABLE)) {
      promise(why, async (series) => {
        const bad = { ...cocaine, ...part } as Point;
        const good = [1, 2, 3].map((n) => ({ ...cocaine, timeMs: START_MS + n }));
        const refusal = await series.write([good[0]!, bad, good[1]!, good[2]!]).catch((error: unknown) => error);
        expect(refusal).toBeInstanceOf(PointsRefused);
        expect((refusal as PointsRefused).refused.map(({ point }) => point)).toEqual([bad]);
        expect((refusal as PointsRefused).refused[0]!.reason).not.toBe("");
        expect(await series.read(loads)).toEqual(good.map(asRead));
      });
    }
  });

  promise("windows give mean, lowest, highest, count and censored count, and empty windows are absent", async (series) => {
    const at = (hours: number, value: number, censored = false) => ({
      ...cocaine,
      timeMs: START_MS + hours * 3_600_000,
      value,
      censored,
    });
    await series.write([at(0, 1), at(6, 2, true), at(23, 6), at(49, 5, true)]);
    const windows = await series.readWindows({ ...loads, windowS: 86_400 });
    const { measure, siteId, name, variant } = cocaine;
    const key = { measure, siteId, name, variant };
    expect(windows).toEqual([
      { ...key, timeMs: START_MS, mean: 3, min: 1, max: 6, count: 3, censoredCount: 1 },
      { ...key, timeMs: START_MS + 2 * DAY_MS, mean: 5, min: 5, max: 5, count: 1, censoredCount: 1 },
    ]);
  });

  promise("windows start at whole multiples of their length, wherever the range starts", async (series) => {
    const early = Date.UTC(1969, 11, 30, 12);
    await series.write([
      { ...cocaine, timeMs: early },
      { ...cocaine, timeMs: START_MS + 3_600_000 },
    ]);
    const windows = await series.readWindows({ measure: "load", fromMs: early - 1, toMs: START_MS + 7_200_000, windowS: 86_400 });
    expect(windows.map(({ timeMs }) => timeMs)).toEqual([Date.UTC(1969, 11, 30), START_MS]);
    const clipped = await series.readWindows({ ...loads, fromMs: START_MS + 1_800_000, windowS: 86_400 });
    expect(clipped.map(({ timeMs }) => timeMs)).toEqual([START_MS]);
  });

  promise("windows keep series apart", async (series) => {
    const points = ["a", "b"].flatMap((siteId) => [0, 1].map((n) => ({ ...cocaine, siteId, timeMs: START_MS + n, value: n })));
    await series.write(points);
    const windows = await series.readWindows({ ...loads, windowS: 3_600 });
    expect(windows.map(({ siteId, count, mean }) => [siteId, count, mean])).toEqual([
      ["a", 2, 0.5],
      ["b", 2, 0.5],
    ]);
  });

  promise("latest gives the newest point of each matching series, by time and then slot", async (series) => {
    const at = (siteId: string, days: number, slot = 0) => ({
      ...cocaine,
      siteId,
      timeMs: START_MS + days * DAY_MS,
      slot,
      value: days,
    });
    const [newestA, newestB] = [at("a", 3, 9), { ...at("b", -800), origin: "old" }];
    await series.write([at("a", 1), newestA, at("a", 3, 2), newestB, { ...cocaine, measure: "doses" }]);
    expect(await series.latest({ measure: "load" })).toEqual([newestA, newestB].map(asRead));
    expect(await series.latest({ measure: "load", siteIds: ["b"] })).toEqual([asRead(newestB)]);
    expect(await series.latest({ measure: "consumption" })).toEqual([]);
  });

  promise("remove takes the matching points of its range and nothing else", async (series) => {
    const points = ["a", "b"].flatMap((siteId) =>
      ["x", "y"].flatMap((name) => [0, 1, 2].map((n) => ({ ...cocaine, siteId, name, timeMs: START_MS + n * DAY_MS }))),
    );
    const edge = { ...cocaine, siteId: "a", name: "x", timeMs: START_MS + 2 * DAY_MS - 1, slot: 999_999 };
    const other: Point = { ...cocaine, measure: "doses", siteId: "a", name: "x", timeMs: START_MS + DAY_MS };
    await series.write([...points, edge, other]);
    await series.remove({
      measure: "load",
      siteIds: ["a"],
      names: ["x"],
      fromMs: START_MS + DAY_MS,
      toMs: START_MS + 2 * DAY_MS,
    });
    const left = points.filter((p) => !(p.siteId === "a" && p.name === "x" && p.timeMs === START_MS + DAY_MS));
    expect(await series.read(loads)).toEqual(left.map(asRead));
    expect(await series.read({ ...loads, measure: "doses" })).toEqual([asRead(other)]);
    await series.remove({ ...loads, siteIds: ["a", "b"], names: ["y"] });
    expect(await series.read(loads)).toEqual(left.filter(({ name }) => name === "x").map(asRead));
    await series.remove({ ...loads, siteIds: [] });
    expect(await series.read(loads)).not.toEqual([]);
    await series.remove(loads);
    expect(await series.read(loads)).toEqual([]);
  });

  promise("every measure can be written and is read apart", async (series) => {
    await series.write(MEASURES.map((measure, n) => ({ ...cocaine, measure, value: n })));
    for (const [n, measure] of MEASURES.entries()) {
      expect((await series.read({ ...loads, measure })).map(({ value }) => value)).toEqual([n]);
    }
  });

  promise("writing nothing does nothing", async (series) => {
    await series.write([]);
    expect(await series.read(loads)).toEqual([]);
  });

  promise("check resolves while the store can be reached", async (series) => {
    await expect(series.check()).resolves.toBeUndefined();
  });
}

function asRead(point: Point): SeriesPoint {
  return { slot: 0, censored: false, ...point };
}

function byTag(points: readonly SeriesPoint[]): SeriesPoint[] {
  const text = (p: SeriesPoint) => JSON.stringify([p.siteId, p.name]);
  return points.toSorted((a, b) => (text(a) < text(b) ? -1 : 1));
}

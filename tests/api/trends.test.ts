import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fractionsAnswer, sumsAnswer } from "../../api/series/sums.ts";
import { close } from "../analytics/censored/oracle.ts";
import { analystOf } from "./analyst.ts";
import { storeResult } from "./results.ts";
import { openWorld, type World } from "./world.ts";

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());
const { get } = analystOf(() => world);

describe("trends and sums", () => {
  it("EUDA's means and change class of Graz, MDMA 2023 and 2024 (worked values 7.5, 7.6)", async () => {
    // 2024 as in EUDA's file, Wednesday to Tuesday; 2023 has the published daily mean, 23.73, on each day
    const week = (year: number, first: number, values: readonly number[]) =>
      values.map((value, i) => ({ start: `${year}-03-${String(first + i).padStart(2, "0")}T00:00:00+08:00`, value }));
    const days = [...week(2023, 8, Array(7).fill(23.73)), ...week(2024, 13, [8.82, 12.87, 12.45, 28.11, 26.8, 10.5, 9.13])];
    for (const [i, { start, value }] of days.entries())
      await storeResult(
        world,
        { sampleId: `g-${i}`, start, end: start.replace("T00", "T23"), siteId: "plant-b" },
        { value, quantity: "populationNormalisedLoad", unit: "mg/d/(10*3.{inh})" },
      );
    const { years, trend, levels, calendar } = await get("/trends?siteId=plant-b&analyte=mdma");
    expect(levels).toBeNull(); // four weeks are too few to tell
    const rounded = ({ daily, weekday, weekend }: { daily: Band; weekday: Band; weekend: Band }) =>
      [weekday, weekend, daily].map((band) => Math.round(band.atLeast * 100) / 100);
    expect(rounded(years[1])).toEqual([10.27, 19.47, 15.53]);
    expect([years[1].change, years[1].certain, years[0].change]).toEqual(["decrease", true, "no previous data"]);
    close(years[1].changePercent, ((108.68 / 7 - 23.73) / 23.73) * 100, 1e-9);
    expect(calendar).toBe("euda-score@1");
    expect(trend).toMatchObject({ days: 14, censoredShare: 0 });
    expect(trend.high).toBeLessThan(20);
  });
  it("concentrations are a series too: replicates averaged, in one unit, with what lies below its limit", async () => {
    const on = (day: string) => ({ sampleId: `s-${day}`, start: `${day}T08:00:00+08:00`, end: `${day}T20:00:00+08:00` });
    for (const [replicate, value] of [10, 14].entries())
      await storeResult(world, on("2026-05-04"), { value, replicate: replicate + 1 });
    await storeResult(world, on("2026-05-05"), { value: 0.02, unit: "ug/L" });
    await storeResult(world, on("2026-05-06"), { value: undefined, censoring: "belowLoq", loq: 5 });
    await storeResult(world, on("2026-05-07"), { value: 30, method: "m-2" });
    const { items, unit, quantity } = await get("/means?siteId=plant-a&analyte=mdma&quantity=concentration&every=month");
    expect([quantity, unit]).toEqual(["concentration", "ng/L"]);
    expect(items).toMatchObject([{ from: "2026-05-01", days: 4, below: 1, method: "kaplanMeier" }]);
    close(items[0].band.limit.mean, (12 + 20 + 5 + 30) / 4, 1e-12);
    close(items[0].band.zero.mean, (12 + 20 + 30) / 4, 1e-12);
  });
  it("residues of one drug add up as grams of the drug, and enantiomers to a fraction", async () => {
    await storeResult(world, {}, { analyte: "cocaine", value: 100 });
    await storeResult(world, {}, { analyte: "benzoylecgonine", value: 300 });
    await storeResult(world, {}, { analyte: "R-MDMA", value: 65 });
    await storeResult(world, {}, { analyte: "S-MDMA", censoring: "belowLoq", loq: 35 });
    const [cocaine, ...none] = sumsAnswer.parse(await get("/sums?siteId=plant-a")).items;
    expect([cocaine?.drug, none]).toEqual(["cocaine", []]);
    const [point] = cocaine?.points ?? [];
    close(point!.value, 2.5 + 7.5 * (303.353 / 289.326), 1e-5);
    expect([point!.low < point!.value, point!.high > point!.value, point!.censored]).toEqual([true, true, false]);
    const [fraction] = fractionsAnswer.parse(await get("/fractions?siteId=plant-a")).items;
    expect(fraction?.points).toMatchObject([{ day: "2026-05-04", censoring: "above", high: null }]);
    close(fraction!.points[0]!.value, 0.65, 1e-12);
  });
});

interface Band {
  atLeast: number;
  atMost: number;
}

import { describe, expect, it } from "vitest";
import { type MarkedPlant, ownConstants } from "../../../analytics/load/ownConstants.ts";
import { seededRandom } from "../../../simulation/random.ts";
import { close } from "../censored/oracle.ts";

const random = seededRandom(11, "markers");
const plantOf = (people: number, gPersonDay: number, days = 30, siteId = `p-${people}`): MarkedPlant => ({
  siteId,
  people,
  loadsGD: Array.from({ length: days }, () => people * gPersonDay * random.factor(0.15)),
});

describe("what one person adds at the operator's own plants", () => {
  it("a plant's own constant lies within its interval, and days of production waste do not shift it", () => {
    const clean = plantOf(50_000, 7);
    const spoiled = { ...clean, loadsGD: clean.loadsGD.map((load, i) => (i < 3 ? load * 20 : load)) };
    const [[one], [other]] = [clean, spoiled].map((plant) => ownConstants([plant]).plants) as [
      ReturnType<typeof ownConstants>["plants"],
      ReturnType<typeof ownConstants>["plants"],
    ];
    expect([one!.low < 7, one!.high > 7, one!.outlyingDays]).toEqual([true, true, 0]);
    close(other!.gPersonDay, one!.gPersonDay, 0.05);
    expect(other!.outlyingDays).toBe(3);
    const mean = spoiled.loadsGD.reduce((sum, load) => sum + load, 0) / 30 / 50_000;
    expect(mean).toBeGreaterThan(14); // what a plain mean would say
  });
  it("of 95 % intervals about 95 % hold the truth", () => {
    const held = Array.from({ length: 1_000 }, () => ownConstants([plantOf(10_000, 8, 12)]).plants[0]!).filter(
      ({ low, high }) => low < 8 && high > 8,
    ).length;
    expect(held).toBeGreaterThan(915);
    expect(held).toBeLessThan(985);
  });
  it("from five plants on there is one for all; the exponent is 1 where the marker follows people", () => {
    const sizes = [8_000, 20_000, 60_000, 150_000, 400_000, 900_000];
    const plants = sizes.map((people) => plantOf(people, 7 * random.factor(0.1)));
    const { common } = ownConstants(plants);
    expect([common!.plants, common!.low < 7, common!.high > 7]).toEqual([6, true, true]);
    expect(Math.abs(common!.exponent - 1)).toBeLessThan(0.1);
    const industry = ownConstants(sizes.map((people) => plantOf(people, 7 * (people / 8_000) ** 0.4))).common!;
    close(industry.exponent, 1.4, 0.05);
    expect(ownConstants(plants.slice(0, 4)).common).toBeNull();
  });
  it("a plant with fewer than seven days has none; plants of one size have no exponent to tell", () => {
    expect(ownConstants([plantOf(10_000, 8, 6)]).plants).toEqual([]);
    const same = ["a", "b", "c", "d", "e"].map((id) => plantOf(10_000, 8, 20, id));
    expect(ownConstants(same).common!.exponent).toBe(1);
  });
});

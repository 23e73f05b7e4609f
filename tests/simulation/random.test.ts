import { describe, expect, it } from "vitest";
import { seededRandom } from "../../simulation/random.ts";

const draws = (count: number, draw: () => number) => Array.from({ length: count }, draw);
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const sd = (values: readonly number[]) => {
  const centre = mean(values);
  return Math.sqrt(mean(values.map((x) => (x - centre) ** 2)));
};
const COUNT = 100_000;

describe("a stream of random numbers", () => {
  it("is the same for the same seed and differs for another part of it", () => {
    const three = (...seed: (string | number)[]) => draws(3, seededRandom(...seed).uniform);
    expect(three(7, "flow")).toEqual(three(7, "flow"));
    expect(three(7, "flow")).not.toEqual(three(7, "use"));
    expect(three(7, "flow")).not.toEqual(three(8, "flow"));
  });

  it("is uniform: mean 1/2, sd 1/sqrt(12), every tenth as full as the others", () => {
    const values = draws(COUNT, seededRandom(1).uniform);
    expect(Math.abs(mean(values) - 0.5)).toBeLessThan((4 * Math.sqrt(1 / 12)) / Math.sqrt(COUNT));
    const tenths = Map.groupBy(values, (x) => Math.floor(10 * x));
    const chiSquared = [...tenths.values()].reduce((sum, { length }) => sum + (length - COUNT / 10) ** 2 / (COUNT / 10), 0);
    expect([...tenths.keys()].toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(chiSquared).toBeLessThan(27.88); // 0.999 quantile of chi squared with 9 degrees of freedom: R 4.2.2, qchisq(0.999, 9)
  });

  it("has standard normals: mean 0, sd 1, 5 % beyond 1.96, neighbours unrelated", () => {
    const values = draws(COUNT, seededRandom(2).normal);
    expect(Math.abs(mean(values))).toBeLessThan(4 / Math.sqrt(COUNT));
    expect(Math.abs(sd(values) - 1)).toBeLessThan(4 / Math.sqrt(2 * COUNT));
    expect(values.filter((x) => Math.abs(x) > 1.959964).length / COUNT).toBeCloseTo(0.05, 2);
    expect(Math.abs(mean(values.slice(1).map((x, i) => x * values[i]!)))).toBeLessThan(4 / Math.sqrt(COUNT));
  });

  it("has factors with the asked spread on the log scale", () => {
    const random = seededRandom(3);
    expect(sd(draws(COUNT, () => Math.log(random.factor(0.245))))).toBeCloseTo(0.245, 2);
  });

  it("shuffles: nothing lost, every place as likely", () => {
    const random = seededRandom(4);
    const places = draws(10_000, () => random.shuffled([0, 1, 2, 3, 4]).indexOf(0));
    for (const place of [0, 1, 2, 3, 4]) expect(places.filter((p) => p === place).length).toBeGreaterThan(1_850);
    expect(random.shuffled([3, 1, 2]).toSorted()).toEqual([1, 2, 3]);
  });
});

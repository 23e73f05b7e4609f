import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { levelsOf, meanChanges } from "../../../analytics/load/levelChanges.ts";
import { addDays } from "../../../schemas/days.ts";
import { seededRandom } from "../../../simulation/random.ts";
import { close } from "../censored/oracle.ts";
import oracle from "./fixtures/pelt_mean_sim220.json" with { type: "json" };

// R 4.2.2, package changepoint 2.3: cpt.mean(x, method = "PELT", penalty = "MBIC" and "SIC"); 220 values with three changes. Exact.
describe("changes of a mean, as R finds them", () => {
  const { x } = oracle.input;
  it("with the penalty MBIC", () => expect(meanChanges(x, "mbic")).toEqual(oracle.output.mbic));
  it("with the penalty SIC", () => expect(meanChanges(x, "sic")).toEqual(oracle.output.sic));
  it("and the same means between them", () => {
    const bounds = [0, ...meanChanges(x), x.length];
    for (const [i, mean] of oracle.output.mbic_means.entries()) {
      const segment = x.slice(bounds[i], bounds[i + 1]);
      close(segment.reduce((sum, value) => sum + value, 0) / segment.length, mean, 1e-9);
    }
  });
});

/** The same division by trying every one. */
function byEveryDivision(values: readonly number[], penalty: "mbic" | "sic"): number {
  const n = values.length;
  let least = Number.POSITIVE_INFINITY;
  for (let mask = 0; mask < 1 << (n - 1); mask++) {
    const cuts = [0, ...Array.from({ length: n - 1 }, (_, i) => i + 1).filter((i) => mask & (1 << (i - 1))), n];
    least = Math.min(least, costOf(values, cuts, penalty));
  }
  return least;
}
function costOf(values: readonly number[], cuts: readonly number[], penalty: "mbic" | "sic"): number {
  const perChange = (penalty === "mbic" ? 3 : 2) * Math.log(values.length);
  return cuts.slice(1).reduce((total, to, i) => {
    const segment = values.slice(cuts[i], to);
    const mean = segment.reduce((sum, x) => sum + x, 0) / segment.length;
    const spread = segment.reduce((sum, x) => sum + (x - mean) ** 2, 0);
    return total + spread + (penalty === "mbic" ? Math.log(segment.length) : 0) + (i > 0 ? perChange : 0);
  }, 0);
}
it("no division is cheaper than the one found, though most are never tried", () =>
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 2, maxLength: 10 }),
      fc.constantFrom("mbic" as const, "sic" as const),
      (values, penalty) => {
        const found = costOf(values, [0, ...meanChanges(values, penalty), values.length], penalty);
        expect(found).toBeCloseTo(byEveryDivision(values, penalty), 9);
      },
    ),
  ));

describe("levels of a series", () => {
  const random = seededRandom(3, "levels");
  const noisy = (days: number, level: (i: number) => number) =>
    Array.from({ length: days }, (_, i) => ({
      day: addDays("2025-01-06", i), // a Monday
      value: level(i) * random.factor(0.2),
      censored: false,
    }));
  it("a level that doubled in April is dated to its week, with both levels, in any unit and order", () => {
    const values = noisy(182, (i) => (i < 91 ? 10 : 20));
    const [before, after, ...more] = levelsOf(values.toReversed())!;
    expect(more).toEqual([]);
    expect(after).toMatchObject({ from: "2025-04-07", to: "2025-07-06", weeks: 13 });
    close(before!.mean, 10, 0.08);
    close(after!.mean, 20, 0.08);
    const thousandfold = levelsOf(values.map((one) => ({ ...one, value: one.value * 1000 })))!;
    expect(thousandfold.map(({ from }) => from)).toEqual([before!.from, after!.from]);
  });
  it("noise alone is one level, and so is a week's rhythm", () => {
    expect(levelsOf(noisy(364, () => 10))).toHaveLength(1);
    expect(levelsOf(noisy(364, (i) => (i % 7 < 4 ? 10 : 25)))).toHaveLength(1);
  });
  it("values that never differ are one level", () => {
    const flat = noisy(84, () => 10).map((one) => ({ ...one, value: 10 }));
    expect(levelsOf(flat)).toMatchObject([{ weeks: 12 }]);
  });
  it("with too few weeks, or one value below its limit, there is no answer", () => {
    expect(levelsOf(noisy(77, () => 10))).toBeNull();
    expect(levelsOf(noisy(140, () => 10).with(7, { day: "2025-01-13", value: 2, censored: true }))).toBeNull();
  });
});

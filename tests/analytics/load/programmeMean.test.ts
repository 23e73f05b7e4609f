import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { programmeMean } from "../../../analytics/load/programmeMean.ts";
import { addDays } from "../../../schemas/days.ts";
import { findProfile } from "../../../schemas/profiles.ts";
import { seededRandom } from "../../../simulation/random.ts";
import { close } from "../censored/oracle.ts";

const week = (values: readonly (number | string)[]) =>
  values.map((value, i) => ({
    day: addDays("2026-05-04", i),
    value: typeof value === "number" ? value : Number(value.slice(1)),
    censored: typeof value === "string",
  }));
const under = (id: string, values: readonly (number | string)[]) => programmeMean(week(values), findProfile(id)!);

it.each([
  ["euda-score", 0],
  ["us-research", 1],
  ["statcan-cws", null],
])("the table of %s prints %s for a load below the limit of 1", (id, printed) =>
  expect(under(id, ["<1"])?.mean ?? null).toBe(printed),
);
it("EUDA's mean of a week counts non-detects as 0, another programme's as their limit", () => {
  expect(under("euda-score", [10, 12, "<5", 14, 20, 18, 11])!.mean).toBe(Number((85 / 7).toFixed(2)));
  close(under("us-research", [10, 12, "<5", 14, 20, 18, 11])!.mean, 90 / 7, 1e-3);
  expect(under("euda-score", [10, "<0"])!.mean).toBe(5);
  expect(under("us-research", [10, "<0"])).toBeNull(); // the limit is not known
});

describe("Statistics Canada", () => {
  it("a complete week has mean ± t(0.975, 6)·SE, as published (worked value 7.7)", () => {
    const { mean, standardError, high, imputedPercent } = under("statcan-cws", [10, 12, 9, 14, 20, 18, 11])!;
    close(mean, 94 / 7, 1e-2);
    close(high! - 94 / 7, 2.446911851144969 * standardError!, 1e-9);
    expect(imputedPercent).toBe(0);
  });
  it("imputed days lie below their limits, are counted, and widen the interval against knowing them", () => {
    const imputed = under("statcan-cws", [10, 12, "<6", 14, 20, 18, "<6"])!;
    expect(imputed.mean).toBeGreaterThan(74 / 7);
    expect(imputed.mean).toBeLessThan(86 / 7);
    close(imputed.imputedPercent, (2 / 7) * 100, 1e-12);
    const known = under("statcan-cws", [10, 12, 5, 14, 20, 18, 5])!;
    expect(imputed.high! - imputed.low!).toBeGreaterThan(known.high! - known.low!);
    expect(under("statcan-cws", [10, 12, "<6", 14, 20, 18, "<6"])).toEqual(imputed);
  });
  it("too few detected values give no shape to impute from", () => {
    expect(under("statcan-cws", [10, "<6", "<6", "<6"])).toBeNull();
    expect(under("statcan-cws", [10, 10, "<6", "<6"])).toBeNull();
  });
  it("for any values and limits the mean lies between that of zeros and that of limits, or there is none", () =>
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.double({ min: 1e-3, max: 1e5, noNaN: true }), fc.boolean()), { minLength: 1, maxLength: 31 }),
        (days) => {
          const found = under(
            "statcan-cws",
            days.map(([value, isBelow]) => (isBelow ? `<${value}` : value)),
          );
          if (!found) return;
          const mean = (of: (day: (typeof days)[number]) => number) => days.reduce((sum, day) => sum + of(day), 0) / days.length;
          expect(found.mean).toBeGreaterThanOrEqual(mean(([value, isBelow]) => (isBelow ? 0 : value)) - 0.01);
          expect(found.mean).toBeLessThanOrEqual(mean(([value]) => value) + 0.01);
          if (found.low !== null) expect([found.low <= found.mean + 0.01, Number.isFinite(found.high)]).toEqual([true, true]);
        },
      ),
      { numRuns: 300 },
    ));
  it("over many weeks the imputed mean is neither that of zeros nor that of limits, but about the true one", () => {
    const random = seededRandom(21, "weeks");
    const [limit, weeks] = [8, 400];
    let [imputed, zeros, limits, truth] = [0, 0, 0, 0];
    for (let w = 0; w < weeks; w++) {
      const values = Array.from({ length: 14 }, () => 10 * random.factor(0.5));
      const found = under(
        "statcan-cws",
        values.map((value) => (value < limit ? `<${limit}` : value)),
      );
      if (!found) continue;
      imputed += found.mean;
      zeros += values.reduce((sum, value) => sum + (value < limit ? 0 : value), 0) / 14;
      limits += values.reduce((sum, value) => sum + Math.max(value, limit), 0) / 14;
      truth += values.reduce((sum, value) => sum + value, 0) / 14;
    }
    expect(Math.abs(imputed / truth - 1)).toBeLessThan(0.02);
    expect(zeros / truth).toBeLessThan(0.9);
    expect(limits / truth).toBeGreaterThan(1.05);
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { adjustPValues } from "../../../analytics/detect/falseDiscovery.ts";
import { ADJUSTMENTS, type Adjustment } from "../../../schemas/multipleTests.ts";
import oracle from "./fixtures/p_adjust_BH1995.json" with { type: "json" };

// The 15 p-values of Benjamini & Hochberg 1995, J. R. Stat. Soc. B 57:289. Adjusted: R 4.2.2, p.adjust(p, method).
const { BH: bh, BY: by, holm, hommel, bonferroni } = oracle.output;
it.each(Object.entries({ bh, by, holm, hommel, bonferroni }))("%s agrees with R's p.adjust to 1e-12", (method, expected) => {
  const adjusted = adjustPValues(oracle.input.p, 15, method as Adjustment);
  for (const [i, value] of adjusted.entries()) expect(value).toBeCloseTo(expected[i]!, 12);
});

// Hochberg 1988 by hand: p(15) · 1, p(14) · 2, … from the largest down, each at most the one above it.
it("hochberg rejects by the largest value that is small enough, and all below it", () => {
  expect(adjustPValues([0.01, 0.02, 0.03, 0.04], 4, "hochberg")).toEqual([0.04, 0.04, 0.04, 0.04]);
  expect(adjustPValues([0.01, 0.04, 0.2], 3, "hochberg")).toEqual([0.03, 0.08, 0.2]);
});

const p = fc.double({ min: 0, max: 1, noNaN: true });
describe("for any p-values", () => {
  const some = fc.array(p, { maxLength: 25 });
  it("their order is no matter", () =>
    fc.assert(
      fc.property(some, fc.constantFrom(...ADJUSTMENTS), (values, method) => {
        const forth = adjustPValues(values, values.length, method);
        const back = adjustPValues(values.toReversed(), values.length, method).reverse();
        expect(back).toEqual(forth);
      }),
    ));
  it("tests that were not given count as ones", () =>
    fc.assert(
      fc.property(some, fc.nat(30), fc.constantFrom(...ADJUSTMENTS), (values, more, method) => {
        const padded = adjustPValues([...values, ...Array<number>(more).fill(1)], values.length + more, method);
        expect(adjustPValues(values, values.length + more, method)).toEqual(padded.slice(0, values.length));
      }),
    ));
  it("a stricter method never finds more: bonferroni >= holm >= hochberg >= hommel >= the value itself, and by >= bh", () =>
    fc.assert(
      fc.property(some, (values) => {
        const of = (method: Adjustment) => adjustPValues(values, values.length, method);
        const ordered = [of("bonferroni"), of("holm"), of("hochberg"), of("hommel"), values];
        for (const [k, strict] of ordered.slice(0, -1).entries())
          for (const [i, value] of strict.entries()) expect(value).toBeGreaterThanOrEqual(ordered[k + 1]![i]! * (1 - 1e-12));
        for (const [i, value] of of("by").entries()) expect(value).toBeGreaterThanOrEqual(of("bh")[i]!);
      }),
    ));
});

it("what is no probability is refused, and so are fewer tests than values", () => {
  expect(() => adjustPValues([Number.NaN])).toThrow("NaN is no probability");
  expect(() => adjustPValues([0.1, 0.2], 1)).toThrow("2 p-values of 1 tests");
});

import fc from "fast-check";
import { expect, it } from "vitest";
import { combinePValues } from "../../../analytics/detect/combinePValues.ts";
import { COMBINATIONS } from "../../../schemas/multipleTests.ts";
import oracle from "./fixtures/py_combine_pvalues.json" with { type: "json" };

// SciPy 1.10.1, stats.combine_pvalues, second value of each pair; cauchy by its formula.
it.each(COMBINATIONS)("%s agrees with SciPy to 1e-12 relative", (method) => {
  const expected = [oracle.output[method]].flat().at(-1)!;
  expect(combinePValues(oracle.input.p, method) / expected).toBeCloseTo(1, 12);
});

it.each(COMBINATIONS)("%s: one value alone is its own combination, to the 0.99 at which cauchy stops", (method) =>
  fc.assert(
    fc.property(fc.double({ min: 1e-300, max: 0.99, noNaN: true }), (p) => {
      expect(combinePValues([p], method) / p).toBeCloseTo(1, 9);
    }),
  ),
);
it.each(COMBINATIONS)("%s: a smaller value never makes the combination larger", (method) =>
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 10 }), (values) => {
      const [first, ...others] = values as [number, ...number[]];
      const combined = combinePValues(values, method);
      expect(combinePValues([first / 2, ...others], method)).toBeLessThanOrEqual(combined * (1 + 1e-9));
      expect(combined).toBeGreaterThanOrEqual(0);
      expect(combined).toBeLessThanOrEqual(1);
    }),
  ),
);
it("cauchy holds where all values are the same one: a copy is no further evidence", () =>
  expect(combinePValues([0.01, 0.01, 0.01, 0.01], "cauchy")).toBeCloseTo(0.01, 12));
it("no value, or one that is no probability, is refused", () => {
  expect(() => combinePValues([], "fisher")).toThrow("no value at all");
  expect(() => combinePValues([0.2, 1.2], "fisher")).toThrow("1.2 is no probability");
});

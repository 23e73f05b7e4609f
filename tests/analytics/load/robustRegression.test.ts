import { describe, expect, it } from "vitest";
import { robustRegression } from "../../../analytics/load/robustRegression.ts";
import { close } from "../censored/oracle.ts";
import oracle from "./fixtures/rlm_stackloss.json" with { type: "json" };

// R 4.2.2, MASS 7.3-58.2, rlm(stack.loss ~ ., psi = psi.huber and psi.bisquare) on stackloss. Tolerance 1e-6 relative, weights absolute.
const { "Air.Flow": air, "Water.Temp": water, "Acid.Conc.": acid, "stack.loss": loss } = oracle.input;
const rows = loss.map((_, i) => [1, air[i]!, water[i]!, acid[i]!]);

describe.each(["huber", "bisquare"] as const)("%s agrees with R", (weighting) => {
  const fit = robustRegression(rows, loss, weighting);
  const expected = oracle.output[weighting];
  it("on the coefficients", () => {
    for (const [k, coefficient] of expected.coef.entries()) close(fit.coefficients[k]!, coefficient);
  });
  it("on the scale", () => close(fit.scale, expected.s));
  it("on every weight", () => {
    for (const [i, weight] of expected.w.entries()) expect(Math.abs(fit.weights[i]! - weight)).toBeLessThan(1e-6);
  });
});

it("one value of twenty that is fifty times too high does not turn the line", () => {
  const values = Array.from({ length: 20 }, (_, i) => i + 1 + 0.1 * ((i % 3) - 1)).with(17, 900);
  const [constant, slope] = robustRegression(
    values.map((_, i) => [1, i]),
    values,
    "bisquare",
  ).coefficients as [number, number];
  close(slope, 1, 0.01);
  close(constant, 1, 0.1);
});
it("values that lie on a line are found exactly", () => {
  const { coefficients, scale } = robustRegression(
    [0, 1, 2, 3, 4].map((x) => [1, x]),
    [3, 5, 7, 9, 11],
  );
  close(coefficients[0]!, 3, 1e-12);
  close(coefficients[1]!, 2, 1e-12);
  expect(scale).toBeLessThan(1e-12);
});
it("collinear covariates are refused", () => {
  expect(() =>
    robustRegression(
      [1, 2, 3].map((x) => [x, 2 * x]),
      [1, 2, 3],
    ),
  ).toThrow("collinear");
});

import { expect, it } from "vitest";
import { quasiPoisson } from "../../../analytics/detect/quasiPoisson.ts";
import { close } from "../censored/oracle.ts";
import oracle from "./fixtures/glm_quasipoisson_weights.json" with { type: "json" };

// R 4.2.2, glm(y ~ t + sin + cos, quasipoisson) on the first 312 weeks of surveillance's salmNewport. Tolerance 1e-6 relative.
const { y } = oracle.input;
const rows = y.map((_, i) => {
  const turn = (2 * Math.PI * (i + 1)) / 52;
  return [1, i + 1, Math.sin(turn), Math.cos(turn)];
});
const fit = quasiPoisson(
  rows,
  y,
  y.map(() => 1),
);

it("agrees with R on the coefficients", () => {
  for (const [k, coefficient] of fit.coefficients.entries()) close(coefficient, oracle.output.coef[k]!);
});
it("agrees with R on the dispersion", () => close(fit.dispersion, oracle.output.dispersion));
it("agrees with R on every leverage", () => {
  expect(fit.leverages).toHaveLength(312);
  for (const [i, leverage] of fit.leverages.entries()) close(leverage, oracle.output.hat[i]!);
});

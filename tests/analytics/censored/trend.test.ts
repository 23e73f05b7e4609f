import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { censoredKendall, mannKendall, seasonalMannKendall } from "../../../analytics/censored/kendall.ts";
import { akritasTheilSen, theilSen } from "../../../analytics/censored/theilSen.ts";
import { close, oracle, paired } from "./oracle.ts";

describe("trends agree with R 4.2.2", () => {
  it("Mann-Kendall: Kendall::MannKendall(PrecipGL); S exact, the rest to that package's single precision", () => {
    const { input, output } = oracle("mannkendall_PrecipGL");
    const test = mannKendall(input.x);
    expect(test.s).toBe(output.S);
    close(test.tau, output.tau);
    close(test.denominator, output.D);
    close(test.varianceS, output.varS);
    close(test.pTwoSided, output.p_two_sided, 1e-4);
  });
  it("seasonal Mann-Kendall: Kendall::SeasonalMannKendall(nottem)", () => {
    const { input, output } = oracle("seasonal_mannkendall_nottem");
    const test = seasonalMannKendall(input.x, input.period);
    expect(test.s).toBe(output.S);
    close(test.tau, output.tau);
    close(test.varianceS, output.varS);
    close(test.pTwoSided, output.p_two_sided);
  });
  it("Sen's slope with its interval: trend::sens.slope(Nile)", () => {
    const { input, output } = oracle("sens_slope_Nile");
    const line = theilSen(input.x);
    close(line.slope, output.slope);
    close(line.low, output.ci[0]);
    close(line.high, output.ci[1]);
    close(mannKendall(input.x).z, output.z);
    close(mannKendall(input.x).pTwoSided, output.p);
  });
  it("Akritas-Theil-Sen with non-detects: NADA::cenken, 60 points, limits 2 and 3", () => {
    const { input, output } = oracle("nada_cenken_sim60");
    const observations = paired(input.y, input.censored);
    const line = akritasTheilSen(observations, input.t);
    const test = censoredKendall(observations);
    close(line.slope, output.slope);
    close(line.intercept, output.intercept);
    close(test.tau, output.tau);
    close(test.pTwoSided, output.p);
    expect(line.low).toBeLessThan(line.slope);
    expect(line.high).toBeGreaterThan(line.slope);
  });
});

describe("laws of trends", () => {
  const series = fc.array(fc.double({ min: 1, max: 100, noNaN: true }), { minLength: 5, maxLength: 25 });
  it("without non-detects Akritas-Theil-Sen is Sen's slope", () => {
    fc.assert(
      fc.property(series, (values) => {
        const times = values.map((_, index) => index + 1);
        const line = akritasTheilSen(
          values.map((value) => ({ value, censored: false })),
          times,
        );
        expect(line.slope).toBeCloseTo(theilSen(values).slope, 9);
      }),
    );
  });
  it("turning time around turns the slope and S around", () => {
    fc.assert(
      fc.property(series, (values) => {
        expect(theilSen(values.toReversed()).slope).toBeCloseTo(-theilSen(values).slope, 9);
        expect(mannKendall(values.toReversed()).s).toBe(-mannKendall(values).s || 0);
      }),
    );
  });
  it("all censored: no order, no trend, and no slope", () => {
    const nothing = [1, 2, 3].map((value) => ({ value, censored: true }));
    expect(censoredKendall(nothing).pTwoSided).toBe(1);
    expect(() => akritasTheilSen(nothing, [1, 2, 3])).toThrow(RangeError);
  });
});

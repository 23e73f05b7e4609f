import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { kaplanMeier } from "../../../analytics/censored/kaplanMeier.ts";
import { coxInterval, fitLognormal, fitLognormalRegression } from "../../../analytics/censored/lognormal.ts";
import { regressionOnOrderStatistics } from "../../../analytics/censored/regressionOnOrderStatistics.ts";
import { substitutionBand } from "../../../analytics/censored/substitution.ts";
import { summarise } from "../../../analytics/censored/summary.ts";
import { fitTobit } from "../../../analytics/censored/tobit.ts";
import { close, FIFTEEN, oracle, paired, responses } from "./oracle.ts";

// Fifteen values in ng/L with five below 10 or 25. Expected: R survival 3.5-3 (worked value 7.13). Tolerance 1e-6 relative.
describe("fifteen values, five censored: worked value 7.13, R survival 3.5-3", () => {
  it("substitution: 0, half, 1/√2 and all of the limit", () => {
    const band = substitutionBand(FIFTEEN);
    for (const [found, mean, sd] of [
      [band.zero, 47.46666667, 58.613585],
      [band.half, 50.13333333, 56.430256],
      [band.rootTwo, 51.237903, 55.6065],
      [band.limit, 52.8, 54.528105],
    ] as const) {
      close(found.mean, mean);
      close(found.sd, sd);
    }
  });
  it("lognormal maximum likelihood", () => {
    const fit = fitLognormal(responses(FIFTEEN));
    close(fit.mu, 3.24249014);
    close(fit.sigma, 1.28961377);
    close(fit.logLikelihood, -60.65921002);
    close(fit.median, 25.597383);
    close(fit.mean.value, 58.794127);
    close(fit.muStandardError, 0.36092215);
    close(fit.logSigmaStandardError, 0.24094173);
  });
  it("Gaussian Tobit", () => {
    const fit = fitTobit(
      responses(FIFTEEN),
      FIFTEEN.map(() => [1]),
    );
    close(fit.coefficients[0]!, 36.05753896);
    close(fit.sigma, 71.26314045);
    close(fit.logLikelihood, -60.87779989);
  });
  it("Kaplan-Meier: probability below each detected value, and the mean with the rest at 10", () => {
    const { steps, mean } = kaplanMeier(FIFTEEN);
    const wanted = [0.28, 0.3733333, 0.4666667, 0.5333333, 0.6, 0.6666667, 0.7333333, 0.8, 0.8666667, 0.9333333];
    const found = steps.filter(({ events }) => events > 0).map(({ probability }) => probability);
    expect(found).toHaveLength(wanted.length);
    for (const [index, probability] of wanted.entries()) close(found[index]!, probability);
    close(mean.value, 51.06666667);
  });
  it("regression on order statistics (Hirsch and Stedinger)", () => {
    const { intercept, slope, mean, sd, modelled } = regressionOnOrderStatistics(FIFTEEN);
    close(intercept, 3.28588052);
    close(slope, 1.3681614);
    close(mean, 50.05502056);
    close(sd, 56.48650924);
    const imputed = modelled.filter(({ censored }) => censored).map((entry) => entry.modelled);
    for (const [index, value] of [3.549335, 6.097198, 8.869036, 6.686422, 13.623317].entries()) close(imputed[index]!, value);
  });
});

describe("Oahu arsenic: NADA 1.6-1.1 on survival 3.5-3", () => {
  it("Kaplan-Meier: cenfit(obs, censored)", () => {
    const { input, output } = oracle("nada_cenfit_Oahu");
    const km = kaplanMeier(paired(input.obs, input.censored));
    expect(km.steps).toHaveLength(output.summary.length);
    for (const [index, row] of output.summary.entries()) {
      const step = km.steps[index]!;
      expect([step.value, step.atRisk, step.events]).toEqual([row.obs, row["n.risk"], row["n.event"]]);
      close(1 + step.probability, 1 + row.prob);
      if (row["std.err"] === null) continue;
      close(step.standardError, row["std.err"]);
      close(step.low, row["0.95LCL"]);
      close(step.high, row["0.95UCL"]);
    }
    close(km.mean.value, output.mean.mean);
    close(km.mean.standardError, output.mean.se);
    close(km.mean.low, output.mean["0.95LCL"]);
    close(km.mean.high, output.mean["0.95UCL"]);
    close(km.sd, output.sd);
    expect(km.quantile(0.5)).toBe(output.median);
    for (const [p, value] of Object.entries(output.quantiles)) expect(km.quantile(Number.parseFloat(p) / 100)).toBe(value);
  });
  it("lognormal likelihood: cenmle(obs, censored)", () => {
    const { input, output } = oracle("nada_cenmle_Oahu");
    const fit = fitLognormal(responses(paired(input.obs, input.censored)));
    close(fit.mu, output.mulog);
    close(fit.sigma, output.sigmalog);
    close(fit.logLikelihood, output.loglik[1]);
    close(fit.mean.value, output.mean.mean);
    close(fit.sd / Math.sqrt(input.obs.length), output.mean.se);
    close(fit.median, output.median);
    close(fit.sd, output.sd);
    const cox = coxInterval(fit, input.obs.length);
    close(cox.low, output.mean["0.95LCL"]);
    close(cox.high, output.mean["0.95UCL"]);
  });
  it("regression on order statistics: ros(obs, censored), every plotting position", () => {
    const { input, output } = oracle("nada_ros_Oahu");
    const fit = regressionOnOrderStatistics(paired(input.obs, input.censored));
    close(fit.intercept, output.coef[0]);
    close(fit.slope, output.coef[1]);
    close(fit.mean, output.mean);
    close(fit.sd, output.sd);
    const positions = (censored: readonly boolean[], all: readonly number[]) =>
      all.filter((_, index) => censored[index]).toSorted((a, b) => a - b);
    const found = positions(
      fit.modelled.map(({ censored }) => censored),
      fit.modelled.map(({ plottingPosition }) => plottingPosition),
    );
    for (const [index, position] of positions(output.censored_sorted, output.pp).entries()) close(found[index]!, position);
  });
});

it("seasonal trend with non-detects: survreg(lognormal) on 156 weeks, with its covariance", () => {
  const { input, output } = oracle("tobit_survreg_seasonal_sim");
  const design = input.t.map((t: number) => [1, t, Math.sin((2 * Math.PI * t) / 52.18), Math.cos((2 * Math.PI * t) / 52.18)]);
  const fit = fitLognormalRegression(responses(paired(input.y, input.censored)), design);
  for (const [index, value] of output.coef.entries()) close(fit.coefficients[index]!, value);
  close(fit.sigma, output.scale);
  close(fit.logLikelihood, output.loglik[1]);
  for (const [i, row] of output.var.entries()) for (const [j, value] of row.entries()) close(fit.covariance[i]![j]!, value, 1e-5);
});

describe("laws of censored statistics", () => {
  const amounts = fc.array(fc.double({ min: 0.1, max: 1000, noNaN: true }), { minLength: 6, maxLength: 40 });
  it("without non-detects Kaplan-Meier's mean is the plain mean", () => {
    fc.assert(
      fc.property(amounts, (values) => {
        const mean = values.reduce((a, b) => a + b, 0) / values.length;
        close(kaplanMeier(values.map((value) => ({ value, censored: false }))).mean.value, mean, 1e-9);
      }),
    );
  });
  it("scaling all values and limits scales mean and median of the lognormal likelihood", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 100, noNaN: true }), (scale) => {
        const scaled = FIFTEEN.map(({ value, censored }) => ({ value: value * scale, censored }));
        const [one, other] = [fitLognormal(responses(FIFTEEN)), fitLognormal(responses(scaled))];
        close(other.mean.value, one.mean.value * scale, 1e-8);
        close(other.median, one.median * scale, 1e-8);
      }),
    );
  });
  it("an interval from zero is the same as below its upper end, and a narrow one tends to the exact value", () => {
    const exact = FIFTEEN.map(({ value }) => ({ kind: "exact" as const, value }));
    const narrow = exact.map(({ value }, index) =>
      index === 7 ? { kind: "between" as const, low: value * 0.99999, high: value * 1.00001 } : { kind: "exact" as const, value },
    );
    close(fitLognormal(narrow).mu, fitLognormal(exact).mu, 1e-6);
    const below = FIFTEEN.map(({ value, censored }) =>
      censored ? { kind: "between" as const, low: 0, high: value } : { kind: "exact" as const, value },
    );
    close(fitLognormal(below).mu, fitLognormal(responses(FIFTEEN)).mu, 1e-12);
  });
  it("a likelihood without enough detected values is refused, not guessed", () => {
    expect(() => fitLognormal(responses(FIFTEEN.filter(({ censored }) => censored)))).toThrow(RangeError);
    expect(() => kaplanMeier([{ value: 5, censored: true }])).toThrow(RangeError);
    expect(() =>
      fitLognormal([
        { kind: "exact", value: 0 },
        { kind: "exact", value: 1 },
      ]),
    ).toThrow("above zero");
  });
});

describe("the method follows the censored share", () => {
  const sample = (n: number, censored: number) =>
    Array.from({ length: n }, (_, index) => ({ value: index < censored ? 1 : 1 + index / 10, censored: index < censored }));
  it.each([
    [20, 0, "plain"],
    [20, 8, "kaplanMeier"],
    [20, 14, "regressionOnOrderStatistics"],
    [60, 40, "lognormalMaximumLikelihood"],
    [20, 17, "limitsOnly"],
    [4, 2, "limitsOnly"],
  ])("%i values, %i censored: %s", (n, censored, method) => expect(summarise(sample(n, censored)).method).toBe(method));
  it.each([
    [20, 40, 5, 8],
    [20, 40, 5, 2],
    [3, 6, 5, 2],
  ])("%i values that are all alike and %i below a limit have limits only", (detected, below, value, limit) => {
    const alike = [
      ...Array.from({ length: detected }, () => ({ value, censored: false })),
      ...Array.from({ length: below }, () => ({ value: limit, censored: true })),
    ];
    expect(summarise(alike)).toMatchObject({ method: "limitsOnly", mean: null });
    expect(summarise(alike.slice(0, detected + 1)).method).toBe("kaplanMeier");
  });
  it("every sample has a summary, whatever its values and limits", () =>
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(1, 2, 5, 5.0001, 80, 1e5), fc.boolean()), { maxLength: 80 }), (rows) => {
        const { mean, sd } = summarise(rows.map(([value, censored]) => ({ value, censored })));
        expect(mean === null || Number.isFinite(mean)).toBe(true);
        expect(sd === null || sd >= 0).toBe(true);
      }),
    ));
  it("nothing at all has no mean", () => expect(summarise([])).toMatchObject({ method: "limitsOnly", mean: null, band: null }));
});

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { betaCdf, betaUpper } from "../../../analytics/distributions/beta.ts";
import { gammaCdf, gammaUpper, logGamma } from "../../../analytics/distributions/gamma.ts";
import { negativeBinomialCdf, negativeBinomialQuantile } from "../../../analytics/distributions/negativeBinomial.ts";
import { inverseMillsRatio, normalCdf, normalLogCdf, normalQuantile } from "../../../analytics/distributions/normal.ts";
import { studentTQuantile, studentTUpper } from "../../../analytics/distributions/studentT.ts";

// Values: R 4.2.2, stats (fixtures/distributions.json). Tolerance 1e-9 relative.
const { output: r } = JSON.parse(readFileSync(new URL("fixtures/distributions.json", import.meta.url), "utf8"));
const close = (found: number, wanted: number) => expect(Math.abs(found / wanted - 1)).toBeLessThan(1e-9);

describe("distributions agree with R 4.2.2", () => {
  it("Student's t quantiles: qt(p, df)", () => {
    for (const [i, p] of r.qt.p.entries())
      for (const [j, df] of r.qt.df.entries()) close(studentTQuantile(p, df), r.qt.grid[i][j]);
  });
  it("Student's t upper tails: pt(x, df, lower = FALSE)", () => {
    for (const [i, x] of r.pt_upper.x.entries())
      for (const [j, df] of r.pt_upper.df.entries()) close(studentTUpper(x, df), r.pt_upper.grid[i][j]);
  });
  it("negative binomial quantiles: qnbinom(0.99, size, mu = mu), rows size, columns mu", () => {
    const { p, size, mu, grid } = r.qnbinom;
    for (const [i, s] of size.entries())
      for (const [j, m] of mu.entries()) expect(negativeBinomialQuantile(p, s, m)).toBe(grid[i][j]);
  });
  it("the logarithm of the normal upper tail, to 38 standard deviations", () => {
    for (const [i, x] of r.pnorm_upper_log.x.entries()) close(normalLogCdf(-x), r.pnorm_upper_log.v[i]);
  });
  it("gamma: pgamma(x, shape), rows shape 0.5, 2, 10, columns x 0.5, 3, 30", () => {
    const [shapes, xs] = [
      [0.5, 2, 10],
      [0.5, 3, 30],
    ];
    for (const [i, row] of r.pgamma.entries()) for (const [j, p] of row.entries()) close(gammaCdf(xs![j]!, shapes![i]!), p);
  });
  it("beta: pbeta(0.3, a, b)", () => {
    const { x, a, b, grid } = r.pbeta;
    for (const [i, ai] of a.entries()) for (const [j, bj] of b.entries()) close(betaCdf(x, ai, bj), grid[i][j]);
  });
});

describe("laws of the distributions", () => {
  it("the normal quantile undoes the normal probability from 1e-300 to 1 - 1e-12", () => {
    for (const p of [1e-300, 1e-20, 1e-5, 0.01, 0.3, 0.5, 0.9, 1 - 1e-12]) {
      expect(Math.abs(normalCdf(normalQuantile(p)) / p - 1)).toBeLessThan(1e-10);
    }
  });
  it("a probability outside [0, 1] has no quantile, 0 and 1 have infinite ones", () => {
    expect(normalQuantile(-0.1)).toBeNaN();
    expect(normalQuantile(Number.NaN)).toBeNaN();
    expect([normalQuantile(0), normalQuantile(1)]).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
  });
  it("the inverse Mills ratio is the slope of the log probability, also where both vanish", () => {
    for (const x of [-30, -5, -1, -0.5, 0.5, 2]) {
      const slope = (normalLogCdf(x + 1e-5) - normalLogCdf(x - 1e-5)) / 2e-5;
      expect(inverseMillsRatio(x)).toBeCloseTo(slope, 6);
    }
  });
  it("the two sides of the gamma and of the beta sum to one", () => {
    for (const x of [0.1, 1, 7, 40]) expect(gammaCdf(x, 3.3) + gammaUpper(x, 3.3)).toBeCloseTo(1, 14);
    for (const x of [0.01, 0.4, 0.99]) expect(betaCdf(x, 2.2, 5) + betaUpper(x, 2.2, 5)).toBeCloseTo(1, 14);
  });
  it("log gamma of n + 1 is the log factorial", () => close(Math.exp(logGamma(11)), 3_628_800));
  it("the negative binomial of size 1 is geometric", () => {
    expect(negativeBinomialCdf(3, 1, 4)).toBeCloseTo(1 - 0.8 ** 4, 14);
  });
});

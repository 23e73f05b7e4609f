import type { Combination } from "../../schemas/multipleTests.ts";
import { gammaCdf, gammaUpper } from "../distributions/gamma.ts";
import { normalCdf, normalQuantile } from "../distributions/normal.ts";

/**
 * One p-value from several that ask the same question of different data, such as whether an analyte rose at the plants of a region.
 * fisher, stouffer, tippett and pearson hold for independent values; cauchy holds about as well where they depend on each other.
 * @param pValues one or more, each in [0, 1]
 * @throws {RangeError} none, or one that is no probability
 * @see Fisher 1932; Stouffer 1949; Tippett 1931; Pearson 1933; Liu & Xie 2020, J. Am. Stat. Assoc. 115:393 (cauchy)
 * @example combinePValues([0.001, 0.01, 0.2, 0.8, 0.04], "fisher") // 0.000259
 */
export function combinePValues(pValues: readonly number[], method: Combination): number {
  const wrong = pValues.find((p) => !(p >= 0 && p <= 1));
  if (wrong !== undefined || pValues.length === 0)
    throw new RangeError(`combinePValues: ${wrong ?? "no value at all"} is no probability`);
  const n = pValues.length;
  const sum = (of: (p: number) => number) => pValues.reduce((total, p) => total + of(p), 0);
  switch (method) {
    case "fisher":
      return gammaUpper(-sum(Math.log), n); // half of chi-squared with 2n degrees of freedom
    case "pearson":
      return gammaCdf(-sum((p) => Math.log1p(-p)), n);
    case "stouffer":
      return stouffer(sum(normalQuantile) / Math.sqrt(n));
    case "tippett":
      return -Math.expm1(n * Math.log1p(-Math.min(...pValues)));
    case "cauchy":
      return cauchyUpper(sum(cauchyQuantile) / n);
  }
}

/** A value of 0 beside one of 1 says nothing: their sum is no number. */
const stouffer = (z: number) => (Number.isNaN(z) ? 1 : normalCdf(z));

/**
 * Values above it count as this: far out on that side of Cauchy's distribution one value that fits too well would outweigh any
 * number that do not (Fang et al. 2021, arXiv:2103.12967, where the sum is cut the same way).
 */
const CAUCHY_P_MAX = 0.99;

/** The x with P(X > x) = p; Infinity at 0. */
const cauchyQuantile = (p: number) => 1 / Math.tan(Math.PI * Math.min(p, CAUCHY_P_MAX));

/** P(X > x), accurate where it is small. */
const cauchyUpper = (x: number) => (x > 1 ? Math.atan(1 / x) / Math.PI : 0.5 - Math.atan(x) / Math.PI);

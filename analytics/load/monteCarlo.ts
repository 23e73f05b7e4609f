import { normalQuantile } from "../distributions/normal.ts";
import { logSd } from "./uncertainty.ts";

/** One factor of a product: its value, its relative standard uncertainty, its shape, and whether it multiplies or divides. */
export interface RandomFactor {
  value: number;
  cv: number;
  shape: "lognormal" | "normal";
  power: 1 | -1;
}

export interface Simulated {
  mean: number;
  cv: number;
  low: number;
  median: number;
  high: number;
}

/**
 * Draws a product of random factors, as a check of the formulae. A lognormal factor has `value` as its median. A normal one in
 * the denominator biases the mean upwards, which is why people are taken as lognormal.
 * @param uniform seeded source of numbers in [0, 1)
 */
export function simulateProduct(factors: readonly RandomFactor[], draws: number, uniform: () => number, level = 0.95): Simulated {
  const results = new Float64Array(draws);
  for (let i = 0; i < draws; i++) {
    let product = 1;
    for (const { value, cv, shape, power } of factors) {
      const z = normalQuantile(uniform() * (1 - 2 ** -52) + 2 ** -53);
      const drawn = shape === "lognormal" ? value * Math.exp(logSd(cv) * z) : value * (1 + cv * z);
      product *= power === 1 ? drawn : 1 / drawn;
    }
    results[i] = product;
  }
  results.sort();
  const mean = results.reduce((a, b) => a + b, 0) / draws;
  const variance = results.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (draws - 1);
  const at = (p: number) => results[Math.min(draws - 1, Math.floor(p * draws))]!;
  return { mean, cv: Math.sqrt(variance) / mean, low: at(0.5 - level / 2), median: at(0.5), high: at(0.5 + level / 2) };
}

import { logSd } from "./uncertainty.ts";

export interface Estimate {
  /** Above zero. */
  value: number;
  /** Relative standard uncertainty, above zero. */
  cv: number;
}

/**
 * One estimate from several of the same quantity, by inverse variance on the log scale: never a plain mean, which the largest
 * and least certain would rule. When they disagree by more than their uncertainties allow, the result's uncertainty grows by the
 * Birge ratio.
 * @throws RangeError when empty, or when a value or cv is not above zero
 */
export function combineOnLogScale(estimates: readonly Estimate[]): Estimate & { disagreement: number } {
  if (estimates.length === 0) throw new RangeError("nothing to combine");
  let weights = 0;
  let sum = 0;
  for (const { value, cv } of estimates) {
    if (!(value > 0 && cv > 0)) throw new RangeError(`an estimate needs a value and a cv above zero, not ${value} ± ${cv}`);
    const weight = 1 / logSd(cv) ** 2;
    weights += weight;
    sum += weight * Math.log(value);
  }
  const centre = sum / weights;
  let chiSquare = 0;
  for (const { value, cv } of estimates) chiSquare += ((Math.log(value) - centre) / logSd(cv)) ** 2;
  const disagreement = estimates.length > 1 ? Math.sqrt(chiSquare / (estimates.length - 1)) : 0;
  const variance = Math.max(1, disagreement ** 2) / weights;
  return { value: Math.exp(centre), cv: Math.sqrt(Math.expm1(variance)), disagreement };
}

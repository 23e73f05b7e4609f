import { meanOf, type Observation, sdOf } from "./observations.ts";

export interface SubstitutionBand {
  zero: { mean: number; sd: number };
  half: { mean: number; sd: number };
  rootTwo: { mean: number; sd: number };
  limit: { mean: number; sd: number };
}

/** What the mean would be with the censored values at 0, half, 1/√2 or all of their limit: how much the answer hangs on them. */
export function substitutionBand(observations: readonly Observation[]): SubstitutionBand {
  const at = (share: number) => {
    const values = observations.map(({ value, censored }) => (censored ? value * share : value));
    return { mean: meanOf(values), sd: sdOf(values) };
  };
  return { zero: at(0), half: at(0.5), rootTwo: at(Math.SQRT1_2), limit: at(1) };
}

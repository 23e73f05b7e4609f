import { TERMS } from "./design.ts";
import { DEFAULT_PRIORS, type Pools } from "./pool.ts";
import reference from "./referencePools.json" with { type: "json" };
import type { Sampling } from "./threshold.ts";

/** Before any sample of a programme. */
const EVER = "0000-01-01";

/**
 * What is known of an analyte at a treatment plant before the plant's own values speak: weekday rhythm, scatter, drift from year to
 * year, as the plants of the EUDA file have them. The level is the plant's own. Shipped and versioned, so that what is found at one
 * plant does not hang on when the data of another came in.
 * @param sampling the drift was learned between weeks a year apart; where samples go on, season and trend are seen themselves
 */
export function referencePools(sampling: Sampling): Pools {
  return sampling === "campaigns" ? BETWEEN_CAMPAIGNS : CONTINUOUS;
}

/** Names what ships, as it is recorded with what was found by it. */
export const REFERENCE_VERSION = `reference ${reference.version}`;

const BETWEEN_CAMPAIGNS = poolsWith((driftPerDay) => driftPerDay);
const CONTINUOUS = poolsWith(() => DEFAULT_PRIORS.driftPerDay);

function poolsWith(drift: (learned: number) => number): Pools {
  return new Map(
    Object.entries(reference.pools).map(([analyte, { series, mean, sd, sigma, sigmaValues, phi, driftPerDay }]) => {
      const means = Float64Array.from(mean);
      means[TERMS.level] = 0; // unknown: the first value of the series stands in for it
      const priors = { mean: means, sd: Float64Array.from(sd), driftPerDay: drift(driftPerDay), sigma, sigmaValues, phi };
      return [analyte, [{ from: EVER, size: series, priors }]];
    }),
  );
}

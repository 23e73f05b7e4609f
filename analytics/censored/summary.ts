import { kaplanMeier } from "./kaplanMeier.ts";
import { fitLognormal } from "./lognormal.ts";
import { censoredShare, haveSpread, meanOf, type Observation, quantileOf, sdOf } from "./observations.ts";
import { regressionOnOrderStatistics } from "./regressionOnOrderStatistics.ts";
import { type SubstitutionBand, substitutionBand } from "./substitution.ts";

export type SummaryMethod = "plain" | "kaplanMeier" | "regressionOnOrderStatistics" | "lognormalMaximumLikelihood" | "limitsOnly";

export interface CensoredSummary {
  method: SummaryMethod;
  /** Why this one, in words. */
  because: string;
  n: number;
  censoredShare: number;
  mean: number | null;
  sd: number | null;
  median: number | null;
  /** What substitution would make of it: wide where the answer hangs on the limits. */
  band: SubstitutionBand | null;
}

/**
 * Summary of a sample with non-detects, by the method its censored share and size allow (Helsel 2012, table 6.11): plain without
 * any; Kaplan-Meier to 50 %; from there to 80 % ROS, or lognormal likelihood from 50 observations on; beyond 80 %, with fewer than three
 * detected values, or where all detected are alike and no shape can be fitted, no mean is worth printing. A median below the smallest limit is null.
 */
export function summarise(observations: readonly Observation[]): CensoredSummary {
  const n = observations.length;
  const share = n === 0 ? 1 : censoredShare(observations);
  const detected = n === 0 ? 0 : Math.round(n * (1 - share));
  const base = { n, censoredShare: share, band: n < 2 ? null : substitutionBand(observations) };
  if (share > 0 && (share > 0.8 || detected < 3)) {
    const because = share > 0.8 ? "more than 80 % lie below the limit" : "fewer than three values were detected";
    return { ...base, method: "limitsOnly", because, mean: null, sd: null, median: null };
  }
  if (share === 0) {
    const values = observations.map(({ value }) => value);
    const sd = n < 2 ? null : sdOf(values);
    return {
      ...base,
      method: "plain",
      because: "every value was detected",
      mean: meanOf(values),
      sd,
      median: quantileOf(values, 0.5),
    };
  }
  if (share <= 0.5) {
    const { mean, sd, quantile } = kaplanMeier(observations);
    const because = "up to half lie below the limit, so no shape need be assumed";
    return { ...base, method: "kaplanMeier", because, mean: mean.value, sd, median: quantile(0.5) };
  }
  if (!haveSpread(observations)) {
    const because = "more than half lie below the limit and the detected values are all alike, so no shape can be fitted";
    return { ...base, method: "limitsOnly", because, mean: null, sd: null, median: null };
  }
  if (n >= 50) {
    const { mean, sd, median } = fitLognormal(
      observations.map(({ value, censored }) => ({ kind: censored ? "below" : "exact", value })),
    );
    const because = "more than half lie below the limit and there are 50 observations or more";
    return { ...base, method: "lognormalMaximumLikelihood", because, mean: mean.value, sd, median };
  }
  const { mean, sd, modelled } = regressionOnOrderStatistics(observations);
  const median = quantileOf(
    modelled.map((entry) => entry.modelled),
    0.5,
  );
  const because = "more than half lie below the limit and there are fewer than 50 observations";
  return { ...base, method: "regressionOnOrderStatistics", because, mean, sd, median };
}

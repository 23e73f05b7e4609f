import type { Amount, Censoring } from "./derived.ts";
import type { NetLoad } from "./licit.ts";

/** Variances of the logarithm, kept apart all the way. */
export interface Variance {
  independent: number;
  correlated: number;
}

export const logVariance = (cv: number) => Math.log1p(cv * cv);

export function plus(variance: Variance, cv: number, kind: keyof Variance): Variance {
  const added = { independent: variance.independent, correlated: variance.correlated };
  added[kind] += logVariance(cv);
  return added;
}

/** A load in g/d on its way: value or limit, lower limit, and what remains of it after the licit part. */
export interface Flowing {
  gD: number;
  lowGD: number;
  censoring: Censoring;
  variance: Variance;
  net: NetLoad | null;
}

/**
 * A scaled load with its interval. After a licit part is taken off the remainder is a difference, so its interval is symmetric and
 * reaches down to zero instead of being a factor.
 * @param taken whether the licit part is taken off
 */
export function amountOf(
  z: number,
  load: Flowing,
  scale: number,
  variance: Variance,
  unit: Amount["unit"],
  taken = false,
): Amount {
  const { censoring, net, gD, lowGD } = load;
  if (taken && net !== null) {
    const rest = Math.expm1(variance.independent + variance.correlated - load.variance.independent - load.variance.correlated);
    const reach = z * Math.hypot(net.sd, net.value * Math.sqrt(rest));
    const high = Math.max(0, net.beforeClipping + reach) * scale;
    const low = censoring === "none" || censoring === "aboveRange" ? Math.max(0, net.beforeClipping - reach) * scale : 0;
    return { value: net.value * scale, low, high: censoring === "aboveRange" ? null : high, unit };
  }
  const spread = Math.exp(z * Math.sqrt(variance.independent + variance.correlated));
  const value = gD * scale;
  if (censoring === "none") return { value, low: value / spread, high: value * spread, unit };
  if (censoring === "aboveRange") return { value, low: value / spread, high: null, unit };
  return { value, low: (lowGD * scale) / spread, high: value * spread, unit };
}

export function logSds({ independent, correlated }: Variance): { independent: number; correlated: number } {
  return { independent: Math.sqrt(independent), correlated: Math.sqrt(correlated) };
}

/** A difference is relatively less certain than what it was taken from; of nothing there is no relative uncertainty. */
export function netLogSds({ gD, net }: Flowing, variance: Variance): { independent: number; correlated: number } | null {
  if (net === null) return logSds(variance);
  if (net.value === 0) return null;
  const { independent, correlated } = logSds(variance);
  return { independent: (independent * gD) / net.value, correlated: (correlated * gD) / net.value };
}

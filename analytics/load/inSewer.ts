/** First-order rate per hour of a loss of `share` (0 to 1, exclusive) within `hours`. */
export function rateOfLoss(share: number, hours: number): number {
  return -Math.log1p(-share) / hours;
}

export function halfLife(ratePerH: number): number {
  return Math.LN2 / ratePerH;
}

export function rateOfHalfLife(hours: number): number {
  return Math.LN2 / hours;
}

/** The share of a substance lost within `hours`. */
export function lostShare(ratePerH: number, hours: number): number {
  return -Math.expm1(-ratePerH * hours);
}

/** A rate at another temperature, from half-lives known at two (Arrhenius); temperatures in °C. */
export function rateAtTemperature(
  [first, second]: readonly [{ cel: number; ratePerH: number }, { cel: number; ratePerH: number }],
  cel: number,
): number {
  const inverse = (temperature: number) => 1 / (temperature + 273.15);
  const slope = Math.log(second.ratePerH / first.ratePerH) / (inverse(second.cel) - inverse(first.cel));
  return first.ratePerH * Math.exp(slope * (inverse(cel) - inverse(first.cel)));
}

/** Concentration that entered the sewer, from the one that arrived: C / exp(-kt). */
export function beforeLoss(concentration: number, ratePerH: number, hours: number): number {
  return concentration * Math.exp(ratePerH * hours);
}

/**
 * Parent and product that arrive after `hours`, from those that entered: the parent is lost at `lossPerH`, of which the share
 * `yieldShare` (by mass) becomes product, which is lost at `productLossPerH`.
 */
export function chainForward(
  entered: { parent: number; product: number },
  { lossPerH, yieldShare, productLossPerH }: { lossPerH: number; yieldShare: number; productLossPerH: number },
  hours: number,
): { parent: number; product: number } {
  const parentLeft = Math.exp(-lossPerH * hours);
  const productLeft = Math.exp(-productLossPerH * hours);
  const gap = productLossPerH - lossPerH;
  // the limit of (e^-kt - e^-mt)/(m - k) at m = k is t·e^-kt
  const made = Math.abs(gap * hours) < 1e-9 ? hours * parentLeft : (parentLeft - productLeft) / gap;
  return {
    parent: entered.parent * parentLeft,
    product: entered.product * productLeft + entered.parent * lossPerH * yieldShare * made,
  };
}

/** The inverse of chainForward: what entered, from what arrived. A product below what the parent alone makes comes out negative. */
export function chainBackward(
  arrived: { parent: number; product: number },
  rates: { lossPerH: number; yieldShare: number; productLossPerH: number },
  hours: number,
): { parent: number; product: number } {
  const parent = arrived.parent * Math.exp(rates.lossPerH * hours);
  const fromParent = chainForward({ parent, product: 0 }, rates, hours).product;
  return { parent, product: (arrived.product - fromParent) * Math.exp(rates.productLossPerH * hours) };
}

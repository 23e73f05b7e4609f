import { betaCdf, betaUpper } from "./beta.ts";

/** P(N <= n) of the negative binomial with this mean and size (variance = mean + mean²/size). */
export function negativeBinomialCdf(n: number, size: number, mean: number): number {
  return n < 0 ? 0 : betaCdf(size / (size + mean), size, Math.floor(n) + 1);
}

/** P(N > n), accurate where it is small. */
export function negativeBinomialUpper(n: number, size: number, mean: number): number {
  return n < 0 ? 1 : betaUpper(size / (size + mean), size, Math.floor(n) + 1);
}

/** The smallest n with P(N <= n) >= p, for p in [0, 1). */
export function negativeBinomialQuantile(p: number, size: number, mean: number): number {
  let high = Math.max(1, Math.ceil(mean));
  while (negativeBinomialCdf(high, size, mean) < p) high *= 2;
  let low = -1;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (negativeBinomialCdf(middle, size, mean) >= p) high = middle;
    else low = middle;
  }
  return high;
}

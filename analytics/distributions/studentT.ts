import { betaCdf } from "./beta.ts";
import { normalQuantile } from "./normal.ts";

/** P(T > t) of Student's t distribution; relative accuracy holds in the upper tail. */
export function studentTUpper(t: number, degrees: number): number {
  const tail = betaCdf(degrees / (degrees + t * t), degrees / 2, 0.5) / 2;
  return t >= 0 ? tail : 1 - tail;
}

/** The t with P(T <= t) = p, for p in (0, 1) and degrees > 0. */
export function studentTQuantile(p: number, degrees: number): number {
  if (p === 0.5) return 0;
  if (p < 0.5) return -studentTQuantile(1 - p, degrees);
  const upper = 1 - p;
  let low = 0;
  let high = Math.max(1, normalQuantile(p));
  while (studentTUpper(high, degrees) > upper) {
    low = high;
    high *= 2;
  }
  // bisection on a monotone tail: sixty halvings reach the last bit, and no start is a bad one
  for (let i = 0; i < 80 && high - low > 1e-15 * high; i++) {
    const middle = (low + high) / 2;
    if (studentTUpper(middle, degrees) > upper) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

import { readVariant } from "../../analytics/load/variants.ts";
import type { SeriesPoint } from "../../store/series/series.ts";

/** Ways of counting people, the one whose series is shown first where only one can be. */
const FIRST = ["supplied", "census", "designCapacity", "combined"];

/**
 * Where one number a sample is wanted, the values of one series only: what laboratories reported themselves, else of the series side by
 * side the one of a static count of people, named after the first profile.
 * @param points of one site, analyte and measure
 */
export function oneVariant<Point extends Pick<SeriesPoint, "variant">>(points: readonly Point[]): Point[] {
  const derived = new Map<string, string>();
  for (const { variant } of points) {
    const name = derived.has(variant) ? undefined : readVariant(variant);
    if (name) derived.set(variant, rankOf(name.population));
  }
  const chosen = [...derived].sort(([a, rankA], [b, rankB]) => (rankA + a < rankB + b ? -1 : 1))[0]?.[0];
  return points.filter(({ variant }) => !derived.has(variant) || variant === chosen);
}

function rankOf(population: string | null): string {
  const at = FIRST.indexOf(population ?? "");
  return String(at < 0 ? FIRST.length : at);
}

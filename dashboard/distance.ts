import type { Site } from "../schemas/site.ts";

const EARTH_RADIUS_KM = 6_371;

/** Along the great circle (haversine); null where a place is not known. */
export function distanceKm(a: Pick<Site, "latitude" | "longitude">, b: Pick<Site, "latitude" | "longitude">): number | null {
  if (a.latitude === undefined || a.longitude === undefined || b.latitude === undefined || b.longitude === undefined) return null;
  const rad = (degrees: number) => (degrees * Math.PI) / 180;
  const half =
    Math.sin(rad(b.latitude - a.latitude) / 2) ** 2 +
    Math.cos(rad(a.latitude)) * Math.cos(rad(b.latitude)) * Math.sin(rad(b.longitude - a.longitude) / 2) ** 2;
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.sqrt(half));
}

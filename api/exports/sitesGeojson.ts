import type { Site } from "../../schemas/site.ts";
import type { SeriesPoint } from "../../store/series/series.ts";
import { unitOf } from "../series/units.ts";
import { sourceOf, type Terms } from "./selection.ts";

/**
 * Sites as points (RFC 7946, longitude first) with the newest value of each analyte. A site without coordinates has no geometry: it is
 * in the file all the same, so that the file is complete.
 */
export function sitesGeojson(sites: readonly Site[], latest: readonly SeriesPoint[], terms: Terms) {
  const bySite = Map.groupBy(latest, ({ siteId }) => siteId);
  return {
    type: "FeatureCollection" as const,
    licence: terms.licence,
    owner: terms.owner,
    features: sites.map((site) => ({
      type: "Feature" as const,
      id: site.siteId,
      geometry:
        site.latitude === undefined || site.longitude === undefined
          ? null
          : { type: "Point" as const, coordinates: [site.longitude, site.latitude] },
      properties: {
        siteId: site.siteId,
        name: site.name,
        nameZh: site.nameZh ?? null,
        kind: site.kind,
        region: site.region ?? null,
        country: site.country ?? null,
        people: site.population?.people ?? null,
        source: sourceOf(site, terms),
        latest: (bySite.get(site.siteId) ?? []).map(({ name, measure, variant, timeMs, value, low, high, censored }) => ({
          analyte: name,
          measure,
          method: variant,
          unit: unitOf({ measure, name, variant }),
          time: new Date(timeMs).toISOString(),
          value,
          low: low ?? null,
          high: high ?? null,
          censored: censored ?? false,
        })),
      },
    })),
  };
}

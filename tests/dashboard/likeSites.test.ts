import { expect, it } from "vitest";
import type { OverviewItem } from "../../dashboard/api.ts";
import { distanceKm } from "../../dashboard/distance.ts";
import { likeRanks } from "../../dashboard/likeSites.ts";

const item = (siteId: string, people: number, value: number, daysSinceLastSample = 3): OverviewItem => ({
  site: { siteId, name: siteId, kind: "wwtp", timeZone: "UTC", population: { people, source: "t", year: 2026 } },
  latest: { time: "2026-05-04T00:00:00Z", value, low: null, high: null, censored: false, percentile: 0.5 },
  daysSinceLastSample,
  openAnomalies: 0,
  history: [],
});
const six = [1, 2, 3, 4, 5, 6].map((value) => item(`s${value}`, 100_000, value));

it("a site stands among those of its size, itself not counted", () => {
  const ranks = likeRanks([...six, item("large", 900_000, 1)], true);
  expect(ranks.get("s6")).toEqual({ rank: 1, sites: 5 });
  expect(ranks.get("s1")).toEqual({ rank: 0, sites: 5 });
  expect(ranks.has("large")).toBe(false); // too few of its size
});

it("a load is compared by the people behind it", () => {
  const ranks = likeRanks([...six, item("twice the people", 200_000, 6)], false);
  expect(ranks.get("twice the people")?.rank).toBeCloseTo(3 / 6, 12); // 3 a head: s1, s2 and s3 are not above it
});

it("a site that was last sampled years ago stands nowhere", () => {
  expect(likeRanks([...six.slice(1), item("old", 100_000, 9, 2_000)], true).size).toBe(0);
});

// Beijing 39.9042 N 116.4074 E, Shanghai 31.2304 N 121.4737 E: 1,068 km along the great circle of a sphere of 6,371 km.
it("the distance is that along the great circle", () => {
  const beijing = { latitude: 39.9042, longitude: 116.4074 };
  expect(distanceKm(beijing, { latitude: 31.2304, longitude: 121.4737 })).toBeCloseTo(1_067.3, 0);
  expect(distanceKm(beijing, {})).toBeNull();
});

import type { OverviewItem } from "./api.ts";

/** Sites of a third to three times the people are like; with fewer than this many there is nothing to stand among. */
const PEOPLE_RATIO_MAX = 3;
const PEERS_MIN = 5;
/** Of a site that was last sampled so long before the others, nobody knows where it stands now. */
const AGE_DAYS_MAX = 3 * 366;

/** Where a site's newest value stands among sites of its size. */
export interface LikeRank {
  /** Share of the like sites whose value per person is not above it, 0 to 1. */
  rank: number;
  sites: number;
}

/**
 * The place of each site's newest value per person among the sites of its size, whatever the quantity: a load is divided by the people
 * behind it. A value below its limit stands at the limit.
 */
export function likeRanks(items: readonly OverviewItem[], isPerPerson: boolean): Map<string, LikeRank> {
  const known = items.flatMap(({ site, latest, daysSinceLastSample }) => {
    const people = site.population?.people;
    if (!latest || people === undefined || (daysSinceLastSample ?? 0) > AGE_DAYS_MAX) return [];
    return [{ siteId: site.siteId, people, value: isPerPerson ? latest.value : latest.value / people }];
  });
  return new Map(
    known.flatMap(({ siteId, people, value }) => {
      const peers = known.filter(
        (other) => other.siteId !== siteId && Math.max(other.people, people) <= PEOPLE_RATIO_MAX * Math.min(other.people, people),
      );
      if (peers.length < PEERS_MIN) return [];
      return [[siteId, { rank: peers.filter((other) => other.value <= value).length / peers.length, sites: peers.length }]];
    }),
  );
}

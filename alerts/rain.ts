import type { Series } from "../store/series/series.ts";

/**
 * Rain that washes the streets and lifts deposits in the sewer: a day's alerts wait for what a dry day says. "Moderate rain" of
 * China's GB/T 28592-2012 begins at 10 mm in 24 hours.
 */
export const RAIN_MM_MIN = 10;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** Until when rain that fell at the site keeps its alerts waiting: a day after the last 24 hours that had that much; null when it did not. */
export async function rainUntil(series: Pick<Series, "readWindows">, siteId: string, now: Date): Promise<Date | null> {
  const hours = await series.readWindows({
    measure: "reading",
    siteIds: [siteId],
    names: ["rainfall"],
    fromMs: now.getTime() - 2 * DAY_MS,
    toMs: now.getTime(),
    windowS: HOUR_MS / 1_000,
  });
  const gauges = Map.groupBy(hours, ({ variant }) => variant); // two gauges of one place see the same rain
  const ends = [...gauges.values()].flatMap((each) => {
    const fallen = each.map(({ timeMs, mean, count }) => ({ timeMs, mm: mean * count }));
    return fallen.map(({ timeMs }) => timeMs).filter((timeMs) => sumOf(fallen, timeMs - DAY_MS + HOUR_MS, timeMs) >= RAIN_MM_MIN);
  });
  if (ends.length === 0) return null;
  const until = new Date(Math.max(...ends) + HOUR_MS + DAY_MS);
  return until > now ? until : null;
}

function sumOf(hours: readonly { timeMs: number; mm: number }[], fromMs: number, toMs: number): number {
  return hours.filter(({ timeMs }) => timeMs >= fromMs && timeMs <= toMs).reduce((sum, { mm }) => sum + mm, 0);
}

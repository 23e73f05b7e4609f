export const WINDOWS = ["1m", "3m", "1y", "all"] as const;
export type Window = (typeof WINDOWS)[number];

const DAY_MS = 86_400_000;
const DAYS: Record<Exclude<Window, "all">, number> = { "1m": 31, "3m": 92, "1y": 366 };

/**
 * The days shown: `from` and `to` where given, else a window that ends with the newest value, so that a series that stopped
 * last year is not an empty page.
 */
export function windowOf(times: readonly Date[], query: Record<string, string | undefined>): readonly [Date, Date] {
  const first = times[0] ?? new Date(0);
  const last = times.at(-1) ?? new Date(0);
  const end = new Date(last.getTime() + DAY_MS);
  if (query["from"]) {
    const to = query["to"] ? new Date(Date.parse(query["to"]) + DAY_MS - 1) : end;
    return [new Date(query["from"]), to];
  }
  const window = (query["window"] ?? "1y") as Window;
  if (!(window in DAYS)) return [new Date(first.getTime() - DAY_MS), end];
  return [new Date(end.getTime() - DAYS[window as keyof typeof DAYS] * DAY_MS), end];
}

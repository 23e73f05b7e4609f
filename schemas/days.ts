interface Zone {
  format: Intl.DateTimeFormat;
  /** Days already told: the results of a sample all ask for the same instant, and formatting it is slow. */
  days: Map<number, string>;
}
const zones = new Map<string, Zone>();
/** A century of daily samples; about 4 MB for each time zone. */
const DAYS_KEPT_MAX = 36_600;

/** The calendar day of an instant in a time zone, `2026-05-04`. */
export function localDay(timeMs: number, timeZone: string): string {
  let zone = zones.get(timeZone);
  if (!zone) {
    const format = new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
    zone = { format, days: new Map() };
    zones.set(timeZone, zone);
  }
  let day = zone.days.get(timeMs);
  if (day === undefined) {
    day = zone.format.format(timeMs);
    if (zone.days.size >= DAYS_KEPT_MAX) zone.days.clear();
    zone.days.set(timeMs, day);
  }
  return day;
}

const DAY_MS = 86_400_000;

/** Days since 1970-01-01 of a calendar day. */
export function dayNumber(day: string): number {
  return Date.parse(`${day}T00:00:00Z`) / DAY_MS;
}

/** The calendar day so many days later (or earlier). */
export function addDays(day: string, days: number): string {
  return new Date((dayNumber(day) + days) * DAY_MS).toISOString().slice(0, 10);
}

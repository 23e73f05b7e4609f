/** A wall clock: what a file says when it gives no offset. */
export interface WallTime {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
}

/** Distinct (zone, wall time) pairs kept: a file repeats its sampling times over and over. */
const CACHED_MAX = 10_000;

const cached = new Map<string, string>();
const formats = new Map<string, Intl.DateTimeFormat>();

/**
 * The moment, with its offset, at which clocks of the zone show the wall time. An hour that occurs twice (end of summer time) is
 * taken as the first; an hour that does not occur is moved forward by the gap, as clocks were.
 * @throws RangeError on an unknown time zone
 * @example zonedMoment({ year: 2026, month: 5, day: 4, hour: 8, minute: 0, second: 0 }, "Europe/Vienna") // "2026-05-04T08:00:00+02:00"
 */
export function zonedMoment(wall: WallTime, timeZone: string): string {
  const { year, month, day, hour, minute, second } = wall;
  const key = `${timeZone}/${year}/${month}/${day}/${hour}/${minute}/${second}`;
  const known = cached.get(key);
  if (known !== undefined) return known;
  const asUtc = Date.UTC(year, month - 1, day, hour, minute, second);
  // The offset before and after any change near: the earlier candidate that shows the wall time is the answer.
  const before = offsetMs(asUtc - 86_400_000, timeZone);
  const after = offsetMs(asUtc + 86_400_000, timeZone);
  const time = [asUtc - before, asUtc - after].find((candidate) => candidate + offsetMs(candidate, timeZone) === asUtc);
  const instant = time ?? asUtc - before;
  const moment = withOffset(instant, offsetMs(instant, timeZone));
  if (cached.size >= CACHED_MAX) cached.clear();
  cached.set(key, moment);
  return moment;
}

function withOffset(instant: number, offset: number): string {
  const minutes = Math.round(Math.abs(offset) / 60_000);
  const sign = offset < 0 ? "-" : "+";
  const two = (n: number) => String(n).padStart(2, "0");
  const wall = new Date(instant + offset).toISOString().slice(0, 19);
  return `${wall}${sign}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** What clocks of the zone show, less UTC, at an instant. */
function offsetMs(instant: number, timeZone: string): number {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    formats.set(timeZone, format);
  }
  const part: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(instant)) part[type] = Number(value);
  const shown = Date.UTC(part["year"]!, part["month"]! - 1, part["day"], part["hour"], part["minute"], part["second"]);
  return shown - Math.floor(instant / 1000) * 1000;
}

/** The same clock time a day later. */
export function addDay(wall: WallTime): WallTime {
  const next = new Date(Date.UTC(wall.year, wall.month - 1, wall.day + 1));
  return { ...wall, year: next.getUTCFullYear(), month: next.getUTCMonth() + 1, day: next.getUTCDate() };
}

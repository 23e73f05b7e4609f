import { MEASURES, type Point, PointsRefused } from "./series.ts";

/** InfluxDB holds times as nanoseconds since 1970 in 64 bits: the years 1678 to 2261, a day kept free at each end. */
const TIME_MS_MAX = 9_223_286_400_000;
const SLOT_MAX = 999_999;
/** In UTF-16 units. A series' name with all its tags must stay below 64 KiB in InfluxDB. */
const TAG_LENGTH_MAX = 256;

/**
 * Why no engine may take the point, else nothing. InfluxDB changes or loses some tags without a word (an empty one changes the
 * series, a tab or a line break is altered, one that ends in a backslash takes its whole batch along): such are refused here, on
 * both engines alike.
 */
export function refusalReason(point: Point): string | undefined {
  const { measure, timeMs, slot = 0, value, low, high } = point;
  if (!MEASURES.includes(measure)) return `the measure ${measure} is none of ${MEASURES.join(", ")}`;
  for (const part of ["siteId", "name", "variant"] as const) {
    const reason = tagReason(point[part]);
    if (reason) return `${part} ${JSON.stringify(point[part])} ${reason}`;
  }
  if (!(Number.isInteger(timeMs) && Math.abs(timeMs) <= TIME_MS_MAX)) return `timeMs ${timeMs} is no time of 1678 to 2261`;
  if (!(Number.isInteger(slot) && slot >= 0 && slot <= SLOT_MAX)) return `slot ${slot} is not an integer of 0 to ${SLOT_MAX}`;
  if (!Number.isFinite(value)) return `value ${value} is not a finite number`;
  if (low !== undefined && !Number.isFinite(low)) return `low ${low} is not a finite number`;
  if (high !== undefined && !Number.isFinite(high)) return `high ${high} is not a finite number`;
  return undefined;
}

function tagReason(tag: string): string | undefined {
  if (tag === "") return "is empty";
  if (tag.length > TAG_LENGTH_MAX) return `is longer than ${TAG_LENGTH_MAX} characters`;
  if (tag.endsWith("\\")) return "ends in a backslash";
  if (/\p{Cc}/u.test(tag)) return "holds a control character";
  if (!tag.isWellFormed()) return "is not well-formed Unicode";
  return undefined;
}

/** Parts the points that may be stored from those that never can. */
export function sortPoints(points: readonly Point[]): { accepted: Point[]; refused: PointsRefused["refused"][number][] } {
  const accepted: Point[] = [];
  const refused: PointsRefused["refused"][number][] = [];
  for (const point of points) {
    const reason = refusalReason(point);
    if (reason) refused.push({ point, reason });
    else accepted.push(point);
  }
  return { accepted, refused };
}

/** @throws {PointsRefused} when there are any */
export function throwRefused(refused: PointsRefused["refused"]): void {
  if (refused.length > 0) throw new PointsRefused(refused);
}

import { limited } from "../../store/series/limited.ts";
import type { Series } from "../../store/series/series.ts";
import { rounds } from "../rounds.ts";

/** Questions the engine answers at once; more only make each other slower and fill its memory, so the rest wait in line. */
const READS_AT_ONCE = 8;

/**
 * The series, where equal questions that wait for the engine at one moment are asked of it once: when a page is opened by many, or one page
 * asks twice, the engine does the work once. An answer is never kept beyond that. What a caller gets is shared: it must not be changed.
 */
export function sharedReads(series: Series): Series {
  const inTurn = limited(READS_AT_ONCE);
  return {
    ...series,
    read: rounds((query) => series.read(query), inTurn),
    readWindows: rounds((query) => series.readWindows(query), inTurn),
    latest: rounds((query) => series.latest(query), inTurn),
  };
}

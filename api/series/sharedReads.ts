import { limited } from "../../store/series/limited.ts";
import type { Series } from "../../store/series/series.ts";

/** Questions the engine answers at once; more only make each other slower and fill its memory, so the rest wait in line. */
const READS_AT_ONCE = 8;

/**
 * The series, where equal questions that are under way at one moment are asked of the engine once: when a page is opened by many, or one
 * page asks twice, the engine does the work once. An answer is never kept beyond that. What a caller gets is shared: it must not be changed.
 */
export function sharedReads(series: Series): Series {
  const underWay = new Map<string, Promise<unknown>>();
  const inTurn = limited(READS_AT_ONCE);
  const shared = <Query, Answer>(name: string, ask: (query: Query) => Promise<Answer>) => {
    return (query: Query): Promise<Answer> => {
      const key = `${name} ${JSON.stringify(query)}`;
      const known = underWay.get(key) as Promise<Answer> | undefined;
      if (known) return known;
      const asked = inTurn(() => ask(query)).finally(() => underWay.delete(key));
      underWay.set(key, asked);
      return asked;
    };
  };
  return {
    ...series,
    read: shared("read", (query) => series.read(query)),
    readWindows: shared("windows", (query) => series.readWindows(query)),
    latest: shared("latest", (query) => series.latest(query)),
  };
}

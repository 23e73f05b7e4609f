import { addDays } from "../../../schemas/days.ts";
import { seededRandom } from "../../../simulation/random.ts";
import { compositeReport } from "./composite.ts";

const LAST = "2026-05-03";
const DAYS = 365;
const SPIKE = DAYS - 3;
/** The day of the spike. */
export const SPIKE_DAY = addDays(LAST, SPIKE - (DAYS - 1));

/**
 * A year of about 0.3 g/d, and two days before its end one of eight times that.
 * @param spikes days with so much, counted back from the last
 */
export function yearWithSpike(siteId: string, spikes: readonly number[] = [DAYS - 1 - SPIKE]) {
  const random = seededRandom("a year with a spike");
  return Array.from({ length: DAYS }, (_, i) => {
    const day = addDays(LAST, i - (DAYS - 1));
    const result = {
      ...{ analyte: "methamphetamine", quantity: "concentration", unit: "ng/L", censoring: "none", method: "m-1", replicate: 1 },
      value: Math.round(100 * random.factor(0.2) * (spikes.includes(DAYS - 1 - i) ? 8 : 1) * 100) / 100,
    };
    return compositeReport(siteId, day, 3_000, [result], `${LAST}T12:00:00Z`);
  });
}

import { addDays, dayNumber } from "../../schemas/days.ts";
import type { MethodProfile } from "../../schemas/profiles.ts";
import { type CensoredSummary, summarise } from "../censored/summary.ts";
import { type MeanInterval, studentInterval } from "./meanInterval.ts";
import { type ProgrammeMean, programmeMean } from "./programmeMean.ts";
import type { DayValue } from "./trend.ts";

export type Period = "week" | "month" | "year";

export interface PeriodMean extends Pick<CensoredSummary, "method" | "because" | "mean" | "median" | "band"> {
  /** First day of the period; a week begins on Monday. */
  from: string;
  days: number;
  below: number;
  /** Days below a limit that is not known: they are in no mean. */
  limitUnknown: number;
  /** mean ± t(n - 1)·SE over the days, as Statistics Canada; null where non-detects leave no standard error to trust, or of one day. */
  interval: Pick<MeanInterval, "standardError" | "low" | "high"> | null;
  /** As the profile's programme would print it. */
  programme: ProgrammeMean | null;
}

/** Methods whose standard deviation is one of the data, not of a fitted shape. */
const DISTRIBUTION_FREE: readonly CensoredSummary["method"][] = ["plain", "kaplanMeier"];

/**
 * Means of periods with non-detects, each by the method that its censored share and size allow. The interval is of the scatter between days; what
 * all days share, such as a flow meter that reads high, is not in it.
 * @param profile whose programme's own rule for non-detects is shown beside it
 */
export function periodMeans(values: readonly DayValue[], period: Period, profile: MethodProfile): PeriodMean[] {
  const byPeriod = Map.groupBy(values, ({ day }) => startOf(day, period));
  return [...byPeriod]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([from, all]) => {
      const known = all.filter(({ value }) => value > 0);
      const { method, because, mean, median, band, sd, n } = summarise(known);
      const hasInterval = mean !== null && sd !== null && n >= 2 && Number.isFinite(sd) && DISTRIBUTION_FREE.includes(method);
      return {
        from,
        days: all.length,
        below: all.filter(({ censored }) => censored).length,
        limitUnknown: all.length - known.length,
        method,
        because,
        mean,
        median,
        band,
        programme: programmeMean(all, profile),
        interval: hasInterval ? intervalOf(mean, sd / Math.sqrt(n), n) : null,
      };
    });
}

function intervalOf(mean: number, standardError: number, days: number): PeriodMean["interval"] {
  const { low, high } = studentInterval(mean, standardError, days);
  return { standardError, low: Math.max(0, low), high };
}

function startOf(day: string, period: Period): string {
  if (period === "month") return `${day.slice(0, 7)}-01`;
  if (period === "year") return `${day.slice(0, 4)}-01-01`;
  return addDays(day, -((dayNumber(day) + 3) % 7)); // 1970-01-01 was a Thursday
}

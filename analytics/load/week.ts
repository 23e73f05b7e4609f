import { type MethodProfile, WEEK_DAYS, type WeekDay, type WeekRule } from "../../schemas/profiles.ts";

export type WeekValues = Partial<Record<WeekDay, number | null>>;

export interface WeekMeans {
  weekday: number | null;
  weekend: number | null;
  /** Plain mean of the days that have a value. */
  daily: number | null;
  days: number;
}

/** Which days count as weekday and weekend in a year: a profile may follow another rule in some years. */
export function weekRuleOf({ calendar, id }: MethodProfile, year: number): WeekRule {
  const rule = calendar.exceptions.find(({ years }) => years.includes(year))?.rule ?? calendar.rule;
  if (rule === null) throw new RangeError(`profile ${id} has no rule for weekdays and weekends`);
  return rule;
}

/** Means over one week of daily values; a day without a value is left out, a mean without days is null. */
export function weekMeans(values: WeekValues, rule: WeekRule): WeekMeans {
  const mean = (days: readonly WeekDay[]) => {
    const present = days.map((day) => values[day]).filter((value) => value != null);
    return present.length === 0 ? null : present.reduce((a, b) => a + b, 0) / present.length;
  };
  const days = WEEK_DAYS.filter((day) => values[day] != null).length;
  return { weekday: mean(rule.weekday), weekend: mean(rule.weekend), daily: mean(WEEK_DAYS), days };
}

export type MeanName = "weekday" | "weekend" | "daily";

export interface Recomputed {
  means: WeekMeans;
  /** Printed means that differ from the recomputed by more than the rounding of the file allows. */
  notRecomputable: { mean: MeanName; printed: number; recomputed: number | null }[];
}

/**
 * Compares a published week with its own days. Printed means are of unrounded days, so both roundings count: 0.01 and a little.
 * A difference is reported, not refused: the publisher may have weighted plants or filled days.
 */
export function recomputeWeek(
  values: WeekValues,
  printed: Partial<Record<MeanName, number | null>>,
  rule: WeekRule,
  tolerance = 0.011,
): Recomputed {
  const means = weekMeans(values, rule);
  const notRecomputable: Recomputed["notRecomputable"] = [];
  for (const mean of ["weekday", "weekend", "daily"] as const) {
    const shown = printed[mean];
    if (shown == null) continue;
    const recomputed = means[mean];
    if (recomputed === null || !(Math.abs(recomputed - shown) <= tolerance + 1e-9)) {
      notRecomputable.push({ mean, printed: shown, recomputed });
    }
  }
  return { means, notRecomputable };
}

export type ChangeClass = "increase" | "decrease" | "stable" | "no previous data";

/** Change in percent of the earlier value; null without an earlier value or with one of zero. */
export function changePercent(current: number, previous: number | null): number | null {
  return previous === null || previous === 0 ? null : ((current - previous) / previous) * 100;
}

/** EUDA's class of a change: beyond the profile's percentage either way, else stable. From nothing to something is an increase. */
export function changeClass(current: number, previous: number | null, limitPercent: number): ChangeClass {
  if (previous === null) return "no previous data";
  const percent = changePercent(current, previous);
  if (percent === null) return current > 0 ? "increase" : "stable";
  if (percent > limitPercent) return "increase";
  return percent < -limitPercent ? "decrease" : "stable";
}

/** A city with several plants: the mean weighted by the people of each. */
export function populationWeightedMean(plants: readonly { value: number; people: number }[]): number {
  const people = plants.reduce((sum, plant) => sum + plant.people, 0);
  return plants.reduce((sum, plant) => sum + plant.value * plant.people, 0) / people;
}

/** The local weekday of a calendar day. */
export function weekDayOf(day: string): WeekDay {
  return WEEK_DAYS[(new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7]!;
}

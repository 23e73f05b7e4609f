import { dayNumber } from "../../schemas/days.ts";
import type { WeekRule } from "../../schemas/profiles.ts";
import { censoredKendall, seasonalMannKendall } from "../censored/kendall.ts";
import { quantileOf } from "../censored/observations.ts";
import { akritasTheilSen } from "../censored/theilSen.ts";
import type { DerivedValue } from "./derived.ts";
import { type ChangeClass, changeClass, changePercent, weekDayOf } from "./week.ts";

export interface LoadTrend {
  /** Change a year, in percent of the level, with its 95 % interval. */
  percentPerYear: number;
  low: number;
  high: number;
  pTwoSided: number;
  days: number;
  censoredShare: number;
}

const DAYS_PER_YEAR = 365.25;
/** A week's ups and downs, told as a change a year, run into astronomic numbers. */
const SPAN_DAYS_MIN = 28;

/** A value of one day, or the limit that it lies below. */
export interface DayValue {
  day: string;
  /** Above zero; 0 for a censored value whose limit is not known, as in EUDA's file. */
  value: number;
  censored: boolean;
}

/** What a derived series says day by day: values that are absent, above the range or excluded from analysis are left out. */
export function dayValuesOf(series: readonly DerivedValue[]): DayValue[] {
  return series.flatMap(({ day, amount, censoring, switches }) => {
    if (amount === null || !(amount.value > 0) || censoring === "aboveRange" || switches.excludeFromAnalysis) return [];
    return [{ day, value: amount.value, censored: censoring !== "none" }];
  });
}

/**
 * Trend of a series, non-detects included, as a constant percentage a year (Akritas-Theil-Sen on the logarithm, censored Kendall
 * test). Only the scatter between days enters: what all days share, such as a flow meter that reads high, shifts the level and not
 * the slope. Of several values of one day the first counts; a value below a limit that is not known says nothing of the slope.
 * @returns null with fewer than four days or less than four weeks between them, when no two can be ordered, and where so few days
 *   leave the slope without bounds
 */
export function trendOf(values: readonly DayValue[]): LoadTrend | null {
  const byDay = new Map<number, { value: number; censored: boolean }>();
  for (const { day, value, censored } of values) {
    const number = dayNumber(day);
    if (value > 0 && !byDay.has(number)) byDay.set(number, { value: Math.log(value), censored });
  }
  const days = [...byDay.keys()].sort((a, b) => a - b);
  const observations = days.map((day) => byDay.get(day)!);
  if (days.length < 4 || days.at(-1)! - days[0]! < SPAN_DAYS_MIN) return null;
  if (observations.filter(({ censored }) => !censored).length < 1) return null;
  const line = akritasTheilSen(
    observations,
    days.map((day) => day / DAYS_PER_YEAR),
  );
  const percent = (slope: number) => Math.expm1(slope) * 100;
  const [percentPerYear, low, high] = [line.slope, line.low, line.high].map(percent) as [number, number, number];
  if (![percentPerYear, low, high].every(Number.isFinite)) return null;
  const censored = observations.filter((observation) => observation.censored).length;
  return {
    percentPerYear,
    low,
    high,
    pTwoSided: censoredKendall(observations).pTwoSided,
    days: days.length,
    censoredShare: censored / days.length,
  };
}

/** The seasonal test needs years to compare. */
const SEASONAL_MONTHS_MIN = 24;

/**
 * Hirsch's seasonal Mann-Kendall test over monthly medians: each month against itself in other years, so that a summer's rise is no
 * trend. Kendall's τ and its two-sided p.
 * @returns null with fewer than 24 months, where a month between them was not sampled, or where a value lies below its limit
 */
export function seasonalTrendOf(values: readonly DayValue[]): { tau: number; pTwoSided: number; months: number } | null {
  if (values.some(({ value, censored }) => censored || !(value > 0))) return null;
  const monthOf = (day: string) => Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7)) - 1;
  const byMonth = Map.groupBy(values, ({ day }) => monthOf(day));
  const months = [...byMonth.keys()].sort((a, b) => a - b);
  const [first, last] = [months[0], months.at(-1)];
  if (first === undefined || last === undefined) return null;
  if (months.length < SEASONAL_MONTHS_MIN || last - first + 1 !== months.length) return null;
  const medians = months.map((month) => {
    const sorted = byMonth.get(month)!.map(({ value }) => value);
    return quantileOf(sorted, 0.5);
  });
  const { tau, pTwoSided } = seasonalMannKendall(medians, 12);
  return { tau, pTwoSided, months: months.length };
}

/** Mean of some days: values below their limit counted as zero, as EUDA prints them, and as the limit; the truth lies between. */
export interface MeanBand {
  atLeast: number;
  /** Null where a limit is not known. */
  atMost: number | null;
  days: number;
}

export interface YearChange {
  year: number;
  daily: MeanBand;
  /** Null where the year's rule knows no such days, or none was sampled. */
  weekday: MeanBand | null;
  weekend: MeanBand | null;
  below: number;
  /** Against the year before, from the means with non-detects as zero. Null where that was zero or not sampled. */
  changePercent: number | null;
  change: ChangeClass;
  /** Whether the class is the same wherever the values below the limit lie. */
  certain: boolean;
}

/**
 * Means a year and their change classes, as EUDA tells them.
 * @param ruleOf which days are weekday and weekend in a year; null where the profile has no such rule
 * @param limitPercent a change beyond it either way is an increase or a decrease
 */
export function yearlyChanges(
  values: readonly DayValue[],
  ruleOf: (year: number) => WeekRule | null,
  limitPercent: number,
): YearChange[] {
  const byYear = Map.groupBy(values, ({ day }) => Number(day.slice(0, 4)));
  return [...byYear]
    .toSorted(([a], [b]) => a - b)
    .map(([year, own]) => {
      const rule = ruleOf(year);
      const on = (days: readonly string[] | undefined) =>
        days === undefined ? null : bandOf(own.filter(({ day }) => days.includes(weekDayOf(day))));
      const daily = bandOf(own) as MeanBand;
      const before = bandOf(byYear.get(year - 1) ?? []);
      const change = changeClass(daily.atLeast, before?.atLeast ?? null, limitPercent);
      return {
        year,
        daily,
        weekday: on(rule?.weekday),
        weekend: on(rule?.weekend),
        below: own.filter(({ censored }) => censored).length,
        changePercent: changePercent(daily.atLeast, before?.atLeast ?? null),
        change,
        certain: before === null || isCertain(daily, before, change, limitPercent),
      };
    });
}

/** Whether the class stays the same wherever the values below their limit lie. */
function isCertain(daily: MeanBand, before: MeanBand, change: ChangeClass, limitPercent: number): boolean {
  const bounds = ({ atLeast, atMost }: MeanBand) => [atLeast, atMost ?? Number.MAX_VALUE];
  return bounds(daily).every((current) =>
    bounds(before).every((previous) => changeClass(current, previous, limitPercent) === change),
  );
}

function bandOf(values: readonly DayValue[]): MeanBand | null {
  if (values.length === 0) return null;
  const mean = (of: (value: DayValue) => number) => values.reduce((sum, value) => sum + of(value), 0) / values.length;
  const isKnown = values.every(({ value }) => value > 0);
  return {
    atLeast: mean(({ value, censored }) => (censored ? 0 : value)),
    atMost: isKnown ? mean(({ value }) => value) : null,
    days: values.length,
  };
}

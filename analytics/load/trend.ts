import { dayNumber } from "../../schemas/days.ts";
import { censoredKendall } from "../censored/kendall.ts";
import { akritasTheilSen } from "../censored/theilSen.ts";
import type { DerivedValue } from "./derived.ts";

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

/**
 * Trend of one derived series, non-detects included, as a constant percentage a year (Akritas-Theil-Sen on the logarithm, censored Kendall
 * test). Only the scatter between days enters: what all days share, such as a flow meter that reads high, shifts the level and not
 * the slope. Values above the range or excluded from analysis are left out; of several values of one day the first counts.
 * @returns null with fewer than four days, or when no two can be ordered
 */
export function trendOf(series: readonly DerivedValue[]): LoadTrend | null {
  const byDay = new Map<number, { value: number; censored: boolean }>();
  for (const { day, amount, censoring, switches } of series) {
    const number = dayNumber(day);
    if (amount === null || !(amount.value > 0) || censoring === "aboveRange" || switches.excludeFromAnalysis || byDay.has(number))
      continue;
    byDay.set(number, { value: Math.log(amount.value), censored: censoring !== "none" });
  }
  const days = [...byDay.keys()].sort((a, b) => a - b);
  const observations = days.map((day) => byDay.get(day)!);
  if (days.length < 4 || observations.filter(({ censored }) => !censored).length < 1) return null;
  const line = akritasTheilSen(
    observations,
    days.map((day) => day / DAYS_PER_YEAR),
  );
  const percent = (slope: number) => Math.expm1(slope) * 100;
  const censored = observations.filter((observation) => observation.censored).length;
  return {
    percentPerYear: percent(line.slope),
    low: percent(line.low),
    high: percent(line.high),
    pTwoSided: censoredKendall(observations).pTwoSided,
    days: days.length,
    censoredShare: censored / days.length,
  };
}

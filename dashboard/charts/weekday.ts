import * as Plot from "@observablehq/plot";
import { formatNumber } from "../format.ts";
import { language } from "../language.ts";
import type { SeriesRow } from "./seriesRows.ts";

export interface WeekdayProfile {
  /** Monday first. A median that lies among values below the limit is not known: null. */
  days: { weekday: string; weekend: boolean; median: number | null; values: number; below: number }[];
  /** Mean of the weekend days' medians over that of the weekdays'. */
  ratio: number | null;
}

/** Fewer values of one weekday say nothing of it. */
const VALUES_MIN = 3;
const DAY_NAMES = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"] as const;

/** Which days a programme calls a weekend, and in which years it did otherwise. */
export interface WeekendRule {
  rule: { weekend: readonly string[] } | null;
  exceptions: readonly { years: readonly number[]; rule: { weekend: readonly string[] } }[];
}

/** Whether the programme counts the weekday as weekend in the year; a rule that changed holds for the years that are shown last. */
function isWeekend({ rule, exceptions }: WeekendRule, day: number, year: number): boolean {
  const { weekend } = exceptions.find(({ years }) => years.includes(year))?.rule ?? rule ?? { weekend: [] };
  return weekend.includes(DAY_NAMES[day]!);
}

export function weekdayProfile(rows: readonly SeriesRow[], rule: WeekendRule): WeekdayProfile {
  const year = rows.at(-1)?.at.getUTCFullYear() ?? 0;
  const name = new Intl.DateTimeFormat(language.value === "zh" ? "zh-CN" : "en-GB", { weekday: "short", timeZone: "UTC" });
  const days = [1, 2, 3, 4, 5, 6, 0].map((day) => {
    const ofDay = rows.filter(({ at }) => at.getUTCDay() === day);
    const sorted = ofDay.toSorted((a, b) => (a.censored === b.censored ? a.value - b.value : a.censored ? -1 : 1));
    const middle = sorted[Math.floor(sorted.length / 2)];
    return {
      weekday: name.format(Date.UTC(2026, 0, 4 + day)), // 4 January 2026 is a Sunday
      weekend: isWeekend(rule, day, year),
      median: ofDay.length < VALUES_MIN || !middle || middle.censored ? null : middle.value,
      values: ofDay.length,
      below: ofDay.filter(({ censored }) => censored).length,
    };
  });
  const mean = (part: typeof days) =>
    part.length > 0 && part.every(({ median }) => median !== null)
      ? part.reduce((sum, { median }) => sum + median!, 0) / part.length
      : null;
  const [weekend, week] = [mean(days.filter((day) => day.weekend)), mean(days.filter((day) => !day.weekend))];
  return { days, ratio: weekend !== null && week !== null && week > 0 ? weekend / week : null };
}

export function weekdayChart({ days }: WeekdayProfile, unit: string, width: number): Plot.PlotOptions {
  return {
    width,
    height: 190,
    className: "plot",
    marginLeft: 52,
    marginTop: 24,
    x: { domain: days.map(({ weekday }) => weekday), label: null, tickSize: 0, padding: 0.3 },
    y: { label: unit, grid: true, ticks: 4, nice: true },
    marks: [
      Plot.axisY({ text: (value: number) => formatNumber(value), labelArrow: "none", tickSize: 0, ticks: 4 }),
      Plot.barY(
        days.filter(({ median }) => median !== null),
        {
          x: "weekday",
          y: "median",
          fill: "var(--data)",
          fillOpacity: (day: WeekdayProfile["days"][number]) => (day.weekend ? 1 : 0.5),
        },
      ),
      Plot.ruleY([0], { stroke: "var(--line-strong)" }),
    ],
  };
}

import * as Plot from "@observablehq/plot";
import { formatDay, formatNumber, formatTick } from "../format.ts";
import { downTriangle } from "./downTriangle.ts";
import { logTicks } from "./logTicks.ts";
import type { SeriesRow } from "./seriesRows.ts";

/** A value at its day of a year that all years share: a leap year, so that every day has its place. */
export interface YearRow extends SeriesRow {
  year: string;
  day: Date;
}

const SHARED_YEAR = 2024;
/** Room above and below the values on a log axis. */
const LOG_ROOM = 1.25;
/** Older years would be too many lines to tell apart. */
const YEARS_MAX = 5;

/** The newest years, each folded onto the same days. A line ends with its year. */
export function yearRows(rows: readonly SeriesRow[]): YearRow[] {
  const last = rows.at(-1)?.at.getUTCFullYear() ?? 0;
  return rows
    .filter(({ at }) => at.getUTCFullYear() > last - YEARS_MAX)
    .map((row) => {
      const day = new Date(row.at);
      day.setUTCFullYear(SHARED_YEAR);
      const year = String(row.at.getUTCFullYear());
      return { ...row, year, day, segment: `${year} ${row.segment}` };
    });
}

export interface YearsChartInput {
  rows: readonly YearRow[];
  label: string;
  unit: string;
  scale: "log" | "linear";
}

/** Years over each other: the newest strongest, the ones before paler with their age, named at the end of their lines. */
export function yearsChart({ rows, label, unit, scale }: YearsChartInput, width: number): Plot.PlotOptions {
  const log = scale === "log";
  const drawable = log ? rows.filter(({ value }) => value > 0) : rows;
  const values = drawable.filter(({ censored }) => !censored);
  const years = [...new Set(rows.map(({ year }) => year))].toSorted();
  const strength = (year: string) => [1, 0.62, 0.42, 0.3, 0.22][years.length - 1 - years.indexOf(year)] ?? 0.2;
  const numbers = drawable.map(({ value }) => value);
  const domain = [
    numbers.reduce((a, b) => Math.min(a, b), 1e9) / LOG_ROOM,
    numbers.reduce((a, b) => Math.max(a, b), 1e-9) * LOG_ROOM,
  ];
  const axis = { ticks: log ? logTicks(numbers).filter((tick) => tick >= domain[0]! && tick <= domain[1]!) : 6 };
  const ends = years.flatMap((year) => values.findLast((row) => row.year === year) ?? []);
  const newest = years.at(-1);
  return {
    width,
    height: width < 480 ? 300 : 400,
    className: "plot",
    marginLeft: 52,
    marginTop: 28,
    marginBottom: 40,
    marginRight: 44,
    x: { type: "utc", domain: [new Date(Date.UTC(SHARED_YEAR, 0, 1)), new Date(Date.UTC(SHARED_YEAR, 11, 31))], label: null },
    y: {
      type: log ? "log" : "linear",
      label,
      grid: true,
      nice: !log,
      ...axis,
      ...(log ? { domain } : { zero: true }),
    },
    marks: [
      Plot.axisX({ tickFormat: (day: Date) => formatTick(day, 1, [day, day]), ticks: "month", tickSize: 4 }),
      Plot.axisY({
        ...axis,
        text: (value: number) => formatNumber(value),
        labelArrow: "none",
        labelAnchor: "top",
        tickSize: 0,
      }),
      Plot.lineY(values, {
        x: "day",
        y: "value",
        z: "segment",
        stroke: "var(--data)",
        strokeOpacity: ({ year }: YearRow) => strength(year),
        strokeWidth: ({ year }: YearRow) => (year === newest ? 2 : 1.2),
        clip: true,
      }),
      Plot.dot(values, {
        x: "day",
        y: "value",
        r: 1.6,
        fill: "var(--data)",
        fillOpacity: ({ year }: YearRow) => strength(year),
        clip: true,
      }),
      Plot.dot(
        drawable.filter(({ censored, value }) => censored && value > 0),
        {
          x: "day",
          y: "value",
          symbol: downTriangle,
          r: 3,
          stroke: "var(--limit)",
          strokeOpacity: ({ year }: YearRow) => strength(year),
          clip: true,
        },
      ),
      Plot.text(ends, {
        x: "day",
        y: "value",
        text: "year",
        textAnchor: "start",
        dx: 6,
        fill: "var(--ink)",
        stroke: "var(--surface)",
        fontWeight: 600,
      }),
      Plot.tip(
        drawable,
        Plot.pointer({
          x: "day",
          y: "value",
          title: ({ at, value, censored }: YearRow) => `${formatDay(at)}\n${censored ? "< " : ""}${formatNumber(value)} ${unit}`,
          fill: "var(--surface)",
          stroke: "var(--line-strong)",
        }),
      ),
    ],
  };
}

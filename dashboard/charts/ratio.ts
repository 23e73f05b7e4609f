import * as Plot from "@observablehq/plot";
import { formatDay, formatNumber, formatTick } from "../format.ts";
import { t } from "../language.ts";
import { downTriangle } from "./downTriangle.ts";
import { logTicks } from "./logTicks.ts";

export interface RatioRow {
  at: Date;
  value: number;
  low: number | null;
  high: number | null;
  censoring: "none" | "below" | "above" | "unknown";
}

/** Room above and below the values on the log axis. */
const LOG_ROOM = 1.5;

/** A ratio over time on a log axis: known values with their interval; bounds as triangles that point to where the truth lies. */
export function ratioChart(rows: readonly RatioRow[], domain: readonly [Date, Date], width: number): Plot.PlotOptions {
  const of = (censoring: RatioRow["censoring"]) => rows.filter((row) => row.censoring === censoring);
  const known = of("none");
  const bounded = rows.filter(({ censoring }) => censoring !== "unknown");
  const numbers = bounded.map(({ value }) => value);
  const bottom = numbers.reduce((a, b) => Math.min(a, b), 1e6) / LOG_ROOM;
  const top = numbers.reduce((a, b) => Math.max(a, b), 1e-6) * LOG_ROOM;
  const ticks = logTicks(numbers).filter((tick) => tick >= bottom && tick <= top);
  return {
    width,
    height: 190,
    className: "plot",
    marginLeft: 46,
    marginTop: 10,
    marginBottom: 34,
    x: { type: "utc", domain: [...domain], label: null },
    y: { type: "log", domain: [bottom, top], label: null },
    marks: [
      Plot.axisX({ tickFormat: formatTick, ticks: 4, tickSize: 3 }),
      Plot.axisY({ ticks, text: (value: number) => formatNumber(value, 2), tickSize: 0 }),
      Plot.gridY(ticks),
      Plot.ruleX(known, {
        x: "at",
        y1: ({ low }: RatioRow) => Math.max(bottom, low ?? bottom),
        y2: ({ high }: RatioRow) => Math.min(top, high ?? top),
        stroke: "var(--data)",
        strokeOpacity: 0.3,
        clip: true,
      }),
      Plot.dot(known, { x: "at", y: "value", r: 2.2, fill: "var(--data)", clip: true }),
      Plot.dot(of("below"), {
        x: "at",
        y: "value",
        symbol: downTriangle,
        r: 2.4,
        stroke: "var(--limit)",
        strokeOpacity: 0.7,
        clip: true,
      }),
      Plot.dot(of("above"), {
        x: "at",
        y: "value",
        symbol: "triangle",
        r: 2.4,
        stroke: "var(--limit)",
        strokeOpacity: 0.7,
        clip: true,
      }),
      Plot.tip(
        bounded,
        Plot.pointerX({
          x: "at",
          y: "value",
          title: (row: RatioRow) => `${formatDay(row.at)}\n${ratioText(row)}`,
          fill: "var(--surface)",
          stroke: "var(--line-strong)",
        }),
      ),
    ],
  };
}

export function ratioText({ value, low, high, censoring }: RatioRow): string {
  if (censoring === "unknown") return t("ratio.unknown");
  if (censoring === "below") return `≤ ${formatNumber(value)}`;
  if (censoring === "above") return `≥ ${formatNumber(value)}`;
  const interval =
    low === null || high === null ? "" : ` (${t("chart.interval", { low: formatNumber(low), high: formatNumber(high) })})`;
  return `${formatNumber(value)}${interval}`;
}

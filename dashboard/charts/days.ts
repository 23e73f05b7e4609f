import * as Plot from "@observablehq/plot";
import { formatDay, formatNumber, formatTick } from "../format.ts";

export interface DayRow {
  at: Date;
  value: number;
}

export interface DaysChartInput {
  rows: readonly DayRow[];
  domain: readonly [Date, Date];
  label: string;
  /** A number that holds for all days, such as the people connected, drawn as a dashed line with its name. */
  constant?: { value: number; name: string };
}

/** One quantity of a site from day to day, such as its flow, from zero. */
export function daysChart({ rows, domain, label, constant }: DaysChartInput, width: number): Plot.PlotOptions {
  const constants = constant ? [constant] : [];
  return {
    width,
    height: 150,
    className: "plot",
    marginLeft: 58,
    marginTop: 26,
    marginBottom: 34,
    x: { type: "utc", domain: [...domain], label: null },
    y: { label, zero: true, nice: true, ticks: 4, grid: true },
    marks: [
      Plot.axisX({ tickFormat: formatTick, ticks: Math.max(3, Math.floor(width / 110)), tickSize: 3 }),
      Plot.axisY({
        ticks: 4,
        text: (value: number) => formatNumber(value, 2),
        labelArrow: "none",
        labelAnchor: "top",
        tickSize: 0,
      }),
      Plot.lineY(rows, { x: "at", y: "value", stroke: "var(--data)", strokeWidth: 1.2, clip: true }),
      Plot.ruleY(constants, { y: "value", stroke: "var(--expected)", strokeDasharray: "4,3" }),
      Plot.text(constants, { y: "value", frameAnchor: "right", dy: -7, text: "name", textAnchor: "end", fill: "var(--muted)" }),
      Plot.tip(
        rows,
        Plot.pointerX({
          x: "at",
          y: "value",
          title: ({ at, value }: DayRow) => `${formatDay(at)}\n${formatNumber(value)}`,
          fill: "var(--surface)",
          stroke: "var(--line-strong)",
        }),
      ),
    ],
  };
}

import * as Plot from "@observablehq/plot";
import { formatNumber } from "../format.ts";
import { downTriangle } from "./downTriangle.ts";
import { logTicks } from "./logTicks.ts";

export interface Standing {
  siteId: string;
  name: string;
  /** The row it stands in: one's own sites, or the programme the value was taken from. */
  group: string;
  own: boolean;
  value: number;
  censored: boolean;
  text: string;
}

/** One's own latest values among those of the public programmes: a row a programme, a tick a site, on one log axis. */
export function standingChart(rows: readonly Standing[], unit: string, width: number): Plot.PlotOptions {
  const drawable = rows.filter(({ value }) => value > 0);
  const groups = [...new Set(rows.map(({ group }) => group))];
  const ticks = logTicks(
    drawable.map(({ value }) => value),
    width < 600,
  );
  const own = drawable.filter((row) => row.own);
  return {
    width,
    height: 70 + 62 * groups.length,
    className: "plot",
    marginLeft: Math.min(150, Math.max(108, width / 3)),
    marginRight: 16,
    marginBottom: 44,
    x: { type: "log", domain: [ticks[0]!, ticks.at(-1)!], label: unit, labelAnchor: "center", labelArrow: "none" },
    y: { domain: groups, label: null, tickSize: 0, padding: 0.3 },
    marks: [
      Plot.axisX({
        ticks,
        text: (value: number) => formatNumber(value, 2),
        label: unit,
        labelAnchor: "center",
        labelArrow: "none",
      }),
      Plot.gridX(ticks),
      Plot.tickX(
        drawable.filter((row) => !row.own && !row.censored),
        { x: "value", y: "group", stroke: "var(--expected)", strokeOpacity: 0.55, strokeWidth: 1.5 },
      ),
      Plot.ruleX(own, { x: "value", stroke: "var(--data)", strokeOpacity: 0.35, strokeDasharray: "3,3" }),
      Plot.dot(
        own.filter(({ censored }) => !censored),
        { x: "value", y: "group", r: 5, fill: "var(--data)" },
      ),
      Plot.dot(
        drawable.filter(({ censored }) => censored),
        { x: "value", y: "group", symbol: downTriangle, r: 3.6, stroke: "var(--limit)" },
      ),
      Plot.tip(
        drawable,
        Plot.pointer({ x: "value", y: "group", title: "text", fill: "var(--surface)", stroke: "var(--line-strong)" }),
      ),
    ],
  };
}

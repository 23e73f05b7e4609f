import * as Plot from "@observablehq/plot";
import type { Anomaly } from "../../schemas/anomaly.ts";
import { formatNumber, formatTick } from "../format.ts";
import { downTriangle } from "./downTriangle.ts";
import { logTicks } from "./logTicks.ts";
import type { SeriesRow } from "./seriesRows.ts";

export interface PanelChartInput {
  rows: readonly SeriesRow[];
  anomalies: readonly Anomaly[];
  unit: string;
  domain: readonly [Date, Date];
  /** Values that the axis spans, where it is shared with other panels. */
  axisOf?: readonly number[];
}

/** One of many small charts, on a log axis: lines, limits and anomalies, without what only a large chart has room for. */
export function panelChart({ rows, anomalies, domain, axisOf }: PanelChartInput, width: number): Plot.PlotOptions {
  const drawable = rows.filter(({ value }) => value > 0);
  const values = drawable.filter(({ censored }) => !censored);
  // a value that its line passes through needs no dot of its own: two dozen panels would be 20,000 of them
  const segments = Map.groupBy(values, ({ segment }) => segment);
  const alone = [...segments.values()].filter(({ length }) => length === 1).flat();
  const ticks = logTicks(axisOf ?? drawable.map(({ value }) => value), true);
  const noon = (day: string) => new Date(`${day}T12:00:00Z`);
  return {
    width,
    height: 134,
    className: "plot",
    marginLeft: 42,
    marginTop: 8,
    marginBottom: 34,
    marginRight: 6,
    x: { type: "utc", domain: [...domain], label: null },
    y: { type: "log", label: null, domain: [ticks[0]!, ticks.at(-1)!] },
    marks: [
      Plot.axisX({ tickFormat: formatTick, ticks: 3, tickSize: 3 }),
      Plot.axisY({ text: (value: number) => formatNumber(value, 2), ticks, tickSize: 0 }),
      Plot.gridY(ticks),
      Plot.lineY(values, { x: "at", y: "value", z: "segment", stroke: "var(--data)", strokeWidth: 1.2, clip: true }),
      Plot.dot(alone, { x: "at", y: "value", r: 1.1, fill: "var(--data)", clip: true }),
      Plot.dot(
        drawable.filter(({ censored }) => censored),
        { x: "at", y: "value", symbol: downTriangle, r: 2.2, stroke: "var(--limit)", strokeWidth: 1, clip: true },
      ),
      Plot.ruleX(
        anomalies.filter(({ state }) => state !== "retracted"),
        { x: ({ peak }: Anomaly) => noon(peak), stroke: "var(--alert)", strokeWidth: 5, strokeOpacity: 0.3, clip: true },
      ),
    ],
  };
}

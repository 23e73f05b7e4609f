import * as Plot from "@observablehq/plot";
import { formatMonth, formatNumber, formatTick } from "../format.ts";

export interface RegionPoint {
  from: string;
  atLeast: number;
  atMost: number;
  sites: number;
  people: number;
  values: number;
  below: number;
}

/**
 * A region over time: the band between what the values below their limits add at least and at most, closed to a line where none is
 * below; the dots grow with the share of the region's people that was sampled.
 */
export function regionChart(points: readonly RegionPoint[], people: number, unit: string, width: number): Plot.PlotOptions {
  const at = ({ from }: RegionPoint) => new Date(`${from}T00:00:00Z`);
  return {
    width,
    height: 200,
    className: "plot",
    marginLeft: 46,
    marginTop: 24,
    marginBottom: 34,
    r: { domain: [0, 1], range: [0, 5] },
    x: { type: "utc", label: null },
    y: { label: unit, zero: true, nice: true, ticks: 4, grid: true },
    marks: [
      Plot.axisX({ tickFormat: formatTick, ticks: 4, tickSize: 3 }),
      Plot.axisY({
        ticks: 4,
        text: (value: number) => formatNumber(value),
        labelArrow: "none",
        labelAnchor: "top",
        tickSize: 0,
      }),
      Plot.areaY(points, { x: at, y1: "atLeast", y2: "atMost", fill: "var(--data)", fillOpacity: 0.2 }),
      Plot.lineY(points, { x: at, y: "atMost", stroke: "var(--data)", strokeWidth: 1.3 }),
      Plot.lineY(points, { x: at, y: "atLeast", stroke: "var(--data)", strokeWidth: 1.3 }),
      Plot.dot(points, { x: at, y: "atMost", r: (point: RegionPoint) => point.people / people, fill: "var(--data)" }),
      Plot.tip(
        points,
        Plot.pointerX({
          x: at,
          y: "atMost",
          title: (point: RegionPoint) => `${formatMonth(point.from)}\n${boundsText(point)} ${unit}`,
          fill: "var(--surface)",
          stroke: "var(--line-strong)",
        }),
      ),
    ],
  };
}

export function boundsText({ atLeast, atMost }: Pick<RegionPoint, "atLeast" | "atMost">): string {
  return atMost - atLeast < 0.005 * atMost ? formatNumber(atMost) : `${formatNumber(atLeast)} – ${formatNumber(atMost)}`;
}

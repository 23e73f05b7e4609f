import * as Plot from "@observablehq/plot";
import type { Anomaly } from "../../schemas/anomaly.ts";
import { formatDay, formatNumber, formatTick } from "../format.ts";
import { sentence, t } from "../language.ts";
import { downTriangle } from "./downTriangle.ts";
import type { ExpectedRow, Gap, MethodChange, SeriesRow } from "./seriesRows.ts";

export interface SeriesChartInput {
  rows: readonly SeriesRow[];
  expected: readonly ExpectedRow[];
  anomalies: readonly Anomaly[];
  gaps: readonly Gap[];
  changes: readonly MethodChange[];
  /** As printed on the axis: quantity and unit. */
  label: string;
  unit: string;
  scale: "log" | "linear";
  /** The window shown; the data may be shorter. */
  domain: readonly [Date, Date];
  height?: number;
}

/** Below this width a gap's label would not fit. */
const GAP_LABEL_PX = 70;

/**
 * One series over time. Joined are only values above their limit, of one method, without a gap between; a value below the limit is
 * an open triangle at the limit, or on the axis where the limit is unknown, and is never part of a line or a band.
 */
export function seriesChart(input: SeriesChartInput, width: number): Plot.PlotOptions {
  const { rows, expected, scale, domain, unit, label, height = 400 } = input;
  const log = scale === "log";
  const drawable = log ? rows.filter(({ value }) => value > 0) : rows;
  const values = drawable.filter(({ censored }) => !censored);
  const limits = drawable.filter(({ censored, value }) => censored && value > 0);
  const unknownLimits = rows.filter(({ censored, value }) => censored && value <= 0);
  const floor = Math.min(
    ...drawable.flatMap(({ value }) => (value > 0 ? [value] : [])),
    ...expected.flatMap(({ low }) => (low > 0 ? [low] : [])),
  );
  const atLeast = (value: number) => (log ? Math.max(value, floor / 2) : value);
  const dense = values.length > width / 4;
  const titled = (row: SeriesRow) => valueTitle(row, unit);
  return {
    width,
    height,
    className: "plot",
    marginLeft: 52,
    marginTop: 28,
    marginBottom: 40,
    marginRight: 12,
    x: { type: "utc", domain: [...domain], label: null },
    y: { type: log ? "log" : "linear", label, grid: true, nice: true, zero: !log, ...(log ? logTicks(drawable) : { ticks: 6 }) },
    marks: [
      ...gapMarks(input.gaps, domain, width),
      Plot.axisX({ tickFormat: formatTick, ticks: Math.max(3, Math.floor(width / 95)), tickSize: 4 }),
      Plot.axisY({ tickFormat: (value: number) => formatNumber(value), labelArrow: "none", labelAnchor: "top", tickSize: 0 }),
      Plot.areaY(expected, {
        x: "at",
        y1: (row: ExpectedRow) => atLeast(row.low),
        y2: "high",
        z: "segment",
        fill: "var(--expected)",
        fillOpacity: 0.22,
        clip: true,
      }),
      Plot.lineY(expected, { x: "at", y: "value", z: "segment", stroke: "var(--expected)", strokeDasharray: "4,3", clip: true }),
      ...anomalyMarks(input.anomalies, atLeast, log),
      Plot.areaY(values.filter(hasInterval), {
        x: "at",
        y1: (row: SeriesRow) => atLeast(row.low!),
        y2: "high",
        z: "segment",
        fill: "var(--data)",
        fillOpacity: 0.18,
        clip: true,
      }),
      Plot.ruleX(loners(values).filter(hasInterval), {
        x: "at",
        y1: (row: SeriesRow) => atLeast(row.low!),
        y2: "high",
        stroke: "var(--data)",
        strokeOpacity: 0.5,
        clip: true,
      }),
      Plot.lineY(values, { x: "at", y: "value", z: "segment", stroke: "var(--data)", strokeWidth: 1.4, clip: true }),
      Plot.dot(values, { x: "at", y: "value", r: dense ? 1.4 : 2.6, fill: "var(--data)", clip: true }),
      Plot.dot(limits, {
        x: "at",
        y: "value",
        symbol: downTriangle,
        r: 3.6,
        stroke: "var(--limit)",
        fill: "var(--surface)",
        strokeWidth: 1.3,
        clip: true,
      }),
      Plot.dot(unknownLimits, {
        x: "at",
        frameAnchor: "bottom",
        dy: -5,
        symbol: downTriangle,
        r: 3.6,
        stroke: "var(--limit)",
        strokeDasharray: "1.5,1.5",
        fill: "var(--surface)",
      }),
      ...changeMarks(input.changes),
      Plot.ruleX(rows, Plot.pointerX({ x: "at", stroke: "var(--muted)", strokeOpacity: 0.6 })),
      Plot.tip(
        drawable,
        Plot.pointerX({
          x: "at",
          y: "value",
          title: titled,
          fill: "var(--surface)",
          stroke: "var(--line-strong)",
          textPadding: 9,
        }),
      ),
    ],
  };
}

/** What a value says of itself: day, value or limit, interval, method. */
export function valueTitle(row: SeriesRow, unit: string): string {
  const value = row.censored
    ? row.value > 0
      ? t("chart.below", { limit: formatNumber(row.value), unit })
      : t("chart.belowUnknown")
    : `${formatNumber(row.value)} ${unit}`;
  const interval =
    row.low !== null && row.high !== null && !row.censored
      ? `\n${t("chart.interval", { low: formatNumber(row.low), high: formatNumber(row.high) })}`
      : "";
  return `${formatDay(row.at)}\n${value}${interval}\n${row.variant}`;
}

/** What an anomaly says of itself. */
export function anomalyTitle(anomaly: Anomaly): string {
  return sentence(anomaly.explanation);
}

function hasInterval(row: SeriesRow): boolean {
  return row.low !== null && row.high !== null;
}

/** Values alone in their segment: an area needs two, a whisker one. */
function loners(values: readonly SeriesRow[]): SeriesRow[] {
  const counts = Map.groupBy(values, ({ segment }) => segment);
  return values.filter(({ segment }) => counts.get(segment)!.length === 1);
}

function gapMarks(gaps: readonly Gap[], [from, to]: readonly [Date, Date], width: number): Plot.Markish[] {
  const spanMs = to.getTime() - from.getTime();
  const lengthMs = (gap: Gap) =>
    Math.max(0, Math.min(gap.to.getTime(), to.getTime()) - Math.max(gap.from.getTime(), from.getTime()));
  const total = gaps.reduce((sum, gap) => sum + lengthMs(gap), 0);
  if (total > spanMs / 2) return []; // a programme of one week a year is all gaps: the axis shows that already
  const wide = gaps.filter((gap) => (lengthMs(gap) / spanMs) * width > GAP_LABEL_PX);
  const middle = (gap: Gap) => new Date((gap.from.getTime() + gap.to.getTime()) / 2);
  return [
    Plot.rectX(gaps, { x1: "from", x2: "to", fill: "var(--gap)", clip: true }),
    Plot.text(wide, { x: middle, frameAnchor: "top", dy: 8, text: () => t("chart.noSamples"), fill: "var(--muted)", clip: true }),
  ];
}

function anomalyMarks(anomalies: readonly Anomaly[], atLeast: (value: number) => number, log: boolean): Plot.Markish[] {
  const live = anomalies.filter(({ state, observed }) => state !== "retracted" && (!log || observed > 0));
  const from = ({ start }: Anomaly) => new Date(Date.parse(`${start}T00:00:00Z`) - 6 * 3_600_000);
  const to = ({ end }: Anomaly) => new Date(Date.parse(`${end}T00:00:00Z`) + 30 * 3_600_000);
  const peak = ({ peak }: Anomaly) => new Date(`${peak}T00:00:00Z`);
  const strong = ({ state }: Anomaly) => (state === "dismissed" ? 0.35 : 1);
  return [
    Plot.rectX(live, { x1: from, x2: to, fill: "var(--alert)", fillOpacity: 0.13, clip: true }),
    Plot.dot(live, {
      x: peak,
      y: (anomaly: Anomaly) => atLeast(anomaly.observed),
      r: 7,
      stroke: "var(--alert)",
      strokeWidth: 2,
      strokeOpacity: strong,
      fill: "var(--alert)",
      fillOpacity: 0.15,
      href: (anomaly: Anomaly) => `/anomalies/${encodeURIComponent(anomaly.anomalyId)}`,
      ariaLabel: anomalyTitle,
      title: anomalyTitle,
      clip: true,
    }),
  ];
}

function changeMarks(changes: readonly MethodChange[]): Plot.Markish[] {
  return [
    Plot.ruleX(changes, { x: "at", stroke: "var(--ink)", strokeDasharray: "2,3", clip: true }),
    Plot.text(changes, {
      x: "at",
      frameAnchor: "top",
      dy: -10,
      text: ({ after }: MethodChange) => t("chart.methodChange", { after }),
      textAnchor: "middle",
      fill: "var(--ink)",
      fontWeight: 600,
      clip: null,
    }),
  ];
}

/** Labels at 1, 2 and 5 of each decade where few decades are shown, at the decades alone where many are. */
function logTicks(rows: readonly SeriesRow[]): { ticks: number[] } {
  const values = rows.map(({ value }) => value).filter((value) => value > 0);
  if (values.length === 0) return { ticks: [1] };
  const [first, last] = [Math.floor(Math.log10(Math.min(...values))) - 1, Math.ceil(Math.log10(Math.max(...values))) + 1];
  const steps = last - first > 5 ? [1] : [1, 2, 5];
  return {
    ticks: Array.from({ length: last - first + 1 }, (_, index) => first + index).flatMap((power) =>
      steps.map((step) => step * 10 ** power),
    ),
  };
}

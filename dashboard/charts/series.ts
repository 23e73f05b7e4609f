import * as Plot from "@observablehq/plot";
import type { Annotation } from "../../schemas/annotation.ts";
import type { Anomaly } from "../../schemas/anomaly.ts";
import { formatDay, formatNumber, formatTick } from "../format.ts";
import { sentence, t, tData } from "../language.ts";
import { downTriangle } from "./downTriangle.ts";
import { logTicks } from "./logTicks.ts";
import type { ExpectedRow, Gap, LimitChange, MethodChange, SeriesRow } from "./seriesRows.ts";

export interface SeriesChartInput {
  rows: readonly SeriesRow[];
  expected: readonly ExpectedRow[];
  anomalies: readonly Anomaly[];
  gaps: readonly Gap[];
  changes: readonly MethodChange[];
  limitChanges?: readonly LimitChange[];
  annotations?: readonly Annotation[];
  /** As printed on the axis: quantity and unit. */
  label: string;
  unit: string;
  scale: "log" | "linear";
  /** The window shown; the data may be shorter. */
  domain: readonly [Date, Date];
  height?: number;
}

const DAY_MS = 86_400_000;
/** Room above and below the values on a log axis. */
const LOG_ROOM = 1.25;
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
  const [bottom, top] = valueDomain(input, drawable);
  const atLeast = (value: number) => (log ? Math.max(value, bottom) : value);
  const ticks = log ? { ticks: logTicks([bottom, top]).filter((tick) => tick >= bottom && tick <= top) } : { ticks: 6 };
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
    insetLeft: 6,
    insetRight: 10,
    x: { type: "utc", domain: [...domain], label: null },
    y: { type: log ? "log" : "linear", domain: [bottom, top], label, grid: true, nice: !log, ...ticks },

    marks: [
      ...gapMarks(input.gaps, domain, width),
      ...annotationMarks(input.annotations ?? []),
      Plot.axisX({ tickFormat: formatTick, ticks: Math.max(3, Math.floor(width / 95)), tickSize: 4 }),
      Plot.axisY({
        ...ticks,
        text: (value: number) => formatNumber(value),
        labelArrow: "none",
        labelAnchor: "top",
        tickSize: 0,
      }),
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
      ...anomalyMarks(input.anomalies, rows, domain, atLeast),
      Plot.ruleX(values.filter(hasInterval), {
        x: "at",
        y1: (row: SeriesRow) => atLeast(row.low!),
        y2: "high",
        stroke: "var(--data)",
        strokeOpacity: dense ? 0.22 : 0.45,
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
      ...limitMarks(input.limitChanges ?? [], input.changes),
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
  return `${formatDay(row.at)}\n${value}${interval}\n${row.method}`;
}

/** What an anomaly says of itself. */
export function anomalyTitle(anomaly: Anomaly): string {
  return sentence(anomaly.explanation);
}

function hasInterval(row: SeriesRow): boolean {
  return row.low !== null && row.high !== null;
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

/** How far beyond the values an expected range may stretch a log axis; a wider one leaves the frame, and says so by doing that. */
const BAND_REACH = 4;

/**
 * From the lowest to the highest value, limit or interval; what was expected widens it so far that the values still fill the frame. A
 * linear axis begins at zero.
 */
function valueDomain({ expected, scale }: SeriesChartInput, drawable: readonly SeriesRow[]): [number, number] {
  const isShown = (end: number) => Number.isFinite(end) && (scale === "linear" || end > 0);
  const ends = drawable
    .flatMap(({ value, low, high, censored }) => (censored ? [value] : [low ?? value, value, high ?? value]))
    .filter(isShown);
  const band = expected.flatMap(({ low, high }) => [low, high]).filter(isShown);
  if (ends.length === 0 && band.length === 0) return scale === "log" ? [0.1, 10] : [0, 1];
  const least = (numbers: readonly number[]) => numbers.reduce((a, b) => Math.min(a, b));
  const most = (numbers: readonly number[]) => numbers.reduce((a, b) => Math.max(a, b));
  const [bottom, top] = ends.length === 0 ? [least(band), most(band)] : [least(ends), most(ends)];
  const lowest = band.length === 0 ? bottom : Math.min(bottom, Math.max(least(band), bottom / BAND_REACH));
  const highest = band.length === 0 ? top : Math.max(top, Math.min(most(band), top * BAND_REACH));
  return scale === "log" ? [lowest / LOG_ROOM, highest * LOG_ROOM] : [0, Math.min(highest, 2 * top) * 1.05];
}

function anomalyMarks(
  anomalies: readonly Anomaly[],
  rows: readonly SeriesRow[],
  [from, to]: readonly [Date, Date],
  atLeast: (value: number) => number,
): Plot.Markish[] {
  const live = anomalies.filter(({ state }) => state !== "retracted");
  const start = (anomaly: Anomaly) => new Date(`${anomaly.start}T00:00:00Z`);
  const end = (anomaly: Anomaly) => new Date(Date.parse(`${anomaly.end}T00:00:00Z`) + 86_400_000);
  // a day's value stands at the hour its sample began: the ring goes around the value, not around midnight
  const times = new Map(rows.map(({ at }) => [at.toISOString().slice(0, 10), at]));
  const peak = (anomaly: Anomaly) => times.get(anomaly.peak) ?? new Date(`${anomaly.peak}T12:00:00Z`);
  const inside = live.filter((anomaly) => peak(anomaly) >= from && peak(anomaly) <= to);
  return [
    Plot.rectX(live, { x1: start, x2: end, fill: "var(--alert)", fillOpacity: 0.12, clip: true }),
    Plot.dot(inside, {
      x: peak,
      y: (anomaly: Anomaly) => atLeast(anomaly.observed),
      r: 7,
      stroke: "var(--alert)",
      strokeWidth: 2,
      strokeOpacity: ({ state }: Anomaly) => (state === "dismissed" ? 0.35 : 1),
      fill: "var(--alert)",
      fillOpacity: 0.15,
      href: (anomaly: Anomaly) => `/anomalies/${encodeURIComponent(anomaly.anomalyId)}`,
      ariaLabel: anomalyTitle,
      title: anomalyTitle,
    }),
    Plot.text(inside, {
      x: peak,
      y: (anomaly: Anomaly) => atLeast(anomaly.observed),
      text: ({ ratio }: Anomaly) => t("chart.times", { ratio: formatNumber(ratio, 2) }),
      dy: -15,
      fill: "var(--alert)",
      stroke: "var(--surface)",
      fontWeight: 600,
    }),
  ];
}

/** What people wrote down of some days, behind everything else: a band over the days, its kind at the foot. */
function annotationMarks(annotations: readonly Annotation[]): Plot.Markish[] {
  const start = ({ from }: Annotation) => new Date(`${from}T00:00:00Z`);
  const end = ({ to }: Annotation) => new Date(Date.parse(`${to}T00:00:00Z`) + 86_400_000);
  const title = ({ kind, text }: Annotation) => `${tData("annotationKind", kind)}: ${text}`;
  return [
    Plot.rectX(annotations, { x1: start, x2: end, fill: "var(--note)", fillOpacity: 0.18, title, clip: true }),
    Plot.ruleX(annotations, { x: start, stroke: "var(--note)", strokeWidth: 1.5, title, clip: true }),
    Plot.text(annotations, {
      x: start,
      frameAnchor: "bottom",
      textAnchor: "start",
      dx: 4,
      dy: -5,
      text: ({ kind }: Annotation) => tData("annotationKind", kind),
      fill: "var(--note)",
      stroke: "var(--surface)",
      fontWeight: 600,
      title,
      clip: true,
    }),
  ];
}

/** A change of the limit is said where no change of method says it already. */
function limitMarks(limitChanges: readonly LimitChange[], changes: readonly MethodChange[]): Plot.Markish[] {
  const alone = limitChanges.filter(({ at }) => changes.every((change) => Math.abs(change.at.getTime() - at.getTime()) > DAY_MS));
  return [
    Plot.ruleX(alone, { x: "at", stroke: "var(--limit)", strokeDasharray: "1,3", clip: true }),
    Plot.text(alone, {
      x: "at",
      frameAnchor: "top",
      dy: 6,
      dx: 4,
      textAnchor: "start",
      text: ({ before, after }: LimitChange) =>
        t("chart.limitChange", { before: formatNumber(before), after: formatNumber(after) }),
      fill: "var(--limit)",
      stroke: "var(--surface)",
      clip: true,
    }),
  ];
}

/** Another laboratory says more than another method of it. */
function changeText({ before, after }: MethodChange): string {
  const [laboratory = "", method] = after.split("/");
  if (method === undefined) return t("chart.methodChange", { after });
  if (before.split("/")[0] !== laboratory) return t("chart.laboratoryChange", { after: laboratory });
  return t("chart.methodChange", { after: method });
}

function changeMarks(changes: readonly MethodChange[]): Plot.Markish[] {
  return [
    Plot.ruleX(changes, { x: "at", stroke: "var(--ink)", strokeDasharray: "2,3", clip: true }),
    Plot.text(changes, {
      x: "at",
      frameAnchor: "top",
      dy: -10,
      text: changeText,
      textAnchor: "middle",
      fill: "var(--ink)",
      fontWeight: 600,
      clip: null,
    }),
  ];
}

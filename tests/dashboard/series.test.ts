import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import { logTicks } from "../../dashboard/charts/logTicks.ts";
import { type SeriesChartInput, seriesChart } from "../../dashboard/charts/series.ts";
import { gapsOf, methodChangesOf, type SeriesRow } from "../../dashboard/charts/seriesRows.ts";

const at = (index: number) => new Date(Date.UTC(2026, 0, 1 + index));
const row = (index: number, value: number, rest: Partial<SeriesRow> = {}): SeriesRow => {
  return { at: at(index), value, low: null, high: null, censored: false, variant: "m", method: "m", segment: "m/0", ...rest };
};

interface Drawn {
  querySelectorAll(selector: string): Iterable<{ getAttribute(name: string): string | null }> & { length: number };
}

function draw(rows: SeriesRow[], rest: Partial<SeriesChartInput> = {}) {
  const { document } = parseHTML("<html><body></body></html>");
  const input: SeriesChartInput = {
    rows,
    expected: [],
    anomalies: [],
    gaps: gapsOf(rows),
    changes: methodChangesOf(rows),
    label: "Load, g/day",
    unit: "g/day",
    scale: "log",
    domain: [at(0), at(60)],
    ...rest,
  };
  return Plot.plot({ ...seriesChart(input, 800), document }) as unknown as Drawn;
}
const count = (chart: Drawn, selector: string) => chart.querySelectorAll(selector).length;
const triangles = (chart: Drawn) => [...chart.querySelectorAll("g[aria-label=dot] path")];

describe("a value below the limit", () => {
  const rows = [row(0, 5), row(1, 2, { censored: true, segment: "m/1" }), row(2, 5, { segment: "m/2" })];
  it("is a triangle and no dot", () => {
    const chart = draw(rows);
    expect(triangles(chart)).toHaveLength(1);
    expect(count(chart, "g[aria-label=dot] circle")).toBe(2);
  });
  it("is drawn at its limit: as high as a value of that size", () => {
    const [triangle] = triangles(draw(rows));
    const yOf = /translate\([^,]+,([\d.]+)\)/.exec(triangle!.getAttribute("transform")!)![1];
    const dots = [...draw([row(0, 5), row(1, 2, { segment: "m/1" }), row(2, 5)]).querySelectorAll("g[aria-label=dot] circle")];
    expect(Number(dots[1]!.getAttribute("cy"))).toBeCloseTo(Number(yOf), 6);
  });
  it("without a known limit stands on the axis, on a log axis too", () => {
    expect(triangles(draw([row(0, 5), row(1, 0, { censored: true })]))).toHaveLength(1);
  });
});

it("a log axis spans the values and their intervals, a linear one begins at zero", () => {
  const rows = [row(0, 5, { low: 2, high: 9 }), row(1, 50)];
  const log = (seriesChart({ ...base, rows, scale: "log" }, 800).y as { domain: number[] }).domain;
  const linear = (seriesChart({ ...base, rows, scale: "linear" }, 800).y as { domain: number[] }).domain;
  expect(log[0]).toBeLessThan(2);
  expect(log[0]).toBeGreaterThan(1);
  expect(log[1]).toBeGreaterThan(50);
  expect(linear[0]).toBe(0);
});
it("an expected range that is much wider than the values leaves the frame instead of flattening them", () => {
  const rows = [row(0, 5), row(1, 50)];
  const band = [0, 1].map((index) => ({ at: at(index), value: 10, low: 1e-4, high: 1e5, segment: "m/0" }));
  const domain = (scale: "log" | "linear") =>
    (seriesChart({ ...base, rows, expected: band, scale }, 800).y as { domain: number[] }).domain;
  expect(domain("log")[0]).toBeGreaterThan(0.5);
  expect(domain("log")[1]).toBeLessThan(500);
  expect(domain("linear")[1]).toBeLessThan(200);
  const narrow = [{ at: at(0), value: 10, low: 4, high: 90, segment: "m/0" }];
  expect((seriesChart({ ...base, rows, expected: narrow }, 800).y as { domain: number[] }).domain[1]).toBeGreaterThan(90);
});

const base: SeriesChartInput = {
  rows: [],
  expected: [],
  anomalies: [],
  gaps: [],
  changes: [],
  label: "",
  unit: "",
  scale: "log",
  domain: [at(0), at(60)],
};

it("nothing to draw is an empty chart, not an error", () => {
  expect(count(draw([]), "g[aria-label=dot] circle")).toBe(0);
});

it("a gap is shaded and said, unless the series is mostly gaps", () => {
  const dense = Array.from({ length: 30 }, (_, i) => row(i, 5));
  expect(count(draw([...dense, row(50, 5)]), "g[aria-label=rect] rect")).toBe(1);
  expect(count(draw([row(0, 5), row(1, 5), row(58, 5)]), "g[aria-label=rect] rect")).toBe(0);
});

it("log ticks: 1, 2, 5 of each decade, only decades when there are many", () => {
  expect(logTicks([0.3, 40])).toEqual([0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100]);
  expect(logTicks([0.001, 5000])).toEqual([0.001, 0.01, 0.1, 1, 10, 100, 1000, 10000]);
});

it("an annotation lies behind the days it is of, with its words", () => {
  const note = { annotationId: "a", siteId: "p", analyte: null, author: "x", createdAt: "2026-01-01T00:00:00Z" };
  const chart = draw([row(0, 5), row(1, 6)], {
    annotations: [{ ...note, from: "2026-01-10", to: "2026-01-12", kind: "storm", text: "60 mm" }],
  });
  const [band] = chart.querySelectorAll("g[aria-label=rect] rect");
  const dayPx = Number(band!.getAttribute("width")) / 3;
  expect(dayPx).toBeGreaterThan(10); // 60 days on about 720 px
  expect(dayPx).toBeLessThan(13);
});

it("a change of the limit is said, unless a change of method at the same time says it", () => {
  const change = [{ at: at(10), before: 12, after: 8 }];
  const rules = (changes: SeriesChartInput["changes"]) =>
    count(draw([row(0, 5), row(20, 6)], { limitChanges: change, changes }), "g[aria-label=rule] line");
  expect(rules([])).toBe(1);
  expect(rules([{ at: at(10), before: "L/a", after: "L/b" }])).toBe(1); // that of the method alone
});

it("each tick of a log axis has its number, over three decades too", () => {
  const labels = [...draw([row(0, 0.04), row(1, 3)]).querySelectorAll("g[aria-label='y-axis tick label'] text")];
  expect(labels.map((label) => (label as unknown as { textContent: string }).textContent)).toEqual([
    "0.05",
    "0.1",
    "0.2",
    "0.5",
    "1",
    "2",
  ]);
});

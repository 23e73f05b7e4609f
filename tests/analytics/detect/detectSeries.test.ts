import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { detectSeries } from "../../../analytics/detect/detectSeries.ts";
import { learnPools } from "../../../analytics/detect/pool.ts";
import type { LoadSeries } from "../../../analytics/detect/series.ts";
import { seededRandom } from "../../../simulation/random.ts";
import { FAMILIES, simulateSeries } from "../../../simulation/series.ts";

const plan = { seed: 77, analytes: 2, events: false, censoredShare: 0.2 } as const;
const weekly: readonly LoadSeries[] = simulateSeries({ ...plan, family: "weekly", series: 6 });
const pools = learnPools(weekly);
const one = weekly[0]!;
const raised = (times: number, from: number, to: number): LoadSeries => ({
  ...one,
  points: one.points.map((point, i) => (i >= from && i <= to ? { ...point, load: point.load * times, censored: false } : point)),
});

describe("as if live", () => {
  it("a score does not change when later values come (any cut)", () => {
    const all = detectSeries(one, pools).scores;
    fc.assert(
      fc.property(fc.integer({ min: 1, max: one.points.length }), (count) => {
        const before = detectSeries({ ...one, points: one.points.slice(0, count) }, pools).scores;
        for (const [i, { score }] of before.entries()) expect(score).toBeCloseTo(all[i]!.score, 8);
      }),
      { numRuns: 10 },
    );
  });
  it("pools do not see the future", () => {
    const until = "2024-12-31";
    const early = learnPools(weekly.map((each) => ({ ...each, points: each.points.filter(({ day }) => day <= until) })));
    const known = early.get(one.analyte)!;
    expect(pools.get(one.analyte)!.filter(({ from }) => known.some((each) => each.from === from))).toEqual(known);
  });
  it("values that come late, twice or in another order give the same anomalies", () => {
    const shaped = raised(6, 180, 181);
    const expected = detectSeries(shaped, pools);
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const shuffled = seededRandom(seed).shuffled([...shaped.points, ...shaped.points.slice(20, 40)]);
        expect(detectSeries({ ...shaped, points: shuffled }, pools)).toEqual(expected);
      }),
      { numRuns: 5 },
    );
  });
});

it("the unit of the load does not matter", () => {
  const scaled = { ...one, points: one.points.map((point) => ({ ...point, load: point.load * 1000 })) };
  const [a, b] = [detectSeries(one, new Map()).scores, detectSeries(scaled, new Map()).scores];
  for (const [i, { score }] of a.entries()) expect(b[i]!.score).toBeCloseTo(score, 6);
});

it("two values of six times end on the second, though the evidence of both outlives them", () => {
  const days = one.points.map(({ day }) => day);
  const { scores, anomalies } = detectSeries(raised(6, 150, 151), pools);
  expect(scores[152]!.score).toBeGreaterThan(2);
  expect(anomalies.find(({ start }) => start === days[150])?.end).toBe(days[151]);
});

it("a tenfold value is raised in every family, on its day, with its ratio", () => {
  for (const family of FAMILIES) {
    const [first, ...others] = simulateSeries({ ...plan, family, series: 4 });
    const at = first!.points.length - 3;
    const points = first!.points.map((point, i) =>
      i === at ? { ...point, load: 10 * Math.exp(point.expectedLog), censored: false } : point,
    );
    const { anomalies } = detectSeries({ ...first!, points }, learnPools([first!, ...others]));
    const found = anomalies.find(({ peak }) => peak === points[at]!.day);
    expect(found?.ratio, family).toBeGreaterThan(5);
    expect(found?.explanation.zh).toContain(points[at]!.day);
  }
});

it("a lasting shift is raised once, and then is the baseline", () => {
  const { anomalies, scores } = detectSeries(raised(2.5, 150, one.points.length), pools);
  const shift = anomalies.filter(({ end, accepted }) => accepted && end > one.points[150]!.day);
  expect(shift).toHaveLength(1);
  expect(Math.abs(Math.log(scores.at(-1)!.load / scores.at(-1)!.expected))).toBeLessThan(1.2);
});

it("a new method starts a new baseline", () => {
  const points = raised(4, 150, one.points.length).points.map((point, i) => ({ ...point, method: i < 150 ? "old" : "new" }));
  const { scores } = detectSeries({ ...one, points }, pools);
  expect(scores.at(-1)!.baseline.from >= points[150]!.day).toBe(true);
});

it("three weeks into a series that stands alone, the interval is as sure as the p-value", () => {
  const points = Array.from({ length: 21 }, (_, i) => ({
    day: `2026-03-${String(i + 1).padStart(2, "0")}`,
    load: i === 20 ? 200 : 20 + (i % 3),
    censored: false,
  }));
  const { expected, high, low, pValue } = detectSeries({ siteId: "young", analyte: "mdma", points }, new Map()).scores.at(-1)!;
  expect(expected).toBeCloseTo(21, 0);
  expect(high / low).toBeLessThan(10);
  expect(pValue).toBeLessThan(1e-4);
});

it("a load that is not above zero is a bug, and says where", () =>
  expect(() =>
    detectSeries({ siteId: "S1", analyte: "mdma", points: [{ day: "2025-01-01", load: 0, censored: false }] }, pools),
  ).toThrow("S1, mdma, 2025-01-01"));

import { describe, expect, it } from "vitest";
import { deriveLoads } from "../../../analytics/load/derive.ts";
import { pointOf } from "../../../analytics/load/derived.ts";
import { periodMeans } from "../../../analytics/load/periodMeans.ts";
import { loadSamplesOf, type ResultRecord } from "../../../analytics/load/samples.ts";
import { dayValuesOf, seasonalTrendOf, trendOf } from "../../../analytics/load/trend.ts";
import { assayResult } from "../../../schemas/assay.ts";
import { addDays } from "../../../schemas/days.ts";
import { findProfile, methodProfile } from "../../../schemas/profiles.ts";
import { sample } from "../../../schemas/sample.ts";
import { seededRandom } from "../../../simulation/random.ts";
import { close } from "../censored/oracle.ts";

const euda = findProfile("euda-score")!;

function record(sampleId: string, replicate: number, value: number | null, over: object = {}): ResultRecord {
  const taken = sample.parse({
    sampleId,
    siteId: "s",
    mode: "flowProportional",
    start: "2026-05-04T23:30:00Z",
    end: "2026-05-05T23:30:00Z",
  });
  const result = assayResult.parse({ analyte: "mdma", value, unit: "ng/L", method: "m1", replicate, ...over });
  return { identity: `L/${sampleId}/mdma/m1/${replicate}`, sampleKey: sampleId, sample: taken, result };
}

describe("from stored results to samples", () => {
  const flowOf = () => 1000;
  it("replicates of one sample become one, in order of identity, on the site's local day", () => {
    const samples = loadSamplesOf([record("a", 2, 14), record("a", 1, 10), record("b", 1, 5)], "Europe/Vienna", { flowOf });
    expect(samples).toHaveLength(2);
    expect(samples[0]).toMatchObject({
      resultIds: ["L/a/mdma/m1/1", "L/a/mdma/m1/2"],
      day: "2026-05-05",
      concentration: { ngL: 12, censoring: "none" },
      flowM3D: 1000,
      method: "m1",
    });
  });
  it("two methods stay two; a load or a withdrawn result has nothing to derive", () => {
    const records = [
      record("a", 1, 10),
      record("a", 1, 11, { method: "m2" }),
      record("b", 1, 2, { quantity: "load", unit: "g/d" }),
      record("c", 1, 2, { withdrawn: true }),
    ];
    expect(loadSamplesOf(records, "UTC", { flowOf }).map(({ method }) => method)).toEqual(["m1", "m2"]);
  });
});

function seriesOf(values: readonly (number | "below")[], profile = euda) {
  const samples = values.map((value, index) => ({
    resultIds: [`r${index}`],
    day: addDays("2024-01-01", index * 14),
    timeMs: Date.UTC(2024, 0, 1 + index * 14),
    concentration:
      value === "below" ? ({ ngL: 1, censoring: "belowLoq" } as const) : ({ ngL: value, censoring: "none" } as const),
    flowM3D: 1e6,
  }));
  const derived = deriveLoads({ siteId: "s", analyte: "mdma", profile, samples, softwareVersion: "0" });
  return derived.filter(({ quantity }) => quantity === "load");
}

describe("points of the series store", () => {
  it("a measured load with its interval, a limit as censored", () => {
    const [measured, below] = seriesOf([50, "below"]);
    expect(pointOf(measured!, "euda-score@1")).toMatchObject({
      measure: "load",
      name: "mdma",
      variant: "euda-score@1",
      value: 50,
      origin: "r0",
    });
    expect(pointOf(measured!, "euda-score@1")!.low).toBeLessThan(50);
    expect(pointOf(below!, "euda-score@1")).toMatchObject({ value: 1, censored: true });
    expect(pointOf({ ...measured!, amount: null }, "euda-score@1")).toBeUndefined();
  });
});

describe("trend of a derived series", () => {
  const trendIn = (...series: Parameters<typeof seriesOf>) => trendOf(dayValuesOf(seriesOf(...series)));
  const doubling = Array.from({ length: 40 }, (_, index) => 10 * 2 ** ((index * 14) / 365.25) * (index % 2 === 0 ? 1.05 : 0.95));
  it("doubling every year is +100 % a year, also when the start is below the limit", () => {
    const all = trendIn(doubling)!;
    expect(all.percentPerYear).toBeGreaterThan(95);
    expect(all.percentPerYear).toBeLessThan(105);
    expect(all.low).toBeGreaterThan(60);
    expect(all.pTwoSided).toBeLessThan(1e-6);
    const partly = trendIn(doubling.map((value, index) => (index < 4 ? "below" : value)))!;
    expect(partly.censoredShare).toBe(0.1);
    expect(partly.percentPerYear).toBeGreaterThan(90);
  });
  it("what all days share does not touch it: a profile that is three times less sure of the flow gives the same interval", () => {
    const { flow } = euda.uncertainty;
    const unsure = methodProfile.parse({
      ...structuredClone(euda),
      uncertainty: { ...euda.uncertainty, flow: { ...flow, cv: 0.6 } },
    });
    expect(trendIn(doubling, unsure)).toEqual(trendIn(doubling));
  });
  it("a single week has no change a year, whatever its Saturday", () => {
    const week = (factor: number) =>
      Array.from({ length: 7 }, (_, i) => ({ day: addDays("2026-05-04", i), value: i === 5 ? factor : 1, censored: false }));
    expect(trendOf(week(2))).toBeNull();
    expect(trendOf(week(1e6))).toBeNull();
  });
  it("days so few that a spike leaves no bounds have none either", () => {
    const days = ["2026-05-01", "2026-05-02", "2026-05-03", "2026-05-29"];
    expect(trendOf(days.map((day, i) => ({ day, value: [1, 1e-6, 1, 1e-6][i]!, censored: false })))).toBeNull();
  });
  it("three days, or nothing detected, have no trend", () => {
    expect(trendIn([1, 2, 3])).toBeNull();
    expect(trendIn(["below", "below", "below", "below", "below"])).toBeNull();
  });
});

describe("a seasonal trend", () => {
  const random = seededRandom(4, "seasons");
  const years = (months: number, of: (month: number) => number) =>
    Array.from({ length: months }, (_, i) =>
      [3, 17, 25]
        .map((day) => `${2020 + Math.floor(i / 12)}-${String((i % 12) + 1).padStart(2, "0")}-${String(day).padStart(2, "0")}`)
        .map((day) => ({ day, value: of(i), censored: false })),
    ).flat();
  const season = (month: number) => 10 + 8 * Math.sin((2 * Math.PI * month) / 12);
  it("is none where only the season moves, and is found under it where the level does", () => {
    const still = seasonalTrendOf(years(48, (i) => season(i) * random.factor(0.1)))!;
    expect([still.months, still.pTwoSided > 0.05]).toEqual([48, true]);
    const rising = seasonalTrendOf(years(48, (i) => season(i) + 0.05 * i))!;
    expect([rising.tau > 0.9, rising.pTwoSided < 1e-6]).toEqual([true, true]);
  });
  it("needs two years in a row without non-detects", () => {
    const values = years(30, (i) => season(i) + i);
    expect(seasonalTrendOf(values)).not.toBeNull();
    expect(seasonalTrendOf(years(23, season))).toBeNull();
    expect(seasonalTrendOf(values.filter(({ day }) => !day.startsWith("2021-02")))).toBeNull();
    expect(seasonalTrendOf(values.with(4, { ...values[4]!, censored: true }))).toBeNull();
    expect(seasonalTrendOf([])).toBeNull();
  });
});

describe("means of periods", () => {
  const value = (day: string, of: number, censored = false) => ({ day, value: of, censored });
  // Statistics Canada's rule: seven consecutive days, mean ± t(0.975, 6)·SE; t = 2.446912 (R 4.2.2, qt(0.975, 6))
  it("a full week has the interval that Statistics Canada would publish", () => {
    const days = [4, 5, 6, 7, 8, 9, 10].map((d, i) =>
      value(`2026-05-${String(d).padStart(2, "0")}`, [10, 12, 9, 14, 20, 18, 11][i]!),
    );
    const [week, ...others] = periodMeans(days, "week", euda);
    expect([week!.from, week!.days, week!.method, others]).toEqual(["2026-05-04", 7, "plain", []]);
    const standardError = Math.sqrt(103.71428571428571 / 6 / 7);
    close(week!.mean!, 94 / 7, 1e-12);
    close(week!.interval!.standardError, standardError, 1e-12);
    close(week!.interval!.high, 94 / 7 + 2.446911851144969 * standardError, 1e-9);
  });
  it("weeks begin on Monday, months and years on their first", () => {
    const days = ["2025-12-29", "2026-01-04", "2026-01-05"].map((day) => value(day, 1));
    const starts = (period: "week" | "month" | "year") => periodMeans(days, period, euda).map(({ from }) => from);
    expect(starts("week")).toEqual(["2025-12-29", "2026-01-05"]);
    expect(starts("month")).toEqual(["2025-12-01", "2026-01-01"]);
    expect(starts("year")).toEqual(["2025-01-01", "2026-01-01"]);
  });
  it("the censored share chooses the method, and an unknown limit is in no mean", () => {
    const month = (below: number, unknown = 0) =>
      periodMeans(
        Array.from({ length: 20 }, (_, i) =>
          value(`2026-05-${String(i + 1).padStart(2, "0")}`, i < unknown ? 0 : i < below ? 5 : 6 + i, i < below),
        ),
        "month",
        euda,
      )[0]!;
    expect(month(0).method).toBe("plain");
    expect(month(8)).toMatchObject({ method: "kaplanMeier", below: 8 });
    expect(month(8).interval).not.toBeNull();
    expect(month(13)).toMatchObject({ method: "regressionOnOrderStatistics", interval: null });
    expect(month(18)).toMatchObject({ method: "limitsOnly", mean: null });
    expect(month(5, 5)).toMatchObject({ method: "plain", days: 20, below: 5, limitUnknown: 5 });
  });
});

import { readFileSync } from "node:fs";
import { parse } from "csv-parse/sync";
import { describe, expect, it } from "vitest";
import {
  checkPublishedInterval,
  meanWithInterval,
  pooledInterval,
  studentInterval,
} from "../../../analytics/load/meanInterval.ts";
import { type DayValue, yearlyChanges } from "../../../analytics/load/trend.ts";
import {
  changeClass,
  changePercent,
  populationWeightedMean,
  recomputeWeek,
  weekDayOf,
  weekMeans,
  weekRuleOf,
} from "../../../analytics/load/week.ts";
import { findProfile, WEEK_DAYS } from "../../../schemas/profiles.ts";
import { close } from "../censored/oracle.ts";

type Row = Record<string, string>;

/** The published files that ship in schemas/reference/data. */
function published(name: string): Row[] {
  return parse(readFileSync(new URL(`../../../schemas/reference/data/${name}`, import.meta.url)), { columns: true, bom: true });
}

const number = (cell: string | undefined) => (cell === undefined || cell === "" || cell === "NA" ? null : Number(cell));
const euda = findProfile("euda-score")!;

function recomputed(row: Row) {
  const days = Object.fromEntries(WEEK_DAYS.map((day) => [day, number(row[day[0]!.toUpperCase() + day.slice(1)])]));
  const printed = {
    weekday: number(row["Weekday mean"]),
    weekend: number(row["Weekend mean"]),
    daily: number(row["Daily mean"]),
  };
  return recomputeWeek(days, printed, weekRuleOf(euda, Number(row["Year"])));
}

describe("EUDA ww2025-all-data.csv (worked value 7.5)", () => {
  const rows = published("ww2025-all-data.csv");
  const all = rows.map((row) => ({ row, ...recomputed(row) }));
  const listed = (mean: "weekday" | "weekend" | "daily") =>
    all.filter(({ notRecomputable }) => notRecomputable.some((entry) => entry.mean === mean));
  it("4,376 rows; the daily mean of 123 cannot be had from its own days, each listed with both numbers", () => {
    expect(rows).toHaveLength(4376);
    expect(listed("daily")).toHaveLength(123);
    for (const { notRecomputable } of listed("daily")) {
      for (const { printed, recomputed: found } of notRecomputable)
        expect(found === null || Math.abs(found - printed) > 0.011).toBe(true);
    }
  });
  it("weekday and weekend means reproduce but for 97 and 80, of which the 2021 rule leaves 9 and 23", () => {
    expect([listed("weekday").length, listed("weekend").length]).toEqual([97, 80]);
    const in2021 = (mean: "weekday" | "weekend") => listed(mean).filter(({ row }) => row["Year"] === "2021").length;
    expect([in2021("weekday"), in2021("weekend")]).toEqual([9, 23]);
  });
  it("under the standard rule most of 2021 would not reproduce: the exception is needed", () => {
    const standard = { ...euda, calendar: { ...euda.calendar, exceptions: [] } };
    const broken = rows
      .filter((row) => row["Year"] === "2021")
      .filter((row) => {
        const days = Object.fromEntries(WEEK_DAYS.map((day) => [day, number(row[day[0]!.toUpperCase() + day.slice(1)])]));
        return (
          recomputeWeek(days, { weekday: number(row["Weekday mean"]) }, weekRuleOf(standard, 2021)).notRecomputable.length > 0
        );
      });
    expect(broken.length).toBeGreaterThan(200);
  });
  it.each([
    [2024, [8.82, 12.87, 12.45, 28.11, 26.8, 10.5, 9.13], [10.27, 19.47, 15.53]],
    [2021, [5.82, 4.53, 5.27, 16.56, 17.37, 10.14, 7.83], [5.86, 14.69, 9.64]],
  ])("Graz MDMA %d as printed, Wednesday to Tuesday", (year, values, printed) => {
    const order = ["wednesday", "thursday", "friday", "saturday", "sunday", "monday", "tuesday"] as const;
    const means = weekMeans(Object.fromEntries(order.map((day, index) => [day, values[index]!])), weekRuleOf(euda, year));
    expect(Math.abs(means.weekday! - printed[0]!)).toBeLessThanOrEqual(0.011); // printed from unrounded days
    expect(Math.abs(means.weekend! - printed[1]!)).toBeLessThanOrEqual(0.011);
    expect(Math.abs(means.daily! - printed[2]!)).toBeLessThanOrEqual(0.011);
  });
  it("Graz MDMA 2021: the standard rule would give a weekday mean of 6.06 where 5.86 is printed", () => {
    const [wednesday, thursday, , , , , tuesday] = [5.82, 4.53, 5.27, 16.56, 17.37, 10.14, 7.83];
    expect(weekMeans({ wednesday, thursday, tuesday }, euda.calendar.rule!).weekday!).toBeCloseTo(6.06, 10);
  });
  it("a day that is missing is left out, a block without days is null", () => {
    const means = weekMeans({ monday: 4, tuesday: null }, weekRuleOf(euda, 2024));
    expect(means).toEqual({ weekday: null, weekend: 4, daily: 4, days: 1 });
  });
});

describe("EUDA ww2025-changes-all-substances.csv (worked value 7.6)", () => {
  const rows = published("ww2025-changes-all-substances.csv");
  it("every class reproduces: 173 increases, 119 decreases, 88 stable, 272 without previous data", () => {
    const counts = new Map<string, number>();
    for (const row of rows) {
      const found = changeClass(Number(row["value_current"]), number(row["value_previous"]), euda.changeClassPercent!);
      expect(found, JSON.stringify(row)).toBe(row["change_percent2"]);
      counts.set(found, (counts.get(found) ?? 0) + 1);
    }
    expect(Object.fromEntries(counts)).toEqual({ increase: 173, decrease: 119, stable: 88, "no previous data": 272 });
  });
  it("of the rows with a percentage 157 increase, 119 decrease and 75 are stable; each percentage is that of its two values", () => {
    const counts = { increase: 0, decrease: 0, stable: 0, "no previous data": 0 };
    for (const row of rows) {
      const printed = number(row["change_percent"]);
      if (printed === null || !Number.isFinite(printed)) continue;
      const [current, previous] = [Number(row["value_current"]), number(row["value_previous"])];
      close(changePercent(current, previous)!, printed, 1e-9);
      counts[changeClass(current, previous, euda.changeClassPercent!)]++;
    }
    expect(counts).toEqual({ increase: 157, decrease: 119, stable: 75, "no previous data": 0 });
  });
  it("Graz MDMA from 23.73 to 15.53 is -34.5554150863885 %", () => close(changePercent(15.53, 23.73)!, -34.5554150863885, 1e-12));
});

describe("Statistics Canada 13-10-0871 (worked value 7.7)", () => {
  const cities = new Map<string, Record<string, { value: number; status: string }>>();
  for (const row of published("statcan-13100871.csv")) {
    const value = number(row["VALUE"]);
    if (row["GEO"]!.startsWith("Weighted average") || value === null) continue;
    const key = [row["REF_DATE"], row["GEO"], row["Measure"]].join("|");
    const city = cities.get(key) ?? {};
    city[row["Characteristics"]!] = { value, status: row["STATUS"]! };
    cities.set(key, city);
  }
  const find = (city: Record<string, { value: number; status: string }>, word: RegExp) =>
    Object.entries(city).find(([name]) => word.test(name))?.[1];
  const checked = [...cities].flatMap(([key, city]) => {
    const [mean, high, error, rate] = [
      find(city, /^Load/),
      find(city, /upper|high/i),
      find(city, /standard error/i),
      find(city, /imputation/i),
    ];
    if (!mean || !high || !error || !rate) return [];
    const inputs = { mean: mean.value, high: high.value, standardError: error.value, imputationPercent: rate.value };
    return [{ key, rate: rate.value, status: mean.status, ...checkPublishedInterval(inputs) }];
  });
  it("the upper limit of 771 of 773 complete weeks is mean + t(0.975, 6)·SE", () => {
    const complete = checked.filter(({ marked }) => marked === "complete");
    expect(complete).toHaveLength(773);
    expect(complete.filter(({ reproduced }) => reproduced)).toHaveLength(771);
  });
  it("weeks with imputed days stay marked, those imputed entirely with status E", () => {
    const imputed = checked.filter(({ marked }) => marked === "imputed");
    expect(imputed).toHaveLength(checked.length - 773);
    expect(imputed.every(({ reproduced }) => reproduced === null)).toBe(true);
    const entirely = imputed.filter(({ rate }) => rate === 100);
    expect(entirely.length).toBeGreaterThan(0);
    expect(entirely.every(({ status }) => status === "E")).toBe(true);
  });
  it("Montreal methamphetamine 2022-01: 159.94, SE 5.68 gives 173.84 (published 173.80)", () =>
    expect(studentInterval(159.94, 5.68, 7).high).toBeCloseTo(173.84, 2));
  it("an interval from the days is that of their mean and standard error", () => {
    const { mean, standardError } = meanWithInterval([1, 2, 3, 4, 5, 6, 7]);
    expect(mean).toBe(4);
    close(standardError, Math.sqrt(28 / 6 / 7), 1e-12);
    expect(() => studentInterval(1, 1, 1)).toThrow(RangeError);
  });
  it("pooled imputations: wider limits and fewer degrees of freedom than complete data; equal where imputations agree", () => {
    const same = pooledInterval(
      [
        { mean: 10, standardError: 1 },
        { mean: 10, standardError: 1 },
      ],
      7,
    );
    close(same.high, studentInterval(10, 1, 7).high, 1e-12);
    const apart = pooledInterval(
      [
        { mean: 9, standardError: 1 },
        { mean: 10, standardError: 1 },
        { mean: 11, standardError: 1 },
      ],
      7,
    );
    expect(apart.degrees).toBeLessThan(6);
    expect(apart.high).toBeGreaterThan(same.high);
    close(apart.imputationShare, 4 / 3 / (1 + 4 / 3), 1e-12);
  });
});

it("a city with two plants is their mean weighted by people", () =>
  close(
    populationWeightedMean([
      { value: 100, people: 300_000 },
      { value: 200, people: 100_000 },
    ]),
    125,
    1e-12,
  ));
it("4 May 2026 is a Monday", () => expect(weekDayOf("2026-05-04")).toBe("monday"));

describe("EUDA's file day by day, as the trends of stored series are computed", () => {
  const ruleOf = (year: number) => weekRuleOf(euda, year);
  const COLUMNS = ["Wednesday", "Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday"];
  /** The days of a row, as those of a week in March of its year; zero is below a limit that is not given. */
  const valuesOf = (row: Row): DayValue[] =>
    COLUMNS.flatMap((column, offset) => {
      const value = number(row[column]);
      const march = Date.UTC(Number(row["Year"]), 2, 1);
      const wednesday = march + ((3 - new Date(march).getUTCDay() + 7) % 7) * 86_400_000;
      const day = new Date(wednesday + offset * 86_400_000).toISOString().slice(0, 10);
      return value === null ? [] : [{ day, value, censored: value === 0 }];
    });
  const rows = published("ww2025-all-data.csv");
  const series = Map.groupBy(rows, (row) => `${row["Site ID"]} ${row["Metabolite"]}`);
  const changes = new Map([...series].map(([key, own]) => [key, yearlyChanges(own.flatMap(valuesOf), ruleOf, 10)]));
  const of = (key: string, year: string | undefined) => changes.get(key)?.find((one) => one.year === Number(year));
  it("reproduces every printed mean but those that the file's own days do not give: 97 weekday, 80 weekend, 123 daily", () => {
    const missed = { weekday: 0, weekend: 0, daily: 0 };
    for (const row of rows) {
      const found = of(`${row["Site ID"]} ${row["Metabolite"]}`, row["Year"]);
      for (const mean of ["weekday", "weekend", "daily"] as const) {
        const printed = number(row[`${mean[0]!.toUpperCase()}${mean.slice(1)} mean`]);
        const recomputedMean = found?.[mean]?.atLeast ?? Number.NaN;
        if (printed !== null && !(Math.abs(recomputedMean - printed) <= 0.011 + 1e-9)) missed[mean]++;
      }
    }
    expect(missed).toEqual({ weekday: 97, weekend: 80, daily: 123 });
  });
  it("reproduces all 652 change classes from the days, against the year before alone", () => {
    const changed = published("ww2025-changes-all-substances.csv");
    expect(changed).toHaveLength(652);
    for (const row of changed)
      expect(of(`${row["SiteID"]} ${row["metabolite"]}`, row["year_current"])?.change, JSON.stringify(row)).toBe(
        row["change_percent2"],
      );
  });
  it("a class that hangs on a limit nobody gave is not certain; one far from it is", () => {
    const week = (year: number, values: readonly number[]) =>
      values.map((value, i) => ({ day: `${year}-03-0${i + 1}`, value, censored: value === 0 }));
    const certainty = (before: readonly number[], after: readonly number[]) => {
      const [, { change, certain } = { change: "", certain: null }] = yearlyChanges(
        [...week(2023, before), ...week(2024, after)],
        ruleOf,
        10,
      );
      return [change, certain];
    };
    expect(certainty([1, 1, 1], [1, 1, 1])).toEqual(["stable", true]);
    expect(certainty([1, 1, 0], [1, 1, 0])).toEqual(["stable", false]);
    expect(certainty([1, 1, 1], [9, 9, 0])).toEqual(["increase", true]);
    expect(certainty([9, 9, 0], [1, 1, 1])).toEqual(["decrease", true]);
  });
});

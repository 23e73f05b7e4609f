import { expect, it } from "vitest";
import { weekdayProfile } from "../../dashboard/charts/weekday.ts";
import { windowOf } from "../../dashboard/pages/window.ts";

const times = Array.from({ length: 800 }, (_, index) => new Date(Date.UTC(2024, 0, 1 + index)));
const days = ([from, to]: readonly [Date, Date]) => Math.round((to.getTime() - from.getTime()) / 86_400_000);

it("a window ends with the newest value, not with today", () => {
  expect(windowOf(times, { window: "1m" })[1].getTime()).toBeGreaterThan(times.at(-1)!.getTime());
  expect(["1m", "3m", "1y"].map((window) => days(windowOf(times, { window })))).toEqual([31, 92, 366]);
});

it("all shows every value; from and to show their days whole", () => {
  expect(windowOf(times, { window: "all" })[0].getTime()).toBeLessThan(times[0]!.getTime());
  const [from, to] = windowOf(times, { from: "2025-01-05", to: "2025-01-06" });
  expect([from.toISOString(), to.toISOString()]).toEqual(["2025-01-05T00:00:00.000Z", "2025-01-06T23:59:59.999Z"]);
});

const row = (index: number, value: number, censored = false) => {
  return { at: times[index]!, value, low: null, high: null, censored, variant: "m", method: "m", segment: "m" };
};

const score = { rule: { weekend: ["friday", "saturday", "sunday", "monday"] }, exceptions: [] };

// 1 January 2024 is a Monday. Friday to Monday is the weekend, Tuesday to Thursday the week (EUDA's rule).
it("the weekend ratio is that of the European programme", () => {
  const rows = Array.from({ length: 28 }, (_, index) => row(index, [4, 2, 2, 2, 4, 4, 4][index % 7]!));
  expect(weekdayProfile(rows, score).ratio).toBe(2);
});

it("a weekday whose median lies below the limit has no median, and then there is no ratio", () => {
  const rows = Array.from({ length: 28 }, (_, index) => row(index, 3, index % 7 === 0 && index > 0));
  expect(weekdayProfile(rows, score).days[0]!.median).toBeNull();
  expect(weekdayProfile(rows, score).ratio).toBeNull();
});

it("a programme that counted otherwise in a year is followed in that year", () => {
  const rows = Array.from({ length: 28 }, (_, index) => row(index, [1, 1, 1, 1, 1, 3, 3][index % 7]!));
  const exceptions = [{ years: [2024], rule: { weekend: ["saturday", "sunday"] } }];
  expect(weekdayProfile(rows, { ...score, exceptions }).ratio).toBe(3);
  expect(weekdayProfile(rows, score).ratio).toBe(2);
});

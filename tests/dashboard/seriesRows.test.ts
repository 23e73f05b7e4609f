import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SeriesOf } from "../../dashboard/api.ts";
import {
  expectedRows,
  gapsOf,
  limitChangesOf,
  methodChangesOf,
  methodsOf,
  seriesRows,
} from "../../dashboard/charts/seriesRows.ts";
import { yearRows } from "../../dashboard/charts/years.ts";

const ZONE = "Asia/Shanghai";
const day = (index: number) => new Date(Date.UTC(2026, 0, 1 + index)).toISOString();

function series(variant: string, points: { at: number; value?: number; censored?: boolean }[]): SeriesOf {
  return {
    siteId: "S",
    analyte: "ketamine",
    measure: "load",
    variant,
    unit: "g/d",
    points: points.map(({ at, value = 1, censored = false }) => ({ time: day(at), value, low: null, high: null, censored })),
  };
}
const segments = (all: SeriesOf[]) => seriesRows(all, ZONE).map(({ segment }) => segment);

describe("what one line joins", () => {
  it("days that follow each other", () => {
    expect(new Set(segments([series("a", [{ at: 0 }, { at: 1 }, { at: 2 }])])).size).toBe(1);
  });
  it("not across a value below the limit", () => {
    const [first, , third] = segments([series("a", [{ at: 0 }, { at: 1, censored: true }, { at: 2 }])]);
    expect(first).not.toBe(third);
  });
  it("not across a gap, which is measured by the usual spacing", () => {
    expect(new Set(segments([series("a", [{ at: 0 }, { at: 1 }, { at: 2 }, { at: 9 }])])).size).toBe(2);
    expect(new Set(segments([series("a", [{ at: 0 }, { at: 7 }, { at: 14 }, { at: 21 }])])).size).toBe(1);
  });
  it("not across two methods", () => {
    expect(new Set(segments([series("a", [{ at: 0 }, { at: 1 }]), series("b", [{ at: 2 }, { at: 3 }])])).size).toBe(2);
  });
  it("never two values with a value below the limit of the same method between them (any order of censoring)", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 3, maxLength: 40 }), (flags) => {
        const rows = seriesRows(
          [
            series(
              "a",
              flags.map((censored, at) => ({ at, censored })),
            ),
          ],
          ZONE,
        );
        return rows.every((row, i) =>
          rows.slice(i + 1).every((later, j) => {
            const between = rows.slice(i, i + j + 2).some(({ censored }) => censored);
            return !between || row.censored || later.censored || row.segment !== later.segment;
          }),
        );
      }),
    );
  });
});

it("a day is a day of the site: 17:00 UTC is the next day in Shanghai", () => {
  const [row] = seriesRows([{ ...series("a", []), points: [{ time: "2026-05-04T17:00:00Z", value: 1 }] }], ZONE);
  expect(row!.at.toISOString()).toBe("2026-05-05T01:00:00.000Z");
});

it("a gap runs from the last value before to the first after", () => {
  const rows = seriesRows([series("a", [{ at: 0 }, { at: 1 }, { at: 2 }, { at: 30 }, { at: 31 }])], "UTC");
  expect(gapsOf(rows).map(({ from, to }) => [from.toISOString(), to.toISOString()])).toEqual([
    [day(2).replace("Z", "Z"), day(30)],
  ]);
});

it("one method after another is a change, two side by side are none", () => {
  const after = seriesRows([series("a", [{ at: 0 }, { at: 1 }]), series("b", [{ at: 2 }])], "UTC");
  expect(methodChangesOf(after)).toEqual([{ at: new Date(day(2)), before: "a", after: "b" }]);
  const beside = seriesRows([series("a", [{ at: 0 }, { at: 2 }]), series("b", [{ at: 1 }, { at: 3 }])], "UTC");
  expect(methodChangesOf(beside)).toEqual([]);
});

it("what was expected without an interval is not drawn as a band", () => {
  expect(expectedRows([series("load", [{ at: 0 }])], ZONE)).toEqual([]);
});

describe("a derived value rests on a method", () => {
  const point = (day: number, value: number, censored = false) => {
    return { time: new Date(Date.UTC(2026, 0, day)).toISOString(), value, low: null, high: null, censored };
  };
  const seriesWith = (variant: string, points: ReturnType<typeof point>[]) => {
    return { siteId: "p", analyte: "mdma", measure: "load", variant, unit: "g/d", points };
  };
  const methods = methodsOf([
    seriesWith("L/one/1", [point(1, 9), point(2, 9)]),
    seriesWith("L/LC-MS/MS/1", [point(3, 9), point(4, 9)]),
  ]);

  it("so its line breaks where the method of the concentration changes", () => {
    const rows = seriesRows(
      [
        seriesWith(
          "profile@1",
          [1, 2, 3, 4].map((day) => point(day, 5)),
        ),
      ],
      "UTC",
      methods,
    );
    expect(rows.map(({ method }) => method)).toEqual(["L/one", "L/one", "L/LC-MS/MS", "L/LC-MS/MS"]);
    expect(new Set(rows.map(({ segment }) => segment)).size).toBe(2);
    expect(methodChangesOf(rows)).toMatchObject([{ before: "L/one", after: "L/LC-MS/MS" }]);
  });

  it("a limit that changes under one method is known; a rounding of it is none", () => {
    const rows = seriesRows(
      [seriesWith("L/one/1", [point(1, 12, true), point(2, 12.4, true), point(3, 30), point(4, 8, true)])],
      "UTC",
    );
    expect(limitChangesOf(rows)).toMatchObject([{ before: 12.4, after: 8 }]);
  });
});

it("years lie over each other on the days of one year, the newest five of them", () => {
  const at = (day: string) => new Date(`${day}T00:00:00Z`);
  const rows = ["2019-05-01", "2025-02-28", "2026-02-28"].map((day) => {
    return { at: at(day), value: 1, low: null, high: null, censored: false, variant: "m", method: "m", segment: "m/0" };
  });
  const folded = yearRows(rows);
  expect(folded.map(({ year }) => year)).toEqual(["2025", "2026"]);
  expect(folded[0]!.day).toEqual(folded[1]!.day);
  expect(folded[0]!.segment).not.toBe(folded[1]!.segment);
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Decimal, detectDecimal, parseNumber, parseReported, parseWhen } from "../../../ingest/files/values.ts";
import { serialToWall } from "../../../ingest/files/xlsx.ts";

describe("a number", () => {
  it.each<[string, Decimal | undefined, number | "ambiguous" | undefined]>([
    ["12.5", ".", 12.5],
    ["12,5", ",", 12.5],
    ["9,754", ",", 9.754],
    ["9,754", undefined, "ambiguous"],
    ["9,754", ".", "ambiguous"],
    ["9.754", ",", "ambiguous"],
    ["9.754", "mixed", "ambiguous"],
    ["9,754", "mixed", "ambiguous"],
    ["0.754", "mixed", 0.754],
    ["9.75", "mixed", 9.75],
    ["9,75", "mixed", 9.75],
    ["12,5", undefined, 12.5],
    ["12,5", ".", "ambiguous"],
    ["1.234,56", undefined, 1234.56],
    ["1,234.56", undefined, 1234.56],
    ["1,234.56", ",", "ambiguous"],
    ["1,234,567", ".", 1234567],
    ["1 234,5", ",", 1234.5],
    ["1\u202F234.5", ".", 1234.5],
    ["1'234.5", ".", 1234.5],
    ["１２．５", ".", 12.5],
    ["\u00A012.5\u2009", ".", 12.5],
    ["1.5e-3", ".", 0.0015],
    ["1,5E-3", ",", 0.0015],
    ["−3", ".", -3],
    [".5", ".", 0.5],
    ["12 5", ".", undefined],
    ["1,23,456", ".", undefined],
    ["0x10", ".", undefined],
    ["Infinity", ".", undefined],
    ["1e999", ".", undefined],
    ["12.5 ng/L", ".", undefined],
    ["", ".", undefined],
  ])("%j with the decimal mark %j is %j", (text, decimal, value) => expect(parseNumber(text, decimal)).toBe(value));

  const positive = fc.double({ min: 1e-6, max: 1e15, noNaN: true });
  it("written with a point is read back, and with a comma too", () =>
    fc.assert(
      fc.property(positive, (value) => {
        expect(parseNumber(String(value), ".")).toBe(value);
        expect(parseNumber(String(value).replace(".", ","), ",")).toBe(value);
      }),
    ));
});

describe("the decimal mark of a file", () => {
  it.each<[string[], string | undefined, Decimal | undefined]>([
    [["12,5", "9,754"], ";", ","],
    [["9,754", "1,200"], ";", ","],
    [["9,754", "1,200"], ",", undefined],
    [["12.5", "3"], ",", "."],
    [["12.5", "12,5"], ";", "mixed"],
    [["1.234", "12,5"], ";", ","],
    [["1.234", "1,234"], ";", "mixed"],
    [["1.234", "1,234", "12.5"], ",", "."],
    [["1.234", "3"], ";", "."],
    [["<2,5"], ";", ","],
    [["3", "n.d."], ",", undefined],
  ])("%j cut by %j has %j", (cells, delimiter, decimal) => expect(detectDecimal(cells, delimiter)).toBe(decimal));
});

describe("a reported value", () => {
  it.each([
    ["2.5", { kind: "value", value: 2.5 }],
    ["0", { kind: "zero" }],
    ["0.00", { kind: "zero" }],
    ["<2.5", { kind: "below", limit: 2.5 }],
    ["< 2.5", { kind: "below", limit: 2.5 }],
    ["≤2.5", { kind: "below", limit: 2.5 }],
    ["＜2.5", { kind: "below", limit: 2.5 }],
    ["小于2.5", { kind: "below", limit: 2.5 }],
    [">500", { kind: "aboveRange", limit: 500 }],
    ["<LOQ", { kind: "belowLoq" }],
    ["< LLOQ", { kind: "belowLoq" }],
    ["<LOD", { kind: "belowLod" }],
    ["ND", { kind: "belowLod" }],
    ["n.d.", { kind: "belowLod" }],
    ["n. n.", { kind: "belowLod" }],
    ["Not detected", { kind: "belowLod" }],
    ["未检出", { kind: "belowLod" }],
    ["低于定量限", { kind: "belowLoq" }],
    ["痕量", { kind: "betweenLodAndLoq" }],
    ["", { kind: "blank" }],
    ["NA", { kind: "blank" }],
    ["4-Mar", { kind: "date" }],
    ["04.Mrz", { kind: "date" }],
    ["Jan 26", { kind: "date" }],
    ["3月4日", { kind: "date" }],
    ["2026-03-04", { kind: "date" }],
    ["03.04.2026", { kind: "date" }],
    ["abc", { kind: "unreadable" }],
    ["<abc", { kind: "unreadable" }],
    ["<0", { kind: "unreadable" }],
    ["#VALUE!", { kind: "unreadable" }],
  ])("%j says %j", (text, said) => expect(parseReported(text, ".")).toEqual(said));
});

describe("a date", () => {
  const read = (text: string, how = {}) => parseWhen(text, how, serialToWall);
  const wall = (text: string, how = {}) => {
    const when = read(text, how);
    if (typeof when !== "object") return when;
    const { year, month, day, hour, minute, second } = when.wall;
    return [year, month, day, hour, minute, second, when.offset ?? (when.dayOnly ? "day" : "local")].join(" ");
  };
  it.each([
    ["2026-05-04", "2026 5 4 0 0 0 day"],
    ["2026-05-04 07:30", "2026 5 4 7 30 0 local"],
    ["2026-05-04T07:30:15+02:00", "2026 5 4 7 30 15 +02:00"],
    ["2026-05-04T07:30:00Z", "2026 5 4 7 30 0 Z"],
    ["04.05.2026", "2026 5 4 0 0 0 day"],
    ["27.06.2022 11:01", "2022 6 27 11 1 0 local"],
    ["2026年5月4日", "2026 5 4 0 0 0 day"],
    ["2026年5月4日 8时30分", "2026 5 4 8 30 0 local"],
    ["2026年05月04日08:30", "2026 5 4 8 30 0 local"],
    ["2026/5/4", "2026 5 4 0 0 0 day"],
    ["20260504", "2026 5 4 0 0 0 day"],
    ["4 May 2026", "2026 5 4 0 0 0 day"],
    ["04-May-2026 3:05 PM", "2026 5 4 15 5 0 local"],
    ["25/12/2025", "2025 12 25 0 0 0 day"],
    ["12/25/2025", "2025 12 25 0 0 0 day"],
    ["05/04/2026", "ambiguous"],
    ["2026-02-30", undefined],
    ["2026-05-04 25:00", undefined],
    ["04.05.26", undefined],
    ["yesterday", undefined],
  ])("%j is %j", (text, expected) => expect(wall(text)).toBe(expected));

  it("05/04/2026 is read in the order given", () => {
    expect(wall("05/04/2026", { dateOrder: "dmy" })).toBe("2026 4 5 0 0 0 day");
    expect(wall("05/04/2026", { dateOrder: "mdy" })).toBe("2026 5 4 0 0 0 day");
  });
  // Python: (date(2026, 5, 4) - date(1899, 12, 30)).days is 46146, from date(1904, 1, 1) it is 44684.
  it("46146 is 4 May 2026 as a day number from 1900, and 44684 from 1904", () => {
    expect(wall("46146")).toBe("2026 5 4 0 0 0 day");
    expect(wall("44684.5", { date1904: true })).toBe("2026 5 4 12 0 0 local");
  });
});

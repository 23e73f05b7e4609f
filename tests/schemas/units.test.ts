import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { convert, dimensionOf, parseUnit, suggestUnit, UNIT_CODES, unitCode, unitsOf } from "../../schemas/units.ts";

describe("conversion", () => {
  // 1 MGD = 3785.411784 m3/d (NIST SP 811); the rest from definitions
  it.each([
    [1, "10*6.[gal_us]/d", "m3/d", 3785.411784],
    [1, "10*4.m3/d", "m3/d", 10_000],
    [1, "m3/s", "m3/d", 86_400],
    [1, "L/s", "m3/d", 86.4],
    [1, "ug/L", "ng/L", 1000],
    [1, "pg/mL", "ng/L", 1],
    [1, "mg/L", "ng/L", 1e6],
    [1, "g/d/(10*6.{inh})", "mg/d/(10*3.{inh})", 1],
    [68, "[degF]", "Cel", 20],
    [293.15, "K", "Cel", 20],
    [1, "mS/cm", "uS/cm", 1000],
  ] as const)("%d %s in %s", (value, from, to, wanted) =>
    expect(Math.abs(convert(value, from, to) - wanted)).toBeLessThan(1e-9 * wanted),
  );
  it("there and back is the same value to 1e-12, for every pair of one dimension", () => {
    for (const from of UNIT_CODES) {
      for (const to of unitsOf(dimensionOf(from))) {
        fc.assert(
          fc.property(fc.double({ min: 1, max: 1e6, noNaN: true }), (value) => {
            const back = convert(convert(value, from, to), to, from);
            const scale = dimensionOf(from) === "temperature" ? Math.max(value, 300) : value;
            expect(Math.abs(back - value)).toBeLessThanOrEqual(1e-12 * scale);
          }),
          { numRuns: 10 },
        );
      }
    }
  });
  it("two dimensions never convert", () => {
    expect(() => convert(1, "ng/L", "g/d")).toThrow(RangeError);
    expect(() => convert(1, "nmol/L", "ng/L")).toThrow("molarConcentration");
  });
});

describe("what labs and utilities write", () => {
  it("every code reads as itself and is in the schema", () => {
    for (const code of UNIT_CODES) expect([parseUnit(code), unitCode.parse(code)]).toEqual([code, code]);
  });
  it.each([
    ["ng/L", "ng/l", "NG/L", " ng / L ", "ng·L-1", "ng L⁻¹", "ng·L⁻¹", "纳克/升", "ngL"],
    ["ug/L", "µg/L", "μg/l", "mcg/L", "微克/升", "ugL"],
    ["mg/L", "mg/l", "mg N/L", "mg/L as N", "mg O2/L", "毫克/升", "mgL"],
    ["m3/d", "m³/d", "M3/D", "m^3/day", "m3·d-1", "立方米/天", "立方米/日"],
    ["10*4.m3/d", "万立方米/天", "万m³/d", "万吨/日", "10^4 m3/d"],
    ["10*6.[gal_us]/d", "MGD", "mgd"],
    ["ML/d", "ML/day", "MLD", "megalitres/day"],
    ["m3/h", "m³/h", "m3/hr", "立方米/小时"],
    ["L/s", "l/s", "L/sec"],
    [
      "mg/d/(10*3.{inh})",
      "mg/1000inh/day",
      "mg/day/1000 inhabitants",
      "mg/d/1000",
      "毫克/千人·天",
      "mg/千人天",
      "mg/(1000 inh·d)",
      "mg/1,000 people/day",
    ],
    ["g/d/(10*6.{inh})", "g/10^6/d", "g/d/10^6 inh"],
    ["Cel", "°C", "℃", "degC"],
    ["[pH]", "pH"],
    ["uS/cm", "µS/cm", "μS/cm"],
    ["nmol/L", "nM"],
    ["{pulse}", "pulses", "脉冲"],
  ])("%s", (code, ...spellings) => {
    for (const spelling of spellings) expect(parseUnit(spelling), spelling).toBe(code);
  });
  it.each([
    ["ppb", "ug/L"],
    ["ppt", "ng/L"],
    ["ppm", "mg/L"],
    ["ngl", "ng/L"],
    ["ml/d", "ML/d"],
    ["MG/D", "mg/d"],
    ["吨/天", "m3/d"],
  ])("%s has no exact meaning: refused, with %s suggested", (text, suggestion) => {
    expect(parseUnit(text)).toBeUndefined();
    expect(suggestUnit(text)).toBe(suggestion);
  });
  it.each(["", "foo", "bananas", "1/x"])("%j is refused and nothing is suggested", (text) => {
    expect(parseUnit(text)).toBeUndefined();
    expect(suggestUnit(text)).toBeUndefined();
  });
  it("no text of any kind throws or reads as a unit it is not", () => {
    fc.assert(fc.property(fc.string(), (text) => parseUnit(text) === undefined || UNIT_CODES.includes(parseUnit(text)!)));
  });
});

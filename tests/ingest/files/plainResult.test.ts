import fc from "fast-check";
import { expect, it } from "vitest";
import { plainResult } from "../../../ingest/files/plainResult.ts";
import { assayResult, CENSORINGS, REPORTED_QUANTITIES } from "../../../schemas/assay.ts";
import { substances } from "../../../schemas/substances.ts";
import { UNIT_CODES } from "../../../schemas/units.ts";

/** Mostly the first, now and then the second: a row is wrong in few of its cells. */
const mostly = <T, U>(right: fc.Arbitrary<T>, wrong: fc.Arbitrary<U>) =>
  fc.oneof({ arbitrary: right, weight: 15 }, { arbitrary: wrong, weight: 1 });
const number = mostly(
  fc.double({ min: 1e-9, max: 1e9, noNaN: true }),
  fc.constantFrom(0, -1, Number.NaN, Number.POSITIVE_INFINITY, null, "2.5", 1e308, 5e-324),
);
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const usual = fc.record({
  analyte: mostly(fc.constantFrom(...substances.map(({ id }) => id)), fc.constantFrom<unknown>("MDMA", "冰毒", "nothing", "", 5)),
  quantity: mostly(fc.constant("concentration"), fc.constantFrom(...Object.keys(REPORTED_QUANTITIES), "toString", undefined)),
  value: optional(number),
  unit: mostly(fc.constant("ng/L"), fc.constantFrom(...UNIT_CODES, "ngl", "toString")),
  censoring: mostly(fc.constantFrom(...CENSORINGS), fc.constantFrom("below", undefined)),
  lod: optional(number),
  loq: optional(number),
  uncertainty: optional(number),
  coverageFactor: optional(number),
  method: mostly(fc.constantFrom("m1", "YJY02.10-2021", "LCMS-1", "方法1"), fc.constantFrom("", "m".repeat(65), undefined)),
  replicate: mostly(fc.constantFrom(1, 2, undefined), fc.constantFrom<unknown>(0, 1.5, -1, 2 ** 53, "1")),
});
const unusual = fc.constantFrom({ ionRatio: 0.5 }, { ionRatio: -1 }, { withdrawn: true }, { colour: "red" });
const draft = fc.tuple(usual, mostly(fc.constant({}), unusual)).map(([one, other]) => ({ ...one, ...other }));

it("what is plainly right is what the schema makes of it, field by field and in its order; nothing else is", () => {
  let plain = 0;
  fc.assert(
    fc.property(draft, (given) => {
      const result = plainResult(given);
      if (!result) return;
      plain++;
      expect(JSON.stringify(result)).toBe(JSON.stringify(assayResult.parse(given)));
    }),
    { numRuns: 5_000 },
  );
  expect(plain).toBeGreaterThan(200);
});

it("an ordinary row is plainly right", () => {
  const row = { analyte: "mdma", quantity: "concentration", value: 12.5, unit: "ng/L", censoring: "none", method: "m1", loq: 2 };
  expect(plainResult(row)).toEqual({ ...row, replicate: 1 });
  expect(plainResult({ ...row, censoring: "belowLoq", value: undefined })).toMatchObject({ censoring: "belowLoq", loq: 2 });
});

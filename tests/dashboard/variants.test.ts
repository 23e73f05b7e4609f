import { expect, it } from "vitest";
import { firstVariant, oneVariant } from "../../dashboard/variants.ts";

it("of derived series one stands for the others: people as connected before any other count, then the first name", () => {
  const variants = ["nh4-n@1/ammoniumNitrogen", "euda-score@1/census", "euda-score@1/supplied", "acic-nwdmp@1/supplied"];
  expect(firstVariant(variants)).toBe("acic-nwdmp@1/supplied");
  expect(firstVariant(["LAB-1/m-1/1"])).toBeUndefined();
});

it("what laboratories reported themselves stays", () => {
  const series = ["LAB-1/m-1/1", "LAB-1/m-1/2", "b@1", "a@1"].map((variant) => ({ variant }));
  expect(oneVariant(series).map(({ variant }) => variant)).toEqual(["LAB-1/m-1/1", "LAB-1/m-1/2", "a@1"]);
});

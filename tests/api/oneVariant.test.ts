import { expect, it } from "vitest";
import { oneVariant } from "../../api/series/oneVariant.ts";

const of = (...variants: string[]) => oneVariant(variants.map((variant) => ({ variant }))).map(({ variant }) => variant);

it("of series side by side the static count's is shown, named after the first profile that has it", () => {
  const side = ["nh4-n@1/ammoniumNitrogen", "euda-score@1/combined", "euda-score@1/supplied", "mine@2/supplied"];
  expect(of(...side, ...side)).toEqual(["euda-score@1/supplied", "euda-score@1/supplied"]);
  expect(of("nh4-n@1/ammoniumNitrogen", "cn-cotinine@1/cotinine")).toEqual(["cn-cotinine@1/cotinine"]);
});

it("what laboratories reported themselves is all kept, whatever its method", () =>
  expect(of("lab-1/m-1/1", "euda-score@1/supplied", "lab-1/m-2/1")).toEqual([
    "lab-1/m-1/1",
    "euda-score@1/supplied",
    "lab-1/m-2/1",
  ]));

import { expect, it } from "vitest";
import { adjustFalseDiscovery } from "../../../analytics/detect/falseDiscovery.ts";
import oracle from "./fixtures/p_adjust_BH1995.json" with { type: "json" };

// The 15 p-values of Benjamini & Hochberg 1995. Adjusted: R 4.2.2, p.adjust(p, method = "BH").
it("agrees with R on the paper's p-values", () => {
  for (const [i, q] of adjustFalseDiscovery(oracle.input.p).entries()) expect(q).toBeCloseTo(oracle.output.BH[i]!, 12);
});
it("the order of the p-values is no matter", () =>
  expect(adjustFalseDiscovery([0.04, 0.01, 0.03])).toEqual([
    adjustFalseDiscovery([0.01, 0.03, 0.04])[2],
    ...adjustFalseDiscovery([0.01, 0.03, 0.04]).slice(0, 2),
  ]));

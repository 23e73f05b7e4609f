import { expect, it } from "vitest";
import { cusumLimit, cusumRunLength, ewmaRunLength, ewmaWidth } from "../../../analytics/quality/runLength.ts";
import { close } from "../censored/oracle.ts";
import oracle from "./fixtures/arl_spc.json" with { type: "json" };

// R 4.2.2, package spc 0.6.7: xcusum.arl(k, h, mu, sided = "one"), xewma.arl(l, c, mu), xcusum.crit(k, L0). Tolerance 1e-6 relative.
it.each(oracle.output.cusum_one_sided)("CUSUM k $k, h $h, shift $mu runs $arl", ({ k, h, mu, arl }) =>
  close(cusumRunLength({ reference: k, limit: h }, mu), arl),
);
it.each(oracle.output.ewma_two_sided)("EWMA lambda $l, c $c, shift $mu runs $arl", ({ l, c, mu, arl }) =>
  close(ewmaRunLength({ lambda: l, width: c }, mu), arl),
);
it.each([
  [0.5, 100, oracle.output.crit.k05_L0_100],
  [0.5, 370, oracle.output.crit.k05_L0_370],
  [0.5, 500, oracle.output.crit.k05_L0_500],
  [1, 500, oracle.output.crit.k1_L0_500],
  [0.25, 500, oracle.output.crit.k025_L0_500],
])("the limit of a CUSUM with k %d that runs %d", (k, runLength, limit) => close(cusumLimit(k, runLength), limit));
it("the width of an EWMA is where it runs so long", () =>
  close(ewmaRunLength({ lambda: 0.2, width: ewmaWidth(0.2, 200) }, 0), 200, 1e-6));
it("a run length that no chart has is refused", () => expect(() => cusumLimit(0.5, 1)).toThrow(RangeError));

import { expect, it } from "vitest";
import { farringtonFlexible } from "../../../analytics/detect/farrington.ts";
import oracle from "./fixtures/farringtonFlexible_salmNewport_noufaily_nb.json" with { type: "json" };

// R 4.2.2, surveillance 1.20.3, farringtonFlexible on salmNewport, the last 104 weeks; the call stands in the fixture.
const { observed, epoch } = oracle.input;
const { date, upperbound, alarm, pvalue, expected } = oracle.output;
const weeks = date.map((day) => farringtonFlexible(observed, epoch, epoch.indexOf(day)));

it("agrees with R on every expected count, threshold, p-value and alarm", () => {
  for (const [row, week] of weeks.entries()) {
    const bound = upperbound[row];
    expect(week.threshold ?? null, date[row]).toBe(bound);
    expect(week.raised, date[row]).toBe(alarm[row] === 1);
    const mean = expected[row];
    if (typeof mean === "number") expect(Math.abs(week.expected / mean - 1), date[row]).toBeLessThan(1e-6);
    expect(Math.abs(week.pValue / pvalue[row]! - 1), date[row]).toBeLessThan(1e-5);
  }
});
it("needs five years", () => expect(() => farringtonFlexible(observed, epoch, 100)).toThrow("needs 5 years"));

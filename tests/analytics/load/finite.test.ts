import fc from "fast-check";
import { expect, it } from "vitest";
import { levelsOf } from "../../../analytics/load/levelChanges.ts";
import { ownConstants } from "../../../analytics/load/ownConstants.ts";
import { periodMeans } from "../../../analytics/load/periodMeans.ts";
import { type DayValue, seasonalTrendOf, trendOf, yearlyChanges } from "../../../analytics/load/trend.ts";
import { weekRuleOf } from "../../../analytics/load/week.ts";
import { addDays } from "../../../schemas/days.ts";
import { findProfile, methodProfiles } from "../../../schemas/profiles.ts";

// A number that is not finite has no JSON, so an answer that holds one is an error of the server's. Found that way: a trend of one week.
const euda = findProfile("euda-score")!;
const amount = fc.oneof(fc.double({ min: 1e-6, max: 1e7, noNaN: true }), fc.constantFrom(1, 2, 5));
const dayValue = fc.tuple(fc.nat(1_200), amount, fc.constantFrom("value", "value", "limit", "limitUnknown")).map(
  ([day, value, kind]): DayValue => ({
    day: addDays("2023-01-01", day),
    value: kind === "limitUnknown" ? 0 : value,
    censored: kind !== "value",
  }),
);

function expectFinite(answer: unknown, path: string): void {
  if (typeof answer === "number") expect(Number.isFinite(answer), `${path} is ${answer}`).toBe(true);
  else if (typeof answer === "object" && answer !== null)
    for (const [key, inner] of Object.entries(answer)) expectFinite(inner, `${path}.${key}`);
}

it("every answer about a series is there with finite numbers or is null, whatever its days, values and limits", () =>
  fc.assert(
    fc.property(
      fc.array(dayValue, { maxLength: 60 }),
      fc.constantFrom(...methodProfiles),
      fc.constantFrom("week" as const, "month" as const, "year" as const),
      (values, profile, every) => {
        expectFinite(trendOf(values), "trend");
        expectFinite(seasonalTrendOf(values), "seasonal");
        expectFinite(levelsOf(values), "levels");
        expectFinite(periodMeans(values, every, profile), "means");
        expectFinite(
          yearlyChanges(values, (year) => weekRuleOf(euda, year), 10),
          "years",
        );
      },
    ),
    { numRuns: 300 },
  ));

it("so is every answer about a marker", () =>
  fc.assert(
    fc.property(
      fc.array(fc.record({ siteId: fc.string(), people: amount, loadsGD: fc.array(amount, { maxLength: 12 }) }), {
        maxLength: 8,
      }),
      (plants) => expectFinite(ownConstants(plants), "constants"),
    ),
  ));

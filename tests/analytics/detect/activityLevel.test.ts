import { expect, it } from "vitest";
import { activityBaseline, activityLevel } from "../../../analytics/detect/activityLevel.ts";

it("is 1 at the baseline and e a standard deviation above it", () => {
  expect(activityLevel(Math.exp(2), { p10: 2, sd: 0.7 }).level).toBeCloseTo(1, 12);
  expect(activityLevel(Math.exp(2.7), { p10: 2, sd: 0.7 }).level).toBeCloseTo(Math.E, 12);
});
it("has its classes at 2, 3.4, 5.3 and 7.8", () => {
  const classes = [1.99, 2, 3.39, 3.4, 5.29, 5.3, 7.79, 7.81].map((level) => activityLevel(level, { p10: 0, sd: 1 }).class);
  expect(classes).toEqual([1, 2, 2, 3, 3, 4, 4, 5]);
});
it("takes the tenth percentile as R's quantile does (type 7)", () => {
  // By hand: the tenth percentile of eleven values is the second. Deviation: Python 3, statistics.stdev of the logs.
  const { p10, sd } = activityBaseline([11, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1]);
  expect(p10).toBeCloseTo(Math.log(2), 12);
  expect(sd).toBeCloseTo(0.7451102485795551, 12);
});

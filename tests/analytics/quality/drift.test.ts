import { expect, it } from "vitest";
import { driftOf } from "../../../analytics/quality/drift.ts";
import { seededRandom } from "../../../simulation/random.ts";

const rounds = (scores: readonly number[]) =>
  scores.map((score, i) => ({
    labId: "lab",
    analyte: "mdma",
    day: `${2010 + Math.floor(i / 12)}-${String((i % 12) + 1).padStart(2, "0")}-01`,
    score,
  }));

it("scores that are each satisfactory but all on one side are a signal, with the round it began", () => {
  const drift = driftOf(rounds([0.2, -0.4, -0.1, 1.6, 1.5, 1.8, 1.7, 1.6, 1.5]));
  expect(drift).toMatchObject({ rounds: 9, signal: "high", since: "2010-04-01", cusumLow: 0 });
  expect(driftOf(rounds([0.2, -0.4, -0.1, -1.6, -1.5, -1.8, -1.7, -1.6, -1.5])).signal).toBe("low");
});
it("scores that change sides are none, and the order they are given in is no matter", () => {
  const history = rounds([1.8, -1.7, 1.9, -1.6, 1.5, -1.9]);
  expect(driftOf(history)).toMatchObject({ signal: "none", since: null });
  expect(driftOf(history.toReversed())).toEqual(driftOf(history));
});
it("a laboratory that recovered is not held to its past", () =>
  expect(driftOf(rounds([...Array(8).fill(1.7), ...Array(14).fill(-0.4)])).signal).toBe("none"));
it("no round, no signal", () => expect(driftOf([])).toMatchObject({ rounds: 0, bias: 0, signal: "none" }));
it("after twelve rounds few laboratories without bias signal, and most of those that are one standard deviation off", () => {
  const random = seededRandom(7, "scores");
  const share = (bias: number) => {
    const labs = Array.from({ length: 2_000 }, () => driftOf(rounds(Array.from({ length: 12 }, () => random.normal() + bias))));
    return labs.filter(({ signal }) => signal !== "none").length / labs.length;
  };
  expect(share(0)).toBeLessThan(0.1);
  expect(share(1)).toBeGreaterThan(0.75);
});

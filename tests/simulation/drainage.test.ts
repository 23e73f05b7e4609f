import { expect, it } from "vitest";
import type { Network } from "../../schemas/network.ts";
import { passingThrough } from "../../simulation/drainage.ts";

// a ─► b ─► plant, where a splits: 30 % to b, the rest to an overflow
const SPLIT: Network = {
  id: "N",
  plant: "plant",
  nodes: ["a", "b", "overflow", "plant"].map((id) => ({ id })),
  links: [
    { id: "1", from: "a", to: "b", splitFraction: 0.3 },
    { id: "2", from: "a", to: "overflow", splitFraction: 0.7 },
    { id: "3", from: "b", to: "plant" },
  ],
};
const rounded = (passing: Map<string, number>) => Object.fromEntries([...passing].map(([id, x]) => [id, Number(x.toFixed(12))]));

it("adds up downstream and divides at a split", () =>
  expect(rounded(passingThrough(SPLIT, () => 1))).toEqual({ a: 1, b: 1.3, overflow: 1.7, plant: 2.3 }));

it("of a mass that enters at one node, only what takes the way passes", () =>
  expect(rounded(passingThrough(SPLIT, (id) => (id === "a" ? 10 : 0)))).toEqual({ a: 10, b: 3, overflow: 7, plant: 3 }));

it("divides evenly where the split is unknown", () => {
  const unknown = { ...SPLIT, links: SPLIT.links.map(({ splitFraction: _gone, ...link }) => link) };
  expect(rounded(passingThrough(unknown, (id) => (id === "a" ? 10 : 0)))).toMatchObject({ b: 5, overflow: 5 });
});

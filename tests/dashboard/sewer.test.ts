import { expect, it } from "vitest";
import { arrowHead, credibleOf, nodeFinder, readSewer, STEPS, stepOf } from "../../dashboard/maps/sewer.ts";
import type { Posterior } from "../../schemas/lead.ts";

const feature = (geometry: { type: string; coordinates: unknown }, properties: Record<string, unknown>) => {
  return { type: "Feature" as const, geometry, properties };
};
const metres = {
  type: "FeatureCollection" as const,
  features: [
    feature(
      {
        type: "LineString",
        coordinates: [
          [5000, 100],
          [5100, 100],
        ],
      },
      { id: "P1", from: "M1", to: "M2" },
    ),
    feature({ type: "Point", coordinates: [5000, 100] }, { id: "M1", population: 40 }),
  ],
};

it("metres are told from degrees, and a node without a point stands where its pipe ends", () => {
  const sewer = readSewer(metres);
  expect(sewer.geographic).toBe(false);
  expect(sewer.nodes.get("M2")!.place).toEqual([100, 5100]);
  expect(
    readSewer({ type: "FeatureCollection", features: [feature({ type: "Point", coordinates: [114, 30] }, { id: "A" })] })
      .geographic,
  ).toBe(true);
});

it("a node belongs to the narrowest set that holds it", () => {
  const set = (...nodes: string[]) => ({ nodes, pipeLengthM: null, people: null });
  const credible = { "50": set("a"), "80": set("a", "b"), "90": set("a", "b"), "95": set("a", "b", "c") };
  expect([...credibleOf({ credible } as unknown as Posterior)].toSorted()).toEqual([
    ["a", 50],
    ["b", 80],
    ["c", 95],
  ]);
});

it("every probability has a step, the least likely the last", () => {
  expect([1, 0.2, 0.1, 0.02, 0.003, 0.0001, 0].map(stepOf)).toEqual([0, 0, 1, 2, 3, 4, 4]);
  expect(stepOf(0)).toBe(STEPS.length - 1);
});

it("an arrow's tip lies ahead of its wings, in the direction of flow; a short pipe bears none", () => {
  const [wing, tip] = arrowHead({ x: 0, y: 0 }, { x: 100, y: 0 })!;
  expect(tip![0]).toBeGreaterThan(wing![0]);
  expect(arrowHead({ x: 0, y: 0 }, { x: 10, y: 0 })).toBeNull();
});

it("the node nearest to the pointer is found, also across the border of a cell, and none far away", () => {
  const node = (id: string, x: number, y: number) => ({ id, place: [y, x] as [number, number], properties: {} });
  const find = nodeFinder([node("a", 31, 31), node("b", 60, 31)], ([y, x]) => ({ x, y }));
  expect(find(33, 33)?.id).toBe("a");
  expect(find(200, 200)).toBeNull();
});

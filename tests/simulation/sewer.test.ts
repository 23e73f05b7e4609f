import { describe, expect, it } from "vitest";
import { prepareNetwork } from "../../analytics/trace/graph.ts";
import { network } from "../../schemas/network.ts";
import { passingThrough } from "../../simulation/drainage.ts";
import { generateSewer } from "../../simulation/sewer.ts";

const SETTINGS = { id: "g", seed: 7, nodes: 400, people: 50_000 };
const plain = generateSewer(SETTINGS);
const grown = generateSewer({ ...SETTINGS, splitShare: 0.1, wellShare: 0.05 });

describe("a generated sewer", () => {
  it("is a valid network, the same for the same seed", () => {
    expect(network.safeParse(grown).success).toBe(true);
    expect(generateSewer(SETTINGS)).toEqual(plain);
    expect(generateSewer({ ...SETTINGS, seed: 8 })).not.toEqual(plain);
  });

  it("keeps its people, pipes and flows when it gets splits and pump wells", () => {
    expect(grown.nodes.map(({ population }) => population)).toEqual(plain.nodes.map(({ population }) => population));
    expect(grown.links.slice(0, plain.links.length).map(({ to }) => to)).toEqual(plain.links.map(({ to }) => to));
  });

  it("has about as many splits and wells as asked for, none unless asked", () => {
    expect((grown.links.length - plain.links.length) / 400).toBeCloseTo(0.1, 1);
    expect(grown.nodes.filter(({ kind }) => kind === "pumpWell").length / 400).toBeCloseTo(0.05, 1);
    expect(plain.links).toHaveLength(400);
    expect(plain.nodes.some(({ kind }) => kind === "pumpWell")).toBe(false);
  });

  it("has no circles, and all that enters reaches the plant", () => {
    const { checks, reach } = prepareNetwork(grown);
    expect(checks).toEqual([]);
    expect(Math.min(...reach)).toBeCloseTo(1, 9);
    const people = new Map(grown.nodes.map(({ id, population = 0 }) => [id, population]));
    const total = [...people.values()].reduce((sum, own) => sum + own, 0);
    expect(passingThrough(grown, (id) => people.get(id) ?? 0).get("WWTP")).toBeCloseTo(total, 6);
  });
});

import { describe, expect, it } from "vitest";
import { prepareNetwork } from "../../../analytics/trace/graph.ts";
import type { Network, NetworkLink, NetworkNode } from "../../../schemas/network.ts";

const pipe = (from: string, to: string, own: Partial<NetworkLink> = {}): NetworkLink => ({
  id: `${from}-${to}`,
  from,
  to,
  ...own,
});
const town = (links: NetworkLink[], own: Record<string, Partial<NetworkNode>> = {}): Network => ({
  id: "t",
  plant: "p",
  nodes: [...new Set(["p", ...links.flatMap(({ from, to }) => [from, to]), ...Object.keys(own)])].map((id) => ({
    id,
    ...own[id],
  })),
  links,
});
const checkOf = (network: Network, code: string) => prepareNetwork(network).checks.find((check) => check.code === code);
const reachOf = (network: Network, id: string) => {
  const { reach, indexOf } = prepareNetwork(network);
  return reach[indexOf.get(id) as number];
};

describe("what a network lacks or contradicts is assumed about, and listed", () => {
  it("a circle is cut where sewage can also leave", () => {
    const round = town([pipe("a", "b"), pipe("b", "c"), pipe("c", "a"), pipe("c", "p")]);
    expect(checkOf(round, "cycle")).toMatchObject({ count: 1, examples: ["c-a"] });
    expect(reachOf(round, "a")).toBe(1);
  });

  it("an island is joined to the nearest other part", () => {
    const places = { p: { x: 0, y: 0 }, a: { x: 0, y: 100 }, b: { x: 0, y: 200 }, c: { x: 0, y: 300 } };
    const island = town([pipe("a", "p"), pipe("c", "b")], places);
    expect(checkOf(island, "island")).toMatchObject({ count: 1, examples: ["b"] });
    const { down, ids, indexOf } = prepareNetwork(island);
    expect(ids[down[indexOf.get("b") as number] as number]).toBe("a");
  });

  it("an island without coordinates is joined to the plant", () => {
    const island = town([pipe("a", "p"), pipe("c", "b")]);
    expect(checkOf(island, "geometry_missing")).toMatchObject({ assumed: "islands are joined at the plant" });
    expect(reachOf(island, "c")).toBe(1);
  });

  it("what runs to another outfall never reaches the plant", () => {
    const two = town([pipe("a", "p"), pipe("b", "river")], { river: { kind: "outfall" } });
    expect(checkOf(two, "several_outfalls")).toMatchObject({ count: 1, examples: ["river"] });
    expect(reachOf(two, "b")).toBe(0);
  });

  it("unknown shares of a split follow the pipes' full-flow capacity", () => {
    const split = town(
      [pipe("a", "p", { diameterM: 0.4, slope: 0.01 }), pipe("a", "x", { diameterM: 0.2, slope: 0.01 }), pipe("x", "river")],
      { river: { kind: "outfall" } },
    );
    expect(checkOf(split, "split_unknown")).toMatchObject({ count: 1, examples: ["a"] });
    expect(reachOf(split, "a")).toBeCloseTo(2 ** (8 / 3) / (2 ** (8 / 3) + 1), 9);
  });

  it("without flows baselines are shared out by people, without people by manholes", () => {
    const links = [pipe("a", "p"), pipe("b", "a"), pipe("c", "a")];
    const shareOfB = (network: Network) => {
      const graph = prepareNetwork(network);
      return { by: graph.shareBy, share: graph.baselineShare[graph.indexOf.get("b") as number] };
    };
    expect(shareOfB(town(links, { b: { population: 30 }, c: { population: 70 } }))).toEqual({ by: "people", share: 0.3 });
    expect(shareOfB(town(links))).toEqual({ by: "nodes", share: 0.25 });
  });

  it("a travel time given, as of a pump well, goes before length and velocity", () => {
    const { hoursToPlant, indexOf } = prepareNetwork(
      town([pipe("well", "p", { travelTimeH: 1.5, lengthM: 10 }), pipe("a", "well", { lengthM: 3600, velocityMS: 1 })]),
    );
    expect(hoursToPlant[indexOf.get("a") as number]).toBeCloseTo(2.5, 9);
  });
});

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { prepareNetwork } from "../../../analytics/trace/graph.ts";
import { readNetworkGeojson } from "../../../ingest/files/networkGeojson.ts";
import { type NetworkRead, readNetworkJson } from "../../../ingest/files/networkJson.ts";
import { readSwmm } from "../../../ingest/files/swmm.ts";
import type { Network } from "../../../schemas/network.ts";

function networkOf(read: NetworkRead): Network {
  if ("refusals" in read) throw new Error(JSON.stringify(read.refusals));
  return read.network;
}
const codesOf = (read: NetworkRead) => ("refusals" in read ? read.refusals : read.checks).map(({ code }) => code);

describe("a SWMM input file", () => {
  const text = readFileSync(new URL("fixtures/village.inp", import.meta.url), "utf8");
  const village = networkOf(readSwmm(text, "maps/village.inp", "PLANT"));
  const node = (id: string) => village.nodes.find((one) => one.id === id);
  const link = (id: string) => village.links.find((one) => one.id === id);

  it("gives junctions, dividers, storage and outfalls, quoted names included", () => {
    expect(village).toMatchObject({ id: "village", plant: "PLANT" });
    expect(village.nodes.map(({ id, kind }) => `${kind} ${id}`)).toEqual([
      "junction J1",
      "junction J2",
      "junction J 3",
      "junction TANK",
      "outfall PLANT",
      "outfall RIVER",
      "storage WELL",
      "divider D1",
    ]);
    expect(node("J1")).toMatchObject({ x: 0, y: 300 });
    expect(node("WELL")).not.toHaveProperty("x");
  });

  it("gives conduits, pumps, orifices, weirs and outlets", () => {
    expect(village.links.map(({ id }) => id).toSorted()).toEqual(
      ["C1", "C2", "C3", "C4", "C5", "O1", "OUT1", "P1", "TO_RIVER", "W1"].toSorted(),
    );
    expect(link("C1")).toMatchObject({ lengthM: 100, diameterM: 0.3, slope: 0.01 });
    expect(link("P1")).toEqual({ id: "P1", from: "WELL", to: "PLANT" });
  });

  it("takes a velocity from Manning, part full", () => {
    // full flow of 0.3 m at 1 %: (0.3 / 4)^(2/3) * 0.01^(1/2) / 0.013 = 1.368 m/s
    expect(link("C1")?.velocityMS).toBeCloseTo(0.7 * 1.368, 2);
  });

  it("gives what runs only when the sewer is full next to nothing: raised outlets and a divider's overflow", () => {
    expect(["O1", "W1", "TO_RIVER"].map((id) => link(id)?.splitFraction)).toEqual([0.02, 0.02, 0.02]);
    expect(link("C2")).not.toHaveProperty("splitFraction");
  });

  it("sums dry-weather flow by its patterns' means and constant inflows, in m3/s", () => {
    const mean = (5 * 1.5 + 2 * 0.5) / 7;
    expect(node("J1")?.dryWeatherFlowM3S).toBeCloseTo(0.002 * mean, 12);
    expect(node("J2")?.dryWeatherFlowM3S).toBeCloseTo(0.001, 12);
    expect(node("J 3")?.dryWeatherFlowM3S).toBeCloseTo(0.0005, 12);
  });

  it.each([
    ["CFS", 0.028316846592],
    ["GPM", 6.30902e-5],
    ["MGD", 0.0438126],
    ["CMS", 1],
    ["MLD", 0.0115741],
  ])("reads flow in %s", (units, m3S) => {
    const read = networkOf(readSwmm(text.replace("LPS", units), "village.inp", "PLANT"));
    const { dryWeatherFlowM3S = 0 } = read.nodes.find(({ id }) => id === "J2") ?? {};
    expect(dryWeatherFlowM3S / m3S).toBeCloseTo(1, 5);
  });

  it("takes the outfall that most flow drains to where none is named, and says so", () => {
    const read = readSwmm(text, "village.inp");
    expect(networkOf(read).plant).toBe("PLANT");
    expect(codesOf(read)).toContain("plant_assumed");
  });

  it.each([
    ["a unit it does not know", text.replace("LPS", "BBL"), "unit_unknown", "OPTIONS"],
    [
      "a length that is no number",
      text.replace("C1        J1     J2    100", "C1        J1     J2    abc"),
      "not_a_number",
      "CONDUITS",
    ],
    ["a pipe to a node that is not there", text.replace("J1     J2 ", "J1     J9 "), "node_unknown", undefined],
  ])("refuses %s, with its place", (_, wrong, code, sheet) => {
    const read = readSwmm(wrong, "village.inp", "PLANT");
    expect(codesOf(read)).toEqual([code]);
    expect("refusals" in read && read.refusals[0]?.where.sheet).toBe(sheet);
  });

  it("is ready to trace in: most sewage reaches the plant, what overflows does not", () => {
    const graph = prepareNetwork(village);
    const reach = (id: string) => graph.reach[graph.indexOf.get(id) as number];
    expect(reach("J1")).toBeCloseTo(0.98 * (0.5 * 0.98 ** 2 + 0.5 * 0.98), 1);
    expect(reach("WELL")).toBe(1);
    expect(graph.checks.map(({ code }) => code)).toContain("several_outfalls");
  });
});

describe("a GeoJSON map", () => {
  const line = (coordinates: number[][], properties = {}) => ({
    type: "Feature",
    properties,
    geometry: { type: "LineString", coordinates },
  });
  const point = (id: string, coordinates: number[], properties = {}) => ({
    type: "Feature",
    properties: { id, ...properties },
    geometry: { type: "Point", coordinates },
  });
  const map = (...features: object[]) => JSON.stringify({ type: "FeatureCollection", features });

  it("joins pipes at their ends, and makes the manholes it lacks", () => {
    const text = map(
      point("plant", [0, 0], { kind: "plant" }),
      point("m1", [0, 1000], { population: 40, colour: "red" }),
      line([
        [0, 1000],
        [0, 500],
      ]),
      line(
        [
          [0, 500],
          [0, 0],
        ],
        { lengthM: 500 },
      ),
    );
    const read = readNetworkGeojson(text, "town.geojson");
    const { nodes, links, plant } = networkOf(read);
    expect(plant).toBe("plant");
    expect(nodes.map(({ id }) => id)).toEqual(["plant", "m1", "node-at-0.00,500.00"]);
    expect(links.map(({ from, to }) => `${from}>${to}`)).toEqual(["m1>node-at-0.00,500.00", "node-at-0.00,500.00>plant"]);
    expect(codesOf(read)).toEqual(["geometry_missing", "value_ignored"]);
  });

  it("refuses what is no map", () => {
    expect(codesOf(readNetworkGeojson("{", "town.geojson"))).toEqual(["json_broken"]);
    expect("refusals" in readNetworkGeojson(`{"type":"Point"}`, "town.geojson")).toBe(true);
  });
});

describe("the project's JSON", () => {
  const town = { id: "t", plant: "p", nodes: [{ id: "p" }, { id: "a", x: null }], links: [{ id: "l", from: "a", to: "p" }] };

  it("reads null as absent, and says so", () => {
    const read = readNetworkJson(JSON.stringify(town), "net.json");
    expect(networkOf(read).nodes).toEqual([{ id: "p" }, { id: "a" }]);
    expect(codesOf(read)).toEqual(["null_read_as_absent"]);
  });

  it.each([
    ["a field it does not know", { ...town, colour: "red" }],
    ["a pipe to nowhere", { ...town, links: [{ id: "l", from: "a", to: "z" }] }],
    ["a plant that is no node", { ...town, plant: "z" }],
    ["a node twice", { ...town, nodes: [...town.nodes, { id: "a" }] }],
  ])("refuses %s", (_, value) => expect("refusals" in readNetworkJson(JSON.stringify(value), "net.json")).toBe(true));
});

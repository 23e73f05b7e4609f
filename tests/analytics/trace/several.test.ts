import { describe, expect, it } from "vitest";
import { prepareNetwork } from "../../../analytics/trace/graph.ts";
import { trace } from "../../../analytics/trace/trace.ts";
import type { Network } from "../../../schemas/network.ts";
import type { TraceObservation } from "../../../schemas/trace.ts";

/** Three equal arms of four manholes each: a4 drains to a3, a3 to a2, a2 to a1, a1 to the plant; b and c alike. */
const arms = ["a", "b", "c"].flatMap((arm) => [1, 2, 3, 4].map((k) => `${arm}${k}`));
const town: Network = {
  id: "arms",
  plant: "p",
  nodes: ["p", ...arms].map((id) => ({ id, dryWeatherFlowM3S: id === "p" ? 0 : 0.001 })),
  links: arms.map((id) => ({ id: `l${id}`, from: id, to: id.endsWith("1") ? "p" : `${id[0]}${Number(id[1]) - 1}`, lengthM: 50 })),
};
const graph = prepareNetwork(town);
const PLANT_GD = 12;
const trigger = { node: "p", analyte: "mdma", date: "2026-05-01", excessGD: 80, excessSd: 20, baselineGD: PLANT_GD };

/** Exact loads of sources of 40 g/d each at the places on every day. */
function loads(sources: readonly string[], nodes: readonly string[]): TraceObservation[] {
  return nodes.map((node, i) => {
    const [arm, position] = [node[0], Number(node[1])];
    const passing = sources.filter((source) => source[0] === arm && Number(source[1]) >= position).length;
    const date = `2026-05-${String(2 + Math.floor(i / 3)).padStart(2, "0")}`;
    return { node, date, loadGD: (PLANT_GD * (5 - position)) / 12 + 40 * passing, censored: false };
  });
}
const SAMPLED = ["a1", "b1", "c1", "a3", "b3", "c3", "a4", "b4", "c2", "a2", "b2", "a3"];

describe("two sources on two arms", () => {
  const found = trace(graph, { trigger, observations: loads(["a3", "b2"], SAMPLED) });

  it("are both found, each with its own place and mass", () => {
    expect(found.several).toBeGreaterThan(0.9);
    expect(found.sources).toHaveLength(2);
    expect(found.sources.map(({ candidates }) => candidates[0]?.node).toSorted()).toEqual(["a3", "b2"]);
    for (const { massGD } of found.sources) {
      expect(massGD?.low).toBeLessThan(42);
      expect(massGD?.high).toBeGreaterThan(38);
    }
  });

  it("share the candidates: the first two are theirs, and the sum is a probability", () => {
    expect(
      found.candidates
        .slice(0, 2)
        .map(({ node }) => node)
        .toSorted(),
    ).toEqual(["a3", "b2"]);
    const sum = found.candidates.reduce((total, { probability }) => total + probability, 0);
    expect(sum + found.noSource + found.diffuse + found.outside).toBeLessThanOrEqual(1 + 1e-9);
  });

  it("are told in a note", () =>
    expect(found.notes).toContainEqual({ code: "several_sources", values: { sources: 2, probability: found.several } }));
});

it("one source is not taken for two", () => {
  const found = trace(graph, { trigger, observations: loads(["a3"], SAMPLED) });
  expect(found.several).toBeLessThan(0.2);
  expect(found.sources).toHaveLength(1);
});

import { describe, expect, it } from "vitest";
import { prepareNetwork } from "../../../analytics/trace/graph.ts";
import { likelyPart } from "../../../analytics/trace/likelyPart.ts";
import { nextSamples, upstreamOf } from "../../../analytics/trace/next.ts";
import { trace } from "../../../analytics/trace/trace.ts";
import { generateSewer } from "../../../simulation/sewer.ts";

const graph = prepareNetwork(generateSewer({ id: "n", seed: 2, nodes: 120, people: 24_000, splitShare: 0.1 }));
const trigger = { node: "WWTP", analyte: "mdma", date: "2026-05-01", excessGD: 50, excessSd: 10, baselineGD: 20 };
const { source } = trace(graph, { trigger, observations: [] });
const nodesOf = (...args: Parameters<typeof nextSamples>) => nextSamples(...args).map(({ node }) => node);

describe("the next round", () => {
  it("has as many samples as asked for, none twice", () => {
    expect(new Set(nodesOf(graph, source, { batch: 5 })).size).toBe(5);
  });

  it("asks for the plant's own result once there rather is no source, unless it comes beside a whole round", () => {
    const moderate = { ...trigger, excessGD: 20, excessSd: 10 };
    const asked = nodesOf(graph, trace(graph, { trigger: moderate, observations: [] }).toSample);
    expect(asked).not.toContain("WWTP");
    const round = (nodes: readonly string[]) =>
      nodes.map((node) => {
        const share = graph.baselineShare[graph.indexOf.get(node) as number] as number;
        return { node, date: "2026-05-02", loadGD: trigger.baselineGD * share, censored: false };
      });
    const after = (nodes: readonly string[]) =>
      nodesOf(graph, trace(graph, { trigger: moderate, observations: round(nodes) }).toSample);
    expect(after(asked)).toContain("WWTP");
    expect(after([...asked, "WWTP"])).not.toContain("WWTP");
  });

  it("tells something with each sample, and never more than all there is to know", () => {
    const bits = nextSamples(graph, source, { batch: 5 }).map((next) => next.bits);
    for (const own of bits) expect(own).toBeGreaterThan(0);
    const all = [...source.node].reduce((sum, p) => sum - (p > 0 ? p * Math.log2(p) : 0), 0) + 1;
    expect(bits.reduce((a, b) => a + b, 0)).toBeLessThan(all);
  });

  it("leaves out what cannot be reached, and where too few people live", () => {
    const [first] = nodesOf(graph, source) as [string];
    expect(nodesOf(graph, source, { exclude: new Set([first]) })).not.toContain(first);
    const peopled = nodesOf(graph, source, { peopleMin: 5_000 });
    expect(peopled.length).toBeGreaterThan(0);
    for (const node of peopled) expect(graph.peopleUp[graph.indexOf.get(node) as number]).toBeGreaterThanOrEqual(5_000);
  });

  it("prefers the quicker of two alike", () => {
    const [first] = nodesOf(graph, source) as [string];
    expect(nodesOf(graph, source, { minutes: new Map([[first, 600]]) })[0]).not.toBe(first);
  });

  it("says why in a code with its numbers, and when sewage passes", () => {
    for (const { node, because, bits, window } of nextSamples(graph, source)) {
      const share = upstreamOf(graph, graph.indexOf.get(node) as number).reduce(
        (sum, u, i) => sum + u * (source.node[i] as number),
        0,
      );
      expect(because.values.upstreamShare).toBeCloseTo(share, 6);
      expect(because.values.bits).toBe(bits);
      expect(window.lowH).toBeLessThan(window.medianH);
      expect(window.medianH).toBeLessThan(window.highH);
    }
  });

  it("looks at an arm that leads past the plant, where a source's load runs as well", () => {
    const town = prepareNetwork({
      id: "arm",
      plant: "p",
      nodes: ["p", "a", "b", "arm", "river"].map((id) => ({
        id,
        dryWeatherFlowM3S: id === "b" ? 0.01 : 0,
        ...(id === "river" ? { kind: "outfall" } : {}),
      })),
      links: [
        { id: "1", from: "b", to: "a", splitFraction: 0.5 },
        { id: "2", from: "b", to: "arm", splitFraction: 0.5 },
        { id: "3", from: "a", to: "p" },
        { id: "4", from: "arm", to: "river" },
      ],
    });
    const posterior = trace(town, { trigger: { ...trigger, node: "p" }, observations: [] }).source;
    expect(nodesOf(town, posterior, { batch: 4 })).toContain("arm");
  });
});

it("the likely part of a sewer passes on what all of it does", () => {
  const part = likelyPart(graph, source.node);
  const whole = [...source.node].reduce((a, b) => a + b, 0);
  expect(part.mass.reduce((a, b) => a + b, 0)).toBeCloseTo(whole, 9);
  expect([...part.accumulate(part.mass)]).toEqual([...part.through].map((share) => expect.closeTo(share, 9)));
  const k = part.nodes.indexOf(graph.plant);
  expect(part.upstream(k).reduce((sum, share, j) => sum + share * (part.mass[j] as number), 0)).toBeCloseTo(whole, 9);
});

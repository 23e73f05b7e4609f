import { describe, expect, it } from "vitest";
import { prepareNetwork } from "../../../analytics/trace/graph.ts";
import { nextSamples } from "../../../analytics/trace/next.ts";
import { trace } from "../../../analytics/trace/trace.ts";
import type { Network } from "../../../schemas/network.ts";
import type { TraceObservation } from "../../../schemas/trace.ts";
import { passingThrough } from "../../../simulation/drainage.ts";
import { seededRandom } from "../../../simulation/random.ts";
import { generateSewer } from "../../../simulation/sewer.ts";

/** A trunk a-b-c to the plant with one branch at each: a1 drains to a, b1 to b. 1,000 people at every node. */
const town: Network = {
  id: "town",
  plant: "plant",
  nodes: ["plant", "c", "b", "a", "a1", "b1"].map((id) => ({
    id,
    population: id === "plant" ? 0 : 1_000,
    dryWeatherFlowM3S: id === "plant" ? 0 : 0.003,
  })),
  links: [
    ["c", "plant"],
    ["b", "c"],
    ["a", "b"],
    ["a1", "a"],
    ["b1", "b"],
  ].map(([from, to]) => ({ id: `${from}-${to}`, from: from as string, to: to as string, lengthM: 100 })),
};
const graph = prepareNetwork(town);
const trigger = { node: "plant", analyte: "mdma", date: "2026-05-01", excessGD: 10, excessSd: 2, baselineGD: 5 };
const seen = (node: string, loadGD: number, more: Partial<TraceObservation> = {}): TraceObservation => ({
  node,
  date: "2026-05-02",
  loadGD,
  censored: false,
  ...more,
});
const whole = ({ noSource, diffuse, outside, source }: ReturnType<typeof trace>) =>
  noSource + diffuse + outside + source.node.reduce((a, b) => a + b, 0);
const best = (posterior: ReturnType<typeof trace>) => posterior.candidates[0]?.node;

describe("the posterior of the source", () => {
  it("is a probability, whatever was seen", () => {
    for (const observations of [[], [seen("b", 12)], [seen("b", 2), seen("a1", 0.01, { censored: true, loqGD: 0.01 })]]) {
      expect(whole(trace(graph, { trigger, observations }))).toBeCloseTo(1, 9);
    }
  });

  it("does not depend on the order of the samples", () => {
    const observations = [seen("b", 12), seen("a", 11), seen("b1", 1), seen("c", 13, { date: "2026-05-03" })];
    const [forth, back] = [
      trace(graph, { trigger, observations }),
      trace(graph, { trigger, observations: observations.toReversed() }),
    ];
    expect(back.noSource).toBeCloseTo(forth.noSource, 9);
    expect([...back.source.node]).toEqual([...forth.source.node].map((p) => expect.closeTo(p, 9)));
  });

  it("goes up the branch that carries the load", () => {
    const observations = [seen("b", 13), seen("a", 12), seen("a1", 11), seen("b1", 1)];
    const posterior = trace(graph, { trigger, observations });
    expect(best(posterior)).toBe("a1");
    expect(posterior.noSource).toBeLessThan(0.05);
  });

  it("leaves a node that is clean, also when clean means below the limit", () => {
    const clean = trace(graph, { trigger, observations: [seen("a", 0.5, { censored: true, loqGD: 0.5 }), seen("b", 12)] });
    const before = trace(graph, { trigger, observations: [] });
    const at = graph.indexOf.get("a1") as number;
    expect(clean.source.node[at]).toBeLessThan((before.source.node[at] as number) / 3);
  });

  it("believes in no source when manhole after manhole is ordinary", () => {
    const ordinary = ["c", "b", "a", "a1", "b1"].flatMap((node) =>
      ["02", "03", "04"].map((day) =>
        seen(node, 5 * (graph.baselineShare[graph.indexOf.get(node) as number] as number), { date: `2026-05-${day}` }),
      ),
    );
    const elsewhere = ({ noSource, diffuse, outside }: ReturnType<typeof trace>) => noSource + diffuse + outside;
    expect(elsewhere(trace(graph, { trigger, observations: [] }))).toBeLessThan(0.5); // the plant's own anomaly says there is one
    expect(elsewhere(trace(graph, { trigger, observations: ordinary }))).toBeGreaterThan(0.6);
  });

  it("refuses a node that the network does not have", () => {
    expect(() => trace(graph, { trigger, observations: [seen("nowhere", 1)] })).toThrow("nowhere");
  });
});

it("a confluence that parts the candidates tells more than a leaf", () => {
  const bits = new Map(
    nextSamples(graph, trace(graph, { trigger, observations: [] }).source, { batch: 5 }).map((next) => [next.node, next.bits]),
  );
  const [first] = bits.keys();
  expect(["b", "a"]).toContain(first);
});

it("finds nine of ten sources of a generated town among its first five nodes, with 40 samples at the most", () => {
  const network = generateSewer({ id: "t", seed: 3, nodes: 150, people: 50_000 });
  const sewer = prepareNetwork(network);
  const people = new Map(network.nodes.map(({ id, population = 0 }) => [id, population]));
  const upstream = passingThrough(network, (id) => people.get(id) ?? 0);
  const total = upstream.get(network.plant) as number;
  let found = 0;
  let covered = 0;
  const runs = 20;
  for (let run = 0; run < runs; run++) {
    const random = seededRandom("trace.test", run);
    const { id: source } = random.pick(network.nodes.slice(1));
    const passes = passingThrough(network, (id) => (id === source ? 100 : 0));
    const factors = new Map(network.nodes.map(({ id }) => [id, random.factor(0.25)]));
    const load = (node: string) =>
      (100 * Math.max((upstream.get(node) as number) / total, 1e-6) * (factors.get(node) as number) + (passes.get(node) ?? 0)) *
      random.factor(0.245);
    const opened = { node: network.plant, analyte: "mdma", date: "2026-05-01", excessGD: 100, excessSd: 50, baselineGD: 100 };
    const observations: TraceObservation[] = [];
    let posterior = trace(sewer, { trigger: opened, observations });
    for (let day = 2; observations.length < 40 && (day === 2 || posterior.credible["90"].nodes.length > 5); day++) {
      const date = `2026-05-${String(day).padStart(2, "0")}`;
      for (const { node } of nextSamples(sewer, posterior.source))
        observations.push({ node, date, loadGD: load(node), censored: false });
      posterior = trace(sewer, { trigger: opened, observations });
    }
    if (posterior.candidates.slice(0, 5).some(({ node }) => node === source)) found++;
    if (posterior.credible["90"].nodes.includes(source)) covered++;
  }
  expect(found).toBeGreaterThanOrEqual(0.9 * runs);
  expect(covered).toBeGreaterThanOrEqual(0.75 * runs); // 90 % nominal; twenty runs tell it to within 0.14
}, 30_000);

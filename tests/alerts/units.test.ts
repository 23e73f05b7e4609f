import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { publishLead } from "../../alerts/published.ts";
import { publishedUnits } from "../../alerts/units.ts";
import type { Lead } from "../../schemas/lead.ts";
import type { Network } from "../../schemas/network.ts";
import { leadOf } from "../store/records/nouns.ts";

/** A tree with people: node i drains to parents[i] < i, node 0 is the plant. */
function treeOf(parents: readonly number[], people: readonly number[]): Network {
  const nodes = people.map((population, i) => ({ id: `n${i}`, population }));
  const links = parents.map((parent, i) => ({ id: `l${i + 1}`, from: `n${i + 1}`, to: `n${parent}` }));
  return { id: "net", plant: "n0", nodes, links };
}

const trees = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 4_000 })), { minLength: 1, maxLength: 60 }).map((rows) =>
  treeOf(
    rows.map(([parent], i) => parent % (i + 1)),
    [0, ...rows.map(([, people]) => people)],
  ),
);

describe("the areas of a sewer", () => {
  it("cover every node, each has enough people unless there is only one, and their people sum up", () =>
    fc.assert(
      fc.property(trees, (network) => {
        const { unitOf, people } = publishedUnits(network, 5_000);
        const sums = new Map<string, number>();
        for (const { id, population = 0 } of network.nodes) {
          const unit = unitOf.get(id) as string;
          sums.set(unit, (sums.get(unit) ?? 0) + population);
        }
        expect(Object.fromEntries(sums)).toEqual(Object.fromEntries(people));
        if (sums.size > 1) for (const sum of sums.values()) expect(sum).toBeGreaterThanOrEqual(5_000);
      }),
    ));

  it("are connected: the way down from a node stays in its area until the area's lower end", () =>
    fc.assert(
      fc.property(trees, (network) => {
        const { unitOf } = publishedUnits(network, 5_000);
        const below = new Map(network.links.map(({ from, to }) => [from, to]));
        for (const { id } of network.nodes) {
          const unit = unitOf.get(id);
          for (let at: string | undefined = id; at !== undefined && at !== unit; at = below.get(at))
            expect(unitOf.get(at)).toBe(unit);
        }
      }),
    ));

  it("without populations there is one area: all of it", () => {
    const { unitOf } = publishedUnits(treeOf([0, 1], [0, 0, 0]), 10_000);
    expect(new Set(unitOf.values())).toEqual(new Set(["n0"]));
  });

  it("a ring and an island end nothing and lose nobody", () => {
    const network = treeOf([0, 1, 2], [0, 6_000, 6_000, 6_000]);
    network.links.push({ id: "back", from: "n1", to: "n3" });
    network.nodes.push({ id: "alone", population: 100 });
    const { unitOf, people } = publishedUnits(network, 5_000);
    expect(unitOf.size).toBe(5);
    expect([...people.values()].reduce((a, b) => a + b)).toBe(18_100);
  });
});

describe("a lead that leaves the house", () => {
  // n0 plant <- n1 (8,000) <- n2 (300) <- n3 (12,000); the source most likely at n2
  const network = treeOf([0, 1, 2], [0, 8_000, 300, 12_000]);
  const set = (nodes: string[], people: number) => ({ nodes, pipeLengthM: 10, people });
  const base = leadOf("l");
  const posterior: NonNullable<Lead["posterior"]> = {
    ...(base.posterior as NonNullable<Lead["posterior"]>),
    candidates: [
      { node: "n2", probability: 0.8 },
      { node: "n1", probability: 0.1 },
    ],
    credible: { "50": set(["n2"], 300), "80": set(["n2"], 300), "90": set(["n2", "n1"], 8_300), "95": set(["n2", "n1"], 8_300) },
    next: [{ node: "n2", bits: 1, because: { code: "confirms_below", values: {} }, window: null }],
    confirmingPair: { positive: "n2", negative: "n3" },
    evidence: [],
  };
  const second = { ...posterior.credible, "90": set(["n3"], 12_000) };
  const { candidates, credible, massGD } = posterior;
  const findings = [{ en: "reported for mh-n2", zh: "报告点位mh-n2" }];
  posterior.sources = [
    { candidates, credible, massGD },
    { candidates: [{ node: "n3", probability: 0.9 }], credible: second, massGD },
  ];
  posterior.notes = [{ code: "custody_broken", values: { sampleId: "S-n2", day: "2026-05-05", findings } }];
  const lead: Lead = { ...base, posterior };

  it("without leave names areas of enough people, and nowhere the manhole", () => {
    const published = publishLead(lead, network, 8_000, false);
    expect(published.detail).toBe("areas");
    expect(JSON.stringify(published.lead)).not.toContain("n2");
    expect(published.lead.posterior?.sources.map((source) => source.candidates.map(({ node }) => node))).toEqual([
      ["n0"],
      ["n3"],
    ]);
    expect(published.lead.posterior?.notes).toEqual([
      { code: "custody_broken", values: { sampleId: null, day: "2026-05-05", findings: [] } },
    ]);
    // what drains to the plant beside n1's area is nobody: both are one area, named by its lower end
    expect(published.lead.posterior?.candidates).toEqual([{ node: "n0", probability: 0.8 + 0.1 }]);
    expect(published.lead.posterior?.credible["90"]).toEqual({ nodes: ["n0"], pipeLengthM: null, people: 8_300 });
    expect(published.lead.posterior?.confirmingPair).toEqual({ positive: "n0", negative: "n3" });
  });

  it("names manholes with leave only, however many people live behind the whole set", () => {
    expect(publishLead(lead, network, 10_000, true)).toMatchObject({ detail: "manholes", lead });
    expect(publishLead(lead, network, 8_300, false).detail).toBe("areas");
  });

  it("an institution is never named: the manhole below it stands for it", () => {
    const marked: Network = {
      ...network,
      nodes: network.nodes.map((node) => (node.id === "n2" ? { ...node, kind: "Institution" } : node)),
    };
    const published = publishLead(lead, marked, 100, true);
    expect(JSON.stringify(published.lead)).not.toContain('"n2"');
    expect(published.lead.posterior?.candidates[0]?.node).toBe("↑ n1");
  });
});

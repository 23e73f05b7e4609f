import { describe, expect, it } from "vitest";
import { prepareNetwork } from "../../../analytics/trace/graph.ts";
import { confirmingPair, confirmingPairs, pairToSample, readingOf } from "../../../analytics/worker/readings.ts";
import type { Network } from "../../../schemas/network.ts";

describe("whether the source's load was in a sample", () => {
  const sample = { node: "A", day: "2026-05-05", censored: false };

  // Ordinary 1 g/d, source 8 g/d: with it 9, and the cut between lies at the geometric mean of 1 and 9, 3.
  it.each([
    [9, false, "positive"],
    [3.1, false, "positive"],
    [2.9, false, "negative"],
    [1, false, "negative"],
    [2.9, true, "negative"],
    [3.1, true, "unclear"],
  ] as const)("%d g/d, below its limit: %s: %s", (loadGD, censored, reading) =>
    expect(readingOf({ ...sample, loadGD, censored, expectedGD: 1 }, 8)).toBe(reading),
  );

  it("a source no larger than the ordinary load, or of unknown mass, is not told from noise", () => {
    expect(readingOf({ ...sample, loadGD: 20, expectedGD: 10 }, 10)).toBe("unclear");
    expect(readingOf({ ...sample, loadGD: 20, expectedGD: 1 }, null)).toBe("unclear");
    expect(readingOf({ ...sample, loadGD: 20, expectedGD: null }, 8)).toBe("unclear");
  });

  it("where hardly anything is ordinary, a quarter of the source's mass is the least that counts", () => {
    expect(readingOf({ ...sample, loadGD: 1.9, expectedGD: 1e-6 }, 8)).toBe("negative");
    expect(readingOf({ ...sample, loadGD: 2.1, expectedGD: 1e-6 }, 8)).toBe("positive");
  });
});

describe("the pair that confirms", () => {
  // P <- a <- b <- c <- d <- e <- f <- g, and x drains into b: the set is {c, d}
  const chain = ["P", "a", "b", "c", "d", "e", "f", "g"];
  const links = chain.slice(1).map((id, i) => ({ id: `l-${id}`, from: id, to: chain[i] as string, lengthM: 50 }));
  const nodes = [...chain, "x", "h"].map((id) => ({ id, population: 100, dryWeatherFlowM3S: 0.001 }));
  const network: Network = {
    id: "n",
    plant: "P",
    nodes,
    links: [...links, { id: "l-x", from: "x", to: "b", lengthM: 50 }, { id: "l-h", from: "h", to: "g", lengthM: 50 }],
  };
  const graph = prepareNetwork(network);
  const set = ["c", "d"];
  const sample = (node: string, reading: "positive" | "negative", day = "2026-05-05") => ({
    node,
    reading,
    day,
    loadGD: 1,
    censored: false,
    expectedGD: 1,
  });

  it("a positive below all of the set and a negative just above it, on one day", () => {
    for (const below of ["a", "b", "c"])
      expect(confirmingPair(graph, set, [sample(below, "positive"), sample("e", "negative")])).toEqual({
        positive: below,
        negative: "e",
      });
    expect(confirmingPair(graph, set, [sample("b", "positive"), sample("g", "negative")])).toEqual({
      positive: "b",
      negative: "g",
    });
  });

  it.each([
    ["on another day, when the source may have been silent", [sample("b", "positive"), sample("e", "negative", "2026-05-06")]],
    ["too far above", [sample("b", "positive"), sample("h", "negative")]],
    ["inside the set", [sample("b", "positive"), sample("d", "negative")]],
    ["beside it", [sample("b", "positive"), sample("x", "negative")]],
    ["below it", [sample("b", "positive"), sample("a", "negative")]],
    ["with only the plant positive", [sample("P", "positive"), sample("e", "negative")]],
    ["with a positive that not all of the set passes", [sample("d", "positive"), sample("e", "negative")]],
    ["with no positive", [sample("e", "negative")]],
  ])("a negative %s confirms nothing", (_what, evidence) => expect(confirmingPair(graph, set, evidence)).toBeNull());

  it("where nothing drains into the set from above, two days must have been positive", () => {
    const end = ["h", "g"];
    expect(confirmingPair(graph, end, [sample("f", "positive")])).toBeNull();
    expect(confirmingPair(graph, end, [sample("f", "positive"), sample("f", "positive")])).toBeNull();
    const twice = [sample("f", "positive"), sample("e", "positive", "2026-05-06")];
    expect(confirmingPair(graph, end, twice)).toEqual({ positive: "f", negative: null });
  });

  describe("of two sources, each has its own", () => {
    const sourceOf = (...nodes: string[]) => {
      const held = { nodes, pipeLengthM: null, people: null };
      return {
        candidates: nodes.map((node) => ({ node, probability: 0.9 / nodes.length })),
        credible: { "50": held, "80": held, "90": held, "95": held },
        massGD: { median: 8, low: 6, high: 10 },
      };
    };
    const [inChain, beside] = [sourceOf("c", "d"), sourceOf("x")];
    const measured = (node: string, loadGD: number, day = "2026-05-05") => ({
      node,
      day,
      loadGD,
      censored: false,
      expectedGD: 0.5,
    });
    const ofX = [measured("x", 8.5), measured("x", 8.5, "2026-05-06")];

    it("told by what only it passes", () => {
      const evidence = [measured("c", 8.5), measured("e", 0.5), ...ofX];
      expect(confirmingPairs(graph, [inChain, beside], evidence)).toEqual([
        { positive: "c", negative: "e" },
        { positive: "x", negative: null },
      ]);
    });

    it("a load that the other brings there confirms neither: b is below both", () => {
      const evidence = [measured("b", 8.5), measured("e", 0.5), ...ofX];
      expect(confirmingPairs(graph, [inChain], evidence)).toEqual([{ positive: "b", negative: "e" }]);
      expect(confirmingPairs(graph, [inChain, beside], evidence)[0]).toBeNull();
    });

    it("one of them is found: the other is not confirmed with it", () =>
      expect(confirmingPairs(graph, [inChain, beside], [measured("c", 8.5), measured("e", 0.5)])).toEqual([
        { positive: "c", negative: "e" },
        null,
      ]));
  });

  it("names where to take it: in the set's lowest manhole and right above, not at an institution", () => {
    expect(pairToSample(graph, set)).toEqual({ below: "c", above: "e" });
    expect(pairToSample(graph, ["h"])).toEqual({ below: "h", above: null });
    const marked = { ...network, nodes: nodes.map((node) => (node.id === "e" ? { ...node, kind: "institution" } : node)) };
    expect(pairToSample(prepareNetwork(marked), set)).toEqual({ below: "c", above: null });
    expect(pairToSample(graph, [])).toBeUndefined();
  });
});

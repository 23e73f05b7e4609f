import { describe, expect, it } from "vitest";
import { prepareNetwork } from "../../../analytics/trace/graph.ts";
import { planSurvey } from "../../../analytics/trace/survey.ts";
import { generateSewer } from "../../../simulation/sewer.ts";

const graph = prepareNetwork(generateSewer({ id: "s", seed: 5, nodes: 200, people: 40_000 }));
const plan = (excessGD: number, own = {}) => planSurvey(graph, { excessGD, plantBaselineGD: 100, ...own });

describe("a baseline survey", () => {
  it("says a load as large as the plant's own can be traced, a hundredth of it cannot", () => {
    expect(plan(100, { baselineSdLn: 0.2 }).verdict).toBe("traceable");
    expect(plan(1).verdict).toBe("too_uncertain");
  });

  it("is asked for where baselines are off by more than the load would show", () => {
    const asked = plan(100, { baselineSdLn: 1.3 });
    expect(asked.verdict).toBe("survey_first");
    expect(asked.traceableShareSurveyed).toBeGreaterThan(asked.traceableShare);
  });

  it("takes so many days at each manhole that the mean is known better than to 0.15", () => {
    const { manholes } = plan(100);
    expect(manholes.every(({ samples }) => 0.245 / Math.sqrt(samples) <= 0.15)).toBe(true);
  });

  it("parts the sewer: the first manhole nearest to its half, none twice, none excluded", () => {
    const { manholes } = plan(100, { manholesMax: 8 });
    const shares = manholes.map(({ because }) => because.values.upstreamShare);
    expect(shares[0]).toBeGreaterThan(0.25);
    expect(shares[0]).toBeLessThan(0.75);
    expect(new Set(manholes.map(({ node }) => node)).size).toBe(8);
    const without = plan(100, { manholesMax: 8, exclude: new Set([manholes[0]?.node]) });
    expect(without.manholes.map(({ node }) => node)).not.toContain(manholes[0]?.node);
  });

  it("covers more places with more manholes", () => {
    const shares = [2, 6, 12].map((manholesMax) => plan(100, { manholesMax }).traceableShareSurveyed);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  });
});

import { describe, expect, it } from "vitest";
import { detect } from "../../../analytics/detect/detect.ts";
import type { LoadSeries } from "../../../analytics/detect/series.ts";
import { judgeAll } from "../../../analytics/verdict/judge.ts";
import { addDays } from "../../../schemas/days.ts";
import { seededRandom } from "../../../simulation/random.ts";

// The cases of the verdict tests, from values: half a year of days, then the event. Levels, g/d, and what the last days are times them.
const DAYS = 180;
/** 2025-06-29 is a Sunday; the event begins on the Tuesday after. */
const FIRST = addDays("2025-07-01", -DAYS);

interface Marker {
  readonly level: number;
  /** Times the level in the event, day by day. */
  readonly event: readonly number[];
  readonly limit?: number;
  readonly flow?: readonly number[];
  /** Scatter of the log load; an enantiomeric fraction hardly scatters. */
  readonly sd?: number;
}

function site(markers: Record<string, Marker>, { siteId = "A", method = undefined as string | undefined } = {}): LoadSeries[] {
  return Object.entries(markers).map(([analyte, { level, event, limit, flow, sd = 0.2 }]) => {
    const random = seededRandom(5, siteId, analyte);
    const points = Array.from({ length: DAYS + event.length }, (_, i) => {
      const load = level * (event[i - DAYS] ?? 1) * Math.exp(sd * random.normal());
      const censored = limit !== undefined && load < limit;
      const day = addDays(FIRST, i);
      const flowM3D = flow && 40_000 * (flow[i - DAYS] ?? 1);
      return { day, load: censored ? limit : load, censored, ...(flowM3D ? { flowM3D } : {}), ...(method ? { method } : {}) };
    });
    return { siteId, analyte, points };
  });
}

const burst = [35, 25, 17, 12, 9, 7];
const flat = burst.map(() => 1);
const shift = Array.from({ length: 10 }, () => 2.2);
const calm = shift.map(() => 1);

function verdictAt(series: readonly LoadSeries[], analyte: string) {
  const judged = judgeAll(detect(series)).filter(
    ({ detection, anomaly }) => detection.analyte === analyte && anomaly.end >= "2025-07-01",
  );
  expect(judged.length, analyte).toBeGreaterThan(0);
  return judged[0]!.verdict;
}

const others = {
  cocaine: { level: 20, event: flat },
  amphetamine: { level: 9, event: flat },
  cotinine: { level: 90, event: flat },
};
const dumped = {
  mdma: { level: 10, event: burst },
  mdma_ef: { level: 0.5, event: flat, sd: 0.02 },
  hmma: { level: 2, event: flat },
  ...others,
};

describe("the cases, from values", () => {
  it("a: a racemic burst of MDMA that HMMA does not follow is disposal", () => {
    const { source, probabilities, evidence } = verdictAt(site(dumped), "mdma");
    expect(source).toBe("disposal");
    expect(probabilities.disposal!).toBeGreaterThan(0.85);
    expect(evidence.map(({ marker }) => marker)).toContain("enantiomeric fraction");
  });
  it("b: the same load, enriched, with HMMA along, is not disposal but consumption", () => {
    const eaten = { ...dumped, mdma_ef: { level: 0.65, event: flat, sd: 0.02 }, hmma: { level: 2, event: burst } };
    expect(verdictAt(site(eaten), "mdma").source).toBe("consumption");
  });
  it("c: twice the methamphetamine with its tenth of amphetamine is consumption", () => {
    const used = {
      methamphetamine: { level: 40, event: shift },
      amphetamine: { level: 3.6, event: shift },
      cocaine: { level: 20, event: calm },
    };
    expect(verdictAt(site(used), "methamphetamine").source).toBe("consumption");
  });
  it("d: methamphetamine far above its amphetamine is disposal or production", () => {
    const poured = {
      methamphetamine: { level: 40, event: [27] },
      amphetamine: { level: 4, event: [1] },
      cocaine: { level: 20, event: [1] },
    };
    const { probabilities } = verdictAt(site(poured), "methamphetamine");
    expect(probabilities.disposal! + probabilities.production!).toBeGreaterThan(0.9);
  });
  it("e: twice the morphine with more codeine and no 6-MAM is medicine", () => {
    const medicine = {
      morphine: { level: 40, event: shift },
      codeine: { level: 25, event: shift.map(() => 3) },
      "6-mam": { level: 0.01, event: calm, limit: 0.1 },
    };
    expect(verdictAt(site(medicine), "morphine").source).toBe("licitSource");
  });
  it("f: a spike of amphetamine and nothing else known is undetermined", () =>
    expect(verdictAt(site({ amphetamine: { level: 9, event: [6] } }), "amphetamine").source).toBe("undetermined"));
  it("g: three times the water leaves the loads as they were: nothing is raised", () => {
    const rain = site({
      mdma: { level: 10, event: calm, flow: calm.map(() => 3) },
      cocaine: { level: 20, event: calm, flow: calm.map(() => 3) },
    });
    expect(detect(rain).flatMap(({ anomalies }) => anomalies.filter(({ end }) => end >= "2025-07-01"))).toEqual([]);
  });
  it("h: more ketamine at the site's usual ratio to norketamine is not suspicious", () => {
    const used = { ketamine: { level: 27, event: shift }, norketamine: { level: 5, event: shift } };
    const { source, probabilities } = verdictAt(site(used), "ketamine");
    expect(source).toBe("consumption");
    expect(probabilities.disposal! + probabilities.production!).toBeLessThan(0.1);
  });
});

describe("with markers removed", () => {
  it("each marker that is missing leaves the verdict no surer, and none fails", () => {
    const sure = verdictAt(site(dumped), "mdma").probabilities.disposal!;
    for (const missing of ["mdma_ef", "hmma"]) {
      const rest = Object.fromEntries(Object.entries(dumped).filter(([name]) => name !== missing));
      const { probabilities } = verdictAt(site(rest), "mdma");
      expect(probabilities.disposal!, missing).toBeLessThan(sure);
    }
    expect(verdictAt(site({ mdma: dumped.mdma }), "mdma").probabilities.disposal!).toBeLessThan(sure);
  });
});

describe("what moves everything", () => {
  const all = { mdma: 10, cocaine: 20, amphetamine: 9, ketamine: 6, cotinine: 90 };
  const doubled = Object.fromEntries(Object.entries(all).map(([name, level]) => [name, { level, event: [3, 3, 3] }]));
  const quiet = Object.fromEntries(Object.entries(all).map(([name, level]) => [name, { level, event: [1, 1, 1] }]));
  it("at one site is people, not one drug: an event", () => expect(verdictAt(site(doubled), "mdma").source).toBe("event"));
  it("in one laboratory at several sites, and not in another's, is the laboratory", () => {
    const ours = ["A", "B", "C"].flatMap((siteId) => site(doubled, { siteId, method: "lab-1" }));
    const theirs = ["D", "E", "F"].flatMap((siteId) => site(quiet, { siteId, method: "lab-2" }));
    const verdict = verdictAt([...ours, ...theirs], "mdma");
    expect(verdict.source).toBe("artefact");
    expect(verdict.evidence.map(({ marker }) => marker)).toContain("laboratory batch");
  });
  it("one drug that moves alone at most sites is the region's use, not a discharge", () => {
    const alone = { ...quiet, mdma: { level: 10, event: [4, 4, 4] } };
    const region = ["A", "B", "C", "D"].flatMap((siteId) => site(alone, { siteId }));
    const { evidence, probabilities } = verdictAt(region, "mdma");
    expect(evidence.map(({ marker }) => marker)).toContain("other sites");
    expect(probabilities.disposal!).toBeLessThan(0.3);
  });
});

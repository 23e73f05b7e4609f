import fc from "fast-check";
import { expect, it } from "vitest";
import { sharesOfChance } from "../../../analytics/worker/falseDiscovery.ts";
import { seededRandom } from "../../../simulation/random.ts";
import { LAST, type RegionReport, regionReports, siteOf, standing } from "./region.ts";
import { openPlantWorld } from "./world.ts";

// Method: four plants of a region through ingest and the analytics role on the embedded stores. Three rise together in MDMA, the
// laboratory's batch moves everything at three on another day, ketamine is poured in at the fourth. The same values come in order, and
// shuffled, doubled, first wrong and then amended, and with values that are taken back, computed in between at random moments.
const plants = ["A", "B", "C", "D"];
const DAYS = 120;

function truth(seed: number): RegionReport[] {
  return regionReports({
    seed,
    plants,
    days: DAYS,
    levels: { mdma: { ngL: 60 }, cocaine: { ngL: 200 }, ketamine: { ngL: 90 } },
    factor: (siteId, analyte, ago) => {
      if (analyte === "mdma" && ago <= 6 && siteId !== "D") return 5;
      if (ago === 30 && siteId !== "D") return 6;
      return analyte === "ketamine" && siteId === "D" && ago <= 4 ? 8 : 1;
    },
  });
}

/** The same values in the end: some first come wrong, some twice, and some that were never measured are taken back. */
function disorderly(reports: readonly RegionReport[], seed: number): RegionReport[] {
  const random = seededRandom("arrival", seed);
  const sent = reports.flatMap((report): RegionReport[] => {
    const chance = random.uniform();
    if (chance < 0.05) {
      const results = report.results.map((result) =>
        "value" in result ? { ...result, value: Number(result.value) * 20 } : result,
      );
      const wrong = {
        ...report,
        uploadId: `${report.uploadId}-wrong`,
        reportedAt: report.reportedAt.replace("T20", "T12"),
        results,
      };
      return [wrong, { ...report, revision: { reason: "calibrationError" } }];
    }
    if (chance < 0.1) return [report, report];
    if (chance > 0.05 && chance < 0.13) {
      const sample = { ...report.sample, sampleId: `${report.sample.sampleId}-mixed-up` };
      const extra = { ...report, uploadId: `${report.uploadId}-extra`, sample };
      const results = report.results.map((result) => ({ ...result, withdrawn: true }));
      const back = { ...extra, uploadId: `${extra.uploadId}-back`, reportedAt: `${LAST}T23:00:00Z`, results };
      return [report, extra, { ...back, revision: { reason: "sampleMixUp" } }];
    }
    return [report];
  });
  return random.shuffled(sent);
}

async function found(seed: number, reports: readonly RegionReport[], parts: number) {
  const world = await openPlantWorld();
  try {
    const random = seededRandom("parts", seed, parts);
    const cuts = Array.from({ length: parts - 1 }, () => random.integer(1, reports.length - 1)).sort((a, b) => a - b);
    const edges = [0, ...cuts, reports.length];
    for (let i = 0; i < parts; i++) {
      await world.ingest(plants.map(siteOf), { reports: reports.slice(edges[i], edges[i + 1]) });
      await world.settle();
    }
    const leads = await world.records.leads.list({ limit: 100 });
    return {
      anomalies: await standing(world, plants),
      shares: await sharesOfChance(world.records),
      leads: leads
        .filter(({ state }) => state !== "retracted" && state !== "merged")
        .map(({ leadId, analyte, siteId, trigger, anomalyIds }) => ({ leadId, analyte, siteId, trigger, anomalyIds }))
        .toSorted((a, b) => (a.leadId < b.leadId ? -1 : 1)),
    };
  } finally {
    await world.close();
  }
}

it("late, doubled, amended and withdrawn values end in the anomalies, causes and leads of values that came once and in order", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 1, max: 3 }), async (seed, parts) => {
      const reports = truth(seed);
      const ordered = await found(seed, reports, 1);
      expect(ordered.anomalies.filter(({ regional }) => regional?.risen === 3).length).toBeGreaterThanOrEqual(3);
      expect(await found(seed, disorderly(reports, seed), parts)).toEqual(ordered);
    }),
    { numRuns: 2, seed: 20261124, examples: [[228_121, 3]], endOnFailure: true },
  );
}, 120_000);

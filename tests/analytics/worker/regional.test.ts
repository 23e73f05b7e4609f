import { expect, it, onTestFinished } from "vitest";
import { sharesOfChance } from "../../../analytics/worker/falseDiscovery.ts";
import { type RegionSettings, regionReports, siteOf, standing } from "./region.ts";
import { openPlantWorld } from "./world.ts";

// Method: plants of a region, each with enough people for leads, through ingest and the analytics role on the embedded stores.
const PLANTS = ["A", "B", "C", "D"];
const levels = { mdma: { ngL: 60 }, cocaine: { ngL: 200 }, ketamine: { ngL: 90 } };
const base: RegionSettings = { seed: 8, plants: PLANTS, days: 120, levels };
/** MDMA alone for three days, with no marker of people: at one plant such a rise leads to the sewer. */
const rise = (siteId: string, analyte: string, ago: number) => (analyte === "mdma" && ago <= 2 && siteId !== "D" ? 9 : 1);

async function openWorld() {
  const world = await openPlantWorld();
  onTestFinished(() => world.close());
  const leads = async () =>
    (await world.records.leads.list({ limit: 50 })).map(({ siteId, state }) => `${siteId} ${state}`).toSorted();
  const messages = async () => (await world.records.outbox.messages({ since: "2000", limit: 100 })).map(({ event }) => event);
  return { world, leads, messages };
}

it("a rise at most plants of a region is weighed in at each, told in the sentence, and leads nowhere", async () => {
  const { world, leads } = await openWorld();
  await world.ingest(PLANTS.map(siteOf), { reports: regionReports({ ...base, factor: rise }) });
  await world.settle();
  const risen = (await standing(world, PLANTS)).filter(({ analyte, end }) => analyte === "mdma" && end >= "2026-05-01");
  expect(risen.map(({ siteId }) => siteId).toSorted()).toEqual(["A", "B", "C"]);
  for (const { regional, verdict, explanation } of risen) {
    expect(regional).toEqual({ riseId: risen[0]!.regional!.riseId, start: "2026-05-01", risen: 3, sampled: 4 });
    expect(verdict?.evidence.find(({ marker }) => marker === "other sites")).toMatchObject({
      found: "3 of 4 sites of the region rose together",
      favours: "consumption",
    });
    expect(explanation.en).toContain("rose together at 3 of the 4 sites of the region");
    expect(explanation.zh).toContain("区域内 4 个采样站点中有 3 个同步升高");
  }
  expect((await leads()).filter((lead) => !lead.endsWith("retracted"))).toEqual([]);
});

it("a lead of the first plant ends when the region turns out to rise, and stands again when that is corrected", async () => {
  const { world, leads, messages } = await openWorld();
  const all = regionReports({ ...base, factor: rise });
  const recent = (siteId: string) => (report: (typeof all)[number]) =>
    report.sample.siteId === siteId && report.sample.start >= "2026-05-01";
  const others = ["B", "C"];
  await world.ingest(PLANTS.map(siteOf), { reports: all.filter((report) => !others.some((id) => recent(id)(report))) });
  await world.settle();
  expect(await leads()).toEqual(["A open"]);
  await world.ingest([], { reports: all.filter((report) => others.some((id) => recent(id)(report))) });
  await world.settle();
  expect((await leads()).filter((lead) => !lead.endsWith("retracted"))).toEqual([]);
  expect(await messages()).toContain("lead.retracted");
  const ordinary = regionReports(base).filter((report) => others.some((id) => recent(id)(report)));
  const corrected = ordinary.map((report) => ({
    ...report,
    reportedAt: "2026-05-05T20:00:00Z",
    revision: { reason: "recalculation" },
  }));
  await world.ingest([], { reports: corrected });
  await world.settle();
  expect((await leads()).filter((lead) => !lead.endsWith("retracted"))).toEqual(["A open"]);
});

it("what one method moved at several plants, and another did not, is the laboratory: an artefact at each, and no lead", async () => {
  const { world, leads } = await openWorld();
  const settings = { ...base, method: (siteId: string) => (siteId === "D" ? "m-2" : "m-1") };
  const factor = (siteId: string, _analyte: string, ago: number) => (ago <= 1 && siteId !== "D" ? 5 : 1);
  await world.ingest(PLANTS.map(siteOf), { reports: regionReports({ ...settings, factor }) });
  await world.settle();
  const moved = (await standing(world, PLANTS)).filter(({ end }) => end >= "2026-05-01");
  expect(moved.length).toBeGreaterThanOrEqual(6);
  for (const { verdict, explanation } of moved) {
    expect(verdict?.source).toBe("artefact");
    expect(verdict?.evidence.map(({ marker }) => marker)).toContain("laboratory batch");
    expect(explanation.en).toContain("check the laboratory's batch");
    expect(explanation.zh).toContain("请核查实验室检测批次");
  }
  expect((await leads()).filter((lead) => !lead.endsWith("retracted"))).toEqual([]);
});

it("q is over the series of all plants: the same anomaly among more clean series is likelier chance", async () => {
  const { world } = await openWorld();
  const one = (plants: readonly string[]) =>
    regionReports({
      ...base,
      plants,
      factor: (siteId, analyte, ago) => (siteId === "A" && analyte === "mdma" && ago === 2 ? 9 : 1),
    });
  await world.ingest([siteOf("A")], { reports: one(["A"]) });
  await world.settle();
  const [found] = (await standing(world, ["A"])).filter(({ peak }) => peak === "2026-05-01");
  const alone = (await sharesOfChance(world.records)).get(found!.anomalyId)!;
  await world.ingest(["B", "C", "D"].map(siteOf), { reports: one(["B", "C", "D"]) });
  await world.settle();
  const among = (await sharesOfChance(world.records)).get(found!.anomalyId)!;
  expect(among / alone).toBeGreaterThan(1);
  expect(among / alone).toBeLessThanOrEqual(4.1);
});

import { expect, it, onTestFinished } from "vitest";
import { transitionLead } from "../../../alerts/leads.ts";
import type { Lead } from "../../../schemas/lead.ts";
import type { Site } from "../../../schemas/site.ts";
import { RULES } from "../../alerts/leadsWorld.ts";
import { yearWithSpike } from "./spike.ts";
import { openPlantWorld, type PlantWorld } from "./world.ts";

// Several spikes at one plant: what is one lead, and what is two (docs/leads.md). Days are counted back from the last, 2026-05-03.

const population = { people: 40_000, source: "census", year: 2025 };
const plant: Site = { siteId: "plant", name: "P", kind: "wwtp", timeZone: "UTC", population };
type Report = ReturnType<typeof yearWithSpike>[number];

async function openWorld(): Promise<PlantWorld> {
  const world = await openPlantWorld();
  onTestFinished(() => world.close());
  return world;
}
/** Substance, state and number of anomalies of each lead, by the day of its spike. */
async function leadsOf(world: PlantWorld): Promise<[string, string, Lead["state"], number][]> {
  const leads = await world.records.leads.list({ limit: 9 });
  return leads
    .map(({ trigger, analyte, state, anomalyIds }): [string, string, Lead["state"], number] => [
      trigger.day,
      analyte,
      state,
      anomalyIds.length,
    ])
    .toSorted();
}
const meth = "methamphetamine";
/** The same sample with another substance, eight times as much on the same days. */
const withCocaine = (report: Report): Report => ({
  ...report,
  results: report.results.flatMap((result) => [result, { ...result, analyte: "cocaine" }]),
});

it("two spikes within 14 days are one lead over both", async () => {
  const world = await openWorld();
  await world.receive(plant, { reports: yearWithSpike("plant", [12, 2]) });
  const leads = await leadsOf(world);
  expect(leads).toHaveLength(1);
  expect(leads[0]).toMatchObject([expect.any(String), meth, "open", 2]);
});

it("two spikes further apart are two leads", async () => {
  const world = await openWorld();
  await world.receive(plant, { reports: yearWithSpike("plant", [24, 2]) });
  expect(await leadsOf(world)).toEqual([
    ["2026-04-09", meth, "open", 1],
    ["2026-05-01", meth, "open", 1],
  ]);
});

it("two substances on one day are two leads: what is looked for is another", async () => {
  const world = await openWorld();
  await world.receive(plant, { reports: yearWithSpike("plant").map(withCocaine) });
  expect((await leadsOf(world)).map(([day, analyte]) => [day, analyte])).toEqual([
    ["2026-05-01", "cocaine"],
    ["2026-05-01", meth],
  ]);
});

it.each([
  [
    "after a lead near it was dismissed is a lead of its own",
    "2026-04-25T08:00:00.000Z",
    [
      ["2026-04-21", meth, "dismissed", 1],
      ["2026-05-01", meth, "open", 1],
    ],
  ],
  ["before it was dismissed, but told later, is no news", "2026-05-02T08:00:00.000Z", [["2026-04-21", meth, "dismissed", 1]]],
])("a spike %s", async (_what, at, expected) => {
  const world = await openWorld();
  const reports = yearWithSpike("plant", [12, 2]);
  await world.receive(plant, { reports: reports.slice(0, -8) });
  const [first] = await world.records.leads.list({ limit: 9 });
  const move = { leadId: first?.leadId as string, to: "dismissed", reason: "a spill, mended", at } as const;
  await transitionLead(world.records, { ...move, actor: { name: "Li", role: "investigator" } }, RULES);
  await world.receive(plant, { reports: reports.slice(-8) });
  expect(await leadsOf(world)).toEqual(expected);
  await world.receive(plant, {}); // and computing again changes nothing
  expect(await leadsOf(world)).toEqual(expected);
});

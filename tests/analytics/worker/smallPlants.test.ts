import { expect, it, onTestFinished } from "vitest";
import { decideAuthorisation, requestAuthorisation } from "../../../alerts/authorisations.ts";
import { analysePlant } from "../../../analytics/worker/plant.ts";
import type { Site } from "../../../schemas/site.ts";
import { LI, WANG } from "../../alerts/leadsWorld.ts";
import { yearWithSpike } from "./spike.ts";
import { NOW, openPlantWorld } from "./world.ts";

const village: Site = {
  siteId: "village",
  name: "Village",
  kind: "wwtp",
  timeZone: "UTC",
  population: { people: 9_999, source: "census", year: 2025 },
};

const asked = {
  subject: { kind: "site", id: "village" },
  legalBasis: "Code of criminal procedure, article 12",
  reference: "2026-117",
  validUntil: "2026-06-01T00:00:00.000Z",
} as const;

it("behind too few people an anomaly opens no lead, until two people allowed it for that plant", async () => {
  const world = await openPlantWorld();
  onTestFinished(() => world.close());
  const { records } = world;
  const leads = async () => (await records.leads.list({ limit: 9 })).map(({ siteId }) => siteId);
  await world.receive(village, { reports: yearWithSpike("village") });
  expect(await records.anomalies.ofSeries("village", "methamphetamine")).not.toEqual([]);
  expect(await leads()).toEqual([]);

  const { authorisationId } = await requestAuthorisation(records, asked, LI, NOW);
  await analysePlant(world, "village", ["village"]);
  expect(await leads()).toEqual([]); // asking alone opens nothing

  const decision = { decision: "approved", reason: "seen", at: NOW } as const;
  await decideAuthorisation(records, authorisationId, decision, { ...WANG, keyCreatedAt: "2026-01-01T00:00:00.000Z" });
  await analysePlant(world, "village", ["village"]);
  expect(await leads()).toEqual(["village"]);
});

it("a population that nobody knows is none, and one person more is enough", async () => {
  const world = await openPlantWorld();
  onTestFinished(() => world.close());
  const { population: _population, ...unknown } = village;
  await world.receive(unknown, { reports: yearWithSpike("village") });
  expect(await world.records.leads.list({ limit: 9 })).toEqual([]);
  const town = { ...village, siteId: "town", population: { people: 10_000, source: "census", year: 2025 } };
  await world.receive(town, { reports: yearWithSpike("town") });
  expect((await world.records.leads.list({ limit: 9 })).map(({ siteId }) => siteId)).toEqual(["town"]);
});

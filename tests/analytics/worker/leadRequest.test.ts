import { expect, it, onTestFinished } from "vitest";
import { analysePlant } from "../../../analytics/worker/plant.ts";
import { addDays } from "../../../schemas/days.ts";
import type { Site } from "../../../schemas/site.ts";
import { seededRandom } from "../../../simulation/random.ts";
import { NOW, openPlantWorld } from "./world.ts";

const plant: Site = {
  siteId: "plant-a",
  name: "Plant A",
  kind: "wwtp",
  timeZone: "UTC",
  population: { people: 120_000, source: "census", year: 2025 },
};
const LAST = "2026-05-03";

/** A year of about 3 g/d, with one day of five times that, 100 days ago: an anomaly too old to open a lead by itself. */
function reports() {
  const random = seededRandom("lead request");
  return Array.from({ length: 365 }, (_, index) => {
    const day = addDays(LAST, index - 364);
    const value = Math.round(100 * random.factor(0.2) * (index === 264 ? 5 : 1) * 100) / 100;
    return {
      labId: "lab-1",
      uploadId: `u-${day}`,
      reportedAt: `${LAST}T12:00:00Z`,
      sample: {
        sampleId: `s-${day}`,
        siteId: "plant-a",
        mode: "flowProportional",
        start: `${day}T08:00:00Z`,
        end: `${addDays(day, 1)}T08:00:00Z`,
        flowM3D: 30_000,
      },
      results: [
        {
          analyte: "methamphetamine",
          quantity: "concentration",
          value,
          unit: "ng/L",
          censoring: "none",
          method: "m-1",
          replicate: 1,
        },
      ],
    };
  });
}

it("an anomaly that somebody asks a lead for becomes one, whatever its age; computing again changes nothing", async () => {
  const world = await openPlantWorld();
  onTestFinished(() => world.close());
  await world.receive(plant, { reports: reports() });
  const anomaly = (await world.records.anomalies.ofSeries("plant-a", "methamphetamine")).find(({ ratio }) => ratio > 3);
  expect(anomaly).toBeDefined();
  expect(await world.records.leads.list({ limit: 10 })).toEqual([]);
  const { anomalyId = "" } = anomaly ?? {};
  await world.records.leadRequests.add({ anomalyId, siteId: "plant-a", actor: "x", reason: "a barrel was found", at: NOW });
  await analysePlant(world, "plant-a", ["plant-a"]);
  const leads = await world.records.leads.list({ limit: 10 });
  expect(leads.map(({ anomalyIds, state }) => [anomalyIds, state])).toEqual([[[anomalyId], "open"]]);
  await analysePlant(world, "plant-a", ["plant-a"]);
  expect(await world.records.leads.list({ limit: 10 })).toEqual(leads);
});

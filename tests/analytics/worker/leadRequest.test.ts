import { setTimeout as wait } from "node:timers/promises";
import { Registry } from "prom-client";
import { expect, it, onTestFinished } from "vitest";
import { ANALYTICS_GROUP } from "../../../analytics/worker/group.ts";
import { analysePlant } from "../../../analytics/worker/plant.ts";
import { runAnalytics } from "../../../analytics/worker/worker.ts";
import { buildApi } from "../../../api/app.ts";
import { addKey } from "../../../api/auth/keys.ts";
import { environment } from "../../../schemas/config.ts";
import { addDays } from "../../../schemas/days.ts";
import type { Site } from "../../../schemas/site.ts";
import { seededRandom } from "../../../simulation/random.ts";
import { NOW, openPlantWorld, type PlantWorld } from "./world.ts";

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

it("an anomaly that somebody asks a lead for becomes one at once, whatever its age; computing again changes nothing", async () => {
  const world = await openPlantWorld();
  onTestFinished(() => world.close());
  await world.receive(plant, { reports: reports() });
  const anomaly = (await world.records.anomalies.ofSeries("plant-a", "methamphetamine")).find(({ ratio }) => ratio > 3);
  expect(anomaly).toBeDefined();
  expect(await world.records.leads.list({ limit: 10 })).toEqual([]);
  const { anomalyId = "" } = anomaly ?? {};
  await untilAnalysed(world); // what the data themselves asked for is done: what follows is the request's
  expect(await world.records.leads.list({ limit: 10 })).toEqual([]);
  await request(world, anomalyId);
  await untilAnalysed(world);
  const leads = await world.records.leads.list({ limit: 10 });
  expect(leads.map(({ anomalyIds, state }) => [anomalyIds, state])).toEqual([[[anomalyId], "open"]]);
  await analysePlant(world, "plant-a", ["plant-a"]);
  expect(await world.records.leads.list({ limit: 10 })).toEqual(leads);
});

/** Asks for the lead as an investigator does. */
async function request(world: PlantWorld, anomalyId: string): Promise<void> {
  const api = await buildApi({ ...world, settings: environment.parse({}), registry: new Registry() });
  onTestFinished(() => api.close());
  const said = { name: "Wu Lan", role: "investigator", organisation: "city", expiresAt: null } as const;
  const { token } = await addKey(world.records, said, NOW);
  const answer = await api.inject({
    method: "POST",
    url: `/api/v1/anomalies/${anomalyId}/lead`,
    headers: { authorization: `Bearer ${token}` },
    payload: { reason: "a barrel was found" },
  });
  expect(answer.statusCode).toBe(202);
}

/** Runs the analytics until nothing waits for them. */
async function untilAnalysed(world: PlantWorld): Promise<void> {
  const stop = new AbortController();
  const done = runAnalytics(world, stop.signal);
  const waiting = async () => (await world.log.lag("series-changes", ANALYTICS_GROUP)).some(({ lag }) => Number(lag) > 0);
  while (await waiting()) await wait(5);
  stop.abort();
  await done;
}

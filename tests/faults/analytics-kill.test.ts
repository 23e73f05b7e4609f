import { setTimeout as wait } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { ANALYTICS_GROUP } from "../../analytics/worker/group.ts";
import { publishAll, readingsMessage, reportMessage } from "../../ingest/publish.ts";
import { type Province, simulateProvince } from "../../simulation/province.ts";
import { until } from "../store/log/contract.ts";
import { startRole } from "./roles.ts";
import { ingestLag, openWorld, type World } from "./world.ts";

// Method: the same simulated province with a dump in two sets of stores; in one of them analytics is killed again and again while it
// works. What it found, told and wrote into the leads' logs must be the same. To repeat a run: FAULT_SEED=n.
const seed = Number(process.env["FAULT_SEED"] ?? Date.now() % 100_000);
const KILLS = 5;

it(`kill -9 of analytics again and again finds, tells and logs what an undisturbed run does (seed ${seed})`, async () => {
  const endDay = new Date(Date.now() - 3 * 86_400_000).toISOString().slice(0, 10);
  const province = simulateProvince({ seed: 11, plants: 3, days: 540, endDay });
  const [quiet, killed] = [await openWorld(), await openWorld()];
  for (const world of [quiet, killed]) await fill(world, province);

  await analyse(quiet);
  const leftAtKill: number[] = [];
  for (let kill = 0; kill < KILLS; kill += 1) {
    const analytics = startRole("analytics", killed.settings);
    await wait(800 + ((seed * (kill + 1)) % 1_700)); // anywhere from its start to its last plant
    leftAtKill.push(await analyticsLag(killed));
    await analytics.kill();
  }
  await analyse(killed);

  expect(leftAtKill[0]).toBeGreaterThan(0); // it was killed at work
  expect((await conclusions(quiet)).leads).toHaveLength(1);
  expect(await conclusions(killed)).toEqual(await conclusions(quiet));
}, 240_000);

async function fill({ log, records, settings }: World, province: Province): Promise<void> {
  const at = "2026-01-01T00:00:00.000Z";
  for (const site of province.sites) await records.sites.save(site, at);
  await records.networks.save(province.network, at);
  const plants = province.sites.filter(({ kind }) => kind === "wwtp");
  for (const { siteId } of plants) {
    await publishAll(
      log,
      "sampler-readings",
      [...province.readings(siteId)].map((readings) => readingsMessage(siteId, readings)),
    );
    await publishAll(log, "assay-reports", [...province.reports(siteId)].map(reportMessage));
  }
  const ingest = startRole("ingest", settings);
  onTestFinished(() => ingest.kill());
  await until(async () => (await ingestLag(log)) === 0);
  await ingest.stop();
}

async function analyticsLag({ log }: World): Promise<number> {
  return (await log.lag("series-changes", ANALYTICS_GROUP)).reduce((sum, { lag }) => sum + Number(lag), 0);
}

async function analyse(world: World): Promise<void> {
  const analytics = startRole("analytics", world.settings);
  onTestFinished(() => analytics.kill());
  await until(async () => (await analyticsLag(world)) === 0);
  expect(await analytics.stop(), analytics.output()).toBe(0);
}

/** What is on record and what is to be told, without the moments at which it came there. */
async function conclusions({ records }: World) {
  const anomalies = await records.anomalies.list({ limit: 1_000 });
  const leads = await records.leads.list({ limit: 100 });
  const logs = await Promise.all(leads.map(({ leadId }) => records.chains.list(`lead:${leadId}`)));
  const messages = await records.outbox.messages({ since: "2026-01-01T00:00:00.000Z", limit: 1_000 });
  return {
    anomalies: anomalies.toSorted((a, b) => (a.anomalyId < b.anomalyId ? -1 : 1)),
    leads: leads.map(({ openedAt: _opened, updatedAt: _updated, ...lead }) => lead),
    logs: logs.map((entries) => entries.map(({ seq, action, subject, content }) => ({ seq, action, subject, content }))),
    messages: messages.map(({ event, subject }) => `${event} ${subject}`).toSorted(),
  };
}

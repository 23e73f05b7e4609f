import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { pino } from "pino";
import { expect, it, onTestFinished } from "vitest";
import { ANALYTICS_GROUP } from "../../../analytics/worker/group.ts";
import { startRoles } from "../../../cli/roles.ts";
import { openStores, type Stores } from "../../../cli/stores.ts";
import { publishAll, readingsMessage, reportMessage } from "../../../ingest/publish.ts";
import { INGEST_GROUP, INGEST_TOPICS } from "../../../ingest/worker.ts";
import { environment } from "../../../schemas/config.ts";
import { simulateProvince } from "../../../simulation/province.ts";
import { MEASURES, type Measure } from "../../../store/series/series.ts";
import { EVER, NOW } from "./world.ts";

const CLI = fileURLToPath(new URL("../../../cli/sewertrace.js", import.meta.url));
const DERIVED: readonly Measure[] = MEASURES.filter((measure) => measure !== "reading" && measure !== "concentration");

async function untilComputed({ log }: Stores): Promise<void> {
  const groups = [...INGEST_TOPICS.map((topic) => [topic, INGEST_GROUP] as const), ["series-changes", ANALYTICS_GROUP] as const];
  for (let tries = 0; tries < 600; tries++) {
    const lags = await Promise.all(groups.map(([topic, group]) => log.lag(topic, group)));
    if (lags.flat().every(({ lag }) => lag === 0n)) return;
    await wait(50);
  }
  throw new Error("the roles did not catch up");
}

// Method: a simulated plant goes through ingest and analytics; every derived point is removed, and `sewertrace rebuild` makes them anew.
it("`sewertrace rebuild` makes every derived series again from the records, byte for byte", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sewertrace-rebuild-"));
  const settings = environment.parse({ SEWERTRACE_DATA_DIR: folder, SEWERTRACE_PORT: "0" });
  const logger = pino({ level: "silent" });
  const stores = await openStores(settings, logger);
  const stop = new AbortController();
  const { done } = await startRoles({ roles: ["ingest", "analytics"], stores, settings, logger, signal: stop.signal });
  onTestFinished(async () => {
    stop.abort();
    await done;
    await stores.close();
    rmSync(folder, { recursive: true });
  });
  const province = simulateProvince({ seed: 5, plants: 1, manholes: 10, days: 60, endDay: "2026-05-04", dump: null });
  const [{ siteId }] = province.sites as [(typeof province.sites)[number]];
  for (const site of province.sites) await stores.records.sites.save(site, NOW);
  await publishAll(
    stores.log,
    "sampler-readings",
    [...province.readings(siteId)].map((batch) => readingsMessage(siteId, batch)),
  );
  await publishAll(stores.log, "assay-reports", Iterator.from(province.reports(siteId)).map(reportMessage));
  const derived = async () => {
    const all = await Promise.all(DERIVED.map((measure) => stores.series.read({ measure, siteIds: [siteId], ...EVER })));
    return JSON.stringify(all.flat());
  };
  await untilComputed(stores);
  const before = await derived();
  expect(before.length).toBeGreaterThan(100_000);
  for (const measure of DERIVED) await stores.series.remove({ measure, siteIds: [siteId], ...EVER });
  expect(await derived()).toBe("[]");
  execFileSync(process.execPath, [CLI, "rebuild"], { env: { ...process.env, SEWERTRACE_DATA_DIR: folder }, stdio: "pipe" });
  await untilComputed(stores);
  expect(await derived()).toBe(before);
}, 60_000);

it("a profile in the setting that nobody knows is refused at the start, with those there are", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sewertrace-profiles-"));
  const settings = environment.parse({
    SEWERTRACE_DATA_DIR: folder,
    SEWERTRACE_PORT: "0",
    SEWERTRACE_PROFILES: "euda-score,euda",
  });
  const logger = pino({ level: "silent" });
  const stores = await openStores(settings, logger);
  onTestFinished(async () => {
    await stores.close();
    rmSync(folder, { recursive: true });
  });
  const start = startRoles({ roles: ["analytics"], stores, settings, logger, signal: AbortSignal.timeout(10) });
  await expect(start).rejects.toThrow("SEWERTRACE_PROFILES: no method profile euda; there are euda-score@1, acic-nwdmp@1");
});

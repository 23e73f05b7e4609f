import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { pino } from "pino";
import { groupLags } from "../../api/operations/lags.ts";
import { type DemoClient, demoClient } from "../../cli/demoClient.ts";
import { importEuda, saveSites } from "../../cli/import.ts";
import { ROLES, startRoles } from "../../cli/roles.ts";
import { readSettings } from "../../cli/settings.ts";
import { openStores } from "../../cli/stores.ts";
import { publishAll, readingsMessage, reportMessage } from "../../ingest/publish.ts";
import { addDays } from "../../schemas/days.ts";
import type { Lead } from "../../schemas/lead.ts";
import { simulateProvince } from "../../simulation/province.ts";
import { brokenReport, REVIEW_SITE, reviewReadings, reviewReports } from "./review.ts";

/** The real server over the embedded stores, filled through the log like any other, and who may sign in. */
export interface World {
  address: string;
  client: DemoClient;
  /** Of the seeded dump, sampled until it can be called localised. */
  lead: Lead;
  /** The plant whose sewer is mapped, and what was dumped into it. */
  siteId: string;
  analyte: string;
  close(): Promise<void>;
}

const REFERENCE = fileURLToPath(new URL("../../schemas/reference/data/", import.meta.url));
const SEED = 7;
/** A set this small may be called localised. */
const LOCALISED_NODES = 5;
const samplesIn = ({ posterior }: Lead) => posterior?.evidence.length ?? 0;
/** A lead needs a recent anomaly, and recent is told by the clock: the simulated days end some days ago. */
const ENDED_DAYS_AGO = 3;
/** Large enough that no verdict but disposal is likely: what is tested here is the page, not the detector. */
const DUMP = { analyte: "methamphetamine", daysBeforeEnd: 4, timesOrdinary: 4 };
const ROUNDS = 8;

/** Starts the four roles in this process and fills them; about twenty seconds on two cores. */
export async function startWorld(): Promise<World> {
  const dataDir = mkdtempSync(join(tmpdir(), "sewertrace-browser-"));
  const port = await freePort();
  const settings = readSettings({ SEWERTRACE_LOG_LEVEL: "error", SEWERTRACE_DATA_DIR: dataDir, SEWERTRACE_PORT: String(port) });
  const logger = pino({ level: "error" }, pino.destination(2));
  const stores = await openStores(settings, logger);
  const stop = new AbortController();
  const { address, done } = await startRoles({ roles: ROLES, stores, settings, logger, signal: stop.signal });
  const client = await demoClient(stores.records, address, dataDir);
  const endDay = addDays(new Date().toISOString().slice(0, 10), -ENDED_DAYS_AGO);
  const province = simulateProvince({ seed: SEED, plants: 3, manholes: 120, days: 430, endDay, dump: DUMP });
  const { dump } = province.truth;
  if (!dump) throw new Error("the province has no dump");
  await saveSites(stores, [...province.sites, REVIEW_SITE]);
  await stores.records.networks.save(province.network, new Date().toISOString());
  for (const { siteId, kind } of province.sites) {
    if (kind !== "wwtp") continue;
    await publishAll(
      stores.log,
      "sampler-readings",
      [...province.readings(siteId)].map((batch) => readingsMessage(siteId, batch)),
    );
    await publishAll(stores.log, "assay-reports", Iterator.from(province.reports(siteId)).map(reportMessage));
  }
  await importEuda(stores, publicValues(dataDir), join(REFERENCE, "ww2025-site-info-table.csv"));
  await publishAll(stores.log, "sampler-readings", [readingsMessage(REVIEW_SITE.siteId, reviewReadings())]);
  await publishAll(stores.log, "assay-reports", reviewReports().map(reportMessage));
  await stores.log.publish("assay-reports", [brokenReport()]);
  const isIt = ({ analyte }: Lead) => analyte === dump.analyte;
  let lead = await found(async () => (await client.leads(dump.siteId)).find(isIt));
  for (let round = 1; round <= ROUNDS; round++) {
    const day = new Date(Date.parse(dump.from) + round * 86_400_000).toISOString().slice(0, 10);
    const samples = province.sampleManholes(
      (lead.posterior?.next ?? []).map(({ node }) => node),
      day,
    );
    await client.upload(samples);
    const weighed = samplesIn(lead) + samples.length;
    lead = await found(async () => {
      const now = await client.lead(lead.leadId);
      return samplesIn(now) >= weighed ? now : undefined;
    });
    const { credible, confirmingPair } = lead.posterior ?? {};
    if (confirmingPair && (credible?.["90"].nodes.length ?? 0) <= LOCALISED_NODES) break;
  }
  await found(async () => ((await groupLags(stores.log)).every(({ lag }) => lag === 0) ? true : undefined));
  const close = async () => {
    stop.abort();
    await done;
    await stores.close();
    rmSync(dataDir, { recursive: true, force: true });
  };
  return { address, client, lead: await client.lead(lead.leadId), siteId: dump.siteId, analyte: dump.analyte, close };
}

/** One substance of the public data, of the years that are shown beside one's own: the whole file would take a minute. */
function publicValues(folder: string): string {
  const [header = "", ...rows] = readFileSync(join(REFERENCE, "ww2025-all-data.csv"), "utf8").split(/\r?\n/);
  const file = join(folder, "euda.csv");
  writeFileSync(file, [header, ...rows.filter((row) => /^202[345],"MDMA"/.test(row))].join("\n"));
  return file;
}

/** Waits for the pipeline, which needs seconds. */
async function found<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (const end = Date.now() + 100_000; Date.now() < end; await wait(150)) {
    const answer = await ask();
    if (answer !== undefined) return answer;
  }
  throw new Error("the pipeline did not get there in 100 s");
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject).listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { pino } from "pino";
import { publishAll, readingsMessage, reportMessage } from "../ingest/publish.ts";
import { INGEST_GROUP, INGEST_TOPICS } from "../ingest/worker.ts";
import type { Lead } from "../schemas/lead.ts";
import { type Province, simulateProvince } from "../simulation/province.ts";
import { type DemoClient, demoClient, LAB } from "./demoClient.ts";
import { recordPassedRounds } from "./demoRound.ts";
import { endSoon } from "./endSoon.ts";
import { CommandError, exit } from "./exitCodes.ts";
import { importEuda, saveSites } from "./import.ts";
import { wholeNumber } from "./optionValues.ts";
import { openProgress, type Progress } from "./progress.ts";
import { startReceiver } from "./receiver.ts";
import { ROLES, startRoles } from "./roles.ts";
import { readSettings } from "./settings.ts";
import { openStores, type Stores } from "./stores.ts";

export const command = {
  name: "demo",
  summary: "real European data and a simulated province through the whole pipeline, to a lead and the dashboard",
  usage: `usage: sewertrace demo [--seed 1] [--plants 40] [--once]

Keeps its data in the folder data/demo (SEWERTRACE_DATA_DIR changes that); remove the folder to begin anew. Ctrl-C ends it.
--once ends it as soon as the lead is found and told, with exit code 0 when everything was as it should be.`,
};

const EUDA = fileURLToPath(new URL("../schemas/reference/data/", import.meta.url));
/** What EUDA's file of 2025 holds: counted in it, and checked against what arrives in the records. */
const EUDA_VALUES = 30_283;
/** Rounds of manhole samples that the demo's crew takes. */
const ROUNDS = 4;
/** A lead moves within seconds of its samples, on a busy machine within a minute; a crew that does not wait samples the same places twice. */
const MOVED_WITHIN_MS = 120_000;

export async function run(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      seed: { type: "string", default: "1" },
      plants: { type: "string", default: "40" },
      once: { type: "boolean", default: false },
    },
  });
  const seed = wholeNumber("seed", values.seed, 0);
  const plants = wholeNumber("plants", values.plants, 1);
  const settings = readSettings({
    SEWERTRACE_LOG_LEVEL: "error",
    SEWERTRACE_DATA_DIR: join("data", "demo"),
    SEWERTRACE_WEBHOOK_ALLOW: "127.0.0.0/8",
    ...process.env,
  });
  const started = performance.now();
  const logger = pino({ level: settings.SEWERTRACE_LOG_LEVEL }, pino.destination(2));
  const stores = await openStores(settings, logger);
  const stop = new AbortController();
  const interrupted = new Promise<void>((resolve) => stop.signal.addEventListener("abort", () => resolve(), { once: true }));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  const progress = openProgress();
  let running: Awaited<ReturnType<typeof startRoles>> | undefined;
  try {
    running = await startRoles({ roles: ROLES, stores, settings, logger, signal: stop.signal });
    const fresh = !existsSync(donePath(settings.SEWERTRACE_DATA_DIR));
    const client = await demoClient(stores.records, running.address, settings.SEWERTRACE_DATA_DIR);
    progress.say(`Sewertrace demo: ${running.address} (data in ${settings.SEWERTRACE_DATA_DIR})`);
    const work = fresh ? fill({ stores, client, progress, seed, plants }) : Promise.resolve(true);
    const outcome = await Promise.race([work, interrupted.then(() => undefined), running.done.then(() => undefined)]);
    if (outcome === undefined) return exit.interrupted;
    if (fresh && outcome) writeFileSync(donePath(settings.SEWERTRACE_DATA_DIR), "");
    progress.end();
    process.stdout.write(await ending(client, (performance.now() - started) / 1_000));
    if (values.once) {
      stop.abort();
      await running.done;
      return outcome ? exit.ok : exit.internal;
    }
    await running.done;
    return exit.ok;
  } finally {
    progress.end();
    stop.abort();
    await running?.done.catch(() => undefined); // why it ended is on its way already
    await stores.close();
    endSoon(); // what filled it may wait for a server that has gone
  }
}

const donePath = (dataDir: string) => join(dataDir, "demo-filled");

interface Filling {
  stores: Stores;
  client: DemoClient;
  progress: Progress;
  seed: number;
  plants: number;
}

/** Everything a year of operation would bring, through the same log, ingest, analytics and alerts. True when all of it held. */
async function fill({ stores, client, progress, seed, plants }: Filling): Promise<boolean> {
  const receiver = await startReceiver();
  receiver.trust(await client.registerWebhook(receiver.url));
  const endDay = new Date(Date.now() - 3 * 86_400_000).toISOString().slice(0, 10);
  const province = simulateProvince({ seed, plants, endDay });
  await saveSites(stores, province.sites);
  await recordPassedRounds(stores.records, LAB, endDay);
  await stores.records.networks.save(province.network, new Date().toISOString());

  const mapped = province.sites[0] as (typeof province.sites)[number];
  await publishPlant(stores, province, mapped.siteId, progress);
  const euda = await importEuda(stores, join(EUDA, "ww2025-all-data.csv"), join(EUDA, "ww2025-site-info-table.csv"));
  progress.say(`EUDA: ${euda.values} daily values of ${euda.sites} sites published`);
  for (const { siteId, kind } of province.sites.slice(1))
    if (kind === "wwtp") await publishPlant(stores, province, siteId, progress);
  await untilIngested(stores, progress);
  const stored = await stores.records.results.countOf("EUDA");
  progress.say(`EUDA: ${stored} of ${EUDA_VALUES} values are in the records${stored === EUDA_VALUES ? "" : ": NOT ALL"}`);

  const found = await trace(client, province, progress);
  const told = await until(
    () => (receiver.received.get("lead.opened") ?? 0) > 0 && (receiver.received.get("lead.updated") ?? 0) > 0,
    30_000,
  );
  const counts = [...receiver.received].map(([event, count]) => `${count} ${event}`).join(", ");
  progress.say(`webhooks: ${counts || "none"}; signatures checked, ${receiver.forged} refused`);
  await receiver.close();
  return stored === EUDA_VALUES && found && told;
}

async function publishPlant({ log }: Stores, province: Province, siteId: string, progress: Progress): Promise<void> {
  progress.show(`publishing ${siteId}: two years of composites`);
  await publishAll(
    log,
    "sampler-readings",
    [...province.readings(siteId)].map((batch) => readingsMessage(siteId, batch)),
  );
  await publishAll(log, "assay-reports", Iterator.from(province.reports(siteId)).map(reportMessage));
}

async function untilIngested({ log }: Stores, progress: Progress): Promise<void> {
  const lag = async () => {
    const lags = await Promise.all(INGEST_TOPICS.map((topic) => log.lag(topic, INGEST_GROUP)));
    const left = lags.flat().reduce((sum, partition) => sum + partition.lag, 0n);
    progress.show(`ingest: ${left} messages to go`);
    return left;
  };
  await until(async () => (await lag()) === 0n, 600_000);
}

/** The crew samples where the lead says, the laboratory uploads, the lead moves: as long as it takes, at most a few rounds. */
async function trace(client: DemoClient, province: Province, progress: Progress): Promise<boolean> {
  const { dump } = province.truth;
  if (!dump) throw new CommandError("the demo's province has no dump", exit.internal);
  const isIt = (lead: Lead) => lead.analyte === dump.analyte;
  progress.show("waiting for the analytics to find the dump");
  let lead = await untilFound(async () => (await client.leads(dump.siteId)).find(isIt), 120_000);
  if (!lead) {
    progress.say(`no lead was opened for ${dump.analyte} at ${dump.siteId}`);
    return false;
  }
  progress.say(`lead ${lead.leadId} opened: ${lead.finding.en}`);
  for (let round = 1; round <= ROUNDS; round++) {
    const nodes: string[] = (lead.posterior?.next ?? []).map(({ node }) => node);
    if (nodes.length === 0) break;
    const day = new Date(Date.parse(dump.from) + round * 86_400_000).toISOString().slice(0, 10);
    await client.upload(province.sampleManholes(nodes, day));
    const before: Lead = lead;
    const moved = async (): Promise<Lead | undefined> => {
      const now = await client.lead(before.leadId);
      return samplesIn(now) >= samplesIn(before) + nodes.length ? now : undefined;
    };
    lead = (await untilFound(moved, MOVED_WITHIN_MS)) ?? before;
    progress.say(`round ${round}: sampled ${nodes.join(", ")}; ${setSentence(lead)}`);
  }
  const set = lead.posterior?.credible["90"]?.nodes ?? [];
  const holds = set.includes(dump.node);
  progress.say(`truth: the dump was at ${dump.node}; the 90 % set ${holds ? "holds it" : "MISSES IT"}`);
  return holds;
}

const samplesIn = ({ posterior }: Lead) => posterior?.evidence.length ?? 0;

function setSentence({ posterior }: Lead): string {
  const nodes = posterior?.credible["90"]?.nodes.length ?? 0;
  return `the 90 % set is ${nodes} manholes, P(no source) ${posterior?.noSource.toFixed(3)}`;
}

/** Asks until there is an answer; undefined when there was none in time. */
async function untilFound<T>(ask: () => Promise<T | undefined>, withinMs: number): Promise<T | undefined> {
  for (const end = Date.now() + withinMs; Date.now() < end; await wait(200)) {
    const found = await ask();
    if (found !== undefined) return found;
  }
  return undefined;
}

/** False when the condition did not come true in time. */
async function until(condition: () => boolean | Promise<boolean>, withinMs: number): Promise<boolean> {
  return (await untilFound(async () => (await condition()) || undefined, withinMs)) ?? false;
}

async function ending({ address, keys }: DemoClient, seconds: number): Promise<string> {
  const lines = Object.entries(keys).map(([role, key]) => `  ${role.padEnd(13)} ${key}`);
  return `\nReady after ${seconds.toFixed(0)} s. Dashboard: ${address}\nSign in with one of these keys:\n${lines.join("\n")}\nCtrl-C ends the demo; a second run starts on the kept data.\n`;
}

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, onTestFinished } from "vitest";
import { demoClient } from "../../cli/demoClient.ts";
import { ROLES, startRoles } from "../../cli/roles.ts";
import { readSettings } from "../../cli/settings.ts";
import { openStores } from "../../cli/stores.ts";
import { type Receiver, startReceiver } from "../alerts/receiver.ts";
import { anomalyOf } from "../store/records/nouns.ts";
import { launch, open, type VisitOptions, visit } from "./chromium.ts";
import { freePort } from "./world.ts";

// Method: the real server over embedded stores with one anomaly told, a real receiver on loopback, and what operators do by mouse.
export interface House {
  address: string;
  client: Awaited<ReturnType<typeof demoClient>>;
  receiver: Receiver;
  raise(subject: string, siteId: string): Promise<void>;
  close(): Promise<void>;
}
async function startHouse(): Promise<House> {
  const dataDir = mkdtempSync(join(tmpdir(), "sewertrace-operations-"));
  const port = String(await freePort());
  const quiet = { SEWERTRACE_LOG_LEVEL: "error", SEWERTRACE_DATA_DIR: dataDir, SEWERTRACE_PORT: port };
  const settings = readSettings({ ...quiet, SEWERTRACE_WEBHOOK_ALLOW: "127.0.0.0/8" });
  const logger = pino({ level: "error" }, pino.destination(2));
  const stores = await openStores(settings, logger);
  const stop = new AbortController();
  const { address, done } = await startRoles({ roles: ROLES, stores, settings, logger, signal: stop.signal });
  const client = await demoClient(stores.records, address, dataDir);
  const receiver = await startReceiver((_request, response) => response.end("thank you"));
  const raise = async (subject: string, siteId: string) => {
    const payload = { type: "anomaly.raised", data: anomalyOf("2026-05-04", { siteId }) };
    const createdAt = new Date().toISOString();
    await stores.records.outbox.enqueue({ messageId: `m-${subject}`, event: "anomaly.raised", subject, payload, createdAt });
  };
  await raise("anomaly-1", "plant-a");
  const close = async () => {
    stop.abort();
    await receiver.close();
    await done;
    await stores.close();
    rmSync(dataDir, { recursive: true, force: true });
  };
  return { address, client, receiver, raise, close };
}

/** Opens the house and a browser for the tests of a file; what it gives signs a reader in at a page. */
export function openedHouse() {
  let house: House;
  let browser: Browser;
  beforeAll(async () => {
    [house, browser] = await Promise.all([startHouse(), launch()]);
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await house?.close();
  });
  const signedIn = async (path: string, options: VisitOptions = { role: "admin" }) => {
    const opened = await visit(browser, house, options);
    onTestFinished(() => opened.context.close());
    await open(opened.page, path);
    return opened;
  };
  return { house: () => house, signedIn };
}

/** What another window of the same reader does meanwhile. */
export function asAdmin(page: Page, method: string, path: string, body: object): Promise<unknown> {
  return page.evaluate(
    ([way, to, sent]) =>
      fetch(to!, { method: way!, headers: { "content-type": "application/json" }, body: sent! }).then((answer) => answer.json()),
    [method, path, JSON.stringify(body)],
  );
}

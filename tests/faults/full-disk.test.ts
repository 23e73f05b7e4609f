import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { INGEST_GROUP } from "../../ingest/worker.ts";
import { openEmbeddedFile } from "../../store/embedded.ts";
import { openEmbeddedLog } from "../../store/log/embedded.ts";
import { openEmbeddedRecords } from "../../store/records/open.ts";
import { openEmbeddedSeries } from "../../store/series/embedded.ts";
import { until } from "../store/log/contract.ts";
import { prepareServer, startServer } from "./server.ts";

// Method: the whole program on the embedded stores with a limit on the size of its files, which SQLite meets as it meets a full disk.
// Readings are sent until they are refused and on; then the limit is lifted.
const LIMIT_KIB = 4_000;
const READINGS_PER_CALL = 500;
const CALLS_REFUSED_MIN = 5;

it("a full disk refuses new readings with 503, keeps every acknowledged one, and goes on when there is room", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sewertrace-full-disk-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const settings = { SEWERTRACE_DATA_DIR: folder };
  const token = await inStores(folder, ({ records }) => prepareServer(records));
  let sent = 0;
  const acknowledged = new Set<number>();
  const next = () => Array.from({ length: READINGS_PER_CALL }, () => sent++);

  const full = await startServer("ingest,analytics,alerts,api", settings, token, `ulimit -f ${LIMIT_KIB * 2}`); // in 512 bytes
  onTestFinished(() => full.kill());
  const refusals: number[] = [];
  while (refusals.length < CALLS_REFUSED_MIN) {
    const numbers = next();
    const status = await full.sendReadings(numbers);
    if (status === 202) for (const n of numbers) acknowledged.add(n);
    else refusals.push(status);
  }
  expect(acknowledged.size).toBeGreaterThan(0);
  expect(new Set(refusals), full.output()).toEqual(new Set([503]));
  await full.stop();

  const roomy = await startServer("ingest,analytics,alerts,api", settings, token);
  onTestFinished(() => roomy.kill());
  const more = next();
  expect(await roomy.sendReadings(more), roomy.output()).toBe(202);
  for (const n of more) acknowledged.add(n);
  await until(
    () => inStores(folder, async ({ log }) => (await log.lag("sampler-readings", INGEST_GROUP)).every(({ lag }) => lag === 0n)),
    500,
  );
  expect(await roomy.stop(), roomy.output()).toBe(0);

  const stored = await inStores(folder, ({ series }) => series.read({ measure: "reading", fromMs: 0, toMs: Date.UTC(2100, 0) }));
  const times = new Set(stored.map(({ timeMs, name }) => `${name} ${timeMs}`));
  expect(times.size).toBe(stored.length);
  expect(stored).toHaveLength(acknowledged.size);
}, 240_000);

/** Beside the running program, as a command of the operator would. */
async function inStores<T>(
  folder: string,
  use: (stores: {
    records: Awaited<ReturnType<typeof openEmbeddedRecords>>;
    series: ReturnType<typeof openEmbeddedSeries>;
    log: ReturnType<typeof openEmbeddedLog>;
  }) => Promise<T>,
): Promise<T> {
  const file = openEmbeddedFile(join(folder, "sewertrace.sqlite"));
  const stores = { records: await openEmbeddedRecords(file), series: openEmbeddedSeries(file), log: openEmbeddedLog(file) };
  try {
    return await use(stores);
  } finally {
    await Promise.all([stores.log.close(), stores.series.close(), stores.records.close()]);
    await file.close();
  }
}

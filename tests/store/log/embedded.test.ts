import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { type EmbeddedFile, openEmbeddedFile } from "../../../store/embedded.ts";
import { type EmbeddedLogOptions, openEmbeddedLog } from "../../../store/log/embedded.ts";
import type { Log } from "../../../store/log/log.ts";
import { logContract, receive, unread } from "./contract.ts";

logContract("embedded", async () => {
  const path = temporaryPath();
  return { open: () => openLog(path) };
});

it("30,000 messages of 2 kB are published in one transaction, in seconds and not in minutes", async () => {
  const log = openLog(temporaryPath());
  const value = "x".repeat(2_000);
  const messages = Array.from({ length: 30_000 }, (_, n) => ({ key: `site-${n % 215}`, value }));
  const startMs = performance.now();
  await log.publish("assay-reports", messages);
  expect(performance.now() - startMs).toBeLessThan(10_000); // 0.6 s on an idle machine; this one may be busy
  expect((await log.lag("assay-reports", "ingest")).reduce((sum, { lag }) => sum + lag, 0n)).toBe(30_000n);
});

it("a batch ends at about 4 MB, however many messages were asked for, and the rest comes after it", async () => {
  const log = openLog(temporaryPath());
  const value = "x".repeat(900_000);
  await log.publish(
    "sampler-readings",
    Array.from({ length: 12 }, () => ({ key: "a", value })),
  );
  const stop = new AbortController();
  const sizes: number[] = [];
  let seen = 0;
  await log.subscribe({ topic: "sampler-readings", group: "readers", messagesMax: 5_000, signal: stop.signal }, async (batch) => {
    sizes.push(batch.messages.length);
    seen += batch.messages.length;
    if (seen >= 12) stop.abort();
  });
  expect(sizes).toEqual([5, 5, 2]);
});

it("a publish is all or nothing", async () => {
  const log = openLog(temporaryPath());
  const broken = { key: "b", value: 1 as unknown as string }; // a bug in the caller: SQLite refuses a number in a blob column
  await expect(log.publish("sampler-readings", [{ key: "a", value: "1" }, broken])).rejects.toThrow();
  expect(await unread(log, "readers")).toBe(0n);
});

it("old messages go once all groups have committed them, and unread ones stay", async () => {
  const path = temporaryPath();
  const first = openLog(path);
  await first.publish("sampler-readings", [{ key: "a", value: "read by all" }]);
  await receive(first, "one", 1);
  await receive(first, "two", 1);
  await first.publish("sampler-readings", [{ key: "a", value: "read by one" }]);
  await receive(first, "one", 1);
  const second = openLog(path, { retentionMs: -1_000 }); // everything is old
  await second.publish("sampler-readings", [{ key: "a", value: "new" }]);
  expect(await unread(second, "two")).toBe(2n);
  await second.seek("sampler-readings", "one", "earliest");
  expect(await unread(second, "one")).toBe(2n);
  expect((await receive(second, "one", 2)).map(({ value }) => Buffer.from(value!).toString())).toEqual(["read by one", "new"]);
});

it("a member in another process does not take back what this one has committed", async () => {
  const path = temporaryPath();
  const [slow, fast] = [openLog(path), openLog(path)];
  await slow.publish("sampler-readings", [{ key: "a", value: "1" }]);
  const stop = new AbortController();
  await slow.subscribe({ topic: "sampler-readings", group: "readers", messagesMax: 1, signal: stop.signal }, async () => {
    await fast.publish("sampler-readings", [{ key: "a", value: "2" }]);
    await receive(fast, "readers", 2);
    stop.abort();
  });
  expect(await unread(fast, "readers")).toBe(0n);
});

function temporaryPath(): string {
  const folder = mkdtempSync(join(tmpdir(), "sewertrace-log-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, "log.sqlite");
}

/** Over a file of its own, so that several are as several processes. */
function openLog(path: string, options?: EmbeddedLogOptions): Log {
  const file: EmbeddedFile = openEmbeddedFile(path);
  onTestFinished(() => file.close());
  return openEmbeddedLog(file, options);
}

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { ChainEntry } from "../../schemas/chain.ts";
import { openEmbeddedFile } from "../../store/embedded.ts";
import { openEmbeddedRecords } from "../../store/records/open.ts";
import { AT } from "../store/records/nouns.ts";

// Method: the command itself, on a database of its own that is then tampered with.
const CLI = fileURLToPath(new URL("../../cli/sewertrace.js", import.meta.url));
const TIMEOUT_MS = 60_000;
let folder: string;
let entries: ChainEntry[];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sewertrace-audit-"));
  const file = openEmbeddedFile(databaseOf(folder));
  const records = await openEmbeddedRecords(file);
  for (let n = 1; n <= 5; n++)
    await records.chains.append("audit", { at: AT, actor: "wu", action: "lead.viewed", subject: `lead-${n}`, content: { n } });
  entries = await records.chains.list("audit");
  await records.close();
  await file.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

const databaseOf = (data: string) => join(data, "sewertrace.sqlite");
const audit = (...args: string[]) => {
  const env = { ...process.env, SEWERTRACE_DATA_DIR: folder };
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, "audit", ...args], { env, encoding: "utf8" });
  return { status, out: stdout, err: stderr };
};
const written = (name: string, of: readonly unknown[]) => {
  const file = join(folder, name);
  writeFileSync(file, of.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
  return file;
};

it(
  "what list prints is verified as a file, and with it that the records still hold it",
  () => {
    const listed = audit("list").out;
    const file = join(folder, "exported.ndjson");
    writeFileSync(file, listed);
    expect(audit("verify", "--file", file)).toMatchObject({ status: 0, out: "audit: whole, with the 5 entries of the file\n" });
  },
  TIMEOUT_MS,
);

it(
  "3: an exported entry was altered, left out, or is no entry",
  () => {
    const altered = entries.map((entry) => (entry.seq === 3 ? { ...entry, actor: "mallory" } : entry));
    expect(audit("verify", "--file", written("altered.ndjson", altered))).toMatchObject({
      status: 3,
      out: "audit: entry 3 does not fit the chain\n",
    });
    const without = entries.filter(({ seq }) => seq !== 2);
    expect(audit("verify", "--file", written("without.ndjson", without)).out).toContain("entry 3 does not fit");
    expect(audit("verify", "--file", written("other.ndjson", [{ a: 1 }])).status).toBe(3);
  },
  TIMEOUT_MS,
);

it(
  "3: the end of the log was cut off in the records, which alone still look whole",
  () => {
    const file = written("before.ndjson", entries);
    const db = new DatabaseSync(databaseOf(folder));
    db.exec(`delete from "chainEntries" where "seq" > 3`);
    db.close();
    expect(audit("verify")).toMatchObject({ status: 0, out: "audit: whole\n" });
    expect(audit("verify", "--file", file)).toMatchObject({
      status: 3,
      out: "audit: entry 5 was exported, and the records hold none in its place\n",
    });
  },
  TIMEOUT_MS,
);

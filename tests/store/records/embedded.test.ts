import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openEmbeddedFile } from "../../../store/embedded.ts";
import { openEmbeddedRecords } from "../../../store/records/open.ts";
import { alertsContract } from "./alertsContract.ts";
import { analystsContract } from "./analystsContract.ts";
import { recordsContract } from "./contract.ts";
import { keysContract } from "./keysContract.ts";
import { leadLifeContract } from "./leadLife.ts";
import { methodsContract } from "./methodsContract.ts";
import { poolsContract } from "./poolsContract.ts";
import { risesContract } from "./risesContract.ts";
import { seriesChangesContract } from "./seriesChangesContract.ts";
import { uploadsContract } from "./uploadsContract.ts";

recordsContract("SQLite", () => openEmbeddedRecords(openEmbeddedFile(":memory:")));
keysContract("SQLite", () => openEmbeddedRecords(openEmbeddedFile(":memory:")));
uploadsContract("SQLite", () => openEmbeddedRecords(openEmbeddedFile(":memory:")));
alertsContract("SQLite", () => openEmbeddedRecords(openEmbeddedFile(":memory:")));
leadLifeContract("SQLite", () => openEmbeddedRecords(openEmbeddedFile(":memory:")));
analystsContract("SQLite", () => openEmbeddedRecords(openEmbeddedFile(":memory:")));
methodsContract("SQLite", () => openEmbeddedRecords(openEmbeddedFile(":memory:")));
risesContract("SQLite", () => openEmbeddedRecords(openEmbeddedFile(":memory:")));
poolsContract("SQLite", () => openEmbeddedRecords(openEmbeddedFile(":memory:")));
seriesChangesContract("SQLite", () => openEmbeddedRecords(openEmbeddedFile(":memory:")));

it("SQLite: an altered entry breaks the chain", async () => {
  const file = openEmbeddedFile(":memory:");
  const { chains } = await openEmbeddedRecords(file);
  for (const action of ["a", "b", "c"]) await chains.append("audit", { at: "t", actor: "x", action, subject: "s", content: {} });
  file.db.exec(`update "chainEntries" set "actor" = 'y' where "seq" = 2`);
  expect(await chains.verify("audit")).toBe(2);
});

it("SQLite: what was acknowledged is there after the file is opened again", async () => {
  const path = join(mkdtempSync(join(tmpdir(), "sewertrace-records-")), "records.sqlite");
  const first = openEmbeddedFile(path);
  await (await openEmbeddedRecords(first)).sites.save({ siteId: "a", name: "A", kind: "wwtp", timeZone: "UTC" }, "t");
  const second = await openEmbeddedRecords(openEmbeddedFile(path)); // beside the first, as after a crash
  expect(await second.sites.find("a")).toBeDefined();
});

it("SQLite: an entry emptied behind the program's back breaks the chain", async () => {
  const file = openEmbeddedFile(":memory:");
  const { chains } = await openEmbeddedRecords(file);
  for (const action of ["a", "b"])
    await chains.append("lead:l", { at: "t", actor: "x", action, subject: "s", content: { text: "t" } });
  file.db.exec(`update "chainEntries" set "content" = '{"forgotten":true}' where "seq" = 2`);
  expect(await chains.verify("lead:l")).toBe(2);
});

import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { importStatcan } from "../../cli/import.ts";
import { openEmbeddedFile } from "../../store/embedded.ts";
import { openEmbeddedLog } from "../../store/log/embedded.ts";
import { openEmbeddedRecords } from "../../store/records/open.ts";

async function stores() {
  const file = openEmbeddedFile(":memory:");
  const [log, records] = [openEmbeddedLog(file), await openEmbeddedRecords(file)];
  onTestFinished(async () => {
    await log.close();
    await records.close();
  });
  return { log, records };
}
const published = async ({ log }: Pick<Awaited<ReturnType<typeof stores>>, "log">) =>
  (await log.lag("assay-reports", "nobody")).reduce((sum, { end }) => sum + Number(end), 0);

// Counted with Python's csv module: seven cities beside their average, 114 pairs of city and month with a value, 1,140 monthly means.
it("publishes the cities of Statistics Canada and their monthly means, and not their average", async () => {
  const opened = await stores();
  const table = fileURLToPath(new URL("../../schemas/reference/data/statcan-13100871.csv", import.meta.url));
  expect(await importStatcan(opened, table)).toEqual({ sites: 7, values: 1140 });
  const sites = await opened.records.sites.list();
  expect(sites).toHaveLength(7);
  expect(sites.find(({ siteId }) => siteId === "STATCAN-Montreal")).toMatchObject({ country: "CA", region: "Quebec" });
  expect(sites.every(({ source }) => source?.startsWith("Statistics Canada"))).toBe(true);
  expect(await published(opened)).toBe(114);
});

it("another file is refused, and nothing of it is kept", async () => {
  const opened = await stores();
  const file = join(mkdtempSync(join(tmpdir(), "sewertrace-statcan-")), "other.csv");
  writeFileSync(file, "site,date,value\na,2026-05-04,1\n");
  expect(await importStatcan(opened, file)).toBeNull();
  expect(await opened.records.sites.list()).toEqual([]);
  expect(await published(opened)).toBe(0);
});

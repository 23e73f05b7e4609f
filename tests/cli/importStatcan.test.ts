import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { importStatcan } from "../../cli/import.ts";
import { importStores } from "./importStores.ts";

// Counted with Python's csv module: seven cities beside their average, 114 pairs of city and month with a value, 1,140 monthly means.
it("publishes the cities of Statistics Canada and their monthly means, and not their average", async () => {
  const opened = await importStores();
  const table = fileURLToPath(new URL("../../schemas/reference/data/statcan-13100871.csv", import.meta.url));
  expect(await importStatcan(opened, table)).toEqual({ sites: 7, values: 1140 });
  const sites = await opened.records.sites.list();
  expect(sites).toHaveLength(7);
  expect(sites.find(({ siteId }) => siteId === "STATCAN-Montreal")).toMatchObject({ country: "CA", region: "Quebec" });
  expect(sites.every(({ source }) => source?.startsWith("Statistics Canada"))).toBe(true);
  expect(await opened.published()).toBe(114);
});

it("another file is refused, and nothing of it is kept", async () => {
  const opened = await importStores();
  const file = join(mkdtempSync(join(tmpdir(), "sewertrace-statcan-")), "other.csv");
  writeFileSync(file, "site,date,value\na,2026-05-04,1\n");
  expect(await importStatcan(opened, file)).toBeNull();
  expect(await opened.records.sites.list()).toEqual([]);
  expect(await opened.published()).toBe(0);
});

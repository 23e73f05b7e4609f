import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { importOdm } from "../../cli/importOdm.ts";
import { importStores } from "./importStores.ts";

const fixture = (name: string) => fileURLToPath(new URL(`../ingest/files/fixtures/${name}`, import.meta.url));

async function stores() {
  const opened = await importStores();
  await opened.records.sites.save(
    { siteId: "plant-a", name: "A", kind: "wwtp", timeZone: "America/Toronto" },
    "2026-05-01T00:00:00Z",
  );
  return opened;
}

it("publishes a report for each sample whose drugs were measured, and tells what is refused", async () => {
  const opened = await stores();
  const samplesFile = fixture("odm-samples.csv");
  const imported = await importOdm(opened, fixture("odm-measures.csv"), { labId: "LAB-1", samplesFile });
  expect(imported?.reports).toBeGreaterThan(0);
  expect(await opened.published()).toBe(imported?.reports);
  expect(imported?.values).toBeGreaterThanOrEqual(imported!.reports);
  const without = await importOdm(opened, fixture("odm-measures.csv"), { labId: "LAB-1" });
  expect(without).toMatchObject({ reports: 0, values: 0 });
  expect(without?.refusals.map(({ code }) => code)).toContain("sample_unknown");
  expect(await opened.published()).toBe(imported?.reports);
});

it("another file is not one, and nothing of it is published", async () => {
  const opened = await stores();
  expect(await importOdm(opened, fixture("skyline.csv"), { labId: "LAB-1" })).toBeNull();
  expect(await opened.published()).toBe(0);
});

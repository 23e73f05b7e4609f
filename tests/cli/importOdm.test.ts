import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { importOdm } from "../../cli/importOdm.ts";
import { openEmbeddedFile } from "../../store/embedded.ts";
import { openEmbeddedLog } from "../../store/log/embedded.ts";
import { openEmbeddedRecords } from "../../store/records/open.ts";

const fixture = (name: string) => fileURLToPath(new URL(`../ingest/files/fixtures/${name}`, import.meta.url));

async function stores() {
  const file = openEmbeddedFile(":memory:");
  const [log, records] = [openEmbeddedLog(file), await openEmbeddedRecords(file)];
  onTestFinished(async () => {
    await log.close();
    await records.close();
  });
  await records.sites.save({ siteId: "plant-a", name: "A", kind: "wwtp", timeZone: "America/Toronto" }, "2026-05-01T00:00:00Z");
  const published = async () => (await log.lag("assay-reports", "nobody")).reduce((sum, { end }) => sum + Number(end), 0);
  return { log, records, published };
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

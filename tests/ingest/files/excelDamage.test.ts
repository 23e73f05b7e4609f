import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checkFile } from "../../../ingest/files/checkFile.ts";
import { readEudaSites } from "../../../ingest/files/euda.ts";
import type { Site } from "../../../schemas/site.ts";

const site = (siteId: string): Site => ({ siteId, name: siteId, kind: "wwtp", timeZone: "Asia/Shanghai" });
const HEADER = "sample_id,site_id,date,analyte,value,unit,method";
const check = (rows: string[], sites = [site("plant-a")]) =>
  checkFile(Buffer.from([HEADER, ...rows].join("\n")), { fileName: "r.csv", labId: "lab-1", uploadId: "u-1", sites });
const row = (id: string, value: string, siteId = "plant-a") => `${id},${siteId},2026-05-04,MDMA,${value},ng/L,m1`;
const usual = Array.from({ length: 30 }, (_, i) => row(`s${i}`, (3 + i / 7).toFixed(2)));

describe("the EUDA file through the check of a laboratory", () => {
  const data = (name: string) => new URL(`../../../schemas/reference/data/${name}`, import.meta.url);
  const sites = readEudaSites(readFileSync(data("ww2025-site-info-table.csv")));
  const checkEuda = (file: URL) => checkFile(readFileSync(file), { fileName: "euda.csv", labId: "EUDA", uploadId: "u-1", sites });
  it("is accepted as published: 4,376 rows, 30,283 values, 123 means reported", async () => {
    const checked = await checkEuda(data("ww2025-all-data.csv"));
    expect(checked).toMatchObject({
      verdict: "acceptedWithWarnings",
      counts: { rows: 4376, rejected: 0, results: 30283, errors: 0, warnings: 123 },
    });
    expect(checked.findings).toMatchObject([{ code: "mean_not_recomputable", count: 123 }]);
  });
  it("is held after a spreadsheet, nothing of it taken", async () => {
    const checked = await checkEuda(new URL("fixtures/euda-excel-mangled-2020-2024.csv", import.meta.url));
    expect(checked).toMatchObject({ verdict: "held", reports: [], truncated: false });
    expect(checked.findings.filter(({ code }) => code === "excel_leading_zero").reduce((sum, { count }) => sum + count, 0)).toBe(
      330,
    );
  });
});

describe("a laboratory's file is held for", () => {
  it.each([
    ["a value that became a date", "4-Mar", "excel_date"],
    ["a value that became a date in Chinese", "3月4日", "excel_date"],
    ["a value padded as a date", "03.04", "excel_leading_zero"],
  ])("%s", async (_what, value, code) => {
    const checked = await check([...usual, row("s99", value)]);
    expect(checked).toMatchObject({ verdict: "held", reports: [] });
    expect(checked.problems).toMatchObject([{ code, found: value, where: { row: 32, cell: "E32" } }]);
  });
});

describe("a lost decimal mark", () => {
  it("is asked about, with what it may have been", async () => {
    const checked = await check([...usual, row("s99", "5125")]);
    expect(checked.verdict).toBe("acceptedWithWarnings");
    expect(checked.problems).toMatchObject([
      { code: "excel_decimals_lost", where: { cell: "E32" }, expected: expect.stringContaining("5.125") },
    ]);
  });
  it("is not suspected in a value that keeps its decimals: a dump may be a thousand times the usual", async () =>
    expect((await check([...usual, row("s99", "5125.5")])).problems).toEqual([]));
  it("is not suspected where whole numbers are usual", async () =>
    expect((await check([...usual, ...Array.from({ length: 20 }, (_, i) => row(`t${i}`, String(100 + i)))])).problems).toEqual(
      [],
    ));
});

describe("lost leading zeros", () => {
  it("are asked about where other identifiers have them", async () => {
    const checked = await check([row("0001", "3.5"), row("0002", "3.6"), row("17", "3.7")]);
    expect(checked.problems).toMatchObject([{ code: "excel_zeros_lost", found: "17", where: { cell: "A4" } }]);
  });
  it("are suggested where the padded site is on record", async () => {
    const checked = await check([row("s1", "3.5", "7")], [site("007")]);
    expect(checked.problems).toMatchObject([
      { code: "site_unknown", found: "7", expected: expect.stringContaining("did you mean 007") },
    ]);
  });
});

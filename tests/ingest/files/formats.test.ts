import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checkFile, type FileToCheck } from "../../../ingest/files/checkFile.ts";
import { columnMapping } from "../../../ingest/files/mapping.ts";
import { secondMonday } from "../../../ingest/files/statcan.ts";
import { writeWorkbook } from "../../../ingest/files/workbook.ts";
import type { AssayReport } from "../../../schemas/assay.ts";
import type { Sample } from "../../../schemas/sample.ts";
import type { Site } from "../../../schemas/site.ts";

const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url));
const site = (siteId: string, timeZone: string): Site => ({ siteId, name: siteId, kind: "wwtp", timeZone });
const sites = [site("plant-a", "America/Toronto"), site("chengbei", "Asia/Shanghai")];
const known: Sample[] = ["S-101", "S-102", "S-201", "S-202"].map((sampleId) => ({
  sampleId,
  siteId: "plant-a",
  mode: "flowProportional",
  start: "2026-05-04T08:00:00-04:00",
  end: "2026-05-05T08:00:00-04:00",
}));

function check(fileName: string, bytes: Uint8Array | string, more: Partial<FileToCheck> = {}) {
  const sampleOf = (sampleId: string) => known.find((sample) => sample.sampleId === sampleId);
  return checkFile(typeof bytes === "string" ? Buffer.from(bytes) : bytes, {
    fileName,
    labId: "lab-1",
    uploadId: "u-1",
    sites,
    sampleOf,
    ...more,
  });
}

const resultsOf = (reports: readonly AssayReport[], sampleId: string) =>
  reports.filter(({ sample }) => sample.sampleId === sampleId).flatMap(({ results }) => results);

describe("a Chinese platform's table", async () => {
  const checked = await check("export.csv", fixture("platform-zh-gb18030.csv"), {
    mapping: columnMapping.parse({ sites: { 城北污水厂: "chengbei" } }),
  });
  it("is read by its headers, dates, modes and units", () => {
    expect(checked).toMatchObject({
      format: "wide",
      verdict: "acceptedWithWarnings",
      counts: { rows: 3, results: 17, errors: 0 },
    });
    expect(checked.reports[0]?.sample).toEqual({
      sampleId: "W2026-0501",
      siteId: "chengbei",
      mode: "timeProportional",
      start: "2026-05-04T00:00:00+08:00",
      end: "2026-05-05T00:00:00+08:00",
      flowM3D: 45_000,
    });
    expect(resultsOf(checked.reports, "W2026-0501")).toMatchObject([
      { analyte: "methamphetamine", value: 20.6, unit: "ng/L", loq: 0.5 },
      { analyte: "ketamine", value: 0.47 },
      { analyte: "norketamine", censoring: "belowLod" },
      { analyte: "morphine", value: 20.9 },
      { analyte: "cotinine", value: 1.32, unit: "ug/L" },
      { analyte: "etomidate-acid", censoring: "belowLoq", loq: 0.5 },
    ]);
  });
  it("asks about 0 and about the column it does not know", () => {
    expect(checked.findings).toMatchObject([
      { code: "column_unknown", column: "备注", count: 1 },
      { code: "zero_asks", column: "氯胺酮（ng/L）", count: 1, rows: [4], values: ["0"] },
    ]);
    expect(checked.problems.find(({ code }) => code === "zero_asks")?.where.cell).toBe("I4");
  });
  it("gives back the mapping, with which it is read the same", async () => {
    const again = await check("export.csv", fixture("platform-zh-gb18030.csv"), {
      mapping: columnMapping.parse({ ...checked.mapping }),
    });
    expect(again.reports).toEqual(checked.reports);
  });
});

describe("a MassHunter export", async () => {
  const mapping = columnMapping.parse({ constants: { unit: "ng/L", method: "LCMS-1" } });
  const checked = await check("batch.csv", fixture("masshunter-en.csv"), { mapping });
  it("gives concentration, ion ratio and raw file of samples, and passes calibrators, blanks and controls over", () => {
    expect(checked).toMatchObject({ format: "massHunter", counts: { rows: 5, skipped: 3, results: 4, errors: 0 } });
    expect(resultsOf(checked.reports, "S-101")).toMatchObject([
      { analyte: "methamphetamine", value: 12.345, ionRatio: 47.9, rawFile: "s101.d", method: "LCMS-1" },
      { analyte: "benzoylecgonine", value: 250.1, ionRatio: 30.9, flags: ["MI"] },
    ]);
  });
  it("says which compound it does not know", () =>
    expect(checked.findings).toMatchObject([{ code: "analyte_unknown", severity: "warning", values: ["Compound X"] }]));
  it("is read in a German locale", async () => {
    const german = await check("batch.csv", fixture("masshunter-de-windows1252.csv"), { mapping });
    expect(german.counts).toMatchObject({ results: 4, errors: 0, skipped: 1 });
    expect(resultsOf(german.reports, "S-201")).toMatchObject([
      { analyte: "methamphetamine", value: 9.754, ionRatio: 47.9 },
      { analyte: "ketamine", value: 0.612 },
    ]);
    expect(resultsOf(german.reports, "S-202")).toMatchObject([{ value: 1234.5 }, { value: 13.08 }]);
  });
  it("refuses a row that lost a cell, since its values stand under the wrong compound", async () => {
    const cut = fixture("masshunter-en.csv").toString().replace("4.12,18231,12.345", "4.12,12.345");
    const damaged = await check("batch.csv", cut, { mapping });
    expect(damaged.problems).toContainEqual(
      expect.objectContaining({ code: "row_length", where: { file: "batch.csv", row: 5 } }),
    );
    expect(resultsOf(damaged.reports, "S-101")).toEqual([]);
    expect(resultsOf(damaged.reports, "S-102")).toHaveLength(2);
  });
  it("refuses rows where a column of the header is lost", async () => {
    const cut = fixture("masshunter-en.csv").toString().replace("Final Conc.,MI,Ratio", "Final Conc.,Ratio");
    const damaged = await check("batch.csv", cut, { mapping });
    expect(damaged).toMatchObject({ verdict: "rejected", counts: { results: 0 } });
    expect(damaged.findings[0]).toMatchObject({ code: "row_length", count: 5 });
  });
  it("finds its header below a line that an instrument put above it", async () => {
    const shifted = await check("batch.csv", `Batch 12\r\n${fixture("masshunter-en.csv")}`, { mapping });
    expect(shifted.reports).toEqual(checked.reports);
  });
  it("asks for the unit it does not give, and for samples that are not on record", async () => {
    const bare = await check("batch.csv", fixture("masshunter-en.csv"));
    expect(bare.findings).toMatchObject([{ code: "unit_missing", count: 2 }, { code: "analyte_unknown" }]);
    const unknown = await check("batch.csv", fixture("masshunter-en.csv"), { mapping, sampleOf: () => undefined });
    expect(unknown.problems).toContainEqual(
      expect.objectContaining({ code: "sample_unknown", found: "S-101", where: expect.objectContaining({ cell: "A5" }) }),
    );
  });
});

describe("a Skyline report", async () => {
  const checked = await check("report.csv", fixture("skyline.csv"), {
    mapping: columnMapping.parse({ constants: { method: "PRM-1" } }),
  });
  it("gives one result a molecule and replicate, the second transition as ion ratio", () => {
    expect(checked).toMatchObject({ format: "skyline", counts: { rows: 8, skipped: 2, results: 3, errors: 1 } });
    expect(resultsOf(checked.reports, "S-101")).toMatchObject([
      { analyte: "mdma", value: 15.2, ionRatio: 50, replicate: 1 },
      { analyte: "ketamine", value: 4.4 },
    ]);
    expect(resultsOf(checked.reports, "S-102")).toMatchObject([
      { analyte: "mdma", censoring: "belowLoq", loq: 2.5, ionRatio: 25, replicate: 2 },
    ]);
  });
  it("names the replicate that is no sample on record", () =>
    expect(checked.problems).toMatchObject([{ code: "sample_unknown", found: "S-999", where: { row: 9, cell: "B9" } }]));
});

describe("PHES-ODM tables", () => {
  const sheetOf = (name: string, csv: string) => ({
    name,
    rows: fixture(csv)
      .toString()
      .trim()
      .split("\n")
      .map((line) => line.split(",")),
  });
  const workbook = writeWorkbook([sheetOf("measures", "odm-measures.csv"), sheetOf("samples", "odm-samples.csv")]);

  it("are read together from a workbook, whatever the order of the sheets", async () => {
    const checked = await check("odm.xlsx", workbook);
    expect(checked.counts).toMatchObject({ results: 4, skipped: 2, errors: 2 });
    expect(checked.format).toBe("odmMeasures");
    expect(checked.reports.find(({ sample }) => sample.sampleId === "ot-1")).toMatchObject({
      sample: {
        siteId: "plant-a",
        mode: "flowProportional",
        start: "2026-05-04T08:00:00-04:00",
        end: "2026-05-05T08:00:00-04:00",
      },
      results: [
        { analyte: "benzoylecgonine", value: 850, unit: "ng/L", replicate: 1, method: "LCMS-1" },
        { analyte: "benzoylecgonine", value: 861, replicate: 2 },
      ],
    });
    expect(checked.reports.find(({ sample }) => sample.sampleId === "ot-2")).toMatchObject({
      results: [
        { analyte: "methamphetamine", value: 1.25, unit: "ug/L" },
        { analyte: "ketamine", censoring: "belowLoq" },
      ],
    });
  });
  it("take a composite's single date as its end", async () => {
    const checked = await check("odm.xlsx", workbook);
    const { start, end } = checked.reports.find(({ sample }) => sample.sampleId === "ot-2")!.sample;
    expect([Date.parse(start), Date.parse(end)]).toEqual([
      Date.parse("2026-05-05T08:00-04:00"),
      Date.parse("2026-05-06T08:00-04:00"),
    ]);
  });
  it("name the measure that is no declared extension, and the sample that is missing", async () => {
    const { problems } = await check("odm.xlsx", workbook);
    expect(problems.map(({ code, found }) => [code, found])).toEqual([
      ["analyte_unknown", "ext_nosuch"],
      ["sample_unknown", "ot-9"],
    ]);
  });
});

describe("Statistics Canada's table", async () => {
  const bytes = readFileSync(new URL("../../../schemas/reference/data/statcan-13100871.csv", import.meta.url));
  const checked = await check("13100871.csv", bytes);
  // Counted with Python's csv module: 6,600 rows, 900 of them averages over the cities, the others five to a city, month and drug.
  it("keeps the first of a row that stands there twice, and says so in the second", async () => {
    const lines = bytes.toString("utf8").split("\n");
    const at = lines.findIndex((line) => line.includes("Halifax") && line.includes("Load per capita"));
    const twice = [...lines.slice(0, at + 1), lines[at]!, ...lines.slice(at + 1, at + 5)].join("\n");
    const { problems, counts } = await check("statcan.csv", Buffer.from(twice));
    expect(counts.results).toBe(1);
    expect(problems).toMatchObject([{ code: "result_twice", where: { row: at + 2 } }]);
  });

  it("has 1,140 monthly means, none refused", () =>
    expect(checked).toMatchObject({ format: "statcan", counts: { rows: 6600, skipped: 900, results: 1140, errors: 0 } }));
  it("keeps uncertainty, status and imputation of Montreal, methamphetamine, January 2022", () => {
    const january = checked.reports.find(({ sample }) => sample.sampleId === "STATCAN-Montreal-2022-01");
    expect(january?.sample.start).toBe("2022-01-10T00:00:00-05:00");
    // Published: 159.94, standard error 5.68, high 95 % limit 173.80.
    expect(january?.results.find(({ analyte }) => analyte === "methamphetamine")).toMatchObject({
      value: 159.94,
      uncertainty: 13.86,
      coverageFactor: 2.4401,
    });
  });
  it("begins a survey week on the second Monday", () =>
    // Python: calendar of 2022 to 2023, second Monday of each month
    expect(["2022-01", "2022-02", "2022-08", "2023-05"].map(secondMonday)).toEqual([
      "2022-01-10",
      "2022-02-14",
      "2022-08-08",
      "2023-05-08",
    ]));
});

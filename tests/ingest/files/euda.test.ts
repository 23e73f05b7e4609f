import { createReadStream, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readEudaReports, readEudaSites } from "../../../ingest/files/euda.ts";
import { eudaDay } from "../../../ingest/files/eudaRows.ts";
import type { AssayReport } from "../../../schemas/assay.ts";
import { site } from "../../../schemas/site.ts";

const data = (name: string) => new URL(`../../../schemas/reference/data/${name}`, import.meta.url);
const mangled = new URL("fixtures/euda-excel-mangled-2020-2024.csv", import.meta.url);
const sites = readEudaSites(readFileSync(data("ww2025-site-info-table.csv"), "utf8"));

async function read(file: URL, known = sites) {
  const reading = readEudaReports(createReadStream(file), { uploadId: "u-1", sites: known });
  const reports = await Array.fromAsync(reading);
  return { ...reading, reports };
}

describe("the published release", async () => {
  const { reports, findings, counts, newSites } = await read(data("ww2025-all-data.csv"));

  // Counted with Python's csv module over the same file.
  it("has 4,376 rows, 30,283 daily values, 2,393 of them below the limit, and 349 days not sampled", () =>
    expect(counts).toEqual({ rows: 4376, values: 30283, belowLimit: 2393, notSampled: 349, meansNotRecomputable: 123 }));
  it("is taken whole", () => expect(reports.flatMap((report) => report.results)).toHaveLength(30283));
  it("is one report a site and day", () =>
    expect(new Set(reports.map((report) => report.sample.sampleId)).size).toBe(reports.length));
  it("has 123 means that do not recompute: reported, not refused", () =>
    expect(findings.map((finding) => `${finding.severity} ${finding.code}`)).toEqual(
      Array(123).fill("warning mean_not_recomputable"),
    ));
  it("needs no site that the site table lacks", () => expect(newSites).toEqual([]));

  it("reads 0 as below an unknown limit, never as a value", () => {
    const results = reports.flatMap((report) => report.results);
    expect(results.filter((result) => result.censoring === "belowLoq")).toHaveLength(2393);
    expect(results.filter((result) => result.value === 0)).toEqual([]);
  });
  it("reads Graz, MDMA, 2024 as printed, cocaine as benzoylecgonine, on the day of the week in the site's time", () => {
    const week = "Wednesday,Thursday,Friday,Saturday,Sunday,Monday,Tuesday".split(",");
    const graz = week.map((day) => find(reports, `EUDA-AT001-2024-${day}`));
    expect(graz.map((report) => report.results.find((result) => result.analyte === "mdma")?.value)).toEqual([
      8.82, 12.87, 12.45, 28.11, 26.8, 10.5, 9.13,
    ]);
    expect(graz[0]?.results.find((result) => result.analyte === "benzoylecgonine")?.value).toBe(262.48);
    expect(graz.map((report) => report.sample.start.slice(0, 10))).toEqual([
      "2024-04-17",
      "2024-04-18",
      "2024-04-19",
      "2024-04-20",
      "2024-04-21",
      "2024-04-22",
      "2024-04-23",
    ]);
    expect(graz[0]?.sample.start).toBe("2024-04-17T00:00:00+02:00");
  });
});

describe("the copy that went through a spreadsheet", async () => {
  const { findings } = await read(mangled);
  const suspects = findings.filter((finding) => finding.code.startsWith("excel_"));
  const altered = alteredRows();

  it("has 92 altered rows with 97 altered cells, by comparison with the true file", () => {
    expect(altered.size).toBe(92);
    expect([...altered.values()].flat()).toHaveLength(97);
  });
  it("has at least 95 % of the altered rows among the suspects", () => {
    const rows = new Set(suspects.map((suspect) => suspect.where.row));
    expect([...altered.keys()].filter((row) => rows.has(row)).length / altered.size).toBeGreaterThanOrEqual(0.95);
  });
  it("names cells as a spreadsheet does", () => {
    const innsbruck = suspects.find((suspect) => suspect.where.row === 4);
    expect(innsbruck).toMatchObject({ where: { cell: "F4" }, column: "Thursday", found: "03.04", code: "excel_leading_zero" });
  });
});

it("makes a site from the data where the site table lacks it", async () => {
  const { newSites } = await read(
    data("ww2025-all-data.csv"),
    sites.filter((known) => known.siteId !== "EUDA-BR007"),
  );
  expect(newSites).toMatchObject([{ siteId: "EUDA-BR007", name: "Brasilia (I-VII)", timeZone: "America/Sao_Paulo" }]);
});

describe("the site table", () => {
  it("is completed from the data, once a site", () => {
    const table = "SiteID,Country,City,Location,Latitude,Longitude,Population\nAT001,AT,Graz,ARA Graz,47.07,15.44,425000\n";
    const both = readEudaSites(table, readFileSync(data("ww2025-all-data.csv")));
    expect(both).toHaveLength(215); // the data's sites; 217 in the true table, two of them without data
    expect(both.filter((known) => known.population)).toHaveLength(1);
  });
  it("has 217 valid sites", () => {
    expect(sites.map((known) => site.safeParse(known).success)).toEqual(Array(217).fill(true));
  });
  it("names the plant, and the city as its region", () =>
    expect(sites.find((known) => known.siteId === "EUDA-AT001")).toMatchObject({
      name: "ARA Graz",
      region: "Graz",
      country: "AT",
    }));
  it("reads 3e+05 people as 300,000", () =>
    expect(sites.find((known) => known.siteId === "EUDA-BE004")?.population?.people).toBe(300_000));
  it("knows Hungary by its car plate", () =>
    expect(sites.find((known) => known.siteId === "EUDA-H001")).toMatchObject({ country: "HU", timeZone: "Europe/Budapest" }));
  it("knows Seattle from New Castle by longitude", () =>
    expect(["EUDA-US001", "EUDA-US002"].map((id) => sites.find((known) => known.siteId === id)?.timeZone)).toEqual([
      "America/New_York",
      "America/Los_Angeles",
    ]));
});

it("dates a campaign to the Wednesday of ISO week 16", () => {
  // date -d 2021-W16-3: checked with Python's date.fromisocalendar(year, 16, 3)
  expect([2011, 2015, 2020, 2021, 2026].map((year) => eudaDay(year, 0))).toEqual([
    "2011-04-20",
    "2015-04-15",
    "2020-04-15",
    "2021-04-21",
    "2026-04-15",
  ]);
});

function find(reports: readonly AssayReport[], sampleId: string): AssayReport {
  const report = reports.find((candidate) => candidate.sample.sampleId === sampleId);
  if (!report) throw new Error(`no report of ${sampleId}`);
  return report;
}

/** Row numbers of the mangled file whose values differ from the true file's, with their columns. */
function alteredRows(): Map<number, string[]> {
  const table = (file: URL) => {
    const [header, ...lines] = readFileSync(file, "utf8").trim().replaceAll('"', "").split(/\r?\n/);
    const names = header!.split(",");
    return lines.map((line) => Object.fromEntries(line.split(",").map((cell, index) => [names[index]!, cell])));
  };
  const key = (row: Record<string, string>) => [row["Year"], row["Metabolite"], row["Country"], row["City"]].join();
  const truth = new Map(table(data("ww2025-all-data.csv")).map((row) => [key(row), row]));
  const days = "Wednesday,Thursday,Friday,Saturday,Sunday,Monday,Tuesday".split(",");
  const altered = new Map<number, string[]>();
  for (const [index, row] of table(mangled).entries()) {
    const cells = days.filter((day) => row[day] !== "" && Number(row[day]) !== Number(truth.get(key(row))![day]));
    if (cells.length > 0) altered.set(index + 2, cells);
  }
  return altered;
}

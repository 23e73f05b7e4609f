import { createReadStream, readFileSync } from "node:fs";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { longCsv } from "../../api/exports/longCsv.ts";
import { odmMeasures, odmParts, odmSamples, odmSites } from "../../api/exports/odm.ts";
import { checkFile } from "../../ingest/files/checkFile.ts";
import { readEudaReports, readEudaSites } from "../../ingest/files/euda.ts";
import { columnMapping } from "../../ingest/files/mapping.ts";
import { ODM_EXTENSION, odmSamplesReader } from "../../ingest/files/odm.ts";
import type { AssayReport } from "../../schemas/assay.ts";
import type { Sample } from "../../schemas/sample.ts";
import { AT, revisionOf } from "../store/records/nouns.ts";
import { exported, type Report, reports, site } from "./exportedReports.ts";
import { brokenRules, type Rules } from "./odmRules.ts";
import { openWorld, type World } from "./world.ts";

const V = "/api/v1";
const TERMS = { owner: "the harbour's water works", licence: "CC BY 4.0" };
const text = async (chunks: AsyncIterable<string>) => (await Array.fromAsync(chunks)).join("");
const check = (fileName: string, content: string, more = {}) =>
  checkFile(Buffer.from(content), { fileName, labId: "lab-1", uploadId: "u-1", sites: [site], ...more });

/** By sample, with times as instants and results in one order: what a report says, not how it is written. */
const said = (given: readonly Report[]) =>
  given
    .map(({ sample: { start, end, ...rest }, results: found }) => ({
      sample: { ...rest, start: Date.parse(start), end: Date.parse(end) },
      results: found.toSorted((a, b) =>
        JSON.stringify([a.analyte, a.method, a.replicate]) < JSON.stringify([b.analyte, b.method, b.replicate]) ? -1 : 1,
      ),
    }))
    .toSorted((a, b) => (a.sample.sampleId < b.sample.sampleId ? -1 : 1));

describe("long", () => {
  it("is read back equal by the reader of laboratories' files", () =>
    fc.assert(
      fc.asyncProperty(reports, async (given) => {
        const checked = await check("export.csv", await text(longCsv(exported(given), TERMS)));
        expect(checked.problems.filter(({ severity }) => severity === "error")).toEqual([]);
        expect(said(checked.reports)).toEqual(said(given));
      }),
      { numRuns: 150 },
    ));
});

describe("PHES-ODM", () => {
  const rules = JSON.parse(readFileSync(new URL("fixtures/odm-2.2.3-rules.json", import.meta.url), "utf8")) as Rules;
  const ours = (report: Report) => ({
    ...report,
    results: report.results.filter(({ analyte }) => Object.values(ODM_EXTENSION).includes(analyte)),
  });

  it("breaks no rule of the published schema, whatever is exported", () =>
    fc.assert(
      fc.asyncProperty(reports, async (given) => {
        const tables = {
          sites: await text(odmSites([site, { ...site, siteId: `p${"x".repeat(60)}`, parentSiteId: "plant-a" }], TERMS)),
          samples: await text(odmSamples(exported(given), TERMS)),
          measures: await text(odmMeasures(exported(distinct(given)), TERMS)),
        };
        expect(Object.entries(tables).flatMap(([table, csv]) => brokenRules(rules, table, csv))).toEqual([]);
      }),
      { numRuns: 60 },
    ));

  it("a checker that cannot fail proves nothing", () => {
    const broken = "sampleID,siteID,saMaterial,collType,collPer,collNum\nNA,,beer,grb,0.5,1.5\nNA,a,rawWW,grb,1,1\n";
    expect(brokenRules(rules, "samples", broken).map((each) => each.split(":")[0])).toEqual([
      "collDT is missing",
      "sampleID is missing",
      "siteID is empty",
      "saMaterial not in its set",
      "collPer below its least",
      "collNum no integer",
      "sampleID is missing",
      "sampleID twice",
    ]);
  });

  it("is read back with the same samples and concentrations; limits beside a value have no place in it", () =>
    fc.assert(
      fc.asyncProperty(reports, async (given) => {
        const known = given.map(ours).filter((report) => report.results.length > 0);
        const byId = readSamples(await text(odmSamples(exported(known), TERMS)));
        const measures = await text(odmMeasures(exported(known), TERMS));
        if (measures.split("\r\n").length === 2) return; // the header alone: nothing had a value or a limit
        const checked = await check("measures.csv", measures, { sampleOf: (id: string) => byId.get(id) });
        expect(checked.problems.filter(({ severity }) => severity === "error")).toEqual([]);
        const core = (report: Report) =>
          report.results
            .filter(({ value, lod, loq }) => value !== undefined || lod !== undefined || loq !== undefined)
            .map(({ analyte, value, unit, censoring, method, replicate }) => ({
              analyte,
              value,
              unit,
              method,
              replicate,
              isBelow: /below|between/.test(censoring),
            }));
        const bySample = (all: readonly Report[]) =>
          said(all)
            .map((report) => [report.sample.sampleId, core(report as never)] as const)
            .filter(([, found]) => found.length > 0);
        expect(bySample(checked.reports)).toEqual(bySample(known));
      }),
      { numRuns: 100 },
    ));

  it("declares every drug it writes", async () => {
    const declared = (parse(await text(odmParts()), { columns: true }) as Record<string, string>[]).map((row) => row["partID"]);
    for (const measure of Object.keys(ODM_EXTENSION)) if (measure.startsWith("ext_")) expect(declared).toContain(measure);
  });
});

describe("from the API", () => {
  const data = (name: string) => new URL(`../../schemas/reference/data/${name}`, import.meta.url);
  let world: World;
  let published: AssayReport[];
  beforeAll(async () => {
    world = await openWorld({ SEWERTRACE_DATA_OWNER: TERMS.owner, SEWERTRACE_DATA_LICENCE: TERMS.licence });
    const sites = readEudaSites(readFileSync(data("ww2025-site-info-table.csv"), "utf8"));
    const all = await Array.fromAsync(readEudaReports(createReadStream(data("ww2025-all-data.csv")), { sites }));
    published = all.filter(({ sample: { siteId } }) => /^EUDA-(AT|NL)/.test(siteId));
    const dutch = sites.filter(({ siteId }) => /^EUDA-(AT|NL)/.test(siteId));
    for (const each of dutch) await world.records.sites.save(each, AT);
    await world.series.write(
      published.flatMap(({ sample: { siteId, start }, results: found }) =>
        found.map(({ analyte, value, censoring, method }) => ({
          measure: "populationNormalisedLoad" as const,
          siteId,
          name: analyte,
          variant: method,
          timeMs: Date.parse(start),
          value: value ?? 0,
          censored: censoring !== "none",
        })),
      ),
    );
    await world.records.sites.save(site, AT);
    await world.records.results.append([
      revisionOf({ labId: "lab-1" }),
      revisionOf({ labId: "lab-1", result: { analyte: "6-mam", value: undefined, censoring: "belowLod", lod: 2 } }),
    ]);
  }, 60_000);
  afterAll(() => world.close());
  const get = async (path: string) => (await world.ask({ url: `${V}/exports/${path}`, who: "analyst" })).body;

  it("EUDA's own values, exported as EUDA's table, are read back equal", async () => {
    const sites = await world.records.sites.list();
    const query = sites
      .filter(({ siteId }) => siteId.startsWith("EUDA-"))
      .map(({ siteId }) => `siteId=${siteId}`)
      .join("&");
    const csv = await get(`euda.csv?${query}`);
    const again = await Array.fromAsync(readEudaReports(streamOf(csv), { sites }));
    const cells = (all: readonly AssayReport[]) =>
      all
        .flatMap(({ sample: { sampleId, start }, results: found }) =>
          found.map(({ analyte, value, censoring }) => `${sampleId} ${start} ${analyte} ${value} ${censoring}`),
        )
        .toSorted();
    expect(cells(again).length).toBeGreaterThan(3_000);
    expect(cells(again)).toEqual(cells(published));
  });

  it("its means are those that EUDA printed, where EUDA's can be computed again", async () => {
    const rows = parse(await get("euda.csv?siteId=EUDA-AT001&from=2024-01-01&to=2024-12-31"), { columns: true }) as Record<
      string,
      string
    >[];
    // Graz, MDMA, 2024, as published: weekday 10.27, weekend 19.47, daily 15.53
    expect(rows.find((row) => row["Metabolite"] === "MDMA")).toMatchObject({
      "Weekday mean": "10.27",
      "Weekend mean": "19.47",
      "Daily mean": "15.53",
      Unit: "mg/d/(10*3.{inh})",
      Method: "SCORE",
      Source: "EUDA and SCORE, CC BY 4.0",
      Licence: "CC BY 4.0",
    });
  });

  it("each says licence, source, method and unit, and starts no formula", async () => {
    const [row] = parse(await get("long.csv?siteId=plant-a"), { columns: true }) as Record<string, string>[];
    expect(row).toMatchObject({ lab_id: "lab-1", method: "m-1", unit: "ng/L", licence: "CC BY 4.0", source: TERMS.owner });
    expect((await get("odm/sites.csv?siteId=plant-a")).split("\r\n")[1]).toContain(`"'=HYPERLINK(""x"")"`);
    const wqx = await get("wqx.json?siteId=plant-a");
    expect(wqx).toMatchObject({ licence: "CC BY 4.0", organization: TERMS.owner });
    expect(wqx.results.map((each: { characteristicName: string }) => each.characteristicName).toSorted()).toEqual([
      "6-Acetylmorphine",
      "MDMA",
    ]);
    expect(
      wqx.results.find((each: { characteristicName: string }) => each.characteristicName === "6-Acetylmorphine"),
    ).toMatchObject({
      resultDetectionConditionText: "Not Detected",
      resultDetectionQuantitationLimits: [{ detectionQuantitationLimitTypeName: "Method Detection Level" }],
    });
    const map = await get("sites.geojson?siteId=plant-a");
    expect(map).toMatchObject({ licence: "CC BY 4.0", features: [{ geometry: { type: "Point", coordinates: [121.6, 38.9] } }] });
    expect(map.features[0].properties.latest[0]).toMatchObject({ analyte: "mdma", measure: "load", unit: "g/d" });
  });

  it("only of the days, sites and analytes asked for", async () => {
    expect(parse(await get("long.csv?siteId=plant-a&analyte=6-mam"), { columns: true })).toHaveLength(1);
    expect(parse(await get("long.csv?siteId=plant-a&from=2026-05-05"), { columns: true })).toEqual([]);
    expect(parse(await get("long.csv?siteId=plant-b"), { columns: true })).toEqual([]);
  });
});

/** As the reader of the table `samples` has them. */
function readSamples(csv: string): Map<string, Sample> {
  const [headers = [], ...rows] = parse(csv) as string[][];
  const samples = new Map<string, Sample>();
  const context = {
    file: "samples.csv",
    headers,
    mapping: columnMapping.parse({}),
    timeZoneOf: () => site.timeZone,
    onSample: (taken: Sample) => samples.set(taken.sampleId, taken),
    onProblem: (problem: object) => expect(problem).toBeUndefined(),
  };
  const reader = odmSamplesReader(context as never); // the rest of the context is for other formats
  for (const [index, cells] of rows.entries()) reader.row({ cells, row: index + 2 } as never);
  return samples;
}

async function* streamOf(content: string): AsyncGenerator<Buffer> {
  yield Buffer.from(content);
}

/** Results differ in identity by sample, analyte, method and replicate; `exported` gives all of a sample one. */
function distinct(given: readonly Report[]): Report[] {
  return given.map((report) => ({ ...report, results: report.results.slice(0, 1) }));
}

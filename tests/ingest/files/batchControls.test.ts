import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { factsOf } from "../../../analytics/quality/facts.ts";
import { judge } from "../../../analytics/quality/rules.ts";
import { checkFile } from "../../../ingest/files/checkFile.ts";
import { columnMapping } from "../../../ingest/files/mapping.ts";
import type { AssayReport } from "../../../schemas/assay.ts";
import { qualityRules } from "../../../schemas/qualityRules.ts";
import type { Sample } from "../../../schemas/sample.ts";
import type { Site } from "../../../schemas/site.ts";

// Method: a batch as an instrument exports it goes through the file reader, and its results through the catalogue of quality rules.
const site: Site = { siteId: "plant-a", name: "A", kind: "wwtp", timeZone: "America/Toronto" };
const known: Sample[] = ["S-101", "S-102"].map((sampleId) => ({
  sampleId,
  siteId: "plant-a",
  mode: "flowProportional",
  start: "2026-05-04T08:00:00-04:00",
  end: "2026-05-05T08:00:00-04:00",
}));

function read(fileName: string, bytes: Uint8Array | string, constants: Record<string, string>) {
  return checkFile(typeof bytes === "string" ? Buffer.from(bytes) : bytes, {
    fileName,
    labId: "lab-1",
    uploadId: "u-1",
    sites: [site],
    sampleOf: (sampleId) => known.find((sample) => sample.sampleId === sampleId),
    mapping: columnMapping.parse({ constants }),
  });
}
const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url));

/** What the batch can answer for; rules about flow, people and the interlaboratory round need more than a file. */
const OF_THE_BATCH = new Set(
  "IS_RECOVERY IS_MATCH ION_RATIO RT SIGNAL_TO_NOISE CAL_R2 BLANK_METHOD BLANK_SAMPLE QC_SPIKE PRESERV".split(" "),
);
function flagged(reports: readonly AssayReport[], sampleId: string, analyte: string): string[] {
  return reports
    .filter(({ sample }) => sample.sampleId === sampleId)
    .flatMap(({ sample, results }) =>
      results
        .filter((result) => result.analyte === analyte)
        .flatMap((result) => judge(factsOf(result, sample, site, {}), qualityRules)),
    )
    .filter(({ ruleId }) => OF_THE_BATCH.has(ruleId))
    .map(({ ruleId, severity }) => `${ruleId} ${severity}`)
    .sort();
}
const resultOf = (reports: readonly AssayReport[], sampleId: string, analyte: string) =>
  reports.find(({ sample }) => sample.sampleId === sampleId)?.results.find((result) => result.analyte === analyte);

describe("a MassHunter export", async () => {
  const { reports, counts } = await read("batch.csv", fixture("masshunter-controls.csv"), {
    unit: "ng/L",
    method: "LCMS-1",
    loq: "2.5",
  });
  it("gives each result what its blanks, calibrators, controls and internal standard say", () => {
    expect(counts).toMatchObject({ results: 4, skipped: 6, errors: 0 });
    expect(resultOf(reports, "S-101", "methamphetamine")).toMatchObject({
      ionRatio: 47.9,
      isRecovery: 100.1, // of the median of six, 50,062
      controls: {
        expectedIonRatio: 48,
        retentionDeviationMin: 0.01,
        signalToNoise: 310,
        calibrationR2: 0.9991,
        blankPercentOfLoq: 8,
        sampleToBlank: 61.725,
        spikeRecoveryPercent: 103,
        ownInternalStandard: true,
      },
    });
    expect(resultOf(reports, "S-101", "ketamine")).toMatchObject({
      controls: { expectedIonRatio: 60, blankPercentOfLoq: 60, spikeRecoveryPercent: 60, ownInternalStandard: false },
    });
  });
  it("so that the rules speak: a clean result, one with a poor peak, and a compound whose blank and control failed", () => {
    expect(flagged(reports, "S-101", "methamphetamine")).toEqual([]);
    expect(flagged(reports, "S-102", "methamphetamine")).toEqual(["ION_RATIO failure", "IS_RECOVERY failure", "RT failure"]);
    const batch = ["BLANK_METHOD warning", "IS_MATCH warning", "QC_SPIKE failure"];
    expect(flagged(reports, "S-101", "ketamine")).toEqual([...batch.slice(0, 1), "BLANK_SAMPLE warning", ...batch.slice(1)]);
    expect(flagged(reports, "S-102", "ketamine")).toEqual([
      "BLANK_METHOD warning",
      "BLANK_SAMPLE failure",
      "IS_MATCH warning",
      "QC_SPIKE failure",
      "SIGNAL_TO_NOISE warning",
    ]);
  });
  it("a signal to noise that is no number costs no result", () =>
    expect(resultOf(reports, "S-102", "methamphetamine")!.controls).not.toHaveProperty("signalToNoise"));
  it("what a control was spiked with stands in for an accuracy that the export leaves out", async () => {
    const groups = "Sample,,Methamphetamine Method,Methamphetamine Results";
    const rows = ["Name,Type,Exp. Conc.,Final Conc.", "S-101,Sample,,12", "Q,QC,50,30"];
    const spiked = await read("batch.csv", [groups, ...rows].join("\n"), { unit: "ng/L", method: "LCMS-1" });
    expect(resultOf(spiked.reports, "S-101", "methamphetamine")!.controls).toEqual({ spikeRecoveryPercent: 60 });
    expect(flagged(spiked.reports, "S-101", "methamphetamine")).toEqual(["QC_SPIKE failure"]);
  });
  it("a batch without controls says nothing of them", async () => {
    const lines = fixture("masshunter-controls.csv").toString().split("\n");
    const bare = await read("batch.csv", lines.filter((line) => !/^(?:Blank|Cal|QC)/.test(line)).join("\n"), {
      unit: "ng/L",
      method: "LCMS-1",
    });
    expect(resultOf(bare.reports, "S-101", "ketamine")!.controls).toEqual({ signalToNoise: 88, ownInternalStandard: false });
    expect(resultOf(bare.reports, "S-101", "methamphetamine")!.isRecovery).toBeUndefined();
  });
});

describe("a Skyline report", async () => {
  const { reports } = await read("report.csv", fixture("skyline-controls.csv"), { method: "PRM-1", loq: "2.5" });
  it("gives the same from its standards, controls, blanks and heavy labels", () => {
    expect(resultOf(reports, "S-101", "mdma")).toMatchObject({
      ionRatio: 50,
      controls: {
        expectedIonRatio: 50.7497,
        retentionDeviationMin: 0,
        calibrationR2: 0.981,
        blankPercentOfLoq: 44,
        sampleToBlank: 13.8182,
        spikeRecoveryPercent: 147,
        ownInternalStandard: true,
      },
    });
    expect(flagged(reports, "S-101", "mdma")).toEqual(["BLANK_METHOD warning", "CAL_R2 warning", "QC_SPIKE failure"]);
    expect(flagged(reports, "S-102", "mdma")).toEqual([
      "BLANK_METHOD warning",
      "BLANK_SAMPLE warning",
      "CAL_R2 warning",
      "ION_RATIO failure",
      "IS_RECOVERY failure",
      "QC_SPIKE failure",
      "RT failure",
    ]);
  });
  it("a transition that stands there twice with another value is no second transition, and is refused", async () => {
    const twice = `${fixture("skyline-controls.csv")}S-101,Unknown,MDMA,light,163.1,6.02,40120,,99.9,ng/L,0.981\n`;
    const { problems } = await read("report.csv", twice, { method: "PRM-1" });
    expect(problems).toContainEqual(expect.objectContaining({ code: "result_twice" }));
  });
});

describe("a table of the laboratory's own", async () => {
  const table = [
    "sample_id,site_id,sample_start,analyte,value,unit,method,expected_ion_ratio,ion_ratio,s/n,质控回收率,own_internal_standard",
    "S-1,plant-a,2026-05-04,MDMA,12,ng/L,M,50,75,40,95,yes",
    "S-1,plant-a,2026-05-04,cocaine,12,ng/L,M,50,49,5,50,no",
    "S-1,plant-a,2026-05-04,ketamine,12,ng/L,M,50,49,40,95,perhaps",
  ].join("\n");
  const { reports, problems } = await read("own.csv", table, {});
  it("names them in columns of the template, in English or Chinese", () => {
    expect(flagged(reports, "S-1", "mdma")).toEqual(["ION_RATIO failure"]);
    expect(flagged(reports, "S-1", "cocaine")).toEqual(["IS_MATCH warning", "QC_SPIKE failure", "SIGNAL_TO_NOISE warning"]);
  });
  it("what is neither yes nor no is refused with its cell", () =>
    expect(problems).toMatchObject([{ code: "yes_no_unknown", found: "perhaps", where: { cell: "L4" } }]));
});

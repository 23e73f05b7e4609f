import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkFile } from "../../../ingest/files/checkFile.ts";
import { templateHeaders, templateRows, writeTemplate } from "../../../ingest/files/template.ts";
import { openWorkbook } from "../../../ingest/files/xlsx.ts";
import { type AssayReport, assayReport, CENSORINGS, REPORTED_QUANTITIES } from "../../../schemas/assay.ts";
import { SAMPLE_MODES } from "../../../schemas/sample.ts";
import type { Site } from "../../../schemas/site.ts";
import { substances } from "../../../schemas/substances.ts";
import { unitsOf } from "../../../schemas/units.ts";

const site: Site = { siteId: "plant-a", name: "A", kind: "wwtp", timeZone: "Asia/Shanghai" };
const file = { fileName: "t.xlsx", labId: "lab-1", uploadId: "u-1", sites: [site] };

const positive = fc.double({ min: 1e-4, max: 1e6, noNaN: true });
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const word = fc
  .string({ unit: fc.constantFrom("a", "Z", "7", "0", "氯", "-", "_"), minLength: 1, maxLength: 10 })
  .map((text) => `x${text}`);
const sentence = fc
  .string({ unit: fc.constantFrom("a", " ", "<", "&", '"', "氯", "=", "+"), minLength: 1, maxLength: 12 })
  .map((text) => text.trim())
  .filter((text) => text !== "");

const result = fc
  .record({
    analyte: fc.constantFrom(...substances.map(({ id }) => id)),
    quantity: fc.constantFrom(...(Object.keys(REPORTED_QUANTITIES) as (keyof typeof REPORTED_QUANTITIES)[])),
    value: positive,
    censoring: fc.constantFrom(...CENSORINGS),
    limits: optional(positive),
    uncertainty: optional(positive),
    coverageFactor: optional(fc.constantFrom(1, 2, 2.447)),
    method: word,
    ionRatio: optional(positive),
    isRecovery: optional(positive),
    dilution: optional(positive),
    rawFile: optional(sentence),
    flags: optional(fc.uniqueArray(word, { minLength: 1, maxLength: 3 })),
    withdrawn: optional(fc.constant(true)),
  })
  .chain(({ limits, censoring, value, ...rest }) =>
    fc.constantFrom(...unitsOf(REPORTED_QUANTITIES[rest.quantity])).map((unit) => ({
      ...rest,
      unit,
      censoring,
      ...(limits === undefined ? {} : { lod: limits, loq: limits * 3 }),
      ...(censoring === "none" || censoring === "aboveRange" ? { value } : {}),
    })),
  );

const start = fc
  .date({ min: new Date("2000-01-01"), max: new Date("2090-01-01"), noInvalidDate: true })
  .map((date) => Math.floor(date.getTime() / 1000) * 1000);
const sample = fc
  .record({
    mode: fc.constantFrom(...SAMPLE_MODES),
    start,
    hours: fc.integer({ min: 0, max: 200 }),
    volumeMl: optional(positive),
    intervalMin: optional(positive),
    pulsesPlanned: optional(fc.integer({ min: 1, max: 500 })),
    pulsesTaken: optional(fc.integer({ min: 0, max: 500 })),
    flowM3D: optional(positive),
    storage: optional(
      fc.record({
        temperatureCel: fc.double({ min: -80, max: 40, noNaN: true }),
        preservation: fc.constantFrom("HCl, pH<2", "frozen"),
      }),
    ),
    collector: optional(sentence),
    seal: optional(word),
  })
  .map(({ start: began, hours, ...rest }) => ({
    ...rest,
    start: new Date(began).toISOString().replace(".000Z", "+00:00"),
    end: new Date(began + hours * 3_600_000).toISOString().replace(".000Z", "+00:00"),
  }));

const reports = fc
  .array(fc.tuple(sample, fc.array(result, { minLength: 1, maxLength: 4 })), { minLength: 1, maxLength: 5 })
  .map((entries) =>
    entries.map(
      ([one, results], index): AssayReport =>
        assayReport.parse(
          withoutUndefined({
            labId: "lab-1",
            uploadId: "u-1",
            sample: { ...one, sampleId: `S-${index}`, siteId: "plant-a" },
            results: results.map((each, replicate) => ({ ...each, replicate: replicate + 1 })),
          }),
        ),
    ),
  );

const withoutUndefined = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const bySample = (list: readonly AssayReport[]) => list.toSorted((a, b) => (a.sample.sampleId < b.sample.sampleId ? -1 : 1));

describe.each(["en", "zh"] as const)("the template in %s", (language) => {
  it("is read back equal", () =>
    fc.assert(
      fc.asyncProperty(reports, async (written) => {
        const checked = await checkFile(writeTemplate(language, written), file);
        expect(checked.problems.filter(({ severity }) => severity === "error")).toEqual([]);
        expect(bySample(checked.reports)).toEqual(bySample(written));
      }),
      { numRuns: 60 },
    ));

  it("is read back equal as a CSV, too", () =>
    fc.assert(
      fc.asyncProperty(reports, async (written) => {
        const quoted = (cell: unknown) => `"${String(cell ?? "").replaceAll('"', '""')}"`;
        const lines = [templateHeaders(language), ...templateRows(written)].map((cells) => cells.map(quoted).join(","));
        const checked = await checkFile(Buffer.from(lines.join("\n")), { ...file, fileName: "t.csv" });
        expect(bySample(checked.reports)).toEqual(bySample(written));
      }),
      { numRuns: 60 },
    ));

  it("is empty as it comes, which is all that is wrong with it", async () => {
    const { counts, format, problems } = await checkFile(writeTemplate(language), file);
    expect({ format, results: counts.results }).toEqual({ format: "long", results: 0 });
    expect(problems.map(({ code }) => code)).toEqual(["results_missing"]);
  });

  it("has drop-downs that refer to lists which hold what is accepted", async () => {
    const { sheets } = await openWorkbook(writeTemplate(language));
    expect(sheets).toHaveLength(5);
    const lists = await Array.fromAsync(sheets[3]!.rows());
    expect(lists[0]?.cells).toEqual(["analyte", "unit", "mode", "censoring", "quantity"]);
    expect(lists.slice(1).filter(({ cells }) => cells[0])).toHaveLength(substances.length);
  });
});

/** An independent reader of the format, where it is installed. */
const hasOpenpyxl = (() => {
  try {
    execFileSync("python3", ["-c", "import openpyxl"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

it.runIf(hasOpenpyxl)("opens in openpyxl with its drop-downs and frozen header", () => {
  const folder = mkdtempSync(join(tmpdir(), "template-"));
  const path = join(folder, "t.xlsx");
  writeFileSync(path, writeTemplate("en"));
  const script = `import openpyxl,json; w=openpyxl.load_workbook(${JSON.stringify(path)}); s=w.worksheets[0]; print(json.dumps([w.sheetnames, s["A1"].value, s.freeze_panes, s.data_validations.count]))`;
  const answer: unknown = JSON.parse(execFileSync("python3", ["-c", script], { encoding: "utf8" }));
  rmSync(folder, { recursive: true });
  expect(answer).toEqual([["Results", "Results wide", "Example", "Lists", "About"], "sample_id", "A2", 5]);
});

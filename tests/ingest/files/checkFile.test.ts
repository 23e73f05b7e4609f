import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checkFile, type FileToCheck } from "../../../ingest/files/checkFile.ts";
import { fingerprintOf } from "../../../ingest/files/header.ts";
import { type ColumnMapping, columnMapping } from "../../../ingest/files/mapping.ts";
import type { Site } from "../../../schemas/site.ts";

const site: Site = { siteId: "plant-a", name: "A", kind: "wwtp", timeZone: "Asia/Shanghai" };
const check = (fileName: string, content: string | Uint8Array, more: Partial<FileToCheck> = {}) =>
  checkFile(typeof content === "string" ? Buffer.from(content) : content, {
    fileName,
    labId: "lab-1",
    uploadId: "u-1",
    sites: [site],
    ...more,
  });

const HEADER = "sample_id,site_id,start,end,mode,analyte,value,unit,loq,method";
const SAMPLE = "s1,plant-a,2026-05-04T08:00:00+08:00,2026-05-05T08:00:00+08:00,flowProportional";

it("reads a long table to reports, and what is below the limit as such", async () => {
  const checked = await check("a.csv", `${HEADER}\n${SAMPLE},methamphetamine,12.5,ng/L,2,m1\n${SAMPLE},MDMA,<2.5,ng/L,2.5,m1\n`);
  expect(checked).toMatchObject({ verdict: "accepted", format: "long", counts: { rows: 2, results: 2, errors: 0 } });
  expect(checked.reports[0]?.results).toMatchObject([
    { analyte: "methamphetamine", value: 12.5, censoring: "none" },
    { analyte: "mdma", censoring: "belowLoq", loq: 2.5 },
  ]);
});

it("names the cell that is wrong, with what was found and expected, and takes the others", async () => {
  const checked = await check("a.csv", `${HEADER}\n${SAMPLE},methamphetamine,12.5,ng/L,2,m1\n${SAMPLE},MDMA,abc,ng/L,2.5,m1\n`);
  expect(checked.verdict).toBe("partlyAccepted");
  expect(checked.problems).toMatchObject([
    { code: "number_invalid", severity: "error", found: "abc", where: { file: "a.csv", row: 3, cell: "G3" } },
  ]);
  expect(checked.reports[0]?.results).toHaveLength(1);
});

it("names all that is wrong in a row at once", async () => {
  const header = HEADER.replace("mode", "volume_ml");
  const long = await check("a.csv", `${header}\ns1,XX-99,2027-13-01,2026-11-32,much,coccaine,abc,ug/kg,x,m1\n`);
  expect(long.problems.map(({ where }) => where.cell)).toEqual(
    expect.arrayContaining(["B2", "C2", "D2", "F2", "G2", "H2", "I2"]),
  );
  expect(long.counts).toMatchObject({ rows: 1, results: 0 });
  const wide = await check("b.csv", "site_id,start,METH (ng/L),MDMA (ng/L)\nXX-99,2026-05-04,abc,def\n");
  expect(wide.problems.map(({ where }) => where.cell)).toEqual(["A2", "C2", "D2"]);
});

it("reads a decimal comma where the semicolon cuts", async () => {
  const header = HEADER.replaceAll(",", ";");
  const checked = await check("de.csv", `${header}\n${SAMPLE.replaceAll(",", ";")};MDMA;9,754;ng/L;2,5;m1\n`);
  expect(checked.reports[0]?.results[0]).toMatchObject({ value: 9.754, loq: 2.5 });
});

it("asks about 1.234 in a file whose comma is the decimal mark, or that has both", async () => {
  const rows = (values: string[]) =>
    [HEADER, ...values.map((value, i) => `${SAMPLE.replace("s1", `s${i}`)},MDMA,${value},ng/L,,m1`)]
      .join("\n")
      .replaceAll(",", ";")
      .replaceAll("#", ",");
  for (const values of [
    ["12#5", "1.234"],
    ["12#5", "12.5", "1.234", "1#234"],
  ]) {
    const { problems, counts } = await check("de.csv", rows(values));
    expect(new Set(problems.map(({ code }) => code))).toEqual(new Set(["number_ambiguous"]));
    expect(counts.results).toBe(values.filter((value) => !value.includes("234")).length);
  }
});

it("reads UTF-16 as spreadsheets save it", async () => {
  const text = `\uFEFF${HEADER}\n${SAMPLE},氯胺酮,3.5,ng/L,1,m1\n`.replaceAll(",", "\t");
  const checked = await check("zh.txt", Buffer.from(text, "utf16le"));
  expect(checked.reports[0]?.results[0]).toMatchObject({ analyte: "ketamine", value: 3.5 });
});

it("refuses a site that is not on record, by its name", async () => {
  const checked = await check("a.csv", `${HEADER}\n${SAMPLE.replace("plant-a", "plant-b")},MDMA,3,ng/L,1,m1\n`);
  expect(checked.verdict).toBe("rejected");
  expect(checked.problems[0]?.found).toContain("plant-b");
});

it.each([
  ["a workbook that is none", "bad.xlsx", Uint8Array.of(80, 75, 3, 4, 0, 0), "file_unreadable"],
  ["a quote that never closes", "a.csv", `${HEADER}\n"${SAMPLE},MDMA,3,ng/L,1,m1\n`, "file_unreadable"],
  ["a table without a known header", "a.csv", "a,b,c\n1,2,3\n", "header_unknown"],
  ["an empty file", "a.csv", "", "header_unknown"],
])("%s ends in one clear problem", async (_what, fileName, content, code) => {
  const checked = await check(fileName, content);
  expect(checked.verdict).toBe("rejected");
  expect(checked.problems.map((problem) => problem.code)).toContain(code);
});

it("takes the true EUDA file's shape and holds the one a spreadsheet went through", async () => {
  const mangled = readFileSync(new URL("fixtures/euda-excel-mangled-2020-2024.csv", import.meta.url));
  const checked = await check("euda.csv", mangled);
  expect(checked.verdict).toBe("held");
  expect(checked.reports).toEqual([]);
});

describe("a table with headers of its own", () => {
  const own = `Auftrag 17\n\nProbe;Werk;Datum;Stoff;Menge\nP-1;plant-a;2026-05-04;Kokain;4,25\n`;
  const mapping: ColumnMapping = columnMapping.parse({
    columns: { Probe: "sampleId", Werk: "siteId", Stoff: "analyte", Menge: "value" },
    constants: { unit: "ng/L", method: "m1" },
  });

  it("is refused with the row that looks like its header, so that its columns can be mapped", async () => {
    const { verdict, header } = await check("own.csv", own.replaceAll("Datum", "Wann"));
    expect(verdict).toBe("rejected");
    expect(header).toMatchObject({
      row: 3,
      columns: [
        { header: "Probe", as: null, samples: ["P-1"] },
        { header: "Werk", as: null, samples: ["plant-a"] },
        { header: "Wann" },
        { header: "Stoff", samples: ["Kokain"] },
        { header: "Menge", samples: ["4,25"] },
      ],
    });
  });

  it("is read by the mapping remembered for its header, wherever that stands and however it is written", async () => {
    const remembered = (fingerprint: string) =>
      fingerprint === fingerprintOf(["ＰＲＯＢＥ", " Werk", "Datum", "Stoff", "Menge", ""]) ? mapping : undefined;
    const { verdict, mappingFrom, header, reports } = await check("own.csv", own, { remembered });
    expect({ verdict, mappingFrom }).toEqual({ verdict: "accepted", mappingFrom: "remembered" });
    expect(header?.columns.map(({ as }) => as)).toEqual(["sampleId", "siteId", "start", "analyte", "value"]);
    expect(reports).toMatchObject([{ results: [{ analyte: "cocaine", value: 4.25, method: "m1" }] }]);
  });

  it("is read by the mapping that is given, whatever is remembered", async () => {
    const remembered = () => columnMapping.parse({ columns: { Menge: "loq" } });
    expect(await check("own.csv", own, { remembered, mapping })).toMatchObject({ verdict: "accepted", mappingFrom: "given" });
  });
});

import { describe, expect, it } from "vitest";
import { checkFile } from "../../../ingest/files/checkFile.ts";
import { openWorkbook, serialToWall } from "../../../ingest/files/xlsx.ts";
import { writeZip } from "../../../ingest/files/zip.ts";
import type { Site } from "../../../schemas/site.ts";

const site: Site = { siteId: "plant-a", name: "A", kind: "wwtp", timeZone: "Europe/Vienna" };
const check = (bytes: Uint8Array) => checkFile(bytes, { fileName: "r.xlsx", labId: "lab-1", uploadId: "u-1", sites: [site] });

const MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"';
const STYLES = `<styleSheet ${MAIN}><numFmts count="2"><numFmt numFmtId="164" formatCode="d/\\m/yyyy"/><numFmt numFmtId="165" formatCode="0.00&quot; days&quot;"/></numFmts><cellStyleXfs count="1"><xf numFmtId="14"/></cellStyleXfs><cellXfs count="4"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs></styleSheet>`;

/** A workbook of one sheet with the given XML below its root. */
function workbook(sheetXml: string, { strings = "", properties = "", root = "worksheet" } = {}): Buffer {
  return writeZip([
    { name: "[Content_Types].xml", content: "<Types/>" },
    {
      name: "xl/workbook.xml",
      content: `<workbook ${MAIN} xmlns:r="r">${properties}<sheets><sheet name="Results" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    },
    {
      name: "xl/_rels/workbook.xml.rels",
      content: '<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>',
    },
    { name: "xl/styles.xml", content: STYLES },
    ...(strings ? [{ name: "xl/sharedStrings.xml", content: `<sst ${MAIN}>${strings}</sst>` }] : []),
    { name: "xl/worksheets/sheet1.xml", content: `<${root} ${MAIN}>${sheetXml}</${root}>` },
  ]);
}

const text = (reference: string, content: string) => `<c r="${reference}" t="inlineStr"><is><t>${content}</t></is></c>`;
const HEADERS = ["sample_id", "site_id", "date", "analyte", "value", "unit", "method"];
const header = `<row r="1">${HEADERS.map((name, column) => text(`${"ABCDEFG"[column]}1`, name)).join("")}</row>`;
const row = (n: number, value: string, { date = `<c r="C${n}" s="1"><v>46146</v></c>`, attributes = "" } = {}) =>
  `<row r="${n}"${attributes}>${text(`A${n}`, `s${n}`)}${text(`B${n}`, "plant-a")}${date}${text(`D${n}`, "MDMA")}${value}${text(`F${n}`, "ng/L")}${text(`G${n}`, "m1")}</row>`;
const sheet = (rows: string, tail = "") => `<sheetData>${header}${rows}</sheetData>${tail}`;
const number = (n: number, value: string, style = "") => `<c r="E${n}"${style}><v>${value}</v></c>`;

describe("a workbook", () => {
  it("is read with numbers as stored and dates by their format", async () => {
    const checked = await check(workbook(sheet(row(2, number(2, "3.3999999999999999")))));
    expect(checked.verdict).toBe("accepted");
    expect(checked.reports[0]).toMatchObject({
      sample: { start: "2026-05-04T00:00:00+02:00", end: "2026-05-05T00:00:00+02:00" },
      results: [{ analyte: "mdma", value: 3.4 }],
    });
  });
  it("counts days from 1904 where it says so", async () => {
    const date = '<c r="C2" s="1"><v>44684</v></c>';
    const checked = await check(workbook(sheet(row(2, number(2, "3"), { date })), { properties: '<workbookPr date1904="1"/>' }));
    expect(checked.reports[0]?.sample.start).toBe("2026-05-04T00:00:00+02:00");
  });
  it("has texts in a part of their own, in runs, without the phonetic guide", async () => {
    const strings = "<si><t>plain &amp; &#x6C2F;</t></si><si><r><t>in </t></r><r><t>runs</t></r><rPh><t>guide</t></rPh></si>";
    const { sheets } = await openWorkbook(
      workbook('<sheetData><row><c t="s"><v>1</v></c><c t="s"><v>0</v></c></row></sheetData>', { strings }),
    );
    expect((await Array.fromAsync(sheets[0]!.rows()))[0]?.cells).toEqual(["in runs", "plain & 氯"]);
  });
  it("is told a date by its own formats, and that `0.00 days` is none", async () => {
    const cells = '<c s="0"><v>46146</v></c><c s="1"><v>46146</v></c><c s="2"><v>46146.25</v></c><c s="3"><v>46146</v></c>';
    const { sheets } = await openWorkbook(workbook(`<sheetData><row>${cells}</row></sheetData>`));
    expect((await Array.fromAsync(sheets[0]!.rows()))[0]?.kinds).toEqual(["number", "date", "date", "number"]);
  });
  it("may carry a namespace prefix", async () => {
    const rows = '<x:sheetData><x:row r="3"><x:c r="B3"><x:v>7</x:v></x:c></x:row></x:sheetData>';
    const { sheets } = await openWorkbook(workbook(rows, { root: "x:worksheet" }));
    expect(await Array.fromAsync(sheets[0]!.rows())).toMatchObject([{ row: 3, cells: ["", "7"] }]);
  });
});

describe("a value cell", () => {
  it.each([
    ["that is a date holds the file", number(2, "46085", ' s="1"'), "excel_date", "held"],
    ["with a formula and no value is refused", '<c r="E2"><f>A1*2</f></c>', "formula_without_value", "rejected"],
    ["with an error is refused", '<c r="E2" t="e"><v>#DIV/0!</v></c>', "number_invalid", "rejected"],
    ["with a number as text is asked about", text("E2", "12.5"), "number_as_text", "acceptedWithWarnings"],
    ["with 0 is asked about", number(2, "0"), "zero_asks", "acceptedWithWarnings"],
  ])("%s", async (_what, value, code, verdict) => {
    const checked = await check(workbook(sheet(row(2, value))));
    expect(checked.problems).toMatchObject([
      { code, where: { file: "r.xlsx", sheet: "Results", row: 2, cell: "E2" }, column: "value" },
    ]);
    expect(checked.verdict).toBe(verdict);
  });
});

it("a hidden row is refused by its number, and the others are taken", async () => {
  const checked = await check(workbook(sheet(row(2, number(2, "3")) + row(3, number(3, "4"), { attributes: ' hidden="1"' }))));
  expect(checked.verdict).toBe("partlyAccepted");
  expect(checked.problems).toMatchObject([{ code: "row_hidden", where: { row: 3 } }]);
});
it("a merged header refuses the file", async () => {
  const checked = await check(
    workbook(sheet(row(2, number(2, "3")), '<mergeCells count="1"><mergeCell ref="E1:F1"/></mergeCells>')),
  );
  expect(checked).toMatchObject({ verdict: "rejected", reports: [], problems: [{ code: "header_merged", found: "E1:F1" }] });
});
it("a merged title above the header is no fault", async () => {
  const moved = (xml: string) => xml.replace(/r="([A-G]?)1"/g, 'r="$12"');
  const rows = `<row r="1">${text("A1", "Results of May")}</row>${moved(header)}${row(3, number(3, "3"))}`;
  const checked = await check(workbook(`<sheetData>${rows}</sheetData><mergeCells><mergeCell ref="A1:G1"/></mergeCells>`));
  expect(checked.verdict).toBe("accepted");
});

/** Peak seconds a hostile file may take; they are refused in a fraction of it. */
const SECONDS_MAX = 5;

describe("a hostile workbook ends in one clear problem, quickly:", () => {
  const bomb = () => workbook(`<sheetData>${" ".repeat(30_000_000)}</sheetData>`);
  it.each<[string, () => Uint8Array, RegExp]>([
    ["a zip bomb", () => declaring(bomb(), 4_000_000_000), /zip_too_large/],
    ["a zip bomb that lies about its size", () => declaring(bomb(), 1_000), /row_too_long/],
    ["10 million empty rows", () => workbook(`<sheetData>${header}${"<row/>".repeat(10_000_000)}</sheetData>`), /too_many_rows/],
    ["a row that never ends", () => workbook(`<sheetData><row r="1">${"<c>".repeat(1_000_000)}`), /row_too_long/],
    [
      "cells that never close",
      () => workbook(`<sheetData>${header}<row r="2">${"<c><v>".repeat(100_000)}</row></sheetData>`),
      /header_unknown|results_missing/,
    ],
    [
      "a column beyond all",
      () => workbook(`<sheetData><row r="1"><c r="ZZZZZZZZ1"><v>1</v></c></row></sheetData>`),
      /too_many_columns/,
    ],
    ["a text that is missing", () => workbook('<sheetData><row r="1"><c t="s"><v>99</v></c></row></sheetData>'), /xlsx_broken/],
    ["an archive cut short", () => workbook(sheet(row(2, number(2, "3")))).subarray(0, 500), /zip_broken/],
    ["an archive without a workbook", () => writeZip([{ name: "a.txt", content: "a" }]), /xlsx_broken/],
  ])(
    "%s",
    async (_what, make, said) => {
      const bytes = make();
      const began = performance.now();
      const checked = await check(bytes);
      expect((performance.now() - began) / 1000).toBeLessThan(SECONDS_MAX);
      expect(checked.verdict).toBe("rejected");
      expect(checked.reports).toEqual([]);
      expect(checked.problems.map(({ code, found }) => `${code} ${found}`).join() || "no result").toMatch(said);
    },
    60_000,
  );
});

/** The same archive with another unpacked size declared for every part. */
function declaring(bytes: Buffer, size: number): Buffer {
  const copy = Buffer.from(bytes);
  for (let at = copy.indexOf("PK\x01\x02", 0, "latin1"); at !== -1; at = copy.indexOf("PK\x01\x02", at + 4, "latin1")) {
    copy.writeUInt32LE(size, at + 24);
  }
  return copy;
}

it("a bit that has flipped in the archive refuses the file, not only the cell", async () => {
  const bytes = writeStored(sheet(row(2, number(2, "314.15"))));
  const at = bytes.indexOf("314.15");
  bytes[at] = "9".charCodeAt(0);
  expect(await check(bytes)).toMatchObject({
    verdict: "rejected",
    reports: [],
    problems: [{ found: expect.stringContaining("checksum") }],
  });
});

/** The workbook with its sheet stored unpacked, so that a byte of it can be changed. */
function writeStored(sheetXml: string): Buffer {
  const packed = workbook(sheetXml);
  const central = packed.lastIndexOf("PK\x01\x02", packed.length, "latin1");
  const local = packed.readUInt32LE(central + 42);
  const content = Buffer.from(`<worksheet ${MAIN}>${sheetXml}</worksheet>`);
  const nameBytes = packed.readUInt16LE(local + 26);
  const header = Buffer.from(packed.subarray(local, local + 30 + nameBytes));
  const directory = Buffer.from(packed.subarray(packed.indexOf("PK\x01\x02", 0, "latin1"), packed.length - 22));
  const last = directory.length - 46 - nameBytes;
  for (const [target, method, size, whole] of [
    [header, 8, 18, 22],
    [directory.subarray(last), 10, 20, 24],
  ] as const) {
    target.writeUInt16LE(0, method);
    target.writeUInt32LE(content.length, size);
    target.writeUInt32LE(content.length, whole);
  }
  const end = Buffer.from(packed.subarray(packed.length - 22));
  end.writeUInt32LE(local + header.length + content.length, 16);
  return Buffer.concat([packed.subarray(0, local), header, content, directory, end]);
}

it("an XLS is refused with what to do", async () => {
  const checked = await check(Buffer.from("d0cf11e0a1b11ae1", "hex"));
  expect(checked.problems).toMatchObject([{ code: "file_unreadable", found: expect.stringContaining("XLS") }]);
});

it("a day number is a wall time, to the second", () => {
  // Python: datetime(1899, 12, 30) + timedelta(days=46146.3333333333) is 2026-05-04 08:00:00
  expect(serialToWall(46146.3333333333, false)).toBe("2026-05-04T08:00:00");
});

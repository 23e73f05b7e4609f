import { expect, it } from "vitest";
import { checkFile, type FileToCheck } from "../../../ingest/files/checkFile.ts";
import { ERROR_COLUMN, rejectedRows, withFormula, withoutFormula } from "../../../ingest/files/rejectedRows.ts";
import { writeWorkbook } from "../../../ingest/files/workbook.ts";
import { openWorkbook } from "../../../ingest/files/xlsx.ts";
import type { Site } from "../../../schemas/site.ts";

const site: Site = { siteId: "plant-a", name: "A", kind: "wwtp", timeZone: "Asia/Shanghai" };
const HEADER = ["sample_id", "site_id", "date", "analyte", "value", "unit", "method", "collector"];
const good = ["s1", "plant-a", "2026-05-04", "MDMA", "12.5", "ng/L", "m1", "Li"];
const bad = ["s2", "plant-a", "2026-05-04", "MDMA", "abc", "ng/L", "m1", '=HYPERLINK("x","y")'];

async function check(fileName: string, bytes: Uint8Array, more: Partial<FileToCheck> = {}) {
  const rejected = rejectedRows();
  const checked = await checkFile(bytes, {
    fileName,
    labId: "lab-1",
    uploadId: "u-1",
    sites: [site],
    onRejected: rejected.add,
    ...more,
  });
  return { checked, file: rejected.file() };
}

const csv = (rows: string[][], delimiter: string) =>
  Buffer.from(
    rows
      .map((row) => row.map((cell) => (/[",;]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(delimiter))
      .join("\n"),
  );

it("come back as a CSV of the same delimiter, with the reason behind them and no formula in them", async () => {
  const { checked, file } = await check("r.csv", csv([HEADER, good, bad], ";"));
  expect(checked.counts).toMatchObject({ rows: 2, rejected: 1, results: 1 });
  const lines = file!.bytes.toString().replace("\uFEFF", "").trim().split("\r\n");
  expect(lines).toHaveLength(2);
  expect(lines[0]).toBe([...HEADER, ERROR_COLUMN].join(";"));
  expect(lines[1]).toContain(`"'=HYPERLINK(""x"",""y"")"`);
  expect(lines[1]).toContain('E3 number_invalid: found ""abc""');
});

it("can be mended and sent again: the reason is not read, the text is as it was", async () => {
  const { file } = await check("r.csv", csv([HEADER, good, bad], ","));
  const mended = Buffer.from(file!.bytes.toString().replace(",abc,", ",7.5,"));
  const { checked } = await check("r2.csv", mended);
  expect(checked.problems).toEqual([]);
  expect(checked.reports).toMatchObject([{ sample: { collector: bad[7] }, results: [{ value: 7.5 }] }]);
});

it("are also those that only meet their refusal beside other rows, or in the schema of a result", async () => {
  const changed = (at: number, text: string) => good.with(at, text);
  const contradicting = changed(2, "2026-05-05");
  const twice = changed(4, "13");
  const { checked, file } = await check(
    "r.csv",
    csv([HEADER, good, contradicting, twice, changed(6, "LC-MS/MS"), changed(6, "?")], ","),
  );
  expect(checked.counts).toMatchObject({ rows: 5, rejected: 3, results: 2, errors: 3 });
  const whys = file!.bytes
    .toString()
    .trim()
    .split("\r\n")
    .slice(1)
    .map((line) => /\w\d (\w+): found/.exec(line)?.[1]);
  expect(whys).toEqual(["sample_contradicts", "result_twice", "field_invalid"]);
});

it("come back as a workbook where they came as one, numbers as numbers", async () => {
  const rows = [HEADER, good, bad].map((row) => row.map((cell) => (/^\d+\.\d$/.test(cell) ? Number(cell) : cell)));
  const { file } = await check("r.xlsx", writeWorkbook([{ name: "Mine", rows }]));
  const { sheets } = await openWorkbook(file!.bytes);
  expect(sheets[0]?.name).toBe("Mine");
  expect(await Array.fromAsync(sheets[0]!.rows(), ({ cells }) => cells.slice(0, 8))).toEqual([HEADER, bad]);
});

it("of two sheets come back in two sheets", async () => {
  const sheet = (name: string) => ({ name, rows: [HEADER, bad] });
  const { file } = await check("r.xlsx", writeWorkbook([sheet("May"), sheet("June")]));
  expect(file).toMatchObject({ rows: 2, leftOut: 0, kind: "xlsx" });
  expect((await openWorkbook(file!.bytes)).sheets.map(({ name }) => name)).toEqual(["May", "June"]);
});

it("are none where nothing is refused", async () =>
  expect((await check("r.csv", csv([HEADER, good], ","))).file).toBeUndefined());

it.each(["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "-x"])(
  "%j cannot run as a formula, and is read as it was",
  (cell) => {
    expect(withoutFormula(cell)).toBe(`'${cell}`);
    expect(withFormula(withoutFormula(cell))).toBe(cell);
  },
);
it.each(["-3.5", "+4", "12", "n.d.", "'quoted"])("%j stays as it is", (cell) => expect(withoutFormula(cell)).toBe(cell));

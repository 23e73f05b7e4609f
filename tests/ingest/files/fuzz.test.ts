import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { checkFile } from "../../../ingest/files/checkFile.ts";
import { delimitedParser, detectDelimiter } from "../../../ingest/files/delimited.ts";
import { textDecoder } from "../../../ingest/files/encoding.ts";
import { columnMapping } from "../../../ingest/files/mapping.ts";
import { writeTemplate } from "../../../ingest/files/template.ts";
import { assayReport } from "../../../schemas/assay.ts";
import type { Sample } from "../../../schemas/sample.ts";
import type { Site } from "../../../schemas/site.ts";

// Method: fixtures are mutated by a seeded generator and checked. No mutation may crash, hang or let a value in that its cell does
// not say. To repeat a run: FUZZ_SEED=n; for a longer one: FUZZ_INPUTS=1000000.
const seed = Number(process.env["FUZZ_SEED"] ?? 20261124);
const inputs = Number(process.env["FUZZ_INPUTS"] ?? 3_000);
const SECONDS_MAX = 5;

const sites: Site[] = ["plant-a", "chengbei", "EUDA-AT001", "EUDA-AT002", "EUDA-AT004"].map((siteId) => ({
  siteId,
  name: siteId,
  kind: "wwtp",
  timeZone: "Europe/Vienna",
}));
const sampleOf = (sampleId: string): Sample | undefined =>
  /^S-/.test(sampleId)
    ? { sampleId, siteId: "plant-a", mode: "grab", start: "2026-05-04T08:00:00Z", end: "2026-05-04T08:00:00Z" }
    : undefined;
const mapping = columnMapping.parse({ sites: { 城北污水厂: "chengbei" }, constants: { unit: "ng/L", method: "m1" } });

const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url));
const published = (name: string, lines: number) =>
  Buffer.from(
    readFileSync(new URL(`../../../schemas/reference/data/${name}`, import.meta.url), "utf8")
      .split("\n")
      .slice(0, lines)
      .join("\n"),
  );
const long =
  "sample_id;site_id;start;analyte;value;unit;loq;method\nS-1;plant-a;04.05.2026 08:00;MDMA;12,5;ng/L;2,5;m1\nS-1;plant-a;04.05.2026 08:00;KET;<2,5;ng/L;2,5;m1\nS-2;plant-a;05.05.2026;BE;1.234,5;ng/L;2,5;m1\n";
const FIXTURES: [string, Buffer][] = [
  ["zh.csv", fixture("platform-zh-gb18030.csv")],
  ["mh.csv", fixture("masshunter-en.csv")],
  ["mh-de.csv", fixture("masshunter-de-windows1252.csv")],
  ["skyline.csv", fixture("skyline.csv")],
  ["odm.csv", fixture("odm-measures.csv")],
  ["euda.csv", published("ww2025-all-data.csv", 12)],
  ["statcan.csv", published("statcan-13100871.csv", 66)],
  ["long.csv", Buffer.from(long)],
  ["utf16.txt", Buffer.from(`\uFEFF${long.replaceAll(";", "\t")}`, "utf16le")],
  ["template.xlsx", writeTemplate("zh")],
];

/** mulberry32: a small generator whose stream is fixed by its seed. */
function randomOf(state: number): (below: number) => number {
  let a = state >>> 0;
  return (below) => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

const TOKENS = [
  '"',
  ",",
  ";",
  "\t",
  "\r",
  "\n",
  ".",
  "-",
  "<",
  ">",
  "0",
  "1e9",
  "1e-7",
  "NaN",
  "Infinity",
  "4-Mar",
  "2026-02-30",
  "未检出",
  "ND",
  "=1+1",
  "\0",
  "\uFEFF",
  "'",
  " ",
  "1,234",
  "1.234,5",
  "00",
  "x".repeat(300),
];

function mutated(random: (below: number) => number): [string, Buffer] {
  const [name, original] = FIXTURES[random(FIXTURES.length)]!;
  let bytes = original;
  for (let times = 1 + random(4); times > 0; times--) {
    const at = random(bytes.length + 1);
    const to = Math.min(bytes.length, at + random(30));
    const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
    const token = Buffer.from(TOKENS[random(TOKENS.length)]!, name === "utf16.txt" ? "utf16le" : "utf8");
    const other = FIXTURES[random(FIXTURES.length)]![1];
    const from = random(other.length);
    const choices = [
      () => Buffer.concat([before, token, after]),
      () => Buffer.concat([before, bytes.subarray(to)]),
      () => Buffer.concat([before, bytes.subarray(at, to), after]),
      () => bytes.subarray(0, at),
      () => Buffer.concat([before, other.subarray(from, from + random(200)), after]),
      () => {
        const flipped = Buffer.from(bytes);
        if (at < flipped.length) flipped[at] = flipped[at]! ^ (1 << random(8));
        return flipped;
      },
      () => Buffer.concat([before, token, bytes.subarray(to)]),
    ];
    bytes = choices[random(choices.length)]!();
  }
  return [name, bytes];
}

/** Rows as the file has them, with no interpretation of their cells. */
function cellsOf(bytes: Buffer): string[][] {
  const decoder = textDecoder();
  const text = (decoder.write(bytes) + decoder.end()).replace(/^\uFEFF/, "");
  const rows: string[][] = [];
  const parser = delimitedParser(detectDelimiter(text.slice(0, 32_768)), ({ cells }) => rows.push(cells));
  parser.write(text);
  parser.end();
  return rows;
}

/** Whether the significant digits of a cell, and their place if it is written plainly, are those of the value. */
function says(cell: string, value: number): boolean {
  const written = cell
    .normalize("NFKC")
    .trim()
    .replace(/^[<>=≤≥小于大]+\s*/, "")
    .split(/\s+(?=[a-zµμ])/i)[0]!
    .replace(/[\s'’]/g, "");
  const readings = [written.replaceAll(",", ""), written.replace(",", "."), written.replaceAll(".", "").replace(",", ".")];
  return readings.some((reading) => reading !== "" && Number(reading) === value);
}

const columnOf = (cell: string) =>
  [...cell.replace(/\d+$/, "")].reduce((column, letter) => column * 26 + letter.charCodeAt(0) - 64, 0) - 1;

it(
  `${inputs} mutated files: no crash, no hang, no value that its cell does not say (seed ${seed})`,
  async () => {
    const random = randomOf(seed);
    let taken = 0;
    for (let input = 0; input < inputs; input++) {
      const [fileName, bytes] = mutated(random);
      const told = () => `input ${input} of ${fileName}, seed ${seed}`;
      const began = performance.now();
      const values: { value: number; row: number; cell: string }[] = [];
      const checked = await checkFile(bytes, {
        fileName,
        labId: "lab-1",
        uploadId: "u-1",
        sites,
        sampleOf,
        mapping,
        onReport: ({ report, placeOf }) => {
          expect(assayReport.safeParse(report).success, told()).toBe(true);
          for (const [index, { value, censoring, lod, loq }] of report.results.entries()) {
            const { row, cell } = placeOf(index);
            const number = value ?? (censoring === "belowLod" ? lod : loq);
            if (censoring === "none" && number != null) values.push({ value: number, row: row!, cell: cell! });
          }
        },
      }).catch((cause: unknown) => {
        throw new Error(told(), { cause });
      });
      if (performance.now() - began > SECONDS_MAX * 1000) throw new Error(`${told()}: ${performance.now() - began} ms`);
      expect(checked.counts.errors + checked.counts.warnings, told()).toBe(
        checked.findings.reduce((sum, { count }) => sum + count, 0),
      );
      if (values.length === 0 || fileName.endsWith(".xlsx") || checked.problems.some(({ code }) => code === "file_unreadable"))
        continue;
      taken += values.length;
      const rows = cellsOf(bytes);
      for (const { value, row, cell } of values) {
        const written = rows[row - 1]?.[columnOf(cell)] ?? "";
        if (!says(written, value))
          throw new Error(`${told()}: ${value} was taken from ${cell}, which says ${JSON.stringify(written)}`);
      }
    }
    expect(taken).toBeGreaterThan(inputs); // most mutations leave most of a file readable
  },
  30_000 + inputs * 20,
);

it("the check of what a cell says can fail", () => {
  expect(says("12,5", 12.5)).toBe(true);
  expect(says("1.234,5", 1234.5)).toBe(true);
  expect(says("12,5", 125.5)).toBe(false);
  expect(says("abc", 3)).toBe(false);
  expect(says("", 0)).toBe(false);
});

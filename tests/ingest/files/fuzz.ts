/**
 * Mutates fixtures by a seeded generator and checks them as a laboratory's file is checked. No mutation may crash, hang or let a
 * value in that its cell does not say. Command: node tests/ingest/files/fuzz.ts [inputs] [seed]
 */
import { readFileSync } from "node:fs";
import { checkFile } from "../../../ingest/files/checkFile.ts";
import { delimitedParser, detectDelimiter } from "../../../ingest/files/delimited.ts";
import { textDecoder } from "../../../ingest/files/encoding.ts";
import { columnMapping } from "../../../ingest/files/mapping.ts";
import { writeTemplate } from "../../../ingest/files/template.ts";
import { writeWorkbook } from "../../../ingest/files/workbook.ts";
import { readZipDirectory, unpackWhole, writeZip } from "../../../ingest/files/zip.ts";
import { assayReport } from "../../../schemas/assay.ts";
import type { Sample } from "../../../schemas/sample.ts";
import type { Site } from "../../../schemas/site.ts";

const SECONDS_MAX = 5;
type Random = (below: number) => number;

export interface FuzzResult {
  inputs: number;
  /** Values that were taken in, each held against its cell. */
  taken: number;
  slowestMs: number;
}

/** @throws Error at the first input that breaks a promise, with what repeats it */
export async function fuzz(
  inputs: number,
  seed: number,
  onProgress: (done: number) => void = () => undefined,
): Promise<FuzzResult> {
  const random = randomOf(seed);
  const result = { inputs, taken: 0, slowestMs: 0 };
  for (let input = 0; input < inputs; input++) {
    const [fileName, bytes] = mutated(random);
    const told = `input ${input} of ${fileName}, seed ${seed}`;
    const began = performance.now();
    const values = await readValues(fileName, bytes, told);
    const ms = performance.now() - began;
    if (ms > SECONDS_MAX * 1000) throw new Error(`${told}: ${ms} ms`);
    result.slowestMs = Math.max(result.slowestMs, ms);
    if (values.length > 0) result.taken += holdAgainstCells(values, fileName, bytes, told);
    if (input % 10_000 === 9_999) onProgress(input + 1);
  }
  return result;
}

interface Value {
  value: number;
  row: number;
  cell: string;
}

/** What was taken in as a value; a file that could be read only in part is not held against its cells. */
async function readValues(fileName: string, bytes: Buffer, told: string): Promise<Value[]> {
  const values: Value[] = [];
  const checked = await checkFile(bytes, {
    fileName,
    labId: "lab-1",
    uploadId: "u-1",
    sites,
    sampleOf,
    mapping,
    onReport: ({ report, placeOf }) => {
      if (!assayReport.safeParse(report).success) throw new Error("a report that the schema refuses");
      for (const [index, { value, censoring }] of report.results.entries()) {
        const { row, cell } = placeOf(index);
        if (censoring === "none" && value != null) values.push({ value, row: row!, cell: cell! });
      }
    },
  }).catch((cause: unknown) => {
    throw new Error(told, { cause });
  });
  const counted = checked.findings.reduce((sum, { count }) => sum + count, 0);
  if (checked.counts.errors + checked.counts.warnings !== counted) throw new Error(`${told}: findings do not add up`);
  return checked.problems.some(({ code }) => code === "file_unreadable") ? [] : values;
}

function holdAgainstCells(values: readonly Value[], fileName: string, bytes: Buffer, told: string): number {
  const textOf = fileName.endsWith(".xlsx") && bytes[0] === 0x50 ? workbookCells(bytes) : tableCells(bytes);
  let held = 0;
  for (const { value, row, cell } of values) {
    const written = textOf(row, cell);
    if (written === undefined) continue;
    held++;
    if (!says(written, value)) throw new Error(`${told}: ${value} was taken from ${cell}, which says ${JSON.stringify(written)}`);
  }
  return held;
}

type CellText = (row: number, cell: string) => string | undefined;

/** Cells as the file has them, with no interpretation. */
function tableCells(bytes: Buffer): CellText {
  const rows = cellsOf(bytes);
  return (row, cell) => rows[row - 1]?.[columnOf(cell)] ?? "";
}

/** Cells by a search in the XML of the only sheet, which shares nothing with the reader; undefined where it does not find them. */
function workbookCells(bytes: Buffer): CellText {
  const entry = readZipDirectory(bytes).get(SHEET);
  const xml = entry ? unpackWhole(bytes, entry, 10_000_000).toString("utf8") : "";
  return (_row, cell) => {
    const all = [...xml.matchAll(new RegExp(`<c r="${cell}"[^<>]*><(?:v|is><t)[^<>]*>([^<>&]*)</`, "g"))];
    return all.length === 1 ? all[0]![1] : undefined;
  };
}

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
/** The long table as a workbook, and its parts, so that its sheet can be changed and the whole zipped again. */
const WORKBOOK = writeWorkbook([
  {
    name: "Results",
    rows: long
      .trim()
      .split("\n")
      .map((line) => line.split(";").map((cell) => (/^\d+,\d$/.test(cell) ? Number(cell.replace(",", ".")) : cell))),
  },
]);
const SHEET = "xl/worksheets/sheet1.xml";
const WORKBOOK_PARTS = [...readZipDirectory(WORKBOOK).values()].map((entry) => ({
  name: entry.name,
  content: unpackWhole(WORKBOOK, entry, 1_000_000).toString("utf8"),
}));
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
  ["results.xlsx", WORKBOOK],
];

/** mulberry32: a small generator whose stream is fixed by its seed. */
function randomOf(state: number): Random {
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

function mutated(random: Random): [string, Buffer] {
  const [name, original] = FIXTURES[random(FIXTURES.length)]!;
  // a workbook whose bytes change is hardly ever one: mostly its sheet changes, and the whole is zipped again
  if (name.endsWith(".xlsx") && random(10) > 0) return [name, mutatedWorkbook(random)];
  return [name, mutatedBytes(name, original, random)];
}

function mutatedWorkbook(random: Random): Buffer {
  const parts = WORKBOOK_PARTS.map(({ name, content }) =>
    name === SHEET ? { name, content: mutatedBytes(name, Buffer.from(content), random).toString("utf8") } : { name, content },
  );
  return writeZip(parts);
}

function mutatedBytes(name: string, original: Buffer, random: Random): Buffer {
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
  return bytes;
}

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
export function says(cell: string, value: number): boolean {
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

if (import.meta.main) {
  const [inputs = "1000000", seed = "20261124"] = process.argv.slice(2);
  const { taken, slowestMs } = await fuzz(Number(inputs), Number(seed), (done) => process.stderr.write(`${done}\n`));
  process.stdout.write(
    `${inputs} mutated files (seed ${seed}): no crash, slowest ${slowestMs.toFixed(0)} ms, ${taken} values taken, each as its cell says\n`,
  );
}

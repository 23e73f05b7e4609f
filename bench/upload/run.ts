/**
 * Checks a CSV of a million rows and parses the same file with csv-parse alone, each in a process of its own, three times in turn.
 * Prints rows a second, the ratio by the clock and by processor time (which others at work on the machine disturb less), and the
 * check's peak memory. Command: node bench/upload/run.ts [rows]
 */
import { execFileSync } from "node:child_process";
import { createReadStream, createWriteStream, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { parse } from "csv-parse";
import { checkFile } from "../../ingest/files/checkFile.ts";
import type { Site } from "../../schemas/site.ts";

const ANALYTES = [
  "methamphetamine",
  "amphetamine",
  "mdma",
  "cocaine",
  "benzoylecgonine",
  "ketamine",
  "morphine",
  "codeine",
  "6-mam",
  "cotinine",
];
const REPEATS = 3;
const sites: Site[] = Array.from({ length: 200 }, (_, i) => ({
  siteId: `plant-${i}`,
  name: `Plant ${i}`,
  kind: "wwtp",
  timeZone: "Asia/Shanghai",
}));

const [mode = "1000000", file = ""] = process.argv.slice(2);
if (mode === "check" || mode === "parse") await measure(mode, file);
else await compare(Number(mode));

async function compare(rows: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "sewertrace-upload-"));
  const path = join(folder, "results.csv");
  try {
    await pipeline(lines(rows), createWriteStream(path));
    process.stdout.write(`${rows} rows, ${(statSync(path).size / 1e6).toFixed(0)} MB, best of ${REPEATS}\n`);
    const best = { check: 0, parse: 0, rss: 0 };
    const cpu = { check: Number.POSITIVE_INFINITY, parse: Number.POSITIVE_INFINITY };
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      for (const what of ["parse", "check"] as const) {
        const measured = JSON.parse(execFileSync(process.execPath, [import.meta.filename, what, path], { encoding: "utf8" }));
        best[what] = Math.max(best[what], measured.rows / measured.seconds);
        cpu[what] = Math.min(cpu[what], measured.cpuSeconds);
        if (what === "check") best.rss = Math.max(best.rss, measured.rssMB);
      }
    }
    process.stdout.write(`csv-parse alone: ${best.parse.toFixed(0)} rows/s\n`);
    process.stdout.write(
      `checkFile: ${best.check.toFixed(0)} rows/s, ratio ${(best.check / best.parse).toFixed(2)} (by processor time ${(cpu.parse / cpu.check).toFixed(2)}), peak RSS ${best.rss} MB\n`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A laboratory's long table: one row a result, samples together, some below the limit. */
function* lines(rows: number): Generator<string> {
  yield "sample_id,site_id,sample_start,sample_end,sample_mode,analyte,value,unit,loq,method,replicate\n";
  let chunk = "";
  for (let i = 0; i < rows; i++) {
    const sample = Math.floor(i / ANALYTES.length);
    const day = new Date(Date.UTC(2020, 0, 1 + Math.floor(sample / sites.length))).toISOString().slice(0, 10);
    const value = i % 7 === 0 ? "<2.5" : ((i * 37) % 10_007) / 10 + 2.5;
    chunk += `s-${sample},plant-${sample % sites.length},${day} 08:00,,flow proportional,${ANALYTES[i % ANALYTES.length]},${value},ng/L,2.5,LCMS-1,1\n`;
    if (chunk.length > 1e6) {
      yield chunk;
      chunk = "";
    }
  }
  yield chunk;
}

async function measure(what: "check" | "parse", path: string): Promise<void> {
  const began = performance.now();
  const cpuBegan = process.cpuUsage();
  const rows = what === "check" ? await checkRows(path) : await parseRows(path);
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(cpuBegan);
  process.stdout.write(
    JSON.stringify({
      rows,
      seconds,
      cpuSeconds: (user + system) / 1e6,
      rssMB: Math.round(process.resourceUsage().maxRSS / 1024),
    }),
  );
}

async function checkRows(path: string): Promise<number> {
  let results = 0;
  const { counts, verdict } = await checkFile(createReadStream(path), {
    fileName: "results.csv",
    labId: "lab-1",
    uploadId: "bench",
    sites,
    onReport: ({ report }) => {
      results += report.results.length;
    },
  });
  if (verdict !== "accepted" || results !== counts.rows) throw new Error(`${verdict}: ${results} results of ${counts.rows} rows`);
  return counts.rows;
}

async function parseRows(path: string): Promise<number> {
  let rows = -1; // the header
  for await (const _ of createReadStream(path).pipe(parse())) rows++;
  return rows;
}

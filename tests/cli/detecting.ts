import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { addDays } from "../../schemas/days.ts";
import { type SimulatedSeries, simulateSeries } from "../../simulation/series.ts";

// Method: the command itself, as a process of its own, on files written here.
export const CLI = fileURLToPath(new URL("../../cli/sewertrace.js", import.meta.url));
export const TIMEOUT_MS = 60_000;

export function fileOf(text: string | Uint8Array, name = "loads.csv"): string {
  const folder = mkdtempSync(join(tmpdir(), "sewertrace-detect-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

export function detect(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, "detect", ...args], { encoding: "utf8" });
  return {
    code: status,
    out: stdout,
    err: stderr,
    rows: () =>
      stdout
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
  };
}

export const HEADER = "site,analyte,date,value,unit";
export const csv = (...lines: string[]) => `${[HEADER, ...lines].join("\n")}\n`;
export const weekly = simulateSeries({ family: "weekly", seed: 4, series: 4, analytes: 1, events: false, censoredShare: 0.2 });
export const rowsOf = ({ siteId, analyte, points }: SimulatedSeries) =>
  points.map(({ day, load, censored }) => `${siteId},${analyte},${day},${censored ? "<" : ""}${load},g/d`);
/** Forty quiet days and the given value on the last. */
export const quietThen = (last: string) => [
  ...Array.from({ length: 40 }, (_, i) => `A,mdma,${addDays("2025-03-01", i)},${10 + (i % 5)},g/d`),
  `A,mdma,${addDays("2025-03-01", 40)},${last},g/d`,
];

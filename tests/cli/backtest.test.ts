import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { addDays } from "../../schemas/days.ts";
import { seededRandom } from "../../simulation/random.ts";

// Method: the command itself, as a process of its own, on files written here.
const CLI = fileURLToPath(new URL("../../cli/sewertrace.js", import.meta.url));
const TIMEOUT_MS = 60_000;

function backtest(csv: string, ...args: string[]) {
  const folder = mkdtempSync(join(tmpdir(), "sewertrace-backtest-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "loads.csv"), csv);
  const command = [CLI, "backtest", join(folder, "loads.csv"), ...args, "--json"];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: "utf8" });
  return {
    code: status,
    err: stderr,
    rows: stdout
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line)),
  };
}

/** A year of days; a spike of ten times long ago, one of ten times and one small one of late. */
function year(): string {
  const random = seededRandom(11, "backtest");
  const fixed: Record<number, number> = { 100: 200, 300: 200, 340: 40 };
  const rows = Array.from({ length: 360 }, (_, i) => {
    const load = fixed[i] ?? 20 * Math.exp(0.25 * random.normal());
    return `A,mdma,${addDays("2024-06-01", i)},${load.toFixed(3)},g/d`;
  });
  return `site,analyte,date,value,unit\n${rows.join("\n")}\n`;
}

it(
  "each setting's anomalies of the last days, paired, with the day on which each was raised",
  () => {
    const { code, rows, err } = backtest(year(), "--false-alarms", "0.1", "--against", "12");
    expect(code).toBe(0);
    const big = rows.find(({ peak }) => peak === addDays("2024-06-01", 300));
    expect(big).toMatchObject({ site: "A", firstRaisedOn: big.peak, firstDelayDays: 0, secondRaisedOn: big.peak });
    const small = rows.find(({ peak }) => peak === addDays("2024-06-01", 340));
    expect(small).toMatchObject({ firstRaisedOn: null, firstDelayDays: null, secondRaisedOn: small.peak });
    expect(rows.some(({ peak }) => peak === addDays("2024-06-01", 100))).toBe(false);
    const count = (setting: string) => rows.filter((row) => row[`${setting}RaisedOn`] !== null).length;
    expect(err).toContain(
      `${count("first")} anomalies with the first setting (0.1 false alarms per site and year), ${count("second")} with`,
    );
  },
  TIMEOUT_MS,
);

it(
  "a longer look back finds the old spike as well, and a holiday excuses its day",
  () => {
    const old = addDays("2024-06-01", 100);
    const { rows } = backtest(year(), "--days", "350", "--against", "0.5", "--against-holidays", old);
    expect(rows.find(({ peak }) => peak === old)).toMatchObject({ firstRaisedOn: old });
  },
  TIMEOUT_MS,
);

it(
  "wrong numbers: exit 2; a file without a usable row: exit 3",
  () => {
    expect(backtest(year(), "--days", "0").code).toBe(2);
    expect(backtest(year(), "--against", "many").code).toBe(2);
    expect(backtest("site,analyte,date,value,unit\nA,mdma,never,1,g/d\n").code).toBe(3);
  },
  TIMEOUT_MS,
);

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

// Runs every vitest project, one after the other so that no browser waits for an engine's processor, and ends with the one line
// that says how it went.
const PROJECTS = ["unit", "browser", "engines"];
const folder = mkdtempSync(join(tmpdir(), "sewertrace-tests-"));

interface Report {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  success: boolean;
}

const total = { passed: 0, failed: 0, skipped: 0 };
for (const project of PROJECTS) {
  const file = join(folder, `${project}.json`);
  const args = ["run", "--project", project, "--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  const vitest = spawnSync("vitest", args, { stdio: "inherit" });
  const report = readReport(file);
  const silent = report.numFailedTests === 0 && !(report.success && vitest.status === 0); // a suite that could not start
  total.passed += report.numPassedTests;
  total.failed += silent ? 1 : report.numFailedTests;
  total.skipped += report.numPendingTests;
}
process.stdout.write(`${total.passed} passed, ${total.failed} failed${total.skipped ? `, ${total.skipped} skipped` : ""}\n`);
process.exitCode = total.failed ? 1 : 0;

function readReport(file: string): Report {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Report;
  } catch {
    return { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, success: false }; // vitest ended before it could report
  }
}

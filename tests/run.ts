import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

// Runs every vitest project and ends with the one line that says how it went. Arguments go to vitest.
const report = join(mkdtempSync(join(tmpdir(), "sewertrace-tests-")), "report.json");
const vitest = spawnSync(
  "vitest",
  ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`, ...process.argv.slice(2)],
  { stdio: "inherit" },
);
const { numPassedTests, numFailedTests, numPendingTests, success } = readReport();
const failed = numFailedTests === 0 && !(success && vitest.status === 0) ? 1 : numFailedTests; // a suite that could not start
process.stdout.write(`${numPassedTests} passed, ${failed} failed${numPendingTests ? `, ${numPendingTests} skipped` : ""}\n`);
process.exitCode = failed ? 1 : 0;

function readReport(): { numPassedTests: number; numFailedTests: number; numPendingTests: number; success: boolean } {
  try {
    return JSON.parse(readFileSync(report, "utf8"));
  } catch {
    return { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, success: false }; // vitest ended before it could report
  }
}

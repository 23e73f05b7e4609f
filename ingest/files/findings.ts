import type { Problem } from "./problem.ts";

/** All problems of one rule in one column. The count is exact; rows and values are samples. */
export interface Finding {
  code: string;
  severity: Problem["severity"];
  column?: string;
  count: number;
  /** Rows as the file shows them, the first ones. */
  rows: number[];
  /** Distinct values found, the first ones. */
  values: string[];
  expected: string;
  mend: string;
}

/** Rows and values shown of a finding. */
export const SAMPLES_MAX = 20;
/** Problems listed one by one; all are counted in the findings. */
export const PROBLEMS_MAX = 10_000;
/** Rules times columns of a file: a wide table with hundreds of bad columns stays below. */
const FINDINGS_MAX = 5_000;

/** Counts problems by rule and column, keeps the first ones, and says whether any were left out. */
export function tallyProblems() {
  const findings = new Map<string, Finding>();
  const problems: Problem[] = [];
  const counts = { error: 0, warning: 0 };
  return {
    add(problem: Problem): void {
      counts[problem.severity]++;
      if (problems.length < PROBLEMS_MAX) problems.push(problem);
      const key = `${problem.code}\n${problem.column ?? ""}\n${problem.severity}`;
      let finding = findings.get(key);
      if (!finding) {
        if (findings.size >= FINDINGS_MAX) return;
        const { code, severity, column, expected, mend } = problem;
        finding = { code, severity, ...(column === undefined ? {} : { column }), count: 0, rows: [], values: [], expected, mend };
        findings.set(key, finding);
      }
      finding.count++;
      const { row } = problem.where;
      if (row !== undefined && finding.rows.length < SAMPLES_MAX) finding.rows.push(row);
      if (finding.values.length < SAMPLES_MAX && !finding.values.includes(problem.found)) finding.values.push(problem.found);
    },
    counts,
    problems,
    /** Errors first, then the most frequent. */
    findings: () =>
      [...findings.values()].toSorted(
        (a, b) => a.severity.localeCompare(b.severity) || b.count - a.count || a.code.localeCompare(b.code),
      ),
    truncated: () => counts.error + counts.warning > problems.length,
  };
}

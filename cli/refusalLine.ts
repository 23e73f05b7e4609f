import type { Refusal } from "../schemas/refusal.ts";

/** How many are told one by one: a file of a million bad rows is mended at its source. */
const TOLD_MAX = 20;

/** A refusal in the form of a compiler, which terminals and editors make a link of: place, severity, code, found, expected, mend. */
export function refusalLine({ where, code, found, expected, mend }: Refusal, severity = "error"): string {
  const at = where.cell === undefined ? [where.row === undefined ? "" : `row ${where.row}`, where.path] : [where.cell];
  const place = [where.file, where.sheet, ...at].filter(Boolean).join(":");
  return `${place}: ${severity}[${code}]: found "${found}", expected ${expected}. ${mend}`;
}

/** Refusals are talk: the first few in full, the rest as a number. */
export function tellRefusals(refusals: readonly Refusal[]): void {
  for (const refusal of refusals.slice(0, TOLD_MAX)) process.stderr.write(`${refusalLine(refusal)}\n`);
  if (refusals.length > TOLD_MAX) process.stderr.write(`${refusals.length - TOLD_MAX} more were refused like these.\n`);
}

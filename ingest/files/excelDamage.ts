import { cellProblem, type Position, type Problem } from "./problem.ts";

/** Values with decimals kept an analyte: enough for its range. */
const VALUES_MAX = 2_000;
/** Whole numbers kept an analyte, the largest: a damaged file has a handful. */
const SUSPECTS_MAX = 20;
/** Fewer values with decimals say nothing about how an analyte is written. */
const VALUES_MIN = 10;
/** Short identifiers kept, to be told once the file has shown zeros in front of others. */
const IDENTIFIERS_MAX = 1_000;

interface AnalyteValues {
  decimals: number[];
  whole: number;
  suspects: { value: number; position: Position; column: number }[];
}

/**
 * Watches values and identifiers go by for what a spreadsheet does without a trace: a decimal mark lost (8.825 becomes 8825 where
 * the point groups thousands), zeros in front of an identifier dropped. Both are warnings: a dump may be a thousand times the usual.
 */
export function watchForExcelDamage(onProblem: (problem: Problem) => void) {
  const analytes = new Map<string, AnalyteValues>();
  const padded = new Set<number>();
  const short: { length: number; position: Position; column: number }[] = [];
  let lastRow = 0;

  return {
    value(analyte: string, text: string, value: number, position: Position, column: number): void {
      const seen = analytes.get(analyte) ?? { decimals: [], whole: 0, suspects: [] };
      analytes.set(analyte, seen);
      if (/\d[.,]\d/.test(text)) {
        if (seen.decimals.length < VALUES_MAX) seen.decimals.push(value);
        return;
      }
      seen.whole++;
      if (value < 100) return;
      seen.suspects.push({ value, position, column });
      if (seen.suspects.length <= SUSPECTS_MAX * 2) return;
      seen.suspects.sort((a, b) => b.value - a.value);
      seen.suspects.length = SUSPECTS_MAX;
    },
    identifier(text: string, position: Position, column: number): void {
      if (position.row.row === lastRow || !/^\d+$/.test(text)) return;
      lastRow = position.row.row;
      if (text.startsWith("0")) padded.add(text.length);
      else if (short.length < IDENTIFIERS_MAX) short.push({ length: text.length, position, column });
    },
    end(): void {
      for (const { decimals, whole, suspects } of analytes.values()) {
        if (decimals.length < VALUES_MIN || whole > decimals.length / 4) continue;
        const sorted = decimals.toSorted((a, b) => a - b);
        const [low, high] = [sorted[0]!, sorted[Math.floor(0.95 * (sorted.length - 1))]!];
        for (const { value, position, column } of suspects) {
          const mended = [value / 10, value / 100, value / 1000].find((candidate) => candidate >= low && candidate <= high);
          if (value > 20 * high && mended !== undefined) onProblem(decimalsLost(position, column, mended));
        }
      }
      const [length] = padded;
      if (padded.size !== 1 || length === undefined) return;
      for (const id of short) if (id.length < length) onProblem(zerosLost(id.position, id.column, length));
    },
  };
}

const decimalsLost = (position: Position, column: number, mended: number) =>
  cellProblem(position, column, {
    code: "excel_decimals_lost",
    severity: "warning",
    expected: `a value in the range of the analyte; with its decimal mark back it would be ${Number(mended.toPrecision(12))}`,
    mend: "Compare it with the instrument. If it is right, nothing is to do.",
  });

const zerosLost = (position: Position, column: number, length: number) =>
  cellProblem(position, column, {
    code: "excel_zeros_lost",
    severity: "warning",
    expected: `an identifier of ${length} digits, as the others with zeros in front`,
    mend: "Format the column as text in the spreadsheet, or export it anew.",
  });

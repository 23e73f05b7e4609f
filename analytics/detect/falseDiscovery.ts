import type { Adjustment } from "../../schemas/multipleTests.ts";

/**
 * P-values corrected for the number of tests: with bh or by, a finding whose value is at most q belongs to a list with at most the share
 * q of false ones expected; with the others, the chance that the list has any false one is at most q.
 * @param pValues each in [0, 1]; their order is no matter
 * @param tests how many were tested in all; those not given are taken to be 1, as R's p.adjust has it
 * @throws {RangeError} a value that is no probability, or fewer tests than values
 * @see Benjamini & Hochberg 1995, J. R. Stat. Soc. B 57:289; Benjamini & Yekutieli 2001, Ann. Stat. 29:1165; Holm 1979, Scand. J. Stat.
 *   6:65; Hochberg 1988, Biometrika 75:800; Hommel 1988, Biometrika 75:383
 * @example adjustPValues([0.01, 0.02, 0.9], 3, "holm") // [0.03, 0.04, 0.9]
 */
export function adjustPValues(pValues: readonly number[], tests = pValues.length, method: Adjustment = "bh"): number[] {
  const wrong = pValues.find((p) => !(p >= 0 && p <= 1));
  if (wrong !== undefined) throw new RangeError(`adjustPValues: ${wrong} is no probability`);
  if (!(tests >= pValues.length)) throw new RangeError(`adjustPValues: ${pValues.length} p-values of ${tests} tests`);
  const order = pValues.map((_, i) => i).sort((a, b) => pValues[a]! - pValues[b]!);
  const sorted = order.map((i) => pValues[i]!);
  const adjusted = adjustSorted(sorted, tests, method);
  const result = new Array<number>(pValues.length);
  for (const [place, i] of order.entries()) result[i] = Math.min(1, adjusted[place]!);
  return result;
}

function adjustSorted(sorted: readonly number[], tests: number, method: Adjustment): number[] {
  switch (method) {
    case "bh":
      return leastFromAbove(sorted.map((p, i) => (p * tests) / (i + 1)));
    case "by": {
      const harmonic = harmonicNumber(tests);
      return leastFromAbove(sorted.map((p, i) => (p * tests * harmonic) / (i + 1)));
    }
    case "bonferroni":
      return sorted.map((p) => p * tests);
    case "holm":
      return mostFromBelow(sorted.map((p, i) => p * (tests - i)));
    case "hochberg":
      return leastFromAbove(sorted.map((p, i) => p * (tests - i)));
    case "hommel":
      return hommel(sorted, tests);
  }
}

/** Each value lowered to the least of those after it, and of the tests that were not given, whose value is 1. */
function leastFromAbove(values: readonly number[]): number[] {
  const lowered = new Array<number>(values.length);
  let least = 1;
  for (let i = values.length - 1; i >= 0; i--) {
    least = Math.min(least, values[i]!);
    lowered[i] = least;
  }
  return lowered;
}

/** Each value raised to the most of those before it. */
function mostFromBelow(values: readonly number[]): number[] {
  let most = 0;
  return values.map((value) => {
    most = Math.max(most, value);
    return most;
  });
}

/**
 * The closure of Simes' test, by Wright's algorithm (1992, Biometrics 48:1005). Tests that were not given are ones at the end; a subset
 * of m tests that holds one of them in every place after the given values says no more than the largest such m, so the smaller are left out.
 */
function hommel(sorted: readonly number[], tests: number): number[] {
  const n = sorted.length;
  const most = simes(sorted, 0, tests);
  const adjusted = sorted.map((p) => Math.max(p, most));
  for (let m = tests - 1; m >= Math.max(2, tests - n + 1); m--) {
    const head = tests - m + 1;
    const tail = simes(sorted, head - 1, m, head);
    const atHead = Math.min(m * sorted[head - 1]!, tail);
    for (let i = 0; i < n; i++) {
      const bound = i < head ? Math.min(m * sorted[i]!, tail) : atHead;
      adjusted[i] = Math.max(adjusted[i]!, bound);
    }
  }
  return adjusted;
}

/** Simes' p-value of m tests of which the sorted ones from `from` on hold the ranks after rank `1 + from - first`; missing ones are 1. */
function simes(sorted: readonly number[], first: number, m: number, from = first): number {
  let least = 1;
  for (let i = from; i < sorted.length; i++) least = Math.min(least, (m * sorted[i]!) / (i - first + 1));
  return least;
}

/** 1 + 1/2 + … + 1/n; beyond a million terms by its expansion, exact to the last bit there. */
function harmonicNumber(n: number): number {
  if (n > 1e6) return Math.log(n) + 0.5772156649015329 + 1 / (2 * n) - 1 / (12 * n * n);
  let sum = 0;
  for (let i = n; i >= 1; i--) sum += 1 / i;
  return sum;
}

export interface QuasiPoissonFit {
  readonly coefficients: readonly number[];
  readonly means: readonly number[];
  /** Pearson's, weighted, over the residual degrees of freedom. */
  readonly dispersion: number;
  /** Diagonal of the hat matrix. */
  readonly leverages: readonly number[];
}

const ITERATIONS_MAX = 25;
const TOLERANCE = 1e-8;

/**
 * Quasi-Poisson regression with log link by iteratively weighted least squares, as R's glm runs it: start at the counts plus 0.1,
 * end when the deviance changes by less than 1e-8 of itself.
 * @see McCullagh & Nelder 1989, Generalized Linear Models, 2.5
 */
export function quasiPoisson(
  rows: readonly (readonly number[])[],
  counts: readonly number[],
  weights: readonly number[],
): QuasiPoissonFit {
  const width = rows[0]!.length;
  let means = counts.map((count) => count + 0.1);
  let coefficients: number[] = [];
  let deviance = Number.POSITIVE_INFINITY;
  let inverse: number[][] = [];
  let working: number[] = [];
  for (let iteration = 0; iteration < ITERATIONS_MAX; iteration++) {
    const matrix = Array.from({ length: width }, () => new Array<number>(width).fill(0));
    const right = new Array<number>(width).fill(0);
    working = means.map((mean, i) => mean * weights[i]!);
    for (const [i, row] of rows.entries()) {
      const target = Math.log(means[i]!) + (counts[i]! - means[i]!) / means[i]!;
      for (let a = 0; a < width; a++) {
        if (row[a] === 0) continue;
        right[a]! += working[i]! * row[a]! * target;
        for (let b = 0; b < width; b++) matrix[a]![b]! += working[i]! * row[a]! * row[b]!;
      }
    }
    inverse = inverted(matrix);
    coefficients = inverse.map((line) => line.reduce((sum, value, k) => sum + value * right[k]!, 0));
    means = rows.map((row) => Math.exp(row.reduce((sum, value, k) => sum + value * coefficients[k]!, 0)));
    const before = deviance;
    deviance = counts.reduce((sum, count, i) => {
      const part = count > 0 ? count * Math.log(count / means[i]!) : 0;
      return sum + 2 * weights[i]! * (part - (count - means[i]!));
    }, 0);
    if (Math.abs(deviance - before) / (Math.abs(deviance) + 0.1) < TOLERANCE) break;
  }
  // R weighs the squared relative residuals with the last working weights, a step behind the means; kept, to agree with it
  const pearson = working.reduce((sum, weight, i) => sum + weight * (counts[i]! / means[i]! - 1) ** 2, 0);
  const leverages = rows.map(
    (row, i) =>
      working[i]! *
      row.reduce((sum, value, a) => sum + value * inverse[a]!.reduce((inner, entry, b) => inner + entry * row[b]!, 0), 0),
  );
  return { coefficients, means, dispersion: pearson / (counts.length - width), leverages };
}

/** Gauss–Jordan with partial pivoting. */
function inverted(matrix: readonly (readonly number[])[]): number[][] {
  const width = matrix.length;
  const work = matrix.map((line, i) => [...line, ...Array.from({ length: width }, (_, j) => (i === j ? 1 : 0))]);
  for (let column = 0; column < width; column++) {
    let pivot = column;
    for (let i = column + 1; i < width; i++) if (Math.abs(work[i]![column]!) > Math.abs(work[pivot]![column]!)) pivot = i;
    [work[column], work[pivot]] = [work[pivot]!, work[column]!];
    const head = work[column]!;
    const scale = head[column]!;
    for (let j = 0; j < head.length; j++) head[j]! /= scale;
    for (const [i, line] of work.entries()) {
      if (i === column || line[column] === 0) continue;
      const factor = line[column]!;
      for (let j = 0; j < line.length; j++) line[j]! -= factor * head[j]!;
    }
  }
  return work.map((line) => line.slice(width));
}

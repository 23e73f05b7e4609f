import { solve } from "../censored/matrix.ts";

export interface RobustFit {
  readonly coefficients: readonly number[];
  /** Robust standard deviation of the residuals: their median size over 0.6745. */
  readonly scale: number;
  /** 1 for an observation that counts in full, less the further it lies from the fit. */
  readonly weights: readonly number[];
}

/** Each keeps 95 % of the efficiency of least squares where the errors are normal. */
const HUBER_K = 1.345;
const BISQUARE_C = 4.685;

const WEIGHTS = {
  huber: (u: number) => Math.min(1, HUBER_K / Math.abs(u)),
  bisquare: (u: number) => (1 - Math.min(1, Math.abs(u / BISQUARE_C)) ** 2) ** 2,
};

const ITERATIONS_MAX = 20;
/** Relative change of the residuals. */
const TOLERANCE = 1e-4;

/**
 * Linear regression in which single observations that do not belong lose their say: M-estimation by weights worked out anew from the
 * residuals, from least squares on. As R's rlm runs it, its stopping rule included.
 * @param rows covariates, the constant among them; more rows than columns
 * @param weighting huber bounds what an observation can do, bisquare leaves far ones out
 * @throws {RangeError} covariates that are collinear
 * @see Huber 1981, Robust Statistics; Venables & Ripley 2002, Modern Applied Statistics with S, 6.5
 */
export function robustRegression(
  rows: readonly (readonly number[])[],
  values: readonly number[],
  weighting: keyof typeof WEIGHTS = "huber",
): RobustFit {
  let weights = values.map(() => 1);
  let coefficients = weighted(rows, values, weights);
  let residuals = residualsOf(rows, values, coefficients);
  let scale = 0;
  for (let iteration = 0; iteration < ITERATIONS_MAX; iteration++) {
    scale = medianSize(residuals) / 0.6745;
    if (scale === 0) break; // more than half lie on the fit
    weights = residuals.map((residual) => (residual === 0 ? 1 : WEIGHTS[weighting](residual / scale)));
    coefficients = weighted(rows, values, weights);
    const next = residualsOf(rows, values, coefficients);
    const moved = next.reduce((sum, residual, i) => sum + (residual - residuals[i]!) ** 2, 0);
    const size = residuals.reduce((sum, residual) => sum + residual ** 2, 0);
    residuals = next;
    if (Math.sqrt(moved / Math.max(1e-20, size)) <= TOLERANCE) break;
  }
  return { coefficients, scale, weights };
}

function weighted(rows: readonly (readonly number[])[], values: readonly number[], weights: readonly number[]): number[] {
  const width = rows[0]!.length;
  const columns = Array.from({ length: width }, (_, k) => k);
  const sum = (of: (row: readonly number[], i: number) => number) =>
    rows.reduce((total, row, i) => total + weights[i]! * of(row, i), 0);
  const matrix = columns.map((a) => columns.map((b) => sum((row) => row[a]! * row[b]!)));
  return solve(
    matrix,
    columns.map((a) => sum((row, i) => row[a]! * values[i]!)),
  );
}

function residualsOf(rows: readonly (readonly number[])[], values: readonly number[], coefficients: readonly number[]): number[] {
  return rows.map((row, i) => values[i]! - row.reduce((sum, x, k) => sum + x * coefficients[k]!, 0));
}

function medianSize(residuals: readonly number[]): number {
  const sizes = residuals.map(Math.abs).sort((a, b) => a - b);
  const middle = sizes.length >> 1;
  return sizes.length % 2 === 1 ? sizes[middle]! : (sizes[middle - 1]! + sizes[middle]!) / 2;
}

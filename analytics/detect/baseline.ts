import { inverseMillsRatio } from "../distributions/normal.ts";
import { type Design, TERM_COUNT, TERMS } from "./design.ts";
import type { Priors } from "./pool.ts";
import type { Columns } from "./series.ts";

/** What is expected of a series, learned from some of its values: Gaussian on the log load. */
export interface Baseline {
  /** One for each column of the design, log units. */
  readonly coefficients: Float64Array;
  /** Lower Cholesky factor of the posterior precision, row by row: the uncertainty of the coefficients. */
  readonly precisionFactor: Float64Array;
  /** Standard deviation of a day about what is expected, log units. */
  readonly sigma: number;
  /** Values the standard deviation rests on, the pool's among them. */
  readonly degrees: number;
  /** The same standard deviation by the values alone, without the pool's, and how many values it rests on. */
  readonly own: { readonly sigma: number; readonly degrees: number };
  /** Correlation of neighbours, at the series' usual distance between samples. */
  readonly phi: number;
  /** log evidence of the values given the priors: compares priors. */
  readonly evidence: number;
}

/** A value that does not belong: how often, and over how many log units it may lie (from a tenth to a hundredfold). */
const CONTAMINATED_SHARE = 0.02;
const CONTAMINATED_DENSITY = 1 / 7;
const ITERATIONS_COLD = 12;
const ITERATIONS_WARM = 4;
const TOLERANCE = 1e-4;
/** Pairs of neighbours the pool's correlation counts as. */
const PHI_PRIOR_PAIRS = 40;
const PHI_MAX = 0.7;
/** Beyond so many values what the coefficients took of each is too little to matter. */
const PHI_CORRECTED_VALUES_MAX = 400;

/**
 * Posterior mode of a censored (Tobit) regression on the log load, after Tobin 1958, with Gaussian priors from the pool
 * (empirical Bayes), values that do not belong weighted down by the probability that they do (a normal mixed with a uniform,
 * Box & Tiao 1968), and the standard deviation shrunk to the pool's.
 * @param chosen the indexes to learn from, oldest first; may be empty, then the priors come back
 * @param start where to begin, such as the previous fit
 */
export function fitBaseline(
  columns: Columns,
  design: Design,
  priors: Priors,
  chosen: readonly number[],
  step: number,
  start?: Baseline,
): Baseline {
  const { width } = design;
  const prior = priorOf(design, priors);
  const beta =
    start && start.coefficients.length === width ? Float64Array.from(start.coefficients) : Float64Array.from(prior.mean);
  let sigma = start?.sigma ?? priors.sigma;
  if (!start && chosen.length > 0) beta[TERMS.level] = firstGuess(columns, chosen, prior.mean[TERMS.level]!);
  let phi = start?.phi ?? priors.phi;
  const system = { precision: new Float64Array(width * width), right: new Float64Array(width) };
  const residuals = new Float64Array(chosen.length);
  const weights = new Float64Array(chosen.length);
  let degrees = priors.sigmaValues;
  let own = { sigma, degrees: 0 };
  let evidence = 0;
  const iterations = start ? ITERATIONS_WARM : ITERATIONS_COLD;
  for (let iteration = 0; iteration < iterations; iteration++) {
    const state = accumulate(columns, design, chosen, beta, sigma, phi, residuals, weights, system);
    addPrior(system, prior, beta);
    factorise(system.precision, width);
    const moved = solveStep(system.precision, system.right, width);
    let largest = 0;
    for (let k = 0; k < width; k++) {
      const by = Math.max(-3, Math.min(3, moved[k]!));
      beta[k] = beta[k]! + by;
      largest = Math.max(largest, Math.abs(by));
    }
    // the coefficients take up about the trace of what the data share of the precision is
    const used = Math.min(state.weight * 0.5, width - priorShare(system.precision, prior.precision, width));
    const ownDegrees = Math.max(0, state.weight - used);
    degrees = priors.sigmaValues + ownDegrees;
    own = { sigma: Math.sqrt(state.squares / Math.max(1, ownDegrees)), degrees: ownDegrees };
    const next = Math.sqrt((priors.sigmaValues * priors.sigma ** 2 + state.squares) / degrees);
    const settled = Math.abs(Math.log(next / sigma)) < 1e-3 && largest < TOLERANCE;
    sigma = Math.max(0.03, next);
    if (settled || iteration === iterations - 1)
      phi = neighbourCorrelation(columns, design, system.precision, chosen, sigma, { residuals, weights }, priors.phi, step);
    evidence = state.logLikelihood + prior.logDensity(beta) - logDeterminant(system.precision, width) / 2;
    if (settled) break;
  }
  return { coefficients: beta, precisionFactor: system.precision, sigma, degrees, own, phi, evidence };
}

interface Prior {
  mean: Float64Array;
  /** 1 / variance. */
  precision: Float64Array;
  logDensity(beta: Float64Array): number;
}

function priorOf({ width, knotGaps }: Design, priors: Priors): Prior {
  const mean = new Float64Array(width);
  const precision = new Float64Array(width);
  mean.set(priors.mean);
  for (let k = 0; k < TERM_COUNT; k++) precision[k] = 1 / priors.sd[k]! ** 2;
  for (const [k, gap] of knotGaps.entries()) precision[TERM_COUNT + k] = 1 / (priors.driftPerDay * gap);
  const logDensity = (beta: Float64Array) => {
    let sum = 0;
    for (let k = 0; k < width; k++) sum += Math.log(precision[k]!) - precision[k]! * (beta[k]! - mean[k]!) ** 2;
    return sum / 2;
  };
  return { mean, precision, logDensity };
}

function firstGuess({ logs }: Columns, chosen: readonly number[], around: number): number {
  const sorted = chosen.map((i) => logs[i]!).sort((a, b) => a - b);
  const median = sorted[sorted.length >> 1]!;
  return Number.isFinite(median) ? median : around;
}

/** One scoring step's sums. A censored value counts by the information its limit carries, a suspect one by its probability. */
function accumulate(
  { logs, censored, days }: Columns,
  { width, rows, storm }: Design,
  chosen: readonly number[],
  beta: Float64Array,
  sigma: number,
  phi: number,
  residuals: Float64Array,
  weights: Float64Array,
  { precision, right }: { precision: Float64Array; right: Float64Array },
) {
  precision.fill(0);
  right.fill(0);
  const nonzero = new Int32Array(width);
  let weightSum = 0;
  let squares = 0;
  let logLikelihood = 0;
  let informationScale = 1;
  if (phi > 0 && chosen.length > 1) {
    let neighbours = 0;
    for (let c = 1; c < chosen.length; c++) if (days[chosen[c]!]! - days[chosen[c - 1]!]! === 1) neighbours++;
    const share = neighbours / chosen.length;
    informationScale = 1 - share + (share * (1 - phi)) / (1 + phi); // correlated neighbours say less about a mean
  }
  for (let c = 0; c < chosen.length; c++) {
    const i = chosen[c]!;
    const at = i * width;
    let expected = 0;
    for (let k = 0; k < width; k++) expected += rows[at + k]! * beta[k]!;
    const spread = sigma * stormSpread(storm[i]!);
    const z = (logs[i]! - expected) / spread;
    let information: number; // about the mean, in units of 1 / spread^2
    let pull: number; // score, in units of 1 / spread
    if (censored[i]) {
      const mills = inverseMillsRatio(z);
      information = Math.max(1e-6, mills * (mills + z));
      pull = -mills;
      // E[e^2 | below the limit] = spread^2 (1 - z mills); it tells the mean squared deviation what an unseen value adds
      squares += sigma * sigma * Math.max(0, 1 - z * mills);
      weightSum += 1;
      logLikelihood += Math.log(Math.max(1e-300, normalBelow(z, mills)));
    } else {
      const clean = ((1 - CONTAMINATED_SHARE) * Math.exp(-0.5 * z * z)) / (spread * 2.5066282746310002);
      const density = clean + CONTAMINATED_SHARE * CONTAMINATED_DENSITY;
      const belongs = clean / density;
      information = belongs;
      pull = belongs * z;
      squares += belongs * (z * sigma) ** 2;
      weightSum += belongs;
      logLikelihood += Math.log(density);
    }
    weights[c] = information;
    residuals[c] = pull;
    const scale = (information * informationScale) / (spread * spread);
    const push = (pull * informationScale) / spread;
    // most columns of a row are zero: one weekday of seven, no holiday, no storm
    let filled = 0;
    for (let k = 0; k < width; k++) if (rows[at + k] !== 0) nonzero[filled++] = k;
    for (let a = 0; a < filled; a++) {
      const k = nonzero[a]!;
      const value = rows[at + k]!;
      right[k] = right[k]! + push * value;
      const line = k * width;
      const scaled = scale * value;
      for (let b = 0; b <= a; b++) {
        const j = nonzero[b]!;
        precision[line + j] = precision[line + j]! + scaled * rows[at + j]!;
      }
    }
  }
  return { weight: weightSum, squares, logLikelihood };
}

/** How much wider a day of rain scatters, by its log flow above the dry-weather band. */
export function stormSpread(storm: number): number {
  return 1 + storm;
}

/** Φ(z) from φ(z) / Φ(z). */
function normalBelow(z: number, mills: number): number {
  return mills > 0 ? Math.exp(-0.5 * z * z) / (2.5066282746310002 * mills) : 1;
}

function addPrior(system: { precision: Float64Array; right: Float64Array }, prior: Prior, beta: Float64Array): void {
  const width = beta.length;
  for (let k = 0; k < width; k++) {
    system.precision[k * width + k] = system.precision[k * width + k]! + prior.precision[k]!;
    system.right[k] = system.right[k]! + prior.precision[k]! * (prior.mean[k]! - beta[k]!);
  }
}

/** In place: the lower triangle becomes its Cholesky factor. */
function factorise(matrix: Float64Array, width: number): void {
  for (let i = 0; i < width; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * width + j]!;
      for (let k = 0; k < j; k++) sum -= matrix[i * width + k]! * matrix[j * width + k]!;
      matrix[i * width + j] = i === j ? Math.sqrt(sum) : sum / matrix[j * width + j]!;
    }
  }
}

function solveStep(factor: Float64Array, right: Float64Array, width: number): Float64Array {
  const solution = forwardSolve(factor, right, 0, width);
  for (let i = width - 1; i >= 0; i--) {
    let sum = solution[i]!;
    for (let k = i + 1; k < width; k++) sum -= factor[k * width + i]! * solution[k]!;
    solution[i] = sum / factor[i * width + i]!;
  }
  return solution;
}

/** Solves L x = b for a lower triangular L. */
export function forwardSolve(factor: Float64Array, right: Float64Array, at: number, width: number): Float64Array {
  const solution = new Float64Array(width);
  for (let i = 0; i < width; i++) {
    let sum = right[at + i]!;
    for (let k = 0; k < i; k++) sum -= factor[i * width + k]! * solution[k]!;
    solution[i] = sum / factor[i * width + i]!;
  }
  return solution;
}

/** Trace of the posterior covariance times the prior precision: how many coefficients the priors, not the data, decide. */
function priorShare(factor: Float64Array, precision: Float64Array, width: number): number {
  let share = 0;
  const unit = new Float64Array(width);
  for (let k = 0; k < width; k++) {
    unit[k] = 1;
    // L^-1 e_k begins at row k: the variance is the squared length
    let variance = 0;
    const column = forwardSolve(factor, unit, 0, width);
    for (let i = k; i < width; i++) variance += column[i]! ** 2;
    share += variance * precision[k]!;
    unit[k] = 0;
  }
  return share;
}

function logDeterminant(factor: Float64Array, width: number): number {
  let sum = 0;
  for (let k = 0; k < width; k++) sum += Math.log(factor[k * width + k]!);
  return 2 * sum;
}

/**
 * From the scores of neighbours over their information: unbiased at any censored share, where pairs of seen values are not. What a
 * fit takes out of its own residuals makes neighbours look opposed; the uncertainty they share is put back.
 */
function neighbourCorrelation(
  { days }: Columns,
  { width, rows }: Design,
  factor: Float64Array,
  chosen: readonly number[],
  sigma: number,
  { residuals, weights }: { residuals: Float64Array; weights: Float64Array },
  around: number,
  step: number,
): number {
  let products = PHI_PRIOR_PAIRS * around;
  let pairs = PHI_PRIOR_PAIRS;
  const corrected = chosen.length <= PHI_CORRECTED_VALUES_MAX;
  let before: Float64Array = new Float64Array(0);
  for (let c = 0; c < chosen.length; c++) {
    const now = corrected ? forwardSolve(factor, rows, chosen[c]! * width, width) : before;
    if (c > 0 && days[chosen[c]!]! - days[chosen[c - 1]!]! === step) {
      const information = weights[c]! * weights[c - 1]!;
      let shared = 0;
      for (let k = 0; k < before.length; k++) shared += now[k]! * before[k]!;
      products += residuals[c]! * residuals[c - 1]! + (information * shared) / (sigma * sigma);
      pairs += information;
    }
    before = now;
  }
  return Math.max(0, Math.min(PHI_MAX, products / pairs));
}

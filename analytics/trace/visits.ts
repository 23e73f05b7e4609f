import { normalCdf } from "../distributions/normal.ts";
import type { TraceModel } from "./model.ts";

/** The samples of one node within one block of days; they share the node's persistent effect. */
export interface Visit {
  /** Position of the node among the sampled ones. */
  readonly at: number;
  /** ln of the ordinary load by the baseline, g/d. */
  readonly lnBaseline: number;
  /** Whether the baseline was shared out, so that the common shift applies. */
  readonly isShared: boolean;
  /** sd ln of the persistent effect at each level of the model. */
  readonly effectSdLn: readonly number[];
  readonly results: readonly VisitResult[];
  /** Days on which a source may or may not emit, by position among the days; one bit each in a pattern, the first is bit 0. */
  readonly days: readonly number[];
}

export interface VisitResult {
  /** ln load in g/d, or ln of the limit where censored. */
  readonly lnLoad: number;
  readonly censored: boolean;
  readonly sdLn: number;
  readonly date: string;
  /** Bit in the pattern; -1 on the day of the trigger, when a source surely emits. */
  readonly bit: number;
  /** Load of sources already found that passed here on the day, g/d. */
  readonly foundGD: number;
}

/** What a hypothesis adds on a day it emits: g/d on top of the ordinary load, or a share of it. */
export type Added = { readonly loadGD: number } | { readonly share: number };

/** How probable a visit is at one level of the effect and one common shift, with nothing there and with something added. */
export interface VisitScore {
  /** ln likelihood with nothing there. */
  readonly lnQuiet: number;
  /** Likelihood for every pattern of emission (2^days of them) over that with nothing there. */
  relative(added: Added): Float64Array;
}

/** The persistent effect is integrated out over a grid; what does not depend on what is added is worked out once. */
export function visitScore(visit: Visit, level: number, shiftLn: number, model: TraceModel): VisitScore {
  const { lnBaseline, isShared, effectSdLn, results, days } = visit;
  const { effect, weight } = effectGrid(effectSdLn[level]!);
  const width = effect.length;
  const baselineGD = Math.exp(lnBaseline + (isShared ? shiftLn : 0));
  const densities = results.map((result) => densityOf(result, model));
  const ordinaryGD = results.map(({ foundGD }) => effect.map((factor) => factor * baselineGD + foundGD));
  const ordinaryLn = ordinaryGD.map((own) => own.map(Math.log));
  const quiet = ordinaryLn.map((own, r) => own.map(densities[r]!));
  const loud = results.map(() => new Float64Array(width));
  const product = Array.from({ length: days.length + 1 }, () => new Float64Array(width));
  let quietSum = 0;
  for (let j = 0; j < width; j++) quietSum += quiet.reduce((all, own) => all * own[j]!, weight[j]!);

  /** Sums over effects for each pattern, day by day: what patterns share is multiplied once. */
  function fill(table: Float64Array, day: number, pattern: number): void {
    const above = product[day]!;
    if (day === days.length) {
      let sum = 0;
      for (let j = 0; j < width; j++) sum += above[j]!;
      table[pattern] = sum / quietSum;
      return;
    }
    const here = product[day + 1]!;
    for (let emits = 0; emits < 2; emits++) {
      here.set(above);
      for (let r = 0; r < results.length; r++) {
        if (results[r]!.bit !== day) continue;
        const own = (emits ? loud : quiet)[r]!;
        for (let j = 0; j < width; j++) here[j]! *= own[j]!;
      }
      fill(table, day + 1, pattern | (emits << day));
    }
  }

  return {
    lnQuiet: Math.log(quietSum),
    relative(added) {
      product[0]!.set(weight);
      for (let r = 0; r < results.length; r++) {
        const [own, density] = [loud[r]!, densities[r]!];
        if ("share" in added) {
          const riseLn = Math.log1p(added.share);
          for (let j = 0; j < width; j++) own[j] = density(ordinaryLn[r]![j]! + riseLn);
        } else {
          for (let j = 0; j < width; j++) own[j] = density(Math.log(ordinaryGD[r]![j]! + added.loadGD));
        }
        if (results[r]!.bit < 0) for (let j = 0; j < width; j++) product[0]![j]! *= own[j]!;
      }
      const table = new Float64Array(2 ** days.length);
      fill(table, 0, 0);
      return table;
    },
  };
}

/** A result no hypothesis explains counts as this against all of them, so that a few of them do not underflow. */
const DENSITY_MIN = 1e-25;

/** Density of a result (probability of lying below the limit where censored) given the ln of the load's median; outliers included. */
function densityOf(
  { lnLoad, censored, sdLn }: VisitResult,
  { outlierShare, outlierSdLn }: TraceModel,
): (lnMedian: number) => number {
  const wide = Math.hypot(sdLn, outlierSdLn);
  if (censored) {
    return (lnMedian) => {
      const off = lnLoad - lnMedian;
      return Math.max(DENSITY_MIN, (1 - outlierShare) * normalCdf(off / sdLn) + outlierShare * normalCdf(off / wide));
    };
  }
  const [usual, outlier] = [(1 - outlierShare) / (sdLn * SQRT_2_PI), outlierShare / (wide * SQRT_2_PI)];
  const [precision, widePrecision] = [-0.5 / (sdLn * sdLn), -0.5 / (wide * wide)];
  return (lnMedian) => {
    const square = (lnLoad - lnMedian) * (lnLoad - lnMedian);
    return Math.max(DENSITY_MIN, usual * Math.exp(precision * square) + outlier * Math.exp(widePrecision * square));
  };
}

const SQRT_2_PI = Math.sqrt(2 * Math.PI);

/** Grid step of the effect, in units of ln: that of the noise, where the sum over a grid is the integral to 1e-5. */
const EFFECT_STEP = 0.25;

const grids = new Map<number, { effect: Float64Array; weight: Float64Array }>();

/** exp of N(0, sd) on an even grid of at least 9 points from -3 sd to 3 sd. */
function effectGrid(sd: number): { effect: Float64Array; weight: Float64Array } {
  const known = grids.get(sd);
  if (known) return known;
  const half = Math.max(4, Math.ceil((3 * sd) / EFFECT_STEP));
  const lnEffect = Float64Array.from({ length: 2 * half + 1 }, (_, j) => ((j - half) / half) * 3 * sd);
  const raw = lnEffect.map((b) => Math.exp(-0.5 * (b / sd) ** 2));
  const sum = raw.reduce((total, weight) => total + weight, 0);
  const grid = { effect: lnEffect.map(Math.exp), weight: raw.map((weight) => weight / sum) };
  grids.set(sd, grid);
  return grid;
}

export function logSumExp(logs: ArrayLike<number>): number {
  let most = -Infinity;
  for (let i = 0; i < logs.length; i++) if (logs[i]! > most) most = logs[i]!;
  if (most === -Infinity) return most;
  let sum = 0;
  for (let i = 0; i < logs.length; i++) sum += Math.exp(logs[i]! - most);
  return most + Math.log(sum);
}

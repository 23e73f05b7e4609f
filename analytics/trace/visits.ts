import { normalLogCdf } from "../distributions/normal.ts";
import type { TraceModel } from "./model.ts";

/** The samples of one node within one block of days; they share the node's persistent effect. */
export interface Visit {
  /** Position of the node among the sampled ones. */
  readonly at: number;
  /** ln of the ordinary load by the baseline, g/d. */
  readonly lnBaseline: number;
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
  /** Bit in the pattern; -1 on the day of the trigger, when a source surely emits. */
  readonly bit: number;
}

/** What a hypothesis adds on a day it emits: g/d on top of the ordinary load, or a share of it. */
export type Added = { readonly loadGD: number } | { readonly share: number };

/**
 * Log likelihood of a visit for every pattern of emission (2^days of them), the persistent effect integrated out.
 * A pattern of zero with nothing on the trigger day would be no source: use `added = { share: 0 }` for that.
 */
export function visitLogLikelihood(visit: Visit, level: number, added: Added, model: TraceModel): Float64Array {
  const effects = effectGrid(visit.effectSdLn[level]!);
  const width = effects.lnEffect.length;
  const logs = new Float64Array(2 ** visit.days.length);
  const quiet = visit.days.map(() => new Float64Array(width));
  const loud = visit.days.map(() => new Float64Array(width));
  const base = Float64Array.from(effects.logWeight);
  for (const result of visit.results) {
    for (let j = 0; j < width; j++) {
      const ordinary = visit.lnBaseline + effects.lnEffect[j]!;
      const raised = "share" in added ? ordinary + Math.log1p(added.share) : Math.log(Math.exp(ordinary) + added.loadGD);
      if (result.bit < 0) base[j]! += resultLogDensity(result, raised, model);
      else {
        quiet[result.bit]![j]! += resultLogDensity(result, ordinary, model);
        loud[result.bit]![j]! += resultLogDensity(result, raised, model);
      }
    }
  }
  const stack = [base, ...visit.days.map(() => new Float64Array(width))];
  fill(0, 0);
  return logs;

  function fill(day: number, pattern: number): void {
    const above = stack[day]!;
    if (day === visit.days.length) {
      logs[pattern] = logSumExp(above);
      return;
    }
    const here = stack[day + 1]!;
    for (const emits of [0, 1]) {
      const own = emits ? loud[day]! : quiet[day]!;
      for (let j = 0; j < width; j++) here[j] = above[j]! + own[j]!;
      fill(day + 1, pattern | (emits << day));
    }
  }
}

/** ln density of a result (ln probability of being below the limit where censored), outliers included. */
function resultLogDensity({ lnLoad, censored, sdLn }: VisitResult, lnMean: number, model: TraceModel): number {
  const z = (lnLoad - lnMean) / sdLn;
  const wide = Math.hypot(sdLn, model.outlierSdLn);
  const zWide = (lnLoad - lnMean) / wide;
  const usual = Math.log1p(-model.outlierShare) + (censored ? normalLogCdf(z) : -0.5 * z * z - Math.log(sdLn) - LN_SQRT_2PI);
  const outlier =
    Math.log(model.outlierShare) + (censored ? normalLogCdf(zWide) : -0.5 * zWide * zWide - Math.log(wide) - LN_SQRT_2PI);
  const most = Math.max(usual, outlier);
  return most + Math.log(Math.exp(usual - most) + Math.exp(outlier - most));
}

const LN_SQRT_2PI = 0.9189385332046727;

/** Grid steps of the effect, in units of ln: fine against the noise of one result. */
const EFFECT_STEP = 0.15;

const grids = new Map<number, { lnEffect: Float64Array; logWeight: Float64Array }>();

/** N(0, sd) on an even grid of at least 9 points from -3 sd to 3 sd. */
function effectGrid(sd: number): { lnEffect: Float64Array; logWeight: Float64Array } {
  const known = grids.get(sd);
  if (known) return known;
  const half = Math.max(4, Math.ceil((3 * sd) / EFFECT_STEP));
  const lnEffect = Float64Array.from({ length: 2 * half + 1 }, (_, j) => ((j - half) / half) * 3 * sd);
  const raw = lnEffect.map((b) => Math.exp(-0.5 * (b / sd) ** 2));
  const sum = raw.reduce((total, weight) => total + weight, 0);
  const grid = { lnEffect, logWeight: raw.map((weight) => Math.log(weight / sum)) };
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

import { fitBaseline, forwardSolve } from "./baseline.ts";
import { designOf, TERM_COUNT, TERMS } from "./design.ts";
import { type Columns, type LoadSeries, toColumns } from "./series.ts";

/** What is known of a series before its own values speak, log units. */
export interface Priors {
  /** Mean and standard deviation of each term of design.ts between the series of the pool. */
  readonly mean: Float64Array;
  readonly sd: Float64Array;
  /** Variance the level gains per day by drift that neither season nor trend explains. */
  readonly driftPerDay: number;
  /** Standard deviation of a day about what is expected, and how many values that knowledge is worth. */
  readonly sigma: number;
  readonly sigmaValues: number;
  readonly phi: number;
}

/** Priors learned from the series of one analyte, and from when on they may be used: they know nothing of that day and after. */
export interface Pool {
  readonly from: string;
  readonly priors: Priors;
  /** Series they rest on. */
  readonly size: number;
}

/** For each analyte, and each analyte at a kind of site, its pools, oldest first. */
export type Pools = ReadonlyMap<string, readonly Pool[]>;

/** Before any data: wide enough for every drug in the EUDA file (weekend doubling of MDMA, yearly drift by a third). */
export const DEFAULT_PRIORS: Priors = {
  mean: Float64Array.from({ length: TERM_COUNT }, () => 0),
  sd: Float64Array.from([2.5, ...Array(7).fill(0.2), 0.15, 0.15, 0.07, 0.07, 0.1, 0.2, 0.2]),
  driftPerDay: 1e-4,
  sigma: 0.38,
  sigmaValues: 8,
  phi: 0.12,
};

/** Series a pool is learned from: more would change its means by less than a hundredth. */
const POOL_SERIES_MAX = 60;
/** Fewer of one kind of site are no pool: the analyte's own knows more. */
const KIND_SERIES_MIN = 3;
const VALUES_MIN = 7;
/** Values of one series a pool looks at, the latest: enough for its weekday rhythm, and it bounds the time. */
const VALUES_MAX = 400;
/** A series tells of its scatter from so many values on. */
const OWN_DEGREES_MIN = 5;
const ROUNDS = 4;
/** Series that the default counts as beside those of the pool. */
const DEFAULT_WEIGHT = 2;
const DRIFTS_PER_DAY = [1e-7, 1e-6, 5e-6, 2e-5, 6e-5, 1.2e-4, 2.2e-4, 4e-4, 1e-3, 2.5e-3];

/**
 * The pools of every analyte, one for each half year that has data before it: of all its series, and of each kind of site that has
 * enough. Deterministic; the order of the series is no matter.
 */
export function learnPools(series: readonly LoadSeries[], holidays: ReadonlySet<string> = new Set()): Pools {
  const pools = new Map<string, readonly Pool[]>();
  for (const [analyte, members] of Map.groupBy(series, (one) => one.analyte)) {
    pools.set(analyte, timeline(members, holidays));
    for (const [kind, alike] of Map.groupBy(members, ({ siteKind }) => siteKind)) {
      if (kind === undefined || alike.length === members.length || alike.length < KIND_SERIES_MIN) continue;
      pools.set(keyOf(analyte, kind), timeline(alike, holidays));
    }
  }
  return pools;
}

/**
 * What like series told before a day; undefined where none had enough values.
 * @param members of one analyte at one kind of site; their order is no matter
 */
export function learnPool(
  members: readonly LoadSeries[],
  from: string,
  holidays: ReadonlySet<string> = new Set(),
): Pool | undefined {
  const before = sampleOf(members)
    .map((one) => upTo(toColumns(one), from))
    .filter(({ size }) => size >= VALUES_MIN);
  return before.length === 0 ? undefined : { from, priors: learn(before, DEFAULT_PRIORS, holidays), size: before.length };
}

/** The pool of a series: of its analyte at its kind of site where there are enough of them, else of its analyte. */
export function poolOf(pools: Pools, { analyte, siteKind }: LoadSeries): readonly Pool[] | undefined {
  return (siteKind === undefined ? undefined : pools.get(keyOf(analyte, siteKind))) ?? pools.get(analyte);
}

const keyOf = (analyte: string, siteKind: string) => `${analyte} at ${siteKind}`;

/** The pool in force on a day, or the default before the first. */
export function priorsOn(pools: readonly Pool[] | undefined, day: string): Priors {
  return pools?.findLast(({ from }) => from <= day)?.priors ?? DEFAULT_PRIORS;
}

function timeline(members: readonly LoadSeries[], holidays: ReadonlySet<string>): Pool[] {
  const columns = sampleOf(members).map(toColumns);
  const days = columns.flatMap(({ points, size }) => (size > 0 ? [points[0]!.day, points[size - 1]!.day] : [])).sort();
  const pools: Pool[] = [];
  if (days.length === 0) return pools;
  let previous = DEFAULT_PRIORS;
  for (const from of halfYears(days[0]!, days.at(-1)!)) {
    const before = columns.map((one) => upTo(one, from)).filter(({ size }) => size >= VALUES_MIN);
    if (before.length === 0) continue;
    previous = learn(before, previous, holidays);
    pools.push({ from, priors: previous, size: before.length });
  }
  return pools;
}

function sampleOf(members: readonly LoadSeries[]): LoadSeries[] {
  const sorted = members.toSorted((a, b) => (a.siteId < b.siteId ? -1 : 1));
  if (sorted.length <= POOL_SERIES_MAX) return sorted;
  return Array.from({ length: POOL_SERIES_MAX }, (_, i) => sorted[Math.floor((i * sorted.length) / POOL_SERIES_MAX)]!);
}

function halfYears(first: string, last: string): string[] {
  const starts: string[] = [];
  for (let year = Number(first.slice(0, 4)); year <= Number(last.slice(0, 4)); year++)
    starts.push(`${year}-01-01`, `${year}-07-01`);
  return starts.filter((start) => start > first && start <= last);
}

function upTo(columns: Columns, from: string): Columns {
  let end = columns.points.findIndex(({ day }) => day >= from);
  if (end < 0) end = columns.size;
  const begin = Math.max(0, end - VALUES_MAX);
  return {
    size: end - begin,
    points: columns.points.slice(begin, end),
    days: columns.days.subarray(begin, end),
    logs: columns.logs.subarray(begin, end),
    censored: columns.censored.subarray(begin, end),
    wetness: columns.wetness.subarray(begin, end),
  };
}

/** Empirical Bayes: fit each series under the priors, then the priors to the fits, a few times over. */
function learn(members: readonly Columns[], start: Priors, holidays: ReadonlySet<string>): Priors {
  const designs = members.map((columns) => designOf(columns, holidays));
  const chosen = members.map(({ points }) => points.flatMap(({ excluded }, i) => (excluded === undefined ? [i] : [])));
  const steps = members.map((columns) => usualStep(columns, columns.size));
  let priors = centred(start, members);
  for (let round = 0; round < ROUNDS; round++) {
    if (round === 1) priors = withDrift(priors, members, designs, chosen, steps);
    const fits = members.map((columns, m) => fitBaseline(columns, designs[m]!, priors, chosen[m]!, steps[m]!));
    priors = updated(priors, fits);
  }
  return priors;
}

/** The level's prior: where the pool's series lie, and how far apart. */
function centred(priors: Priors, members: readonly Columns[]): Priors {
  const medians = members.map(({ logs }) => [...logs].sort((a, b) => a - b)[logs.length >> 1]!);
  const mean = medians.reduce((sum, value) => sum + value, 0) / medians.length;
  const spread = Math.sqrt((medians.reduce((sum, value) => sum + (value - mean) ** 2, 0) + 4 * 4) / (medians.length + 4 - 1));
  const means = Float64Array.from(priors.mean);
  const sds = Float64Array.from(priors.sd);
  means[TERMS.level] = mean;
  sds[TERMS.level] = Math.max(0.5, spread);
  return { ...priors, mean: means, sd: sds };
}

function withDrift(
  priors: Priors,
  members: readonly Columns[],
  designs: readonly ReturnType<typeof designOf>[],
  chosen: readonly number[][],
  steps: readonly number[],
): Priors {
  if (designs.every(({ knotGaps }) => knotGaps.length === 0)) return priors;
  let best = { driftPerDay: priors.driftPerDay, evidence: Number.NEGATIVE_INFINITY };
  for (const driftPerDay of DRIFTS_PER_DAY) {
    const candidate = { ...priors, driftPerDay };
    // a mild pull to the default, worth one series' knowledge
    let evidence = -0.1 * Math.log(driftPerDay / DEFAULT_PRIORS.driftPerDay) ** 2;
    for (const [m, columns] of members.entries()) {
      evidence += fitBaseline(columns, designs[m]!, candidate, chosen[m]!, steps[m]!).evidence;
    }
    if (evidence > best.evidence) best = { driftPerDay, evidence };
  }
  return { ...priors, driftPerDay: best.driftPerDay };
}

function updated(priors: Priors, fits: readonly ReturnType<typeof fitBaseline>[]): Priors {
  const mean = Float64Array.from(priors.mean);
  const sd = Float64Array.from(priors.sd);
  for (let k = 1; k < TERM_COUNT; k++) {
    const centre = DEFAULT_PRIORS.mean[k]!;
    let sum = DEFAULT_WEIGHT * 0.5 * centre;
    for (const { coefficients } of fits) sum += coefficients[k]!;
    mean[k] = sum / (fits.length + DEFAULT_WEIGHT * 0.5);
    let squares = DEFAULT_WEIGHT * DEFAULT_PRIORS.sd[k]! ** 2;
    for (const fit of fits) squares += (fit.coefficients[k]! - mean[k]!) ** 2 + varianceOf(fit, k);
    sd[k] = Math.sqrt(squares / (fits.length + DEFAULT_WEIGHT));
  }
  return { ...priors, mean, sd, ...noiseOf(fits) };
}

function varianceOf({ precisionFactor, coefficients }: ReturnType<typeof fitBaseline>, k: number): number {
  const unit = new Float64Array(coefficients.length);
  unit[k] = 1;
  return forwardSolve(precisionFactor, unit, 0, unit.length).reduce((sum, value) => sum + value * value, 0);
}

/**
 * The pool's scatter, how alike its series are in it, and its correlation of neighbours. From each series' own scatter, before the
 * pool pulled at it: the pulled ones would look more alike than they are, and be pulled more each round.
 */
function noiseOf(fits: readonly ReturnType<typeof fitBaseline>[]) {
  const known = fits.filter(({ own }) => own.degrees >= OWN_DEGREES_MIN);
  const logs = known.map(({ own }) => Math.log(own.sigma));
  const all = logs.length + DEFAULT_WEIGHT;
  const mean = (logs.reduce((sum, value) => sum + value, 0) + DEFAULT_WEIGHT * Math.log(DEFAULT_PRIORS.sigma)) / all;
  // the logarithm of a standard deviation of d values scatters by about 1 / 2d
  const between = logs.map((value, i) => (value - mean) ** 2 - 1 / (2 * known[i]!.own.degrees));
  const variance = (between.reduce((sum, value) => sum + value, 0) + DEFAULT_WEIGHT * 0.06) / all;
  const sigmaValues = Math.min(60, Math.max(6, 1 / (2 * Math.max(0.005, variance))));
  const phi =
    (fits.reduce((sum, fit) => sum + fit.phi, 0) + DEFAULT_WEIGHT * DEFAULT_PRIORS.phi) / (fits.length + DEFAULT_WEIGHT);
  return { sigma: Math.exp(mean), sigmaValues, phi };
}

/** The usual distance between samples in days, of the first so many: the most frequent one. */
export function usualStep({ days }: Columns, size: number): number {
  const counts = new Map<number, number>();
  for (let i = 1; i < size; i++) {
    const step = days[i]! - days[i - 1]!;
    counts.set(step, (counts.get(step) ?? 0) + 1);
  }
  return [...counts].reduce((best, each) => (each[1] > best[1] ? each : best), [1, 0])[0];
}

import { studentTQuantile } from "../distributions/studentT.ts";
import { type Baseline, fitBaseline } from "./baseline.ts";
import { designOf, TERMS } from "./design.ts";
import { type Anomaly, type EpisodeState, trackEpisode } from "./episodes.ts";
import { evidenceOf, REACH_MAX, type Shape } from "./evidence.ts";
import { innovationsOf } from "./innovations.ts";
import { type Pools, type Priors, poolOf, priorsOn } from "./pool.ts";
import { type Columns, type LoadSeries, toColumns } from "./series.ts";
import { DETECT_DEFAULTS, type DetectSettings } from "./settings.ts";
import { raiseScore, samplingOf } from "./threshold.ts";

/** How one day's load compares with what was expected of it, as it was known on that day. */
export interface DayScore {
  readonly day: string;
  readonly load: number;
  readonly censored: boolean;
  /** Median of what was expected, and its central 99 %, in the unit of the load. */
  readonly expected: number;
  readonly low: number;
  readonly high: number;
  readonly ratio: number;
  /** Probability of a load at least as high had nothing happened, given the days before; 1 below the limit. */
  readonly pValue: number;
  /** Evidence that a rise is under way, log10 of a Bayes factor: comparable between series, analytes and sampling schemes. */
  readonly score: number;
  /** Standardised one-step error: also tells when a load is too low. */
  readonly error: number;
  readonly shape: Shape;
  /** Flow over its usual value, and the method, where the series tells them. */
  readonly flowRatio?: number;
  readonly method?: string;
  /** First and last day and number of the values that the expectation rests on. */
  readonly baseline: { readonly from: string; readonly to: string; readonly values: number; readonly excluded: number };
}

export interface SeriesDetection {
  readonly siteId: string;
  readonly analyte: string;
  readonly scores: readonly DayScore[];
  readonly anomalies: readonly Anomaly[];
}

/** Days whose values the baseline must not have seen when it judges the newest: a slow ramp would hide in its own baseline. */
const GUARD_DAYS = { min: 28, max: 84 } as const;
/** The same in values, where samples are rare. */
const GUARD_VALUES = 12;
/** After a longer gap the baseline is fitted again before the next value is judged. */
const GAP_DAYS = 14;
/** Values between fits once a series is long; earlier, every twentieth of its length. */
const REFIT_VALUES_MAX = 7;
/** Three years of days: older rhythm is not today's. */
const FIT_VALUES_MAX = 1_100;
/** Prior of the level where no other series tells: about the first value, within a factor of a hundred either way. */
const LEVEL_SD_ALONE = 1.5;

/**
 * Scores every value of a series as if live: a day's score depends on the days up to it and on pools that were learned before it,
 * so that late, amended and unordered data give what orderly data would have given. Three years of days take about 0.1 s.
 * @param series loads in any order
 * @param pools from learnPools; an empty map makes each series stand alone
 */
export function detectSeries(series: LoadSeries, pools: Pools, settings: DetectSettings = DETECT_DEFAULTS): SeriesDetection {
  const columns = toColumns(series);
  const design = designOf(columns, settings.holidays);
  const state: EpisodeState = {
    open: undefined,
    frozen: new Uint8Array(columns.size),
    logs: columns.logs,
    anomalies: [],
    shifted: false,
  };
  for (let i = 0; i < columns.size; i++) if (columns.points[i]!.excluded !== undefined) state.frozen[i] = 1;
  const scores: DayScore[] = [];
  const pool = poolOf(pools, series);
  let baseline: Baseline | undefined;
  let restart = 0;
  for (let next = 0; next < columns.size; ) {
    const changed = restartAt(columns, restart, next);
    if (changed !== restart) {
      restart = changed;
      baseline = undefined;
    }
    const end = blockEnd(columns, next);
    const step = usualStepBefore(columns.days, next);
    const sampling = samplingOf(step, meanStep(columns.days, next));
    const sharing = series.siteBegins?.filter((begin) => begin <= columns.points[next]!.day).length ?? 1;
    const raiseAt = raiseScore(settings.falseAlarmsPerYear / Math.max(1, sharing), step, sampling);
    const begin = guardStart(columns.days, restart, next, step);
    const chosen = chosenBetween(state.frozen, restart, begin);
    const priors = withLevel(priorsOn(pool, columns.points[next]!.day), pool === undefined, columns.logs[restart]!);
    baseline = fitBaseline(columns, design, priors, chosen, step, baseline);
    const run = innovationsOf(columns, design, baseline, begin, end, step);
    const evidence = evidenceOf(run, columns.days, step, next - begin);
    const window = windowOf(columns, restart, begin, chosen.length);
    const quantile = studentTQuantile(0.995, baseline.degrees);
    state.shifted = false;
    const first = next;
    // a shift that becomes the baseline ends the block: the next value is judged by the new one
    for (; next < end && !state.shifted; next++) {
      const i = next;
      const r = i - begin;
      const score = dayScore(columns, i, { ...evidence[i - first]!, run, r, quantile, window });
      scores.push(score);
      trackEpisode(state, {
        columns,
        index: i,
        scores,
        evidence: evidence[i - first]!,
        raiseAt,
        sampling,
        unit: series.unit,
        settings,
      });
    }
    // fitted afresh: from the old level the whole history would look like values that do not belong
    if (state.shifted) baseline = undefined;
  }
  return { siteId: series.siteId, analyte: series.analyte, scores, anomalies: state.anomalies };
}

interface Seen {
  score: number;
  shape: Shape;
  run: ReturnType<typeof innovationsOf>;
  r: number;
  quantile: number;
  window: DayScore["baseline"];
}

function dayScore({ points, wetness }: Columns, i: number, { score, shape, run, r, quantile, window }: Seen): DayScore {
  const { day, load, censored, flowM3D, method } = points[i]!;
  const centre = run.expected[r]!;
  const reach = quantile * run.spread[r]!;
  const expected = Math.exp(centre);
  return {
    day,
    load,
    censored,
    expected,
    low: Math.exp(centre - reach),
    high: Math.exp(centre + reach),
    ratio: load / expected,
    pValue: run.pValues[r]!,
    score,
    error: run.errors[r]!,
    shape,
    ...(flowM3D === undefined ? {} : { flowRatio: Math.exp(wetness[i]!) }),
    ...(method === undefined ? {} : { method }),
    baseline: window,
  };
}

/** The first value of the method in use. */
function restartAt({ points }: Columns, restart: number, next: number): number {
  for (let i = next; i > restart; i--) {
    const [before, now] = [points[i - 1]!.method, points[i]!.method];
    if (before !== undefined && now !== undefined && before !== now) return i;
  }
  return restart;
}

/** Where the baseline must be fitted again: after so many values, before a gap, at a new method, at a new pool. */
function blockEnd({ size, days, points }: Columns, next: number): number {
  const values = Math.max(1, Math.min(REFIT_VALUES_MAX, Math.floor(next / 20)));
  let end = next + 1;
  while (
    end < size &&
    end < next + values &&
    days[end]! - days[end - 1]! <= GAP_DAYS &&
    sameEpoch(points[end]!, points[end - 1]!)
  )
    end++;
  return end;
}

function sameEpoch(now: LoadSeries["points"][number], before: LoadSeries["points"][number]): boolean {
  const half = (day: string) => day.slice(0, 4) + (day.slice(5, 7) < "07" ? "a" : "b");
  return (
    half(now.day) === half(before.day) &&
    (now.method === undefined || before.method === undefined || now.method === before.method)
  );
}

/** The usual distance between the latest samples, days. */
function usualStepBefore(days: Int32Array, next: number): number {
  const counts = new Map<number, number>();
  for (let i = Math.max(1, next - 60); i < next; i++) {
    const gap = days[i]! - days[i - 1]!;
    counts.set(gap, (counts.get(gap) ?? 0) + 1);
  }
  return [...counts].reduce((best, each) => (each[1] > best[1] ? each : best), [1, 0])[0];
}

/** Days between samples over all of the series so far: long for one week a year. */
function meanStep(days: Int32Array, next: number): number {
  return next > 1 ? (days[next - 1]! - days[0]!) / (next - 1) : 1;
}

function guardStart(days: Int32Array, restart: number, next: number, step: number): number {
  const reach = Math.max(GUARD_DAYS.min, Math.min(GUARD_DAYS.max, GUARD_VALUES * step));
  const earliest = restart + Math.floor((next - restart) / 2); // a young series, too, has a baseline: its older half
  let begin = next;
  while (begin > earliest && next - begin < REACH_MAX && days[next]! - days[begin - 1]! <= reach) begin--;
  return begin;
}

function chosenBetween(frozen: Uint8Array, restart: number, begin: number): number[] {
  const chosen: number[] = [];
  for (let i = Math.max(restart, begin - FIT_VALUES_MAX); i < begin; i++) if (!frozen[i]) chosen.push(i);
  return chosen;
}

function withLevel(priors: Priors, alone: boolean, first: number): Priors {
  if (!alone && priors.mean[TERMS.level] !== 0) return priors;
  const mean = Float64Array.from(priors.mean);
  const sd = Float64Array.from(priors.sd);
  mean[TERMS.level] = first;
  sd[TERMS.level] = LEVEL_SD_ALONE;
  return { ...priors, mean, sd };
}

function windowOf({ points }: Columns, restart: number, begin: number, values: number): DayScore["baseline"] {
  const from = Math.max(restart, begin - FIT_VALUES_MAX);
  const last = Math.max(from, begin - 1);
  return { from: points[from]!.day, to: points[last]!.day, values, excluded: begin - from - values };
}

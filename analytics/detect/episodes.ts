import { mean } from "simple-statistics";
import type { Bilingual } from "../../schemas/anomaly.ts";
import type { DayScore } from "./detectSeries.ts";
import type { Evidence, Shape } from "./evidence.ts";
import { explained } from "./explanation.ts";
import type { Columns } from "./series.ts";
import { DETECTOR, type DetectSettings } from "./settings.ts";
import { alarmsPerValue, type Sampling } from "./threshold.ts";

/** Days on which a load does not fit what was expected of it. */
export interface Anomaly {
  readonly start: string;
  /** Last day that stands out so far. */
  readonly end: string;
  readonly peak: string;
  /** Day whose value raised it: the first on which it could be known. */
  readonly raisedOn: string;
  /** Of the peak day, in the unit of the load. */
  readonly observed: number;
  readonly expected: number;
  readonly low: number;
  readonly high: number;
  readonly ratio: number;
  /** Of the peak day. */
  readonly pValue: number;
  /** Highest of its days. */
  readonly score: number;
  /** Alarms at least as strong that chance gives, per value of a clean series. */
  readonly chance: number;
  readonly shape: Shape;
  readonly detector: { readonly name: string; readonly version: string };
  readonly baseline: DayScore["baseline"];
  /** It lasted so long that it became what is expected. */
  readonly accepted: boolean;
  readonly explanation: Bilingual;
}

interface Episode {
  start: number;
  raised: number;
  last: number;
  peak: number;
  top: number;
  shape: Shape;
}

export interface EpisodeState {
  open: Episode | undefined;
  /** Values the baseline must not learn from. */
  readonly frozen: Uint8Array;
  readonly logs: Float64Array;
  readonly anomalies: Anomaly[];
  /** A shift has just become the baseline. */
  shifted: boolean;
}

interface Step {
  columns: Columns;
  index: number;
  scores: readonly DayScore[];
  evidence: Evidence;
  raiseAt: number;
  sampling: Sampling;
  unit: string | undefined;
  settings: DetectSettings;
}

/** An episode goes on while the score stays above this share of what raised it. */
const HOLD_SHARE = 0.5;
/** At least one day of a rise lies so many times above what was expected. */
const RISE_MIN = 1.1;
/**
 * The baseline does not learn from an episode this sure, whatever raised it: were it to leave out every value that an operator wants to
 * look at, it would learn from the low ones alone.
 */
const FREEZE_SCORE = 2;
/** Values the size of a lasting shift is measured on, the latest. */
const SHIFT_VALUES = 28;

/** Opens, extends, accepts and closes episodes, value by value. One rise is one anomaly, however long it lasts. */
export function trackEpisode(state: EpisodeState, step: Step): void {
  const { columns, index, scores, evidence, raiseAt, settings } = step;
  const { score, shape } = evidence;
  const { open } = state;
  if (!open) {
    if (score < raiseAt) return;
    let start = index;
    while (start > evidence.start && !state.frozen[start - 1]) start--;
    // a fall can make the days before it look like a pulse, even where they were as expected
    if (!scores.slice(start, index + 1).some(({ censored, ratio }) => !censored && ratio > RISE_MIN)) return;
    state.open = { start, raised: index, last: index, peak: index, top: score, shape };
  } else if (score < raiseAt * HOLD_SHARE) {
    state.open = undefined;
    return;
  } else {
    open.last = index;
    if (scores[index]!.ratio > scores[open.peak]!.ratio) open.peak = index;
    if (score > open.top) Object.assign(open, { top: score, shape });
  }
  const now = state.open!;
  const freezes = now.top >= FREEZE_SCORE;
  for (let i = now.start; i <= index; i++) {
    if (freezes) state.frozen[i] = 1;
    if (scores[i]!.ratio > scores[now.peak]!.ratio && !scores[i]!.censored) now.peak = i;
  }
  const lasting = accepts(now, columns, settings);
  const anomaly = anomalyOf(now, step, lasting);
  if (open) state.anomalies[state.anomalies.length - 1] = anomaly;
  else state.anomalies.push(anomaly);
  if (lasting) acceptShift(state, now, scores);
}

function accepts({ start, last, shape }: Episode, { days }: Columns, settings: DetectSettings): boolean {
  return (
    (shape === "step" || shape === "ramp") &&
    days[last]! - days[start]! >= settings.shiftAcceptedDays &&
    last - start + 1 >= settings.shiftAcceptedValues
  );
}

/** The new baseline: what came before is moved up by the shift, so that rhythm and season stay known; the shift is learned from. */
function acceptShift(state: EpisodeState, { start, last }: Episode, scores: readonly DayScore[]): void {
  const latest = scores.slice(Math.max(start, last - SHIFT_VALUES + 1), last + 1);
  const shifts = latest.map(({ ratio }) => Math.log(ratio)).sort((a, b) => a - b);
  const shift = shifts[shifts.length >> 1]!;
  for (let i = 0; i < start; i++) state.logs[i] = state.logs[i]! + shift;
  for (let i = start; i <= last; i++) state.frozen[i] = 0;
  state.open = undefined;
  state.shifted = true;
}

/**
 * The evidence of a rise outlives it: windows that reach back to it keep the episode open. It ends where the values stop being nearer to
 * the height they were raised with than to what was expected: the most likely end of a shift, Hinkley 1970, Biometrika 57:1.
 */
function endOf(scores: readonly DayScore[], { start, raised, last, peak }: Episode): number {
  const errors = scores.slice(start, last + 1).map(({ error }) => error);
  const height = mean(errors.slice(0, raised - start + 1));
  let [sum, highest, end] = [0, Number.NEGATIVE_INFINITY, raised];
  for (const [i, error] of errors.entries()) {
    sum += error - height / 2;
    if (sum > highest) [highest, end] = [sum, start + i];
  }
  return Math.max(peak, end);
}

function anomalyOf(episode: Episode, { scores, sampling, unit }: Step, accepted: boolean): Anomaly {
  const { start, raised, peak, top, shape } = episode;
  const { load: observed, expected, low, high, ratio, pValue } = scores[peak]!;
  const { baseline } = scores[start]!;
  const seen = {
    start: scores[start]!.day,
    end: scores[endOf(scores, episode)]!.day,
    peak: scores[peak]!.day,
    observed,
    expected,
    low,
    high,
    ratio,
  };
  return {
    ...seen,
    raisedOn: scores[raised]!.day,
    pValue,
    score: top,
    chance: alarmsPerValue(top, sampling),
    shape,
    detector: DETECTOR,
    baseline,
    accepted,
    explanation: explained({ ...seen, shape, baseline, accepted }, unit),
  };
}

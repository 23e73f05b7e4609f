import { normalLogCdf } from "../distributions/normal.ts";
import type { Innovations } from "./innovations.ts";

export const SHAPES = ["spike", "pulse", "step", "ramp"] as const;
export type Shape = (typeof SHAPES)[number];

/** A way the log load may rise: its course, how high, how often beside the others. */
interface Hypothesis {
  readonly shape: Shape;
  /** Course by the days since the start, at most 1. */
  readonly course: (age: number, step: number) => number;
  /** Mean and standard deviation of the height, log units; only rises count. */
  readonly height: readonly [mean: number, sd: number];
  readonly weight: number;
  /** How many values ago it may have begun. */
  readonly reach: number;
}

/** Longest look back, in values. */
export const REACH_MAX = 28;

const HYPOTHESES: readonly Hypothesis[] = [
  { shape: "spike", course: (age) => (age === 0 ? 1 : 0), height: [1.3, 0.6], weight: 1, reach: 1 },
  { shape: "pulse", course: (age, step) => Math.exp(-age / (2 * step)), height: [1.4, 0.6], weight: 0.35, reach: 4 },
  { shape: "pulse", course: (age, step) => Math.exp(-age / (5 * step)), height: [1.2, 0.6], weight: 0.2, reach: 7 },
  { shape: "step", course: () => 1, height: [0.7, 0.35], weight: 0.12, reach: REACH_MAX },
  {
    shape: "ramp",
    course: (age, step) => Math.min(1, (age + step) / (14 * step)),
    height: [0.8, 0.4],
    weight: 0.05,
    reach: REACH_MAX,
  },
  {
    shape: "ramp",
    course: (age, step) => Math.min(1, (age + step) / (28 * step)),
    height: [1, 0.5],
    weight: 0.05,
    reach: REACH_MAX,
  },
];

/** What speaks for a rise on one day. */
export interface Evidence {
  /** log10 of how much likelier the values up to the day are with a rise that still goes on than without. */
  readonly score: number;
  /** The likeliest rise: its shape and the index of its first value. */
  readonly shape: Shape;
  readonly start: number;
}

const LOG_WEIGHTS = HYPOTHESES.map(({ weight }) => Math.log(weight / HYPOTHESES.reduce((sum, each) => sum + each.weight, 0)));

/** An error of the day itself counts in full up to here: beyond, the score says no more. */
const ERROR_LIMIT = 12;

/**
 * Evidence for a rise on the days from..end of a run. Each hypothesis is a start, a course and a height with a prior; its Bayes
 * factor is closed (normal height, kept positive), and the score is the weighted mean over all of them: Shiryaev–Roberts over
 * starts, so that spikes, decaying dumps, steps and ramps are one number.
 */
export function evidenceOf(run: Innovations, days: Int32Array, step: number, from: number): Evidence[] {
  const { size, begin } = run;
  const found: Running[] = Array.from({ length: size - from }, () => ({
    sum: 0,
    top: Number.NEGATIVE_INFINITY,
    best: 0,
    start: 0,
  }));
  const course = new Float64Array(size);
  for (const [h, { course: at, height, reach }] of HYPOTHESES.entries()) {
    const bayes = logBayesFactor(height);
    for (let start = Math.max(0, from - reach + 1); start < size; start++) {
      let gain = 0; // sum of course times error: how well the errors follow the course
      let information = 0;
      const last = Math.min(size, start + reach);
      for (let i = start; i < last; i++) {
        const line = i * size;
        let effect = at(days[begin + i]! - days[begin + start]!, step);
        for (let j = start; j < i; j++) effect -= run.factor[line + j]! * course[j]!;
        effect /= run.factor[line + i]!;
        course[i] = effect;
        information += effect * effect;
        if (i >= from) {
          const now = gain + effect * Math.min(ERROR_LIMIT, run.errors[i]!);
          add(found[i - from]!, LOG_WEIGHTS[h]! + bayes(now, information), h, start);
        }
        gain += effect * run.bounded[i]!;
      }
    }
  }
  return found.map(({ sum, top, best, start }) => ({
    score: (top + Math.log(sum)) / Math.LN10,
    shape: HYPOTHESES[best]!.shape,
    start: begin + start,
  }));
}

interface Running {
  /** Of the Bayes factors, in units of the largest. */
  sum: number;
  top: number;
  best: number;
  start: number;
}

function add(running: Running, log: number, hypothesis: number, start: number): void {
  if (log <= running.top) {
    running.sum += Math.exp(log - running.top);
    return;
  }
  running.sum = running.sum * Math.exp(running.top - log) + 1;
  running.top = log;
  running.best = hypothesis;
  running.start = start;
}

/** log Bayes factor of a positive height, normal before it was seen, by the gain and the information (both sums over the errors). */
function logBayesFactor([mean, sd]: readonly [number, number]) {
  const precision = 1 / (sd * sd);
  const before = normalLogCdf(mean / sd);
  return (gain: number, information: number) => {
    const after = information + precision;
    const likeliest = (gain + mean * precision) / after;
    return (
      0.5 * Math.log(precision / after) +
      0.5 * after * likeliest * likeliest -
      0.5 * mean * mean * precision +
      normalLogCdf(likeliest * Math.sqrt(after)) -
      before
    );
  };
}

import type { RoundResult } from "./interlaboratory.ts";
import { cusumLimit, ewmaWidth } from "./runLength.ts";

/** Whether a laboratory's scores lean to one side, round after round, though each of them may be satisfactory. */
export interface Drift {
  rounds: number;
  /** Scores smoothed over rounds, the newest weighing most: the bias in standard deviations for proficiency assessment. */
  bias: number;
  /** Beyond it either way the bias is a signal. */
  biasLimit: number;
  /** Scores that add up above and below what chance allows, and where that is a signal. */
  cusumHigh: number;
  cusumLow: number;
  cusumLimit: number;
  signal: "none" | "high" | "low";
  /** Day of the first round of the lean that signals. */
  since: string | null;
}

/** A shift of one standard deviation is what the CUSUM finds soonest. */
const REFERENCE = 0.5;
/** Weight of the newest round; rounds are few, and a bias is a matter of years. */
const LAMBDA = 0.2;
/** Rounds between two false signals of each one-sided CUSUM and of the EWMA: of all three together it is a third. */
const RUN_LENGTH_ROUNDS = 300;

let limits: { cusum: number; ewma: number } | undefined;
/** Solved once: it takes some tens of milliseconds. */
function chartLimits() {
  limits ??= {
    cusum: cusumLimit(REFERENCE, RUN_LENGTH_ROUNDS),
    ewma: ewmaWidth(LAMBDA, RUN_LENGTH_ROUNDS) * Math.sqrt(LAMBDA / (2 - LAMBDA)),
  };
  return limits;
}

/**
 * CUSUM and EWMA charts of a laboratory's scores for one analyte, as ISO 13528 has them for several rounds. Whether the chart speaks is
 * decided by its newest round.
 * @param history rounds of one laboratory and analyte, in any order
 */
export function driftOf(history: readonly RoundResult[]): Drift {
  const { cusum: limit, ewma: biasLimit } = chartLimits();
  let [high, low, bias] = [0, 0, 0];
  let [sinceHigh, sinceLow]: (string | null)[] = [null, null];
  for (const { score, day } of history.toSorted((a, b) => Number(a.day > b.day) - Number(a.day < b.day))) {
    high = Math.max(0, high + score - REFERENCE);
    low = Math.max(0, low - score - REFERENCE);
    bias = (1 - LAMBDA) * bias + LAMBDA * score;
    sinceHigh = high > 0 ? (sinceHigh ?? day) : null;
    sinceLow = low > 0 ? (sinceLow ?? day) : null;
  }
  const signal = high > limit || bias > biasLimit ? "high" : low > limit || bias < -biasLimit ? "low" : "none";
  const since = signal === "none" ? null : signal === "high" ? sinceHigh : sinceLow;
  return { rounds: history.length, bias, biasLimit, cusumHigh: high, cusumLow: low, cusumLimit: limit, signal, since };
}

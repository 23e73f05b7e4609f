/** Proficiency testing after ISO 13528:2022. */

export interface RobustMean {
  mean: number;
  sd: number;
  /** Standard uncertainty of the robust mean, 1.25·s/√p. */
  uncertainty: number;
  iterations: number;
}

const median = (sorted: readonly number[]) => {
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

/**
 * Algorithm A (annex C.3): median and scaled median deviation to start, then values are drawn in to ±1.5 s until nothing changes.
 * @throws RangeError for fewer than two results
 */
export function algorithmA(results: readonly number[]): RobustMean {
  if (results.length < 2) throw new RangeError("Algorithm A needs two results or more");
  const sorted = results.toSorted((a, b) => a - b);
  let mean = median(sorted);
  let sd = 1.483 * median(results.map((x) => Math.abs(x - mean)).toSorted((a, b) => a - b));
  let iterations = 0;
  for (; iterations < 1000; iterations++) {
    const reach = 1.5 * sd;
    const drawnIn = sorted.map((x) => Math.min(Math.max(x, mean - reach), mean + reach));
    const nextMean = drawnIn.reduce((a, b) => a + b, 0) / drawnIn.length;
    const nextSd = 1.134 * Math.sqrt(drawnIn.reduce((sum, x) => sum + (x - nextMean) ** 2, 0) / (drawnIn.length - 1));
    const still = Math.abs(nextMean - mean) <= 1e-12 * Math.abs(mean) && Math.abs(nextSd - sd) <= 1e-12 * Math.abs(sd);
    [mean, sd] = [nextMean, nextSd];
    if (still) break;
  }
  return { mean, sd, uncertainty: (1.25 * sd) / Math.sqrt(results.length), iterations };
}

export function zScore(x: number, assigned: number, sigma: number): number {
  return (x - assigned) / sigma;
}

/** z': for an assigned value that is itself uncertain. */
export function zPrime(x: number, assigned: number, sigma: number, assignedUncertainty: number): number {
  return (x - assigned) / Math.hypot(sigma, assignedUncertainty);
}

/** zeta: judges the laboratory's own stated uncertainty. */
export function zeta(x: number, uncertainty: number, assigned: number, assignedUncertainty: number): number {
  return (x - assigned) / Math.hypot(uncertainty, assignedUncertainty);
}

export type Signal = "satisfactory" | "warning" | "action";

/** Up to 2 satisfactory, up to 3 a warning signal, above an action signal. */
export function signalOf(score: number): Signal {
  const size = Math.abs(score);
  if (Number.isNaN(size)) throw new RangeError("a score that is not a number has no signal");
  return size <= 2 ? "satisfactory" : size < 3 ? "warning" : "action";
}

export interface Score {
  labId: string;
  kind: "z" | "z'";
  score: number;
  signal: Signal;
  /** From the laboratory's stated uncertainty, where it states one. */
  zeta: number | null;
}

/** What the results of a round are scored against. */
export interface Assigned {
  value: number;
  uncertainty: number;
}

/**
 * Scores of one round: z, or z' where the assigned value's uncertainty exceeds 0.3 σ.
 * @param sigmaShare standard deviation for proficiency assessment as a share of the assigned value
 * @param stated the provider's assigned value; where absent, the robust mean of the results
 */
export function scoreRound(
  results: readonly { labId: string; value: number; uncertainty?: number | undefined }[],
  sigmaShare: number,
  stated?: Assigned,
): { assigned: Assigned; sigma: number; scores: Score[] } {
  const assigned = stated ?? robustAssigned(results.map(({ value }) => value));
  const sigma = sigmaShare * assigned.value;
  const kind = assigned.uncertainty > 0.3 * sigma ? "z'" : "z";
  const scores = results.map(({ labId, value, uncertainty: own }): Score => {
    const score =
      kind === "z" ? zScore(value, assigned.value, sigma) : zPrime(value, assigned.value, sigma, assigned.uncertainty);
    const ofOwn = own === undefined ? null : zeta(value, own, assigned.value, assigned.uncertainty);
    return { labId, kind, score, signal: signalOf(score), zeta: ofOwn };
  });
  return { assigned, sigma, scores };
}

function robustAssigned(values: readonly number[]): Assigned {
  const { mean, uncertainty } = algorithmA(values);
  return { value: mean, uncertainty };
}

export interface RoundResult {
  labId: string;
  analyte: string;
  /** Day of the round. */
  day: string;
  score: number;
}

export type Comparability =
  | { comparable: true; lastRound: RoundResult }
  | { comparable: false; reason: "failed"; lastRound: RoundResult }
  | { comparable: false; reason: "noRound" | "outdated" };

/**
 * Whether a laboratory's results for an analyte may be ranked beside others': its last round up to `day`, within `monthsMax`, was
 * no action signal. A laboratory without a passed round is not comparable and stays out of rankings.
 */
export function comparabilityOf(
  history: readonly RoundResult[],
  { labId, analyte, day, monthsMax }: { labId: string; analyte: string; day: string; monthsMax: number },
): Comparability {
  const rounds = history.filter((round) => round.labId === labId && round.analyte === analyte && round.day <= day);
  const lastRound = rounds.toSorted((a, b) => (a.day < b.day ? 1 : -1))[0];
  if (!lastRound) return { comparable: false, reason: "noRound" };
  const oldest = new Date(`${day}T00:00:00Z`);
  oldest.setUTCMonth(oldest.getUTCMonth() - monthsMax);
  if (lastRound.day < oldest.toISOString().slice(0, 10)) return { comparable: false, reason: "outdated" };
  return signalOf(lastRound.score) === "action"
    ? { comparable: false, reason: "failed", lastRound }
    : { comparable: true, lastRound };
}

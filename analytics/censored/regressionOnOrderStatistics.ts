import { normalQuantile } from "../distributions/normal.ts";
import { meanOf, type Observation, sdOf } from "./observations.ts";

export interface OrderStatistics {
  /** Of log value on normal quantile. */
  intercept: number;
  slope: number;
  /** By value, censored before detected at one value: what the fit puts for each, detected ones as they are. */
  modelled: (Observation & { plottingPosition: number; modelled: number })[];
  mean: number;
  sd: number;
}

/**
 * Lognormal regression on order statistics with Hirsch-Stedinger plotting positions for several limits, as NADA::ros: censored
 * values are drawn from a line through the detected ones, and used in sums only.
 * @throws RangeError for fewer than two distinct detected values
 */
export function regressionOnOrderStatistics(observations: readonly Observation[]): OrderStatistics {
  const positioned = plottingPositions(observations);
  const detected = positioned.filter(({ censored }) => !censored);
  if (new Set(detected.map(({ value }) => value)).size < 2) throw new RangeError("ROS needs two distinct detected values");
  const x = detected.map(({ plottingPosition }) => normalQuantile(plottingPosition));
  const y = detected.map(({ value }) => Math.log(value));
  const [meanX, meanY] = [meanOf(x), meanOf(y)];
  let [covariance, variance] = [0, 0];
  for (const [i, xi] of x.entries()) {
    covariance += (xi - meanX) * (y[i]! - meanY);
    variance += (xi - meanX) ** 2;
  }
  const slope = covariance / variance;
  const intercept = meanY - slope * meanX;
  const modelled = positioned.map((entry) => ({
    ...entry,
    modelled: entry.censored ? Math.exp(intercept + slope * normalQuantile(entry.plottingPosition)) : entry.value,
  }));
  const filled = modelled.map((entry) => entry.modelled);
  return { intercept, slope, modelled, mean: meanOf(filled), sd: sdOf(filled) };
}

/** Helsel and Cohn 1988: exceedance of each limit first, then positions between limits, detected and censored apart. */
function plottingPositions(observations: readonly Observation[]): (Observation & { plottingPosition: number })[] {
  const limits = [...new Set(observations.filter(({ censored }) => censored).map(({ value }) => value))].sort((a, b) => a - b);
  const smallestDetected = Math.min(...observations.filter(({ censored }) => !censored).map(({ value }) => value));
  // detected values below every limit have a bound of their own, exceeded by all
  const bounds = limits.length === 0 || smallestDetected < limits[0]! ? [0, ...limits] : limits;
  const exceedance = new Array<number>(bounds.length + 1).fill(0);
  for (let j = bounds.length - 1; j >= 0; j--) {
    const [from, to] = [bounds[j]!, bounds[j + 1] ?? Number.POSITIVE_INFINITY];
    const above = observations.filter(({ value, censored }) => !censored && value >= from && value < to).length;
    const below = observations.filter(({ value, censored }) => (censored ? value <= from : value < from)).length;
    exceedance[j] = exceedance[j + 1]! + (above / (above + below)) * (1 - exceedance[j + 1]!);
  }
  const placed: (Observation & { plottingPosition: number })[] = [];
  for (const [j, from] of bounds.entries()) {
    const to = bounds[j + 1] ?? Number.POSITIVE_INFINITY;
    const [here, next] = [exceedance[j]!, exceedance[j + 1]!];
    const within = observations.filter(({ value, censored }) => !censored && value >= from && value < to).toSorted(byValue);
    for (const [i, { value }] of within.entries()) {
      placed.push({ value, censored: false, plottingPosition: 1 - here + ((here - next) * (i + 1)) / (within.length + 1) });
    }
    const under = observations.filter(({ value, censored }) => censored && value === from).length;
    for (let i = 0; i < under; i++)
      placed.push({ value: from, censored: true, plottingPosition: ((1 - here) * (i + 1)) / (under + 1) });
  }
  return placed.toSorted((a, b) => byValue(a, b) || a.plottingPosition - b.plottingPosition);
}

const byValue = (a: Observation, b: Observation) => a.value - b.value || Number(b.censored) - Number(a.censored);

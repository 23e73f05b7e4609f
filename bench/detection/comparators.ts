import { weekdayOf } from "../../analytics/detect/design.ts";
import { evidenceOf } from "../../analytics/detect/evidence.ts";
import { censoredError } from "../../analytics/detect/innovations.ts";
import { dayNumber } from "../../schemas/days.ts";
import type { SimulatedSeries } from "../../simulation/series.ts";

/** One score for each judged value of a series; higher is stranger. Each has its own threshold, at the same false alarms. */
export type Detector = (series: SimulatedSeries) => number[];

/** What Sewertrace is compared with: what is in use, what anyone would try first, and what nobody can reach. */
export const COMPARATORS: Readonly<Record<string, Detector>> = {
  "EARS C2": earsC2,
  "median/MAD": medianMad,
  "plain regression": plainRegression,
  "knows the truth": truth,
};

/** Values of the moving baselines: four weeks of days. */
const BASELINE = 28;
const LAG = 2;
/** Keeps a baseline of equal, censored values from dividing by nothing. */
const SD_MIN = 0.05;

const logsOf = ({ points }: SimulatedSeries) => points.map(({ load }) => Math.log(load));
const judgedOf = ({ points, judgedFrom }: SimulatedSeries) =>
  Array.from({ length: points.length - judgedFrom }, (_, j) => judgedFrom + j);

/** EARS C2 on log values with a baseline of 28: a value below its limit stands as the limit. */
function earsC2(series: SimulatedSeries): number[] {
  const logs = logsOf(series);
  return judgedOf(series).map((i) => {
    const window = logs.slice(Math.max(0, i - LAG - BASELINE), i - LAG);
    const mean = window.reduce((sum, log) => sum + log, 0) / window.length;
    const squares = window.reduce((sum, log) => sum + (log - mean) ** 2, 0);
    return (logs[i]! - mean) / Math.max(SD_MIN, Math.sqrt(squares / (window.length - 1)));
  });
}

function medianMad(series: SimulatedSeries): number[] {
  const logs = logsOf(series);
  return judgedOf(series).map((i) => {
    const window = logs.slice(Math.max(0, i - BASELINE), i);
    const middle = median(window);
    return (logs[i]! - middle) / Math.max(SD_MIN, 1.4826 * median(window.map((log) => Math.abs(log - middle))));
  });
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}

/** Values between the fits of the plain regression. */
const REFIT = 7;

/** Ordinary least squares on all values before, with weekday, two harmonics of the year and trend; the standardised error. */
export function plainRegression(series: SimulatedSeries): number[] {
  const logs = logsOf(series);
  const rows = series.points.map(({ day }) => rowOf(dayNumber(day), dayNumber(series.points[0]!.day)));
  let fit = leastSquares(rows, logs, series.judgedFrom);
  return judgedOf(series).map((i) => {
    if (i > series.judgedFrom && (i - series.judgedFrom) % REFIT === 0) fit = leastSquares(rows, logs, i);
    return (logs[i]! - product(rows[i]!, fit.coefficients)) / Math.max(SD_MIN, fit.sd);
  });
}

function rowOf(day: number, origin: number): number[] {
  const year = (2 * Math.PI * day) / 365.25;
  const weekday = Array.from({ length: 6 }, (_, w) => (weekdayOf(day) === w + 1 ? 1 : 0));
  return [1, ...weekday, Math.sin(year), Math.cos(year), Math.sin(2 * year), Math.cos(2 * year), (day - origin) / 365.25];
}

const product = (row: readonly number[], coefficients: readonly number[]) =>
  row.reduce((sum, value, k) => sum + value * coefficients[k]!, 0);

/** Makes columns that the sampling cannot tell apart solvable; far below any effect of the data. */
const RIDGE = 1e-6;

function leastSquares(rows: readonly number[][], logs: readonly number[], size: number) {
  const width = rows[0]!.length;
  const system = Array.from({ length: width }, (_, k) => Array.from({ length: width + 1 }, (_, j) => (k === j ? RIDGE : 0)));
  for (let i = 0; i < size; i++) {
    const row = rows[i]!;
    for (let k = 0; k < width; k++) {
      if (row[k] === 0) continue;
      for (let j = 0; j < width; j++) system[k]![j]! += row[k]! * row[j]!;
      system[k]![width]! += row[k]! * logs[i]!;
    }
  }
  for (let k = 0; k < width; k++) {
    const pivot = system[k]!;
    for (let i = k + 1; i < width; i++) {
      const factor = system[i]![k]! / pivot[k]!;
      for (let j = k; j <= width; j++) system[i]![j]! -= factor * pivot[j]!;
    }
  }
  const coefficients = new Array<number>(width).fill(0);
  for (let k = width - 1; k >= 0; k--) {
    let rest = system[k]![width]!;
    for (let j = k + 1; j < width; j++) rest -= system[k]![j]! * coefficients[j]!;
    coefficients[k] = rest / system[k]![k]!;
  }
  let squares = 0;
  for (let i = 0; i < size; i++) squares += (logs[i]! - product(rows[i]!, coefficients)) ** 2;
  return { coefficients, sd: Math.sqrt(squares / Math.max(1, size - width)) };
}

/** The limit: the same evidence as ours, on errors about the true expectation with the true scatter and correlation. */
function truth({ points, judgedFrom, sd, phi, step }: SimulatedSeries): number[] {
  const begin = Math.max(0, judgedFrom - BASELINE);
  const size = points.length - begin;
  const days = Int32Array.from(points, ({ day }) => dayNumber(day));
  const run = {
    begin,
    size,
    expected: new Float64Array(0),
    spread: new Float64Array(0),
    errors: new Float64Array(size),
    bounded: new Float64Array(size),
    pValues: new Float64Array(0),
    factor: new Float64Array(size * size),
  };
  for (let i = 0; i < size; i++) {
    const { load, expectedLog, censored } = points[begin + i]!;
    const keep = i === 0 ? 0 : phi ** (days[begin + i]! - days[begin + i - 1]!);
    const deviation = sd * Math.sqrt(1 - keep * keep);
    // the errors of the past enter through the factor, column by column of an AR(1)
    let carried = 0;
    for (let j = 0; j < i; j++) {
      const entry = run.factor[(i - 1) * size + j]! * keep;
      run.factor[i * size + j] = entry;
      carried += entry * run.bounded[j]!;
    }
    const z = (Math.log(load) - expectedLog - carried) / deviation;
    const below = censored ? censoredError(z, deviation) : undefined;
    run.factor[i * size + i] = deviation / Math.sqrt(below?.information ?? 1);
    run.errors[i] = below?.error ?? z;
    run.bounded[i] = Math.max(-3, Math.min(3, run.errors[i]!));
  }
  return evidenceOf(run, days, step, judgedFrom - begin).map(({ score }) => score);
}

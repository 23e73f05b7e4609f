import { dayNumber } from "../../schemas/days.ts";
import { gammaCdf } from "../distributions/gamma.ts";
import { negativeBinomialQuantile, negativeBinomialUpper } from "../distributions/negativeBinomial.ts";
import { type QuasiPoissonFit, quasiPoisson } from "./quasiPoisson.ts";

/** What Farrington flexible says of one week. */
export interface FarringtonWeek {
  readonly expected: number;
  /** Undefined where fewer than five cases came in the last four weeks: too few to raise anything. */
  readonly threshold: number | undefined;
  readonly pValue: number;
  readonly raised: boolean;
  readonly dispersion: number;
  readonly trend: boolean;
}

const YEARS = 5;
/** Weeks either side of the same week in earlier years. */
const HALF_WINDOW = 3;
/** Seasons: the window and nine blocks between windows. */
const PERIODS = 10;
/** Weeks before the newest that the model must not see: half a year. */
const WEEKS_HELD_BACK = 26;
const RESIDUAL_MAX = 2.58;
const ALPHA = 0.01;
const CASES_MIN = 5;
const CASES_WEEKS = 4;

/**
 * Farrington flexible with the negative binomial threshold, for weekly counts such as samples that were positive: a quasi-Poisson
 * regression with seasons and trend on five years, refitted with past outbreaks weighted down.
 * @param counts one a week, oldest first
 * @param days the first day of each week, seven days apart
 * @param at index of the week to judge
 * @throws {RangeError} fewer than five years before the week
 * @see Noufaily et al. 2013, Stat. Med. 32:1206; Salmon, Schumacher & Höhle 2016, J. Stat. Softw. 70(10)
 */
export function farringtonFlexible(counts: readonly number[], days: readonly string[], at: number): FarringtonWeek {
  const seasons = seasonsBefore(days, at);
  const weeks = seasons.flatMap((season, i) => (season !== undefined && i < at - WEEKS_HELD_BACK ? [i] : []));
  const origin = weeks[0]!;
  const response = weeks.map((i) => counts[i]!);
  const row = (season: number, week: number, trend: boolean) => [
    ...Array.from({ length: PERIODS }, (_, p) => (p === 0 || season === p + 1 ? 1 : 0)),
    ...(trend ? [week - origin] : []),
  ];
  const fitted = (trend: boolean) => {
    const model = reweighted(
      weeks.map((i) => row(seasons[i]!, i, trend)),
      response,
    );
    const mean = Math.exp(row(PERIODS, at, trend).reduce((sum, value, k) => sum + value * model.coefficients[k]!, 0));
    return { mean, dispersion: Math.max(1, model.dispersion), trend };
  };
  const withTrend = fitted(true);
  // a trend that leads beyond all that was ever seen is not believed
  const { mean, dispersion, trend } = withTrend.mean <= Math.max(...response) ? withTrend : fitted(false);
  const upper =
    dispersion > 1 ? negativeBinomialQuantile(1 - ALPHA, mean / (dispersion - 1), mean) : poissonQuantile(1 - ALPHA, mean);
  const count = counts[at]!;
  const recent = counts.slice(at - CASES_WEEKS + 1, at + 1).reduce((sum, value) => sum + value, 0);
  const threshold = recent >= CASES_MIN ? upper : undefined;
  return {
    expected: mean,
    threshold,
    pValue: dispersion > 1 ? negativeBinomialUpper(count - 1, mean / (dispersion - 1), mean) : poissonUpper(count, mean),
    raised: threshold !== undefined && count > threshold,
    dispersion,
    trend,
  };
}

/** Weights down weeks whose Anscombe residual is high, so that a past outbreak does not hide the next. */
function reweighted(rows: readonly number[][], response: readonly number[]): QuasiPoissonFit {
  const ones = response.map(() => 1);
  const first = quasiPoisson(rows, response, ones);
  const dispersion = Math.max(1, first.dispersion);
  const shrink = response.map((count, i) => {
    const mean = first.means[i]!;
    const residual =
      (1.5 * (count ** (2 / 3) * mean ** (-1 / 6) - Math.sqrt(mean))) / Math.sqrt(dispersion * (1 - first.leverages[i]!));
    return residual > RESIDUAL_MAX ? residual ** -2 : 1;
  });
  const scale = shrink.length / shrink.reduce((sum, weight) => sum + weight, 0);
  return quasiPoisson(
    rows,
    response,
    shrink.map((weight) => weight * scale),
  );
}

/** The season of each week, 1 to PERIODS, of which the last is the window about the week to judge; undefined where not looked at. */
function seasonsBefore(days: readonly string[], at: number): (number | undefined)[] {
  const seasons = new Array<number | undefined>(days.length).fill(undefined);
  const anchors = Array.from({ length: YEARS + 1 }, (_, year) => sameWeek(days, at, year));
  seasons.fill(PERIODS, Math.max(0, at - HALF_WINDOW), at + 1);
  for (let year = 1; year <= YEARS; year++) {
    const anchor = anchors[year]!;
    seasons.fill(PERIODS, Math.max(0, anchor - HALF_WINDOW), anchor + HALF_WINDOW + 1);
    const between = anchors[year - 1]! - 2 * HALF_WINDOW - 1 - anchor;
    let start = anchor + HALF_WINDOW + 1;
    for (let block = 1; block < PERIODS; block++) {
      const length = Math.floor(between / (PERIODS - 1)) + (block <= between % (PERIODS - 1) ? 1 : 0);
      seasons.fill(block, start, start + length);
      start += length;
    }
  }
  return seasons;
}

/** The week that begins closest to the same date so many years earlier. */
function sameWeek(days: readonly string[], at: number, years: number): number {
  const day = days[at]!;
  const target =
    dayNumber(day) -
    Math.round(
      (Date.parse(`${day}T00:00:00Z`) -
        Date.UTC(Number(day.slice(0, 4)) - years, Number(day.slice(5, 7)) - 1, Number(day.slice(8, 10)))) /
        86_400_000,
    );
  const weeks = Math.round((dayNumber(day) - target) / 7);
  if (at - weeks < 0) throw new RangeError(`farringtonFlexible: needs ${YEARS} years before ${day}`);
  return at - weeks;
}

/** P(N >= count) of a Poisson variable, by its relation to the gamma distribution. */
const poissonUpper = (count: number, mean: number) => (count <= 0 ? 1 : gammaCdf(mean, count));

function poissonQuantile(p: number, mean: number): number {
  let count = 0;
  while (1 - poissonUpper(count + 1, mean) < p) count++;
  return count;
}

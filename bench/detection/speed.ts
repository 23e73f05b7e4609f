/**
 * Time of judging, as ratios to the plain regression on the same values.
 * usage: node bench/detection/speed.ts [--series 24]
 */
import { parseArgs } from "node:util";
import { detectSeries } from "../../analytics/detect/detectSeries.ts";
import { farringtonFlexible } from "../../analytics/detect/farrington.ts";
import { learnPools } from "../../analytics/detect/pool.ts";
import { addDays } from "../../schemas/days.ts";
import { seededRandom } from "../../simulation/random.ts";
import { simulateSeries } from "../../simulation/series.ts";
import { plainRegression } from "./comparators.ts";

const { values } = parseArgs({ options: { series: { type: "string", default: "24" } } });
/** Days judged as new at the end of 913, about two and a half years. */
const NEW_DAYS = 180;
const ALL_SERIES = 1_000;

const series = simulateSeries({ family: "daily", seed: 1, series: Number(values.series), analytes: 4, events: false });
const poolMs = timed(() => learnPools(series));
const pools = learnPools(series);
const history = series.map((one) => ({ ...one, points: one.points.slice(0, -NEW_DAYS) }));
const whole = timed(() => series.map((one) => detectSeries(one, pools))) / series.length;
const before = timed(() => history.map((one) => detectSeries(one, pools))) / series.length;
const plain = timed(() => series.map(plainRegression)) / series.length;
const perValue = (whole - before) / NEW_DAYS;
const plainPerValue = plain / (series[0]!.points.length - series[0]!.judgedFrom);
console.log(
  `a new value of ${series[0]!.points.length} days, refits included: ${perValue.toFixed(3)} ms, ${(perValue / plainPerValue).toFixed(1)} of the plain regression (${plainPerValue.toFixed(3)} ms)`,
);
console.log(`a whole series judged again, as the worker does: ${whole.toFixed(0)} ms`);
console.log(`pools of ${series.length} series: ${poolMs.toFixed(0)} ms`);
console.log(
  `${ALL_SERIES} series over ${NEW_DAYS} days: ${((perValue * NEW_DAYS * ALL_SERIES) / 1000).toFixed(0)} s, with all of their history ${((whole * ALL_SERIES) / 1000).toFixed(0)} s; one core`,
);

const random = seededRandom(2, "weekly counts");
const WEEKS = 364;
const counts = Array.from({ length: WEEKS }, (_, week) =>
  Math.max(0, Math.round(20 + 8 * Math.sin((2 * Math.PI * week) / 52) + 5 * random.normal())),
);
const days = counts.map((_, week) => addDays("2019-01-07", 7 * week));
const judged = Array.from({ length: 52 }, (_, i) => WEEKS - 52 + i);
const farrington = timed(() => judged.map((at) => farringtonFlexible(counts, days, at))) / judged.length;
console.log(
  `Farrington flexible, a week: ${farrington.toFixed(2)} ms, ${(farrington / plainPerValue).toFixed(1)} of the plain regression`,
);

function timed(work: () => unknown): number {
  const began = performance.now();
  work();
  return performance.now() - began;
}

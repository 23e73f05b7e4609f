import { studentTQuantile } from "../distributions/studentT.ts";
import { robustRegression } from "./robustRegression.ts";

/** A plant's people, and what of a marker reached it each sampled day. */
export interface MarkedPlant {
  siteId: string;
  people: number;
  /** g/d, above zero. */
  loadsGD: readonly number[];
}

/** What one person adds, with a 95 % interval. */
export interface OwnConstant {
  gPersonDay: number;
  low: number;
  high: number;
}

export interface PlantConstant extends OwnConstant {
  siteId: string;
  people: number;
  days: number;
  /** Days so far from the others that they count for less than half. */
  outlyingDays: number;
}

export interface CommonConstant extends OwnConstant {
  plants: number;
  /**
   * By how many percent the marker rises where people rise by one percent. Far from 1 something else than people makes it, such as
   * industry, or the counts of people are wrong.
   */
  exponent: number;
}

/** Fewer days, or plants, tell nothing of how far the next may lie. */
const DAYS_MIN = 7;
const PLANTS_MIN = 5;

/**
 * What one person adds of a marker at the operator's own plants, from their counts of people: an alternative to a constant from the
 * literature, which needs not fit (Been et al. 2014). Robust on the logarithm: a day of production waste, or a plant with industry,
 * does not shift it (Huber's M-estimator).
 * @returns one constant for each plant with seven days or more, its interval that of the constant; and, from five such plants on, one
 *   for all, its interval where a further plant's constant lies
 */
export function ownConstants(plants: readonly MarkedPlant[]): { plants: PlantConstant[]; common: CommonConstant | null } {
  const own = plants.filter(({ loadsGD }) => loadsGD.length >= DAYS_MIN).map(constantOf);
  return { plants: own, common: own.length >= PLANTS_MIN ? commonOf(own) : null };
}

function constantOf({ siteId, people, loadsGD }: MarkedPlant): PlantConstant {
  const logs = loadsGD.map((load) => Math.log(load / people));
  const { coefficients, scale, weights } = robustRegression(
    logs.map(() => [1]),
    logs,
  );
  const days = logs.length;
  const reach = (studentTQuantile(0.975, days - 1) * scale) / Math.sqrt(days * EFFICIENCY);
  const outlyingDays = weights.filter((weight) => weight < 0.5).length;
  return { siteId, people, days, outlyingDays, ...around(coefficients[0]!, reach) };
}

/** Huber's estimator with this constant, against the mean of normal values. */
const EFFICIENCY = 0.95;

function commonOf(own: readonly PlantConstant[]): CommonConstant {
  const logs = own.map(({ gPersonDay }) => Math.log(gPersonDay));
  const sizes = own.map(({ people }) => Math.log(people));
  const meanSize = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
  const { coefficients, scale } = robustRegression(
    logs.map(() => [1]),
    logs,
  );
  // of a further plant: its own distance from the rest, and the error of where the rest lie
  const reach = studentTQuantile(0.975, own.length - 1) * scale * Math.sqrt(1 + 1 / (own.length * EFFICIENCY));
  const sameSize = sizes.every((size) => Math.abs(size - meanSize) < 1e-9);
  const rising = sameSize
    ? 0
    : robustRegression(
        sizes.map((size) => [1, size - meanSize]),
        logs,
      ).coefficients[1]!;
  return { plants: own.length, exponent: 1 + rising, ...around(coefficients[0]!, reach) };
}

function around(log: number, reach: number): OwnConstant {
  return { gPersonDay: Math.exp(log), low: Math.exp(log - reach), high: Math.exp(log + reach) };
}

import { addDays, dayNumber } from "../schemas/days.ts";
import { DRUG_USE, WEEKDAY_SHAPE } from "./drugs.ts";
import type { PlantWorld } from "./province.ts";
import { seededRandom } from "./random.ts";

/** Storms a year, days one lasts, and how much it multiplies the flow at its height. */
const STORMS_PER_YEAR = 18;
const STORM_FALL_PER_DAY = 0.5;
const FLOW_SD_LN = 0.05;
/** Day-to-day noise of use: autocorrelation and standard deviation on the log scale. */
const USE_AR1 = 0.25;
const USE_SD_LN = 0.12;
const YEAR_DAYS = 365.25;
/** 1970-01-01 was a Thursday. */
const weekdayOf = (day: string) => (dayNumber(day) + 4) % 7;

export interface FlowDay {
  day: string;
  flowM3D: number;
}

/** Flow with summer storms that fall off over days; without an end, the caller takes as many days as it needs. */
export function* simulateFlow(seed: number, { site, flowM3D }: PlantWorld, startDay: string): Generator<FlowDay> {
  const random = seededRandom(seed, "flow", site.siteId);
  let storm = 0;
  for (let day = startDay; ; day = addDays(day, 1)) {
    const summer = 1 + 0.8 * Math.cos((2 * Math.PI * (dayNumber(day) - 196)) / YEAR_DAYS); // mid-July is the 196th day
    storm *= STORM_FALL_PER_DAY;
    if (random.uniform() < (STORMS_PER_YEAR / YEAR_DAYS) * summer) storm += 0.4 + 1.6 * random.uniform();
    yield { day, flowM3D: flowM3D * (1 + storm) * random.factor(FLOW_SD_LN) };
  }
}

export interface LoadDay extends FlowDay {
  /** True load of each analyte that reaches the plant, g/d. */
  loadsGD: ReadonlyMap<string, number>;
}

/** What the plant's people excrete day by day: rhythm, season, trend, and noise that a residue shares with its parent; without an end. */
export function* simulateLoads(seed: number, world: PlantWorld, startDay: string): Generator<LoadDay> {
  const { site, levels, people } = world;
  const random = seededRandom(seed, "use", site.siteId);
  const noise = new Map(DRUG_USE.map(({ analyte }) => [analyte, 0]));
  for (const { day, flowM3D } of simulateFlow(seed, world, startDay)) {
    const loadsGD = new Map<string, number>();
    const movement = new Map<string, number>();
    for (const use of DRUG_USE) {
      const before = noise.get(use.analyte) as number;
      const now = USE_AR1 * before + Math.sqrt(1 - USE_AR1 ** 2) * USE_SD_LN * random.normal();
      noise.set(use.analyte, now);
      const years = dayNumber(day) / YEAR_DAYS - dayNumber(startDay) / YEAR_DAYS;
      const rhythm = use.weekend * (WEEKDAY_SHAPE[weekdayOf(day)] as number);
      const season = use.season * Math.cos((2 * Math.PI * (dayNumber(day) - 196)) / YEAR_DAYS);
      const own = rhythm + season + use.trend * years + now;
      const moves = use.from ? (movement.get(use.from.analyte) as number) + 0.3 * now : own;
      movement.set(use.analyte, moves);
      loadsGD.set(use.analyte, ((levels.get(use.analyte) as number) * Math.exp(moves) * people) / 1e6);
    }
    yield { day, flowM3D, loadsGD };
  }
}

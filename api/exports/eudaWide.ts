import { EUDA_DAYS } from "../../ingest/files/eudaMeans.ts";
import { addDays, localDay } from "../../schemas/days.ts";
import type { Site } from "../../schemas/site.ts";
import { findSubstance } from "../../schemas/substances.ts";
import type { SeriesPoint } from "../../store/series/series.ts";
import { csvLine } from "../csv.ts";
import { sourceOf, type Terms } from "./selection.ts";

const HEADER = [
  ...["Year", "Metabolite", "Site ID", "Country", "City", ...EUDA_DAYS, "Weekday mean", "Weekend mean", "Daily mean"],
  ...["Week", "Unit", "Method", "Below LOQ", "Source", "Licence"],
];

/** EUDA's table names two residues by their drug. */
const NAMES: Record<string, string> = { benzoylecgonine: "cocaine", "thc-cooh": "cannabis" };

/** A week begins on Wednesday, so that its weekend, Friday to Monday, is of one piece; Tuesday to Thursday are the weekdays. */
const WEEKDAYS = [0, 1, 6];
const WEEKEND = [2, 3, 4, 5];
const UNIT = "mg/d/(10*3.{inh})";

/**
 * Loads per 1,000 people by week, as EUDA publishes its campaigns: a value below the limit is 0, and told in `Below LOQ`. Not corrected
 * for excretion. A day sampled more than once is its mean.
 * @param points population-normalised loads of one site, of any analytes and variants
 */
export function* eudaRows(site: Site, points: readonly SeriesPoint[], terms: Terms): Generator<string> {
  const daily = points.map((point) => ({ ...point, day: localDay(point.timeMs, site.timeZone) }));
  const weeks = Map.groupBy(daily, ({ name, variant, day }) => `${name}\n${variant}\n${wednesdayBefore(day)}`);
  for (const [key, ofWeek] of weeks) {
    const [name = "", variant = "", wednesday = ""] = key.split("\n");
    const days = EUDA_DAYS.map((_, index) => {
      const day = addDays(wednesday, index);
      return meanOf(ofWeek.filter((point) => point.day === day).map(({ value, censored }) => (censored ? 0 : value)));
    });
    const meanAt = (indices: readonly number[]) => meanOf(indices.map((index) => days[index]).filter((value) => value != null));
    const means = [meanAt(WEEKDAYS), meanAt(WEEKEND), meanAt([...days.keys()])];
    yield csvLine([
      Number(wednesday.slice(0, 4)),
      NAMES[name] ?? findSubstance(name)?.names.en ?? name,
      site.siteId.replace(/^EUDA-/, ""),
      site.country ?? "",
      site.name,
      ...days,
      ...means.map((mean) => (mean === null ? null : toCents(mean))),
      wednesday,
      UNIT,
      variant,
      ofWeek.filter(({ censored }) => censored).length,
      sourceOf(site, terms),
      terms.licence,
    ]);
  }
}

export const eudaHeader = (): string => csvLine(HEADER);

function wednesdayBefore(day: string): string {
  const weekday = (new Date(`${day}T00:00:00Z`).getUTCDay() + 4) % 7; // 0 is Wednesday
  return addDays(day, -weekday);
}

/** EUDA prints two decimals, 19.465 as 19.47: what lies a hair below a half in binary is a half. */
const toCents = (mean: number): number => Math.round(mean * 100 + 1e-9) / 100;

function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

import { z } from "zod";
import { DERIVED_QUANTITIES, type DerivedValue } from "../../analytics/load/derived.ts";
import { type DayValue, dayValuesOf } from "../../analytics/load/trend.ts";
import { reportedLoads } from "../../analytics/worker/loads.ts";
import { siteId } from "../../schemas/identifiers.ts";
import { type MethodProfile, profileKey } from "../../schemas/profiles.ts";
import { analyteId } from "../../schemas/substances.ts";
import type { ApiPorts } from "../ports.ts";
import { askedProfiles, derivedValues, readSiteNumbers } from "./siteNumbers.ts";
import { unitOf } from "./units.ts";

/** Names one series of a site, and days of it. */
export const seriesQuery = z.strictObject({
  siteId,
  analyte: analyteId,
  quantity: z.enum(DERIVED_QUANTITIES).default("populationNormalisedLoad"),
  /** One method profile, by id or id@version; the first in use where absent. */
  profile: z.string().max(100).optional(),
  from: z.iso.date().optional(),
  to: z.iso.date().optional(),
});

/** Which series an answer is about. */
export const namedSeries = z.strictObject({
  siteId: z.string(),
  analyte: z.string(),
  quantity: z.enum(DERIVED_QUANTITIES),
  unit: z.string(),
  /** The profile of the derived values. */
  profile: z.string(),
});

/** What a series says day by day, without what a quality flag excludes from analysis: derived under one profile, or reported. */
export async function readDayValues(
  ports: ApiPorts,
  { siteId: id, analyte, quantity, profile: asked, from = "", to = "9999" }: z.infer<typeof seriesQuery>,
): Promise<{ named: z.infer<typeof namedSeries>; profile: MethodProfile; values: DayValue[]; derived: DerivedValue[] }> {
  const numbers = await readSiteNumbers(ports, id, [analyte]);
  const profile = askedProfiles(numbers.active, asked)[0] as MethodProfile;
  const derived = derivedValues(numbers, analyte, [profile]).filter(
    (value) => value.quantity === quantity && value.variant === "primary" && value.day >= from && value.day <= to,
  );
  const reported = reportedLoads(numbers.data, numbers.results.get(analyte) ?? [])
    .filter((load) => load.quantity === quantity && load.day >= from && load.day <= to)
    .map(({ day, value, censored }) => ({ day, value, censored }));
  const unit = unitOf({ measure: quantity, name: analyte, variant: "" });
  const named = { siteId: id, analyte, quantity, unit, profile: profileKey(profile) };
  return { named, profile, values: [...dayValuesOf(derived), ...reported], derived };
}

import { z } from "zod";
import { day } from "./identifiers.ts";
import reference from "./reference/factors.json" with { type: "json" };
import { unitCode } from "./units.ts";

/** How well a number is known: seen in a public source, computed from such, believed right, or suggested without outside authority. */
export const evidence = z.enum(["seen", "computed", "believed", "suggested"]);

const cited = {
  id: z.string().regex(/^[a-z\d]+(-[a-z\d]+)*$/),
  low: z.number().positive(),
  high: z.number().positive(),
  unit: unitCode,
  source: z.string().min(1),
  /** Where low and high come from: the value's source seldom gives them. */
  rangeSource: z.string().min(1),
  evidence,
  validFrom: day,
  /** A superseded factor stays, so that series computed with it can be computed again. */
  status: z.enum(["active", "superseded", "scenario"]),
};

/** The molar share of a drug's dose that leaves the body as this residue. */
export const excretionFactor = z.strictObject({
  ...cited,
  drug: z.string(),
  residue: z.string(),
  excretedFraction: z.number().positive().max(1),
  routeMix: z.string(),
});
export type ExcretionFactor = z.infer<typeof excretionFactor>;

export const standardDose = z.strictObject({ ...cited, drug: z.string(), value: z.number().positive(), form: z.string() });
export type StandardDose = z.infer<typeof standardDose>;

export const purity = z.strictObject({
  ...cited,
  drug: z.string(),
  value: z.number().positive().max(1),
  basis: z.enum(["base", "salt", "unstated"]),
});
export type Purity = z.infer<typeof purity>;

/** What one person adds to the sewage a day. */
export const markerConstant = z.strictObject({ ...cited, marker: z.string(), value: z.number().positive(), region: z.string() });
export type MarkerConstant = z.infer<typeof markerConstant>;

/** Relative standard uncertainty of a count of people, where none is stated. */
export const populationUncertainty = z.strictObject({
  method: z.string(),
  cv: z.number().positive(),
  source: z.string(),
  evidence,
});

/** Amphetamine that methamphetamine users excrete, per methamphetamine by mass. */
export const amphetamineShare = z.strictObject({
  median: z.number().positive(),
  low: z.number().positive(),
  /** Up to this ratio all of it can come from methamphetamine. */
  high: z.number().positive(),
  reliableAbove: z.number().positive(),
  unit: unitCode,
  source: z.string(),
  evidence,
});

export const amphetamineFromMethamphetamine = amphetamineShare.parse(reference.amphetamineFromMethamphetamine);
export const populationUncertainties: ReadonlyMap<string, number> = new Map(
  z
    .array(populationUncertainty)
    .parse(reference.populationUncertainty)
    .map(({ method, cv }) => [method, cv]),
);
export const excretionFactors: readonly ExcretionFactor[] = z.array(excretionFactor).parse(reference.excretionFactors);
export const standardDoses: readonly StandardDose[] = z.array(standardDose).parse(reference.doses);
export const purities: readonly Purity[] = z.array(purity).parse(reference.purities);
export const markerConstants: readonly MarkerConstant[] = z.array(markerConstant).parse(reference.markerConstants);

/** @throws RangeError for an id that no factor has: a profile that names it is wrong. */
export function factorById<T extends { id: string }>(factors: readonly T[], id: string): T {
  const found = factors.find((factor) => factor.id === id);
  if (!found) throw new RangeError(`no factor ${id} in reference/factors.json`);
  return found;
}

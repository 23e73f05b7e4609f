import { z } from "zod";
import { evidence, excretionFactors, markerConstants, standardDoses } from "./factors.ts";
import { day } from "./identifiers.ts";
import reference from "./reference/profiles.json" with { type: "json" };
import { analyteId } from "./substances.ts";

export const WEEK_DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;
export type WeekDay = (typeof WEEK_DAYS)[number];

/** How people are counted. A static number holds for years, a dynamic one for the day of the sample. */
export const POPULATION_METHODS = [
  "supplied",
  "census",
  "designCapacity",
  "bod",
  "cod",
  "totalNitrogen",
  "totalPhosphorus",
  "ammoniumNitrogen",
  "cotinine",
  "caffeine",
  "mobile",
  "combined",
] as const;
export const populationMethod = z.enum(POPULATION_METHODS);
export type PopulationMethod = z.infer<typeof populationMethod>;

/** What makes a number uncertain. Correlated parts hit all days of a site alike (a flow meter that reads high), independent ones do not. */
export const UNCERTAINTY_PARTS = ["sampling", "analysis", "stability", "flow", "population", "excretion"] as const;
export type UncertaintyPart = (typeof UNCERTAINTY_PARTS)[number];

const uncertaintyPart = z.strictObject({
  /** Relative standard uncertainty, used where the record brings none of its own. */
  cv: z.number().nonnegative(),
  kind: z.enum(["independent", "correlated"]),
  source: z.string().min(1),
  evidence,
});

const weekRule = z.strictObject({
  weekday: z.array(z.enum(WEEK_DAYS)).min(1),
  weekend: z.array(z.enum(WEEK_DAYS)).min(1),
});
export type WeekRule = z.infer<typeof weekRule>;

const text = z.strictObject({ en: z.string().min(1), zh: z.string().min(1) });

/** How one programme turns concentrations into its published numbers. A changed profile is a new version and a new series. */
export const methodProfileFields = z.strictObject({
  id: z.string().regex(/^[a-z\d]+(-[a-z\d]+)*$/),
  version: z.int().positive(),
  name: text,
  source: z.string().min(1),
  evidence,
  status: z.enum(["active", "superseded", "draft"]),
  validFrom: day,
  population: z.strictObject({
    /** The first of these with an estimate is used; the others are shown beside it. */
    methods: z.array(populationMethod).min(1),
    /** Marker constants (factors.json) the marker methods use. */
    constants: z.partialRecord(populationMethod, z.string()),
    /** Share of domestic sewage applied to the marker load when people are counted from it. */
    domesticShare: z.enum(["ignored", "populationOnly", "populationAndLoad"]),
  }),
  /** Excretion factor of a residue, by id. A residue without one has no consumption. */
  excretion: z.partialRecord(analyteId, z.string()),
  /** Standard dose of a drug, by id. */
  doses: z.partialRecord(analyteId, z.string()),
  /** Residues whose licit load is subtracted first; without a stated licit load their consumption is absent. */
  licitRequired: z.array(analyteId),
  inSewer: z.strictObject({ correct: z.boolean(), flagAboveH: z.number().positive() }),
  uncertainty: z.strictObject(
    Object.fromEntries(UNCERTAINTY_PARTS.map((part) => [part, uncertaintyPart])) as Record<
      UncertaintyPart,
      typeof uncertaintyPart
    >,
  ),
  interval: z.strictObject({ kind: z.enum(["lognormal", "studentT"]), level: z.number().gt(0).lt(1) }),
  calendar: z.strictObject({
    rule: weekRule.nullable(),
    exceptions: z.array(z.strictObject({ years: z.array(z.int()).min(1), rule: weekRule, note: text })),
    decimals: z.int().nonnegative(),
    description: text,
  }),
  /** What the programme's own tables write for a value below the limit; our store never does. */
  exportsCensoredAs: z.enum(["zero", "limit", "multipleImputation"]),
  /** What its columns call a residue: EUDA's "cocaine" is benzoylecgonine. */
  columnNames: z.record(z.string(), analyteId),
  changeClassPercent: z.number().positive().nullable(),
  knownIssues: z.array(text),
  /** A profile whose number is shown beside this one's. */
  alternative: z.string().nullable(),
});
export type MethodProfile = z.infer<typeof methodProfileFields>;

/** What is wrong with the factors a profile names: one that does not exist, or that is of another residue, drug or marker. */
export function factorIssues(
  profile: MethodProfile,
  factors: {
    excretionFactors: readonly { id: string; residue: string }[];
    standardDoses: readonly { id: string; drug: string }[];
    markerConstants: readonly { id: string; marker: string }[];
  },
): { path: string[]; message: string }[] {
  const named = <Factor extends { id: string }>(
    all: readonly Factor[],
    path: string[],
    id: string,
    of?: (factor: Factor) => boolean,
  ) => {
    const found = all.find((factor) => factor.id === id);
    if (!found) return [{ path, message: `no factor "${id}"` }];
    return of === undefined || of(found)
      ? []
      : [{ path, message: `factor "${id}" is of another ${path[0] === "doses" ? "drug" : "residue"}` }];
  };
  const entries = (record: Partial<Record<string, string>>) => Object.entries(record) as [string, string][];
  return [
    ...entries(profile.excretion).flatMap(([residue, id]) =>
      named(factors.excretionFactors, ["excretion", residue], id, (factor) => factor.residue === residue),
    ),
    ...entries(profile.doses).flatMap(([drug, id]) =>
      named(factors.standardDoses, ["doses", drug], id, (factor) => factor.drug === drug),
    ),
    ...entries(profile.population.constants).flatMap(([method, id]) =>
      named(factors.markerConstants, ["population", "constants", method], id),
    ),
  ];
}

/** A profile whose factors are all among those that ship. */
export const methodProfile = methodProfileFields.superRefine((profile, context) => {
  for (const issue of factorIssues(profile, { excretionFactors, standardDoses, markerConstants })) {
    context.addIssue({ code: "custom", ...issue });
  }
});

/** The profiles that ship, parsed at load. */
export const methodProfiles: readonly MethodProfile[] = z.array(methodProfile).parse(reference.profiles);

/** The newest active version, or the version asked for. */
export function findProfile(id: string, version?: number, profiles = methodProfiles): MethodProfile | undefined {
  return profiles
    .filter((profile) => profile.id === id && (version === undefined ? profile.status === "active" : profile.version === version))
    .toSorted((a, b) => b.version - a.version)[0];
}

/** What tells a derived series from another of the same quantity: `euda-score@1`. */
export function profileKey({ id, version }: Pick<MethodProfile, "id" | "version">): string {
  return `${id}@${version}`;
}

import { factorById } from "../../schemas/factors.ts";
import type { Methods } from "../../schemas/methods.ts";
import { type MethodProfile, type PopulationMethod, profileKey } from "../../schemas/profiles.ts";
import type { DerivedQuantity, DerivedValue } from "./derived.ts";

/** How people were counted in a series; under another profile's rule where that is named. */
export interface Counted {
  method: PopulationMethod;
  under?: string | undefined;
}

/** What a series is named after. Null where the quantity does not rest on it. */
export interface SeriesName {
  /** `id@version`: the first profile, of those that ship and then of those added, that computes just this. */
  profile: string;
  population: PopulationMethod | null;
  excretionFactor: string | null;
  dose: string | null;
}

/**
 * Names series after what their numbers rest on: profile, way of counting people, factors. Profiles that compute the same number share
 * one series, named after the first of them; since nothing is ever removed from the methods or changed under its id, a name always
 * stands for the same computation, and a changed factor or profile makes a new series beside the old one.
 *
 * | quantity | variant | example |
 * |---|---|---|
 * | load | profile | `euda-score@1` |
 * | populationNormalisedLoad | profile/population | `nh4-n@1/ammoniumNitrogen` |
 * | consumption | profile/population/excretion factor | `acic-nwdmp@1/supplied/mdma-gracia-lor-2016` |
 * | doses | profile/population/excretion factor/dose | `acic-nwdmp@1/supplied/mdma-gracia-lor-2016/dose-mdma` |
 */
export interface SeriesNames {
  variantOf(derived: DerivedValue): string;
  /** The variant a profile's number of this quantity has, people counted so. Undefined where the profile computes none. */
  variant(profile: MethodProfile, quantity: DerivedQuantity, analyte: string, counted: Counted): string | undefined;
  /**
   * Those of the profiles that make the series of this name, also where it was named after another of them; none for a laboratory's
   * own series.
   */
  makers(profiles: readonly MethodProfile[], quantity: DerivedQuantity, analyte: string, variant: string): MethodProfile[];
}

export function seriesNames(methods: Methods): SeriesNames {
  const byKey = new Map(methods.profiles.map((profile) => [profileKey(profile), profile]));
  const known = new Map<string, string | undefined>();
  const variant: SeriesNames["variant"] = (profile, quantity, analyte, { method, under }) => {
    const key = `${profileKey(profile)} ${quantity} ${quantity === "load" ? "" : `${method} ${under}`} ${analyte}`;
    if (!known.has(key)) known.set(key, named(methods, byKey, profile, quantity, analyte, { method, under }));
    return known.get(key);
  };
  const made = new Map<string, MethodProfile[]>();
  const makers: SeriesNames["makers"] = (profiles, quantity, analyte, name) => {
    const read = readVariant(name);
    const named = read && byKey.get(read.profile);
    if (!named) return [];
    const method = read.population ?? "supplied";
    const own = variant(named, quantity, analyte, { method });
    return profiles.filter((profile) => {
      const alternative = methods.profiles.findLast(({ id, status }) => id === profile.alternative && status === "active");
      const unders = [undefined, ...(alternative ? [profileKey(alternative)] : [])];
      return own !== undefined && unders.some((under) => variant(profile, quantity, analyte, { method, under }) === own);
    });
  };
  return {
    variant,
    makers(profiles, quantity, analyte, name) {
      const key = `${profiles.map(profileKey).join()} ${quantity} ${analyte} ${name}`;
      const kept = made.get(key) ?? makers(profiles, quantity, analyte, name);
      made.set(key, kept);
      return kept;
    },
    variantOf({ quantity, analyte, provenance: { profile: key, population } }) {
      const profile = byKey.get(key);
      const counted = population ?? { method: "supplied" as const };
      const name = profile && variant(profile, quantity, analyte, counted);
      if (name === undefined) throw new RangeError(`no series of ${quantity} of ${analyte} under ${key}`);
      return name;
    },
  };
}

function named(
  methods: Methods,
  byKey: ReadonlyMap<string, MethodProfile>,
  asked: MethodProfile,
  quantity: DerivedQuantity,
  analyte: string,
  { method, under }: Counted,
): string | undefined {
  const profile = under === undefined ? asked : byKey.get(under);
  if (!profile) return undefined;
  const recipe = recipeOf(methods, profile, quantity, analyte, method);
  if (recipe === undefined) return undefined;
  const owner = methods.profiles.find((other) => recipeOf(methods, other, quantity, analyte, method) === recipe) as MethodProfile;
  const { excretion, dose } = factorsOf(methods, profile, analyte);
  const parts: (string | undefined)[] = [profileKey(owner)];
  if (quantity !== "load") parts.push(method);
  if (quantity === "consumption" || quantity === "doses") parts.push(excretion);
  if (quantity === "doses") parts.push(dose);
  return parts.join("/");
}

function factorsOf(methods: Methods, { excretion, doses }: MethodProfile, analyte: string) {
  const id = excretion[analyte];
  const drug = id === undefined ? undefined : factorById(methods.excretionFactors, id).drug;
  return { excretion: id, dose: drug === undefined ? undefined : doses[drug] };
}

/** Everything of a profile that the number depends on: equal text, equal number. Undefined where the profile computes none. */
function recipeOf(
  methods: Methods,
  profile: MethodProfile,
  quantity: DerivedQuantity,
  analyte: string,
  method: PopulationMethod,
): string | undefined {
  const { sampling, analysis, stability, flow, population, excretion } = profile.uncertainty;
  const size = ({ cv, kind }: typeof sampling) => [cv, kind];
  const load = [size(sampling), size(analysis), size(stability), size(flow), profile.inSewer.correct, profile.interval.level];
  if (quantity === "load") return JSON.stringify(load);
  const people = [population.kind, countOf(profile, method)];
  if (quantity === "populationNormalisedLoad") return JSON.stringify([load, people]);
  const factors = factorsOf(methods, profile, analyte);
  if (factors.excretion === undefined || (quantity === "doses" && factors.dose === undefined)) return undefined;
  const taken = [
    excretion.kind,
    factors.excretion,
    profile.licitRequired.includes(analyte),
    quantity === "doses" ? factors.dose : null,
  ];
  return JSON.stringify([load, people, taken]);
}

/** What a count of people by this method depends on. */
function countOf({ population: { constants, domesticShare, methods } }: MethodProfile, method: PopulationMethod): unknown[] {
  if (method === "combined") return [method, constants, domesticShare, methods];
  return [method, constants[method] ?? null, method === "cotinine" ? domesticShare : null];
}

/** What a variant says; a laboratory's own series, which is named after laboratory, method and replicate, has none. */
export function readVariant(variant: string): SeriesName | undefined {
  const [profile, population = null, excretionFactor = null, dose = null] = variant.split("/");
  if (!profile || !/^[a-z\d-]+@\d+$/.test(profile)) return undefined;
  return { profile, population: population as PopulationMethod | null, excretionFactor, dose };
}

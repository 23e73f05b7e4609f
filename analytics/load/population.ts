import { factorById, populationUncertainties } from "../../schemas/factors.ts";
import { type Methods, SHIPPED_METHODS } from "../../schemas/methods.ts";
import { findProfile, type MethodProfile, type PopulationMethod, profileKey } from "../../schemas/profiles.ts";
import { combineOnLogScale } from "./combine.ts";
import { cvOfRange } from "./uncertainty.ts";

/** People connected, how many, how sure, and how they were counted. */
export interface PopulationEstimate {
  people: number;
  /** Relative standard uncertainty. */
  cv: number;
  method: PopulationMethod;
  /** A static number holds for years; a dynamic one for the day of the sample, so it follows tourists, commuters and holidays. */
  kind: "static" | "dynamic";
  source: string;
  /** What it was computed from, each with its unit in its name. */
  inputs: Readonly<Record<string, number>>;
  /** The profile whose rule counted these people, where it is not the one in use. */
  under?: string;
}

/** A count that someone states: the plant's own, a census, the design capacity, or mobile telephones of that day. */
export function statedPopulation(
  method: "supplied" | "census" | "designCapacity" | "mobile",
  people: number,
  source: string,
  cv = populationUncertainties.get(method)!,
): PopulationEstimate {
  return { people, cv, method, kind: method === "mobile" ? "dynamic" : "static", source, inputs: { people } };
}

/** mg/L of each load marker in the sample; cotinine and caffeine in ng/L. */
export interface MarkerConcentrations {
  bodMgL?: number;
  codMgL?: number;
  totalNitrogenMgL?: number;
  totalPhosphorusMgL?: number;
  ammoniumNitrogenMgL?: number;
  cotinineNgL?: number;
  caffeineNgL?: number;
}

export const MG_PER_L_MARKERS = {
  bod: "bodMgL",
  cod: "codMgL",
  totalNitrogen: "totalNitrogenMgL",
  totalPhosphorus: "totalPhosphorusMgL",
  ammoniumNitrogen: "ammoniumNitrogenMgL",
} as const satisfies Partial<Record<PopulationMethod, keyof MarkerConcentrations>>;

/** People from a marker in mg/L (which is g/m3), a flow in m3/d, and what one person adds in g/d. */
export function peopleFromLoad(concentrationMgL: number, flowM3D: number, gPersonDay: number): number {
  return (concentrationMgL * flowM3D) / gPersonDay;
}

/** People from cotinine in ng/L, and what one person (smoker or not) adds in mg/d: cigarettes a day times mg per cigarette. */
export function peopleFromCotinine(cotinineNgL: number, flowM3D: number, mgPersonDay: number): number {
  return (cotinineNgL * flowM3D * 1e-3) / mgPersonDay;
}

export interface SiteHabits {
  /** Cigarettes per person and day of the province, for cotinine. */
  cigarettesPersonDay?: number;
  /** mg caffeine per person and day in sewage, site-specific: no general constant is agreed. */
  caffeineMgPersonDay?: number;
  /** Share of domestic sewage, in (0, 1]. */
  domesticShare?: number;
}

/**
 * Every population the markers of one sample give under a profile, and, last, under the profile's alternative where its rule
 * differs. A marker without a constant in the profile gives none.
 */
export function markerPopulations(
  profile: MethodProfile,
  markers: MarkerConcentrations,
  flowM3D: number,
  habits: SiteHabits = {},
  methods: Methods = SHIPPED_METHODS,
): PopulationEstimate[] {
  if (!(flowM3D > 0)) return [];
  const found: PopulationEstimate[] = [];
  const measurementCv = profile.uncertainty.analysis.cv;
  for (const [method, field] of Object.entries(MG_PER_L_MARKERS) as [
    keyof typeof MG_PER_L_MARKERS,
    keyof MarkerConcentrations,
  ][]) {
    const mgL = markers[field];
    const constantId = profile.population.constants[method];
    if (mgL === undefined || !(mgL > 0) || constantId === undefined) continue;
    const constant = factorById(methods.markerConstants, constantId);
    found.push({
      people: peopleFromLoad(mgL, flowM3D, constant.value),
      cv: Math.hypot(cvOfRange(constant), measurementCv),
      method,
      kind: "dynamic",
      source: `${constantId}: ${constant.value} ${constant.unit}`,
      inputs: { [field]: mgL, flowM3D, gPersonDay: constant.value },
    });
  }
  found.push(...cotininePopulations(profile, markers.cotinineNgL, flowM3D, habits, methods));
  const { caffeineMgPersonDay } = habits;
  if (markers.caffeineNgL !== undefined && markers.caffeineNgL > 0 && caffeineMgPersonDay !== undefined) {
    found.push({
      people: peopleFromCotinine(markers.caffeineNgL, flowM3D, caffeineMgPersonDay),
      cv: Math.hypot(populationUncertainties.get("caffeine")!, measurementCv),
      method: "caffeine",
      kind: "dynamic",
      source: "site-specific caffeine per person",
      inputs: { caffeineNgL: markers.caffeineNgL, flowM3D, mgPersonDay: caffeineMgPersonDay },
    });
  }
  return found;
}

/** Under the profile's own rule for the domestic share, and beside it under that of its alternative. */
function cotininePopulations(
  profile: MethodProfile,
  cotinineNgL: number | undefined,
  flowM3D: number,
  { cigarettesPersonDay, domesticShare }: SiteHabits,
  methods: Methods,
): PopulationEstimate[] {
  const constantId = profile.population.constants.cotinine;
  if (cotinineNgL === undefined || !(cotinineNgL > 0) || constantId === undefined || cigarettesPersonDay === undefined) return [];
  const constant = factorById(methods.markerConstants, constantId);
  const mgPersonDay = cigarettesPersonDay * constant.value;
  const counted = peopleFromCotinine(cotinineNgL, flowM3D, mgPersonDay);
  const cv = Math.hypot(cvOfRange(constant), profile.uncertainty.analysis.cv);
  const under = (rule: MethodProfile): PopulationEstimate => {
    const share = rule.population.domesticShare === "ignored" ? 1 : (domesticShare ?? 1);
    return {
      people: counted * share,
      cv,
      method: "cotinine",
      kind: "dynamic",
      source: `${constantId}: ${constant.value} mg per cigarette, ${cigarettesPersonDay} cigarettes per person and day`,
      inputs: { cotinineNgL, flowM3D, mgPersonDay, domesticShare: share },
      ...(rule === profile ? {} : { under: profileKey(rule) }),
    };
  };
  const alternative = profile.alternative === null ? undefined : findProfile(profile.alternative, undefined, methods.profiles);
  const own = under(profile);
  return alternative && under(alternative).people !== own.people ? [own, under(alternative)] : [own];
}

/** All of a day's estimates in one, on the log scale by inverse variance; those counted under another profile stay out. */
export function combinedPopulation(estimates: readonly PopulationEstimate[]): PopulationEstimate | undefined {
  const own = estimates.filter(({ under }) => under === undefined);
  if (own.length < 2) return undefined;
  const { value, cv } = combineOnLogScale(own.map(({ people, cv }) => ({ value: people, cv })));
  const source = own.map(({ method }) => method).join(" + ");
  const inputs = Object.fromEntries(own.map(({ method, people }) => [method, people]));
  const kind = own.some((estimate) => estimate.kind === "dynamic") ? "dynamic" : "static";
  return { people: value, cv, method: "combined", kind, source, inputs };
}

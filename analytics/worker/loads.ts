import { localDay } from "../../schemas/days.ts";
import type { MethodProfile, PopulationMethod } from "../../schemas/profiles.ts";
import { type QualityFlag, qualityRules } from "../../schemas/qualityRules.ts";
import { convert } from "../../schemas/units.ts";
import type { Suppression } from "../../store/records/quality.ts";
import type { ResultRevision } from "../../store/records/revisions.ts";
import { deriveLoads } from "../load/derive.ts";
import { type DerivedPoint, type DerivedQuantity, type DerivedValue, pointOf } from "../load/derived.ts";
import type { LoadSample } from "../load/loadInput.ts";
import type { PopulationEstimate } from "../load/population.ts";
import { loadSamplesOf } from "../load/samples.ts";
import type { SeriesNames } from "../load/variants.ts";
import { flagResults } from "../quality/flags.ts";
import { standingFlags, switchesOf, usableForLead } from "../quality/rules.ts";
import { SOFTWARE_VERSION } from "./methods.ts";
import type { SiteData } from "./siteData.ts";

/** One day's load of one analyte at one site, as the detection reads it. */
export interface SiteLoad {
  day: string;
  timeMs: number;
  quantity: "load" | "populationNormalisedLoad";
  /** g/d, or mg/d/(10*3.{inh}); for a censored load its limit, 0 where no limit is known. */
  value: number;
  censored: boolean;
  method: string;
  flowM3D: number | null;
  /** Identities of the results it was computed from. */
  results: readonly string[];
  /** Quality rules that speak against resting a lead on it; what is merely not known does not. */
  reservations: readonly string[];
}

/** What the current results of one analyte at one site come to. */
export interface ComputedSeries {
  /** For the detection: without the values that a quality flag excludes from analysis. */
  loads: SiteLoad[];
  /** Every derived series under every profile; a number that several profiles share is there once. */
  points: DerivedPoint[];
  suppressions: Suppression[];
}

/** @param results of one analyte, as `ofSeries` gives them */
export function computeSeries(data: SiteData, results: readonly ResultRevision[]): ComputedSeries {
  const flags = flagsOf(data, results);
  const { profiles, names } = data.active;
  const points: DerivedPoint[] = [];
  const done = new Map<string, Set<string>>();
  let first: DerivedValue[] = [];
  for (const [index, profile] of profiles.entries()) {
    if (index > 0 && addsNothing(data, results, profiles.slice(0, index), profile)) continue;
    const derived = deriveUnder(data, profile, results, flags);
    if (index === 0) first = derived;
    const variantOf = namesOf(names);
    for (const value of derived) {
      if (value.amount === null || value.quantity === "concentration") continue;
      const point = pointOf(value, variantOf(value));
      if (!point) continue;
      const made = done.get(point.variant) ?? new Set();
      if (made.has(point.origin)) continue;
      done.set(point.variant, made.add(point.origin));
      points.push(point);
    }
  }
  const loads = first.flatMap((value) => (value.quantity === "load" ? toSiteLoad(value) : []));
  return {
    loads: [...loads, ...reportedLoads(data, results, flags)],
    points,
    suppressions: suppressionsOf(data, results, flags),
  };
}

/** Of one analyte and profile the name hangs on the quantity and on who counted the people, which a static count tells by itself. */
function namesOf({ variantOf }: SeriesNames): SeriesNames["variantOf"] {
  const known = new Map<DerivedQuantity, Map<PopulationEstimate | null, string>>();
  return (value) => {
    const { quantity, provenance } = value;
    let byPopulation = known.get(quantity);
    if (!byPopulation) {
      byPopulation = new Map();
      known.set(quantity, byPopulation);
    }
    let name = byPopulation.get(provenance.population);
    if (name === undefined) {
      name = variantOf(value);
      byPopulation.set(provenance.population, name);
    }
    return name;
  };
}

/** The flags of each result, by identity. */
export function flagsOf(data: SiteData, results: readonly ResultRevision[]): Map<string, QualityFlag[]> {
  const judged = results.map(({ identity, sampleHash, sample, result, origin }) => ({
    identity,
    sampleKey: sampleHash,
    labId: origin.labId,
    sample,
    result,
  }));
  return flagResults(judged, { ...data, rules: qualityRules });
}

/** Every derived quantity of one analyte under one profile, with its provenance. */
export function deriveUnder(
  data: SiteData,
  profile: MethodProfile,
  results: readonly ResultRevision[],
  flags: ReadonlyMap<string, readonly QualityFlag[]>,
): DerivedValue[] {
  const { site, active, statics } = data;
  const { siteId, residenceTimeH, licitLoads } = site;
  const analyte = results[0]?.result.analyte ?? "";
  const licit = licitLoads?.find((one) => one.analyte === analyte);
  return deriveLoads({
    siteId,
    analyte,
    profile,
    samples: samplesUnder(data, profile, results, flags),
    populations: statics,
    ...(residenceTimeH === undefined ? {} : { residenceTimeH }),
    ...(licit === undefined ? {} : { licit }),
    softwareVersion: SOFTWARE_VERSION,
    methods: active.methods,
  });
}

function samplesUnder(
  { site, flowOf, populationsOf, hasDynamic, inSewerOf, otherDrugOf }: SiteData,
  profile: MethodProfile,
  results: readonly ResultRevision[],
  flags: ReadonlyMap<string, readonly QualityFlag[]>,
): LoadSample[] {
  const records = results.map(({ identity, sampleHash, sample, result }) => ({
    identity,
    sampleKey: sampleHash,
    sample,
    result,
  }));
  const analyte = results[0]?.result.analyte ?? "";
  const otherDrug = otherDrugOf(analyte);
  return loadSamplesOf(records, site.timeZone, {
    flowOf,
    flagsOf: ({ identity }) => flags.get(identity) ?? [],
    ...(hasDynamic ? { populationsOf: (sample) => populationsOf(profile, sample) } : {}),
    ...(profile.inSewer.correct ? { inSewerOf: inSewerOf(analyte) } : {}),
    ...(otherDrug ? { otherDrugOf: otherDrug } : {}),
  });
}

/**
 * Whether all series of a profile are already made by earlier ones. Only told without computing where all counts of people are static:
 * what a profile makes then follows from its methods alone.
 */
function addsNothing(
  { statics, hasDynamic, active: { names } }: SiteData,
  [first]: readonly ResultRevision[],
  earlier: readonly MethodProfile[],
  profile: MethodProfile,
): boolean {
  if (hasDynamic || !first) return false;
  const { analyte } = first.result;
  const counts = statics.map(({ method }) => method);
  const made = (one: MethodProfile) => {
    const primary = one.population.methods.find((method) => counts.includes(method));
    const under = (quantity: "populationNormalisedLoad" | "consumption" | "doses", method: PopulationMethod) =>
      names.variant(one, quantity, analyte, { method }) ?? [];
    return [
      names.variant(one, "load", analyte, { method: "supplied" }) ?? [],
      ...counts.map((method) => under("populationNormalisedLoad", method)),
      ...(primary === undefined ? [] : [under("consumption", primary), under("doses", primary)]),
    ].flat();
  };
  const known = new Set(earlier.flatMap(made));
  return made(profile).every((variant) => known.has(variant));
}

function toSiteLoad({ day, timeMs, amount, censoring, method, provenance, switches }: DerivedValue): SiteLoad[] {
  const { flowM3D } = provenance.inputs;
  if (timeMs === null || flowM3D === null || (amount === null && censoring === "none")) return [];
  if (switches.excludeFromAnalysis || isRefused(provenance.flags)) return [];
  return [
    {
      day,
      timeMs,
      quantity: "load",
      value: amount?.value ?? 0,
      censored: censoring !== "none" && censoring !== "aboveRange",
      method: method ?? "",
      flowM3D,
      results: provenance.resultIds,
      reservations: reservationsOf(provenance.flags),
    },
  ];
}

/** What laboratories, or a public source, gave as loads, without what a quality flag excludes from analysis. */
export function reportedLoads(
  data: SiteData,
  results: readonly ResultRevision[],
  flags: ReadonlyMap<string, readonly QualityFlag[]> = flagsOf(data, results),
): SiteLoad[] {
  return results.flatMap((revision) => reportedLoad(data, revision, flags.get(revision.identity) ?? []));
}

function reportedLoad(
  { site }: SiteData,
  { sample, result, identity }: ResultRevision,
  flags: readonly QualityFlag[],
): SiteLoad[] {
  if (result.quantity === "concentration" || switchesOf(flags).excludeFromAnalysis || isRefused(flags)) return [];
  const timeMs = Date.parse(sample.start);
  const known = result.value ?? result.loq ?? result.lod ?? 0;
  return [
    {
      day: localDay(timeMs, site.timeZone),
      timeMs,
      quantity: result.quantity,
      value: convert(known, result.unit, result.quantity === "load" ? "g/d" : "mg/d/(10*3.{inh})"),
      censored: result.censoring !== "none" && result.censoring !== "aboveRange",
      method: result.method,
      flowM3D: null,
      results: [identity],
      reservations: reservationsOf(flags),
    },
  ];
}

const reservationsOf = (flags: readonly QualityFlag[]) => usableForLead(flags.filter(({ value }) => value !== null)).because;

/** Whether a lead may rest on what was found on the day: some load of it has no reservation. */
export function isSound(loads: readonly SiteLoad[], day: string): boolean {
  return loads.some((load) => load.day === day && load.reservations.length === 0);
}

/** A value that a rule refuses is no load, not a load of zero. */
function isRefused(flags: readonly QualityFlag[]): boolean {
  return standingFlags(flags).some(({ action }) => action === "reject" || action === "hold" || action === "loadNull");
}

function suppressionsOf(
  { site: { siteId } }: SiteData,
  results: readonly ResultRevision[],
  flags: ReadonlyMap<string, readonly QualityFlag[]>,
): Suppression[] {
  return results.flatMap(({ identity, result: { analyte } }) => {
    const own = flags.get(identity) ?? [];
    const { hideFromDashboard, excludeFromAnalysis, excludeFromQualityReport } = switchesOf(own);
    if (!hideFromDashboard && !excludeFromAnalysis && !excludeFromQualityReport) return [];
    const rules = standingFlags(own).flatMap(({ ruleId, switches }) => (Object.values(switches).some(Boolean) ? [ruleId] : []));
    return [{ siteId, analyte, resultId: identity, hideFromDashboard, excludeFromAnalysis, excludeFromQualityReport, rules }];
  });
}

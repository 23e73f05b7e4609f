import type { RoundScore } from "../../schemas/interlaboratory.ts";
import type { MethodProfile } from "../../schemas/profiles.ts";
import type { QualityOverride } from "../../schemas/qualityRules.ts";
import { READING_UNITS, type ReadingQuantity } from "../../schemas/reading.ts";
import type { Sample } from "../../schemas/sample.ts";
import type { Site } from "../../schemas/site.ts";
import type { Records } from "../../store/records/records.ts";
import type { ResultRevision } from "../../store/records/revisions.ts";
import type { Series } from "../../store/series/series.ts";
import { concentrationOf } from "../load/concentration.ts";
import { LEFT_BY_OTHER } from "../load/licit.ts";
import type { InSewerChange } from "../load/loadInput.ts";
import {
  combinedPopulation,
  type MarkerConcentrations,
  markerPopulations,
  type PopulationEstimate,
  statedPopulation,
} from "../load/population.ts";
import type { Surroundings } from "../quality/facts.ts";
import { type FlowLookup, meanReading, type Readings, readUsable } from "./flows.ts";
import { inSewerLookup, needsTemperature, quantifiedLookup } from "./inSewer.ts";
import type { ActiveMethods } from "./methods.ts";

/** Markers of people as a laboratory reports them, and the probes that measure them too. */
const MARKERS: Record<string, { field: keyof MarkerConcentrations; reading?: ReadingQuantity }> = {
  bod5: { field: "bodMgL", reading: "bod" },
  cod: { field: "codMgL", reading: "cod" },
  "total-nitrogen": { field: "totalNitrogenMgL", reading: "totalNitrogen" },
  "total-phosphorus": { field: "totalPhosphorusMgL", reading: "totalPhosphorus" },
  "ammonium-nitrogen": { field: "ammoniumNitrogenMgL", reading: "ammoniumNitrogen" },
  cotinine: { field: "cotinineNgL" },
  caffeine: { field: "caffeineNgL" },
};
export const MARKER_ANALYTES: readonly string[] = Object.keys(MARKERS);
const MARKER_READINGS = [
  ...Object.values(MARKERS).flatMap(({ reading }) => reading ?? []),
  "mobilePeople",
] satisfies ReadingQuantity[];
const NG_PER_MG = 1e6;

/** What the numbers of one site rest on besides the results of their analyte. */
export interface SiteData {
  site: Site;
  active: ActiveMethods;
  flowOf: FlowLookup;
  /** What was quantified of the markers of people while the sample was taken. */
  markersOf: (sample: Sample) => MarkerConcentrations;
  /** What the sewer did to an analyte until a sample was taken; undefined where the site does not say, or nobody measured the temperature. */
  inSewerOf: (analyte: string) => (sample: Sample) => InSewerChange | undefined;
  /** What was quantified, ng/L, of another drug's residue that leaves the analyte too; undefined for an analyte that none leaves. */
  otherDrugOf: (analyte: string) => ((sample: Sample) => number | undefined) | undefined;
  /** Static counts, the site's own first. */
  statics: readonly PopulationEstimate[];
  /** Counts of the sample's own day under a profile, and the combination of all where the profile knows one. */
  populationsOf(profile: MethodProfile, sample: Sample): readonly PopulationEstimate[];
  /** Whether any sample has counts of its own. */
  hasDynamic: boolean;
  aroundOf(sample: Sample): Pick<Surroundings, "flowM3D" | "people" | "markerPeople" | "markerRatios">;
  overrides: ReadonlyMap<string, ReadonlyMap<string, QualityOverride>>;
  rounds: readonly RoundScore[];
}

/**
 * Reads it once for all analytes of the site.
 * @param results of every analyte to be computed, and of the markers (MARKER_ANALYTES)
 */
export async function readSiteData(
  { records, series }: { records: Records; series: Series },
  site: Site,
  results: ReadonlyMap<string, readonly ResultRevision[]>,
  flowOf: FlowLookup,
  active: ActiveMethods,
): Promise<SiteData> {
  const all = [...results.values()].flat();
  const samples = [...new Set(all.map(({ sample }) => sample))];
  const quantities = needsTemperature(site) ? [...MARKER_READINGS, "temperature"] : MARKER_READINGS;
  const readings = await readUsable(series, site.siteId, quantities, samples);
  const markersOf = markerLookup(results, readings);
  const ratios = markerRatios(samples, markersOf, flowOf);
  const statics = staticPopulations(site);
  const populationsOf = populationLookup(site, active, statics, markersOf, flowOf, readings);
  const [first] = active.profiles as [MethodProfile];
  const labIds = [...new Set(all.map(({ origin }) => origin.labId))];
  return {
    site,
    active,
    flowOf,
    markersOf,
    inSewerOf: inSewerLookup(site, results, readings),
    otherDrugOf: (analyte) => {
      const other = LEFT_BY_OTHER[analyte];
      return other === undefined ? undefined : quantifiedLookup(results.get(other) ?? []);
    },
    statics,
    populationsOf,
    hasDynamic: samples.some((sample) => active.profiles.some((profile) => populationsOf(profile, sample).length > 0)),
    aroundOf: once((sample) => ({
      flowM3D: flowOf(sample),
      people: statics[0]?.people,
      markerPeople: markerPeopleOf(populationsOf(first, sample)),
      markerRatios: ratios.get(windowOf(sample)),
    })),
    overrides: await overridesOf(records, site.siteId),
    rounds: await records.rounds.scores({ labIds }),
  };
}

/** Samples of one window are of the same sewage, whatever laboratory had them. */
const windowOf = once(({ start, end }: Sample) => `${Date.parse(start)} ${Date.parse(end)}`);

/** Of each sample once: every result asks for it several times. */
function once<Found>(find: (sample: Sample) => Found): (sample: Sample) => Found {
  const known = new WeakMap<Sample, Found>();
  return (sample) => {
    let found = known.get(sample);
    if (found === undefined) {
      found = find(sample);
      known.set(sample, found);
    }
    return found;
  };
}

function staticPopulations({ population, populations = [] }: Site): PopulationEstimate[] {
  const own = population ? [statedPopulation("supplied", population.people, population.source)] : [];
  return [...own, ...populations.map(({ method, people, source }) => statedPopulation(method, people, source))];
}

type MarkerLookup = (sample: Sample) => MarkerConcentrations;

/** What a laboratory measured in the sample, else what a probe read while it was taken. Only what was quantified counts people. */
function markerLookup(results: ReadonlyMap<string, readonly ResultRevision[]>, readings: Readings): MarkerLookup {
  const measured = new Map<string, MarkerConcentrations>();
  for (const [analyte, { field }] of Object.entries(MARKERS)) {
    for (const { sample, result } of results.get(analyte) ?? []) {
      if (result.quantity !== "concentration" || result.censoring !== "none") continue;
      const ngL = concentrationOf(result).ngL as number;
      const found = measured.get(windowOf(sample)) ?? {};
      found[field] ??= field.endsWith("MgL") ? ngL / NG_PER_MG : ngL;
      measured.set(windowOf(sample), found);
    }
  }
  const probes = Object.values(MARKERS).filter(({ reading }) => reading !== undefined && readings.has(reading));
  if (probes.length === 0) return (sample) => measured.get(windowOf(sample)) ?? {};
  const known = new Map<string, MarkerConcentrations>();
  return (sample) => {
    const window = windowOf(sample);
    const kept = known.get(window);
    if (kept) return kept;
    const found: MarkerConcentrations = {};
    for (const { field, reading } of probes) {
      const mgL = meanReading(readings.get(reading as string) ?? [], Date.parse(sample.start), Date.parse(sample.end));
      if (mgL !== undefined) found[field] = mgL;
    }
    const both = { ...found, ...measured.get(window) };
    known.set(window, both);
    return both;
  };
}

/** Today's load over its median for each marker, by window; only where two or more were measured. */
function markerRatios(samples: readonly Sample[], markersOf: MarkerLookup, flowOf: FlowLookup): Map<string, number[]> {
  const windows = new Map(samples.map((sample) => [windowOf(sample), sample]));
  const loads = new Map<string, Map<keyof MarkerConcentrations, number>>();
  const byMarker = new Map<keyof MarkerConcentrations, number[]>();
  for (const [window, sample] of windows) {
    const flowM3D = flowOf(sample);
    const found = Object.entries(markersOf(sample)) as [keyof MarkerConcentrations, number][];
    if (found.length < 2 || flowM3D === undefined) continue;
    loads.set(window, new Map(found.map(([marker, value]) => [marker, value * flowM3D])));
    for (const [marker, value] of found) {
      const series = byMarker.get(marker) ?? [];
      series.push(value * flowM3D);
      byMarker.set(marker, series);
    }
  }
  const usual = new Map([...byMarker].map(([marker, values]) => [marker, values.toSorted((a, b) => a - b)[values.length >> 1]!]));
  return new Map([...loads].map(([window, of]) => [window, [...of].map(([marker, load]) => load / usual.get(marker)!)]));
}

function populationLookup(
  { habits = {} }: Site,
  { methods }: ActiveMethods,
  statics: readonly PopulationEstimate[],
  markersOf: MarkerLookup,
  flowOf: FlowLookup,
  readings: Readings,
): SiteData["populationsOf"] {
  const known = new Map<MethodProfile, Map<string, readonly PopulationEstimate[]>>();
  const telephones = readings.get("mobilePeople") ?? [];
  const { cigarettesPersonDay, caffeineMgPersonDay, domesticShare } = habits;
  const own = {
    ...(cigarettesPersonDay === undefined ? {} : { cigarettesPersonDay }),
    ...(caffeineMgPersonDay === undefined ? {} : { caffeineMgPersonDay }),
    ...(domesticShare === undefined ? {} : { domesticShare }),
  };
  const count = (profile: MethodProfile, sample: Sample): readonly PopulationEstimate[] => {
    const counted = markerPopulations(profile, markersOf(sample), flowOf(sample) ?? 0, own, methods);
    const people = meanReading(telephones, Date.parse(sample.start), Date.parse(sample.end));
    if (people !== undefined && people > 0) {
      counted.push(statedPopulation("mobile", people, `mean of the readings in ${READING_UNITS.mobilePeople}`));
    }
    if (counted.length === 0) return NOBODY;
    const combines = profile.population.methods.includes("combined");
    const combined = combines ? combinedPopulation([...counted, ...statics]) : undefined;
    return combined ? [...counted, combined] : counted;
  };
  return (profile, sample) => {
    let ofProfile = known.get(profile);
    if (!ofProfile) {
      ofProfile = new Map();
      known.set(profile, ofProfile);
    }
    const window = windowOf(sample);
    let counted = ofProfile.get(window);
    if (!counted) {
      counted = count(profile, sample);
      ofProfile.set(window, counted);
    }
    return counted;
  };
}

const NOBODY: readonly PopulationEstimate[] = [];

/** People by the markers alone: what is compared with the static count. */
function markerPeopleOf(populations: readonly PopulationEstimate[]): number | undefined {
  const counted = populations.filter(({ method, under }) => method !== "combined" && method !== "mobile" && under === undefined);
  return (combinedPopulation(counted) ?? counted[0])?.people;
}

async function overridesOf({ quality }: Records, siteId: string): Promise<Map<string, Map<string, QualityOverride>>> {
  const byResult = Map.groupBy(await quality.overrides({ siteId, standing: true }), ({ resultId }) => resultId);
  return new Map(
    [...byResult].map(([resultId, overrides]) => [
      resultId,
      new Map(overrides.map(({ ruleId, actor, reason, at }) => [ruleId, { actor, reason, at }])),
    ]),
  );
}

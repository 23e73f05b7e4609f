import { localDay } from "../../schemas/days.ts";
import { findProfile, type MethodProfile } from "../../schemas/profiles.ts";
import type { Site } from "../../schemas/site.ts";
import { convert } from "../../schemas/units.ts";
import type { ResultRevision } from "../../store/records/revisions.ts";
import { deriveLoads } from "../load/derive.ts";
import type { DerivedValue } from "../load/derived.ts";
import { statedPopulation } from "../load/population.ts";
import { loadSamplesOf } from "../load/samples.ts";
import type { FlowLookup } from "./flows.ts";

/** Changes whenever the same records may give other numbers. */
const SOFTWARE_VERSION = "1";
/** The profile all sites are computed under: people as connected, consumption and doses where a factor is agreed. */
const PROFILE = findProfile("acic-nwdmp") as MethodProfile;

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
}

export interface SiteLoads {
  loads: SiteLoad[];
  /** Every derived quantity with its provenance; empty where the laboratory reported loads itself. */
  derived: DerivedValue[];
}

/** What the current results of one analyte come to. Concentrations without a flow give no load. */
export function loadsOf(site: Site, results: readonly ResultRevision[], flowOf: FlowLookup): SiteLoads {
  const records = results.map(({ identity, sampleHash, sample, result }) => ({
    identity,
    sampleKey: sampleHash,
    sample,
    result,
  }));
  const { population, residenceTimeH } = site;
  const derived = deriveLoads({
    siteId: site.siteId,
    analyte: results[0]?.result.analyte ?? "",
    profile: PROFILE,
    samples: loadSamplesOf(records, site.timeZone, { flowOf }),
    populations: population ? [statedPopulation("supplied", population.people, population.source)] : [],
    ...(residenceTimeH === undefined ? {} : { residenceTimeH }),
    softwareVersion: SOFTWARE_VERSION,
  });
  const loads = derived.flatMap((value) => (value.quantity === "load" ? toSiteLoad(value) : []));
  return { loads: [...loads, ...results.flatMap((revision) => reportedLoad(site, revision))], derived };
}

function toSiteLoad({ day, timeMs, amount, censoring, method, provenance }: DerivedValue): SiteLoad[] {
  const { flowM3D } = provenance.inputs;
  if (timeMs === null || flowM3D === null || (amount === null && censoring === "none")) return [];
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
    },
  ];
}

/** What the laboratory, or the public source, gave as a load. */
function reportedLoad(site: Site, { sample, result, identity }: ResultRevision): SiteLoad[] {
  if (result.quantity === "concentration") return [];
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
    },
  ];
}

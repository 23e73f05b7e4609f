import { localDay } from "../../schemas/days.ts";
import type { Site } from "../../schemas/site.ts";
import { convert } from "../../schemas/units.ts";
import type { ResultRevision } from "../../store/records/revisions.ts";
import type { Point } from "../../store/series/series.ts";
import { dailyLoad, perThousandPeople } from "../load/load.ts";
import { combineLogSd, logInterval, logSd } from "../load/uncertainty.ts";
import type { FlowLookup } from "./flows.ts";

/** How loads are named in the series: concentration times flow, population as connected; or as the source reported them. */
export const STATIC_PROFILE = "static-v1";
export const REPORTED_PROFILE = "reported";

/** One day's load of one analyte at one site, with what it rests on. */
export interface SiteLoad {
  day: string;
  timeMs: number;
  quantity: "load" | "populationNormalisedLoad";
  /** g/d, or mg/d/(10*3.{inh}); for a censored load its limit, 0 where no limit is known. */
  value: number;
  censored: boolean;
  low: number;
  high: number;
  method: string;
  flowM3D: number | null;
  sampleId: string;
  /** Identities of the results it was computed from. */
  results: string[];
}

/**
 * The loads of a site's results of one analyte, one a sample and method; replicates are averaged on the log scale. Results without
 * a flow give none.
 */
export function loadsOf(site: Site, results: readonly ResultRevision[], flowOf: FlowLookup): SiteLoad[] {
  const groups = Map.groupBy(results, ({ sampleHash, result }) => `${sampleHash} ${result.method} ${result.quantity}`);
  return [...groups.values()].flatMap((replicates) => {
    const load = loadOf(site, replicates, flowOf);
    return load ? [load] : [];
  });
}

function loadOf(site: Site, replicates: readonly ResultRevision[], flowOf: FlowLookup): SiteLoad | undefined {
  const [{ sample, result }] = replicates as readonly [ResultRevision];
  const timeMs = Date.parse(sample.start);
  const measured = replicates.filter((revision) => revision.result.censoring === "none");
  const { value, relativeU } = measured.length > 0 ? averageOf(measured) : lowestLimitOf(replicates);
  const common = {
    day: localDay(timeMs, site.timeZone),
    timeMs,
    censored: measured.length === 0,
    method: result.method,
    sampleId: sample.sampleId,
    results: replicates.map(({ identity }) => identity),
  };
  if (result.quantity !== "concentration") {
    const to = result.quantity === "load" ? "g/d" : "mg/d/(10*3.{inh})";
    const converted = convert(value, result.unit, to);
    return {
      ...common,
      quantity: result.quantity,
      value: converted,
      ...loadInterval(converted, relativeU, false),
      flowM3D: null,
    };
  }
  const flowM3D = flowOf(sample);
  if (flowM3D === undefined || !(flowM3D > 0)) return undefined;
  const loadGD = dailyLoad(convert(value, result.unit, "ng/L"), flowM3D);
  return { ...common, quantity: "load", value: loadGD, ...loadInterval(loadGD, relativeU, true), flowM3D };
}

/** Relative standard uncertainties of sampling and of flow: Castiglioni et al. 2013, Environ. Sci. Technol. 47:1452. */
const SAMPLING_U = 0.1;
const FLOW_U = 0.2;

/** 95 % interval of a load; one that was reported as a load has no sampling and flow of ours in it. */
function loadInterval(load: number, analysisU: number, fromFlow: boolean): { low: number; high: number } {
  const parts = fromFlow ? [analysisU, SAMPLING_U, FLOW_U] : [analysisU];
  return logInterval(load, combineLogSd(...parts.map(logSd)), 0.95);
}

/** Where a laboratory states no uncertainty: the middle of the 6 to 26 % that the field reports for the chemical analysis. */
const ANALYSIS_U_DEFAULT = 0.15;

function averageOf(measured: readonly ResultRevision[]): { value: number; relativeU: number } {
  const values = measured.map(({ result }) => result.value as number);
  const value = Math.exp(values.reduce((sum, v) => sum + Math.log(v), 0) / values.length);
  const stated = measured.flatMap(({ result: { value: v, uncertainty, coverageFactor = 2 } }) =>
    v && uncertainty !== undefined ? [uncertainty / coverageFactor / v] : [],
  );
  const mean = stated.length > 0 ? stated.reduce((a, b) => a + b, 0) / stated.length : ANALYSIS_U_DEFAULT;
  return { value, relativeU: mean / Math.sqrt(values.length) };
}

function lowestLimitOf(censored: readonly ResultRevision[]): { value: number; relativeU: number } {
  const limits = censored.flatMap(({ result: { censoring, lod, loq, value } }) => {
    const limit = censoring === "belowLod" ? (lod ?? loq) : (loq ?? lod ?? value);
    return limit ? [limit] : [];
  });
  return { value: limits.length > 0 ? limits.reduce((a, b) => Math.min(a, b)) : 0, relativeU: 0 };
}

/** The points that the loads of one analyte leave in the series: the load, and the population-normalised load. */
export function loadPoints(site: Site, analyte: string, loads: readonly SiteLoad[]): Point[] {
  return loads.flatMap((load) => {
    const point = toPoint(site, analyte, load, load.quantity, 1);
    const people = site.population?.people;
    if (load.quantity !== "load" || !people) return [point];
    return [point, toPoint(site, analyte, load, "populationNormalisedLoad", perThousandPeople(1, people))];
  });
}

function toPoint(site: Site, analyte: string, load: SiteLoad, measure: SiteLoad["quantity"], factor: number): Point {
  return {
    measure,
    siteId: site.siteId,
    name: analyte,
    variant: load.flowM3D === null ? REPORTED_PROFILE : STATIC_PROFILE,
    timeMs: load.timeMs,
    value: load.value * factor,
    ...(load.censored ? { censored: true } : { low: load.low * factor, high: load.high * factor }),
    origin: load.results.join(","),
  };
}

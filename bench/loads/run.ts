/**
 * One million results to all derived quantities with uncertainty and provenance, on one core, beside the bare arithmetic: under one
 * profile, and as the analytics does it, with every quality rule judged and every default profile derived into points.
 * Run: node bench/loads/run.ts [results]
 */
import { cpus } from "node:os";
import { deriveLoads } from "../../analytics/load/derive.ts";
import type { LoadSample } from "../../analytics/load/loadInput.ts";
import { statedPopulation } from "../../analytics/load/population.ts";
import { seriesNames } from "../../analytics/load/variants.ts";
import { computeSeries } from "../../analytics/worker/loads.ts";
import type { SiteData } from "../../analytics/worker/siteData.ts";
import { environment } from "../../schemas/config.ts";
import { profilesNamed, SHIPPED_METHODS } from "../../schemas/methods.ts";
import { findProfile } from "../../schemas/profiles.ts";
import type { ResultRevision } from "../../store/records/revisions.ts";

const results = Number(process.argv[2] ?? 1_000_000);
/** Samples of one site and analyte at a time, as the worker has them: three years of days. */
const PER_SERIES = 1_000;
const ROUNDS = 5;
/** Concentration, load, normalised load, consumption and doses. */
const DERIVED_PER_RESULT = 5;

const profile = findProfile("us-research")!;
const populations = [statedPopulation("census", 180_000, "census")];
const samples: LoadSample[] = Array.from({ length: PER_SERIES }, (_, index) => ({
  resultIds: [`r${String(index).padStart(6, "0")}`],
  day: new Date(Date.UTC(2023, 0, 1 + index)).toISOString().slice(0, 10),
  concentration:
    index % 5 === 0 ? { ngL: 10, censoring: "belowLoq" } : { ngL: 800 + (index % 97), censoring: "none", analysisCv: 0.08 },
  flowM3D: 45_000 + (index % 31) * 100,
}));

function chain(): number {
  let derived = 0;
  for (let done = 0; done < results; done += PER_SERIES) {
    derived += deriveLoads({
      siteId: `s${done}`,
      analyte: "benzoylecgonine",
      profile,
      populations,
      samples,
      softwareVersion: "bench",
    }).length;
  }
  return derived;
}

const site = { siteId: "s", name: "S", kind: "wwtp", timeZone: "UTC" } as const;
const active = {
  methods: SHIPPED_METHODS,
  profiles: profilesNamed(environment.parse({}).SEWERTRACE_PROFILES, SHIPPED_METHODS.profiles),
  names: seriesNames(SHIPPED_METHODS),
};
const data: SiteData = {
  site,
  active,
  statics: populations,
  flowOf: ({ flowM3D }) => flowM3D,
  markersOf: () => ({}),
  inSewerOf: () => () => undefined,
  otherDrugOf: () => undefined,
  populationsOf: () => [],
  hasDynamic: false,
  aroundOf: ({ flowM3D }) => ({ flowM3D, people: 180_000 }),
  overrides: new Map(),
  rounds: [],
};
const revisions = samples.map(({ resultIds: [identity = ""], day, concentration, flowM3D }): ResultRevision => {
  const { ngL: value, censoring } = concentration;
  const at = (shift: number) => new Date(Date.parse(day) + shift * 86_400_000).toISOString();
  const sampling = { sampleId: identity, siteId: "s", mode: "flowProportional", start: at(0), end: at(1), flowM3D } as const;
  const limit = censoring === "none" ? {} : { loq: value as number };
  const result = {
    analyte: "benzoylecgonine",
    quantity: "concentration",
    value,
    unit: "ng/L",
    censoring,
    method: "m",
    replicate: 1,
    ...limit,
  } as const;
  const origin = { labId: "l", uploadId: "u", reportedAt: at(2), revision: null, topic: "t", partition: 0, offset: "0" };
  const kept = { identity, contentHash: identity, sampleHash: identity, orderKey: "", origin, receivedAt: at(2) };
  return { ...kept, sample: sampling as ResultRevision["sample"], result };
});

/** As analytics/worker/plant.ts computes one analyte of one site. */
function worked(): number {
  let points = 0;
  for (let done = 0; done < results; done += PER_SERIES) points += computeSeries(data, revisions).points.length;
  return points;
}

/** The four products alone: no interval, no reasons, no objects. */
function bare(): number {
  let sum = 0;
  for (let done = 0; done < results; done += PER_SERIES) {
    for (const { concentration, flowM3D } of samples) {
      const load = concentration.ngL! * flowM3D! * 1e-6;
      const each = (load * 1e6) / 180_000;
      const consumed = each * 3.5907;
      sum += load + each + consumed + consumed / 100;
    }
  }
  return sum;
}

function bestSeconds(work: () => number): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    if (!(work() > 0)) throw new Error("nothing was computed");
    best = Math.min(best, (performance.now() - start) / 1000);
  }
  return best;
}

const chained = bestSeconds(chain);
const workedSeconds = bestSeconds(worked);
const bareSeconds = bestSeconds(bare);
const report = {
  results,
  resultsPerSecond: Math.round(results / chained),
  derivedPerSecond: Math.round((DERIVED_PER_RESULT * results) / chained),
  workedResultsPerSecond: Math.round(results / workedSeconds),
  bareResultsPerSecond: Math.round(results / bareSeconds),
  timesSlowerThanBare: Number((chained / bareSeconds).toFixed(1)),
  cpu: cpus()[0]?.model,
  node: process.version,
};
console.log(JSON.stringify(report));

/**
 * One million results to all derived quantities with uncertainty and provenance, on one core, beside the bare arithmetic.
 * Run: node bench/loads/run.ts [results]
 */
import { cpus } from "node:os";
import { deriveLoads, type LoadSample } from "../../analytics/load/derive.ts";
import { statedPopulation } from "../../analytics/load/population.ts";
import { findProfile } from "../../schemas/profiles.ts";

const results = Number(process.argv[2] ?? 1_000_000);
/** Samples of one site and analyte at a time, as the worker has them: three years of days. */
const PER_SERIES = 1_000;
const ROUNDS = 5;

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
const bareSeconds = bestSeconds(bare);
const report = {
  results,
  resultsPerSecond: Math.round(results / chained),
  derivedPerSecond: Math.round((4 * results) / chained),
  bareResultsPerSecond: Math.round(results / bareSeconds),
  timesSlowerThanBare: Number((chained / bareSeconds).toFixed(1)),
  cpu: cpus()[0]?.model,
  node: process.version,
};
console.log(JSON.stringify(report));

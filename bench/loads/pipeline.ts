/**
 * What the analytics needs for one plant on embedded stores: two years of daily composites of the simulated panel, computed for the
 * first time and then again with nothing new, detection included. Run: node bench/loads/pipeline.ts [days]
 */
import { cpus } from "node:os";
import { analysePlant } from "../../analytics/worker/plant.ts";
import { simulateProvince } from "../../simulation/province.ts";
import { openPlantWorld } from "../../tests/analytics/worker/world.ts";

const days = Number(process.argv[2] ?? 730);
const province = simulateProvince({ seed: 3, plants: 1, manholes: 20, days, endDay: "2026-05-04", dump: null });
const [plant] = province.sites;
if (!plant) throw new Error("the province has no plant");
const { networkNode: _unmapped, ...site } = plant;
const world = await openPlantWorld();
const reports = [...province.reports(site.siteId)];
const readings = [...province.readings(site.siteId)].flat();
await world.receive(site, { reports: reports.slice(0, 1), readings });
await world.receive(site, { reports: reports.slice(1) }); // warm, and everything stored once

async function seconds(): Promise<number> {
  const start = performance.now();
  await analysePlant(world, site.siteId, [site.siteId]);
  return (performance.now() - start) / 1_000;
}

const again = await seconds();
for (const measure of ["load", "populationNormalisedLoad", "consumption", "doses", "expected"] as const)
  await world.series.remove({ measure, siteIds: [site.siteId], fromMs: 0, toMs: Date.UTC(2200, 0) });
const first = await seconds();
const results = reports.reduce((sum, report) => sum + report.results.length, 0);
console.log(
  JSON.stringify({
    results,
    points: (await world.points(site.siteId)).length,
    firstS: Number(first.toFixed(2)),
    againS: Number(again.toFixed(2)),
    resultsPerSecond: Math.round(results / first),
    cpu: cpus()[0]?.model,
    node: process.version,
  }),
);
await world.close();

import { expect, it, onTestFinished } from "vitest";
import { learnPools } from "../../../analytics/worker/learnPools.ts";
import { LAST, regionReports, siteOf, standing } from "./region.ts";
import { openPlantWorld } from "./world.ts";

// Method: plants whose cathinone, which no public series tells of, is three times its weekday on weekends; a plant that begins to sample in
// the half year that runs has no rhythm of its own yet.
const OLD = ["A", "B", "C", "D", "E", "F", "G", "H"];
const DAYS = 300;
const ANALYTE = "mephedrone";
/** 2026-05-03 is a Sunday. */
const weekend = (ago: number) => (ago % 7 === 0 || ago % 7 === 1 ? 3 : 1);
const levels = { [ANALYTE]: { ngL: 80, sdLn: 0.15 } };

async function province(plants: readonly string[]) {
  const world = await openPlantWorld();
  onTestFinished(() => world.close());
  const reports = regionReports({ seed: 3, plants, days: DAYS, levels, factor: (_site, _analyte, ago) => weekend(ago) });
  const late = regionReports({
    seed: 3,
    plants: ["new"],
    days: 25,
    levels,
    factor: (_site, _analyte, ago) => weekend(ago) * (ago === 2 ? 8 : 1),
  });
  await world.ingest([...plants, "new"].map(siteOf), { reports: [...reports, ...late] });
  await world.settle();
  return world;
}

it("enough like series of one's own make a pool: a new plant's weekends are known, what was found says by which pool", async () => {
  const world = await province(OLD);
  const before = await standing(world, [...OLD, "new"]);
  expect(before.find(({ siteId }) => siteId === "new")?.pool).toBeNull();
  await learnPools(world);
  await world.settle();
  const [pool, ...more] = await world.records.pools.inForce();
  expect(more).toEqual([]);
  expect(pool).toMatchObject({ analyte: ANALYTE, siteKind: "wwtp", from: "2026-01-01", series: OLD.length });
  const after = (await standing(world, ["new"])).filter(({ siteId }) => siteId === "new");
  expect(after.map(({ peak }) => peak)).toEqual(["2026-05-01"]); // the Friday of eight times, not the weekends
  expect(after[0]?.pool).toEqual({ version: pool!.version, series: OLD.length });
  for (const { pool: by, raisedOn } of await standing(world, OLD)) if (raisedOn! < "2026-01-01") expect(by).toBeNull();
});

it("what was learned stays: learning again, later values and a rebuild change neither the pool nor what was found by it", async () => {
  const world = await province(OLD);
  await learnPools(world);
  await world.settle();
  const found = await standing(world, [...OLD, "new"]);
  const pools = await world.records.pools.inForce();
  const { sampleId: _id, ...sample } = regionReports({ seed: 9, plants: ["A"], days: 200, levels })[0]!.sample;
  expect(sample.start.slice(0, 10)).toBe("2025-10-16"); // of the half year that the pool was learned from
  const late = { ...regionReports({ seed: 9, plants: ["A"], days: 200, levels })[0]!, uploadId: "late" };
  await world.ingest([], { reports: [{ ...late, sample: { ...sample, sampleId: "late" } }] });
  await learnPools(world);
  await world.settle();
  expect(await world.records.pools.inForce()).toEqual(pools);
  await world.ingest([], {
    reports: [
      {
        ...late,
        reportedAt: `${LAST}T23:00:00Z`,
        revision: { reason: "sampleMixUp" },
        sample: { ...sample, sampleId: "late" },
        results: late.results.map((result) => ({ ...result, withdrawn: true })),
      },
    ],
  });
  await world.settle();
  expect(await standing(world, [...OLD, "new"])).toEqual(found);
});

it("fewer series than that teach nothing: the reference stays", async () => {
  const world = await province(OLD.slice(1));
  await learnPools(world);
  expect(await world.records.pools.inForce()).toEqual([]);
});

it("an analyte of the EUDA file is judged by the reference that ships, by name, until then", async () => {
  const world = await openPlantWorld();
  onTestFinished(() => world.close());
  const factor = (_site: string, _analyte: string, ago: number) => (ago === 2 ? 9 : 1);
  await world.ingest([siteOf("A")], {
    reports: regionReports({ seed: 4, plants: ["A"], days: 120, levels: { mdma: { ngL: 90 } }, factor }),
  });
  await world.settle();
  const [spike] = await standing(world, ["A"]);
  expect(spike?.pool).toEqual({ version: expect.stringMatching(/^reference \d{4}-\d{2}$/), series: expect.any(Number) });
});

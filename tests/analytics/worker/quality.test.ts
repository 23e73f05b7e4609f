import { expect, it, onTestFinished } from "vitest";
import { readJudgedLoads } from "../../../analytics/worker/judgedLoads.ts";
import { findProfile, type MethodProfile } from "../../../schemas/profiles.ts";
import type { Site } from "../../../schemas/site.ts";
import { EVER, NOW, openPlantWorld } from "./world.ts";

const plant: Site = {
  siteId: "plant-a",
  name: "Plant A",
  kind: "wwtp",
  timeZone: "Asia/Shanghai",
  population: { people: 150_000, source: "census", year: 2020 },
};
const DAYS = 150;
const dayOf = (index: number) => new Date(Date.UTC(2025, 11, 1 + index)).toISOString().slice(0, 10);

async function opened() {
  const world = await openPlantWorld();
  onTestFinished(() => world.close());
  return world;
}

function reportOf(index: number, result: object, sample: object = {}) {
  const start = `${dayOf(index)}T08:00:00+08:00`;
  return {
    labId: "lab-1",
    uploadId: `u-${index}`,
    sample: {
      sampleId: `s-${index}`,
      siteId: "plant-a",
      mode: "flowProportional",
      start,
      end: new Date(Date.parse(start) + 86_400_000).toISOString(),
      flowM3D: 30_000,
      ...sample,
    },
    results: [{ analyte: "mdma", unit: "ng/L", method: "m-1", ...result }],
  };
}

/** A hundred and fifty quiet days, and one of a hundred times the usual. */
const history = (spike: object) =>
  Array.from({ length: DAYS }, (_, index) =>
    reportOf(index, index === DAYS - 5 ? { value: 1_000, ...spike } : { value: 10 + ((index * 37) % 11) / 10 }),
  );

const valuesOf = async ({ series }: Awaited<ReturnType<typeof opened>>, measure: "load" | "concentration") =>
  (await series.read({ measure, siteIds: ["plant-a"], ...EVER })).filter(({ value }) => value > 25 && measure === "load");

it("a spike raises an anomaly; one that the internal standard refuses makes no load, is not judged, and is on the list", async () => {
  const sound = await opened();
  await sound.receive(plant, { reports: history({ isRecovery: 95 }) });
  expect((await sound.records.anomalies.ofSeries("plant-a", "mdma")).map(({ peak }) => peak)).toContain(dayOf(DAYS - 5));
  const refused = await opened();
  await refused.receive(plant, { reports: history({ isRecovery: 12 }) });
  expect(await refused.records.anomalies.ofSeries("plant-a", "mdma")).toEqual([]);
  expect(await valuesOf(refused, "load")).toEqual([]);
  const [suppressed, ...others] = await refused.records.quality.suppressions({ siteIds: ["plant-a"] });
  expect(others).toEqual([]);
  expect(suppressed).toMatchObject({
    analyte: "mdma",
    excludeFromAnalysis: true,
    hideFromDashboard: false,
    rules: ["IS_RECOVERY"],
  });
});

it("overridden with a reason the value counts again, and no longer once that is revoked", async () => {
  const world = await opened();
  await world.receive(plant, { reports: history({ isRecovery: 12 }) });
  const [{ resultId } = { resultId: "" }] = await world.records.quality.suppressions({});
  const override = {
    overrideId: "o-1",
    siteId: "plant-a",
    analyte: "mdma",
    resultId,
    ruleId: "IS_RECOVERY",
    actor: "head of laboratory",
    reason: "the standard was added twice",
    at: NOW,
    revokedAt: null,
    revokedBy: null,
  };
  await world.records.quality.saveOverride(override);
  await world.receive(plant, {});
  expect(await valuesOf(world, "load")).toHaveLength(1);
  expect(await world.records.anomalies.ofSeries("plant-a", "mdma")).not.toEqual([]);
  expect(await world.records.quality.suppressions({})).toEqual([]);
  await world.records.quality.saveOverride({ ...override, revokedAt: NOW, revokedBy: "admin" });
  await world.receive(plant, {});
  expect(await valuesOf(world, "load")).toEqual([]);
  expect((await world.records.anomalies.ofSeries("plant-a", "mdma")).map(({ state }) => state)).toEqual(["retracted"]);
});

it("one refused replicate of two leaves the other; a value a thousand times the site's median is held and hidden", async () => {
  const world = await opened();
  const quiet = Array.from({ length: 10 }, (_, index) => reportOf(index, { value: 10 }));
  const pair = reportOf(10, { value: 10, replicate: 1 });
  pair.results.push({ ...pair.results[0]!, value: 80, replicate: 2, isRecovery: 5 } as (typeof pair.results)[number]);
  await world.receive(plant, { reports: [...quiet, pair, reportOf(11, { value: 25_000 })] });
  const loads = await world.series.read({ measure: "load", siteIds: ["plant-a"], ...EVER });
  expect(loads.map(({ value }) => Math.round(value * 1e9) / 1e9)).toEqual(Array.from({ length: 11 }, () => 0.3));
  const suppressed = await world.records.quality.suppressions({});
  expect(suppressed.map(({ rules, hideFromDashboard }) => [rules, hideFromDashboard]).toSorted()).toEqual([
    [["IS_RECOVERY"], false],
    [["UNIT_SANITY"], true],
  ]);
});

it("a flow that no plant of this size has makes no load, with the reason", async () => {
  const world = await opened();
  await world.receive(plant, { reports: [reportOf(0, { value: 10 }, { flowM3D: 3_000_000 }), reportOf(1, { value: 10 })] });
  expect(await world.series.read({ measure: "load", siteIds: ["plant-a"], ...EVER })).toHaveLength(1);
});

it("the trace sees each sample once, under the first profile in use, and none that a flag excludes", async () => {
  const world = await opened();
  const research = findProfile("us-research") as MethodProfile;
  const { flow } = research.uncertainty;
  const sure = { ...research, id: "mine", uncertainty: { ...research.uncertainty, flow: { ...flow, cv: 0.01 } } };
  await world.records.methods.addProfile(sure, { actor: "analyst", at: NOW });
  const manhole = { ...plant, kind: "manhole" } as const;
  const reported = reportOf(2, { value: 0.7, quantity: "load", unit: "g/d" });
  await world.receive(manhole, { reports: [reportOf(0, { value: 10 }), reportOf(1, { value: 10, isRecovery: 5 }), reported] });
  expect(await world.series.read({ measure: "load", siteIds: ["plant-a"], ...EVER })).toHaveLength(3);
  const judged = await readJudgedLoads(world, { siteIds: ["plant-a"], names: ["mdma"], ...EVER });
  expect(judged.map(({ variant }) => variant).sort()).toEqual(["euda-score@1", "lab-1/m-1/1"]);
  expect(await readJudgedLoads(world, { siteIds: [], names: ["mdma"], ...EVER })).toEqual([]);
});

it("a spike whose custody is broken is judged and raises no lead; with it whole, or overridden, it does", async () => {
  const leadsAfter = async (custody: object[], override = false) => {
    const world = await opened();
    const reports = history({});
    const spiked = reports[DAYS - 5] as (typeof reports)[number];
    Object.assign(spiked.sample, { custody });
    await world.receive(plant, { reports });
    if (override) {
      const [resultId = ""] = (await world.records.results.ofSeries("plant-a", "mdma"))
        .filter(({ sample }) => sample.custody)
        .map(({ identity }) => identity);
      const decided = { actor: "head", reason: "log found", at: NOW, revokedAt: null, revokedBy: null };
      await world.records.quality.saveOverride({
        overrideId: "o",
        siteId: "plant-a",
        analyte: "mdma",
        resultId,
        ruleId: "COC",
        ...decided,
      });
      await world.receive(plant, {});
    }
    expect(await world.records.anomalies.ofSeries("plant-a", "mdma")).not.toEqual([]);
    return (await world.records.leads.list({ siteId: "plant-a", limit: 9 })).length;
  };
  const whole = [{ time: `${dayOf(DAYS - 4)}T09:00:00+08:00`, action: "collected", by: "crew" }];
  const broken = [{ time: `${dayOf(DAYS - 4)}T09:00:00+08:00`, action: "received", by: "laboratory" }];
  expect(await leadsAfter(whole)).toBe(1);
  expect(await leadsAfter(broken)).toBe(0);
  expect(await leadsAfter(broken, true)).toBe(1);
});

it("above the calibrated range is still a spike: at least so much", async () => {
  const world = await opened();
  await world.receive(plant, { reports: history({ censoring: "aboveRange" }) });
  expect((await world.records.anomalies.ofSeries("plant-a", "mdma")).map(({ peak }) => peak)).toContain(dayOf(DAYS - 5));
});

it("what the batch's controls say is judged: an ion ratio that confirms nothing is excluded, a weak signal is below its limit", async () => {
  const world = await opened();
  const controls = (said: object) => ({ value: 10, loq: 8, lod: 2, ionRatio: 0.2, controls: said });
  await world.receive(plant, {
    reports: [
      reportOf(0, controls({ expectedIonRatio: 0.21, signalToNoise: 50 })),
      reportOf(1, controls({ expectedIonRatio: 0.5 })),
      reportOf(2, controls({ signalToNoise: 6 })),
      reportOf(3, controls({ signalToNoise: 2 })),
      reportOf(4, controls({ spikeRecoveryPercent: 20 })),
    ],
  });
  const loads = (await world.series.read({ measure: "load", siteIds: ["plant-a"], ...EVER })).filter(({ variant }) =>
    variant.includes("@"),
  );
  const told = loads.map(({ value, censored }) => [Math.round(value * 1e9) / 1e9, censored]);
  expect(told).toEqual([
    [0.3, false],
    [0.3, false],
    [0.3, true], // a limit is never below what was measured
    [0.3, true],
  ]);
  expect((await world.records.quality.suppressions({})).map(({ rules }) => rules[0]).sort()).toEqual(["ION_RATIO", "QC_SPIKE"]);
});

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SOFTWARE_VERSION } from "../../analytics/worker/methods.ts";
import { derivedItem } from "../../api/series/derived.ts";
import { close } from "../analytics/censored/oracle.ts";
import { ownDose } from "../store/records/methodsContract.ts";
import { analystOf } from "./analyst.ts";
import { mine } from "./methodAnswers.ts";
import { storeResult } from "./results.ts";
import { LAB, openWorld, type World } from "./world.ts";

const V = "/api/v1";
let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());
const { get, post, compute } = analystOf(() => world);

const asked = async () => {
  const lags = await world.log.lag("series-changes", "nobody-reads");
  return lags.reduce((sum, { end }) => sum + Number(end), 0);
};

describe("a derived value", () => {
  it("carries everything it rests on, under every profile in use", async () => {
    const resultId = await storeResult(world, {}, { analyte: "benzoylecgonine", value: 850 });
    const { items, storedBy } = await get("/derived?siteId=plant-a&analyte=benzoylecgonine");
    expect(storedBy).toBeNull(); // stored series there are none: nothing was computed yet
    for (const item of items) derivedItem.parse(item);
    const of = (quantity: string, profile: string) =>
      items.find(
        (item: { quantity: string; provenance: { profile: string } }) =>
          item.quantity === quantity && item.provenance.profile === profile,
      );
    const consumption = of("consumption", "acic-nwdmp@1");
    close(consumption.value, ((850 * 25_000 * 1e-6) / 100_000) * 1e6 * (303.353 / 289.326 / 0.35), 1e-4);
    expect(consumption).toMatchObject({ series: "acic-nwdmp@1/supplied/cocaine-be-australia", unit: "mg/d/(10*3.{inh})" });
    expect(consumption.provenance).toMatchObject({
      resultIds: [resultId],
      factorIds: { excretion: "cocaine-be-australia", dose: "dose-cocaine" },
      population: { people: 100_000, method: "supplied" },
    });
    await compute("plant-a");
    const { storedBy: now } = await get("/derived?siteId=plant-a&analyte=benzoylecgonine");
    expect([now, consumption.provenance.softwareVersion]).toEqual([SOFTWARE_VERSION, SOFTWARE_VERSION]);
    expect(consumption.provenance.flags.map(({ ruleId }: { ruleId: string }) => ruleId)).toEqual(["PT_Z"]);
    expect(of("consumption", "euda-score@1")).toMatchObject({ value: null, absent: "noExcretionFactor" });
    expect(of("concentration", "acic-nwdmp@1")).toMatchObject({ value: 850, unit: "ng/L", series: null });
    const csv = await get("/derived.csv?siteId=plant-a&analyte=benzoylecgonine&profile=acic-nwdmp&quantity=doses");
    expect(csv.split("\r\n")).toHaveLength(3);
    expect(csv).toContain(resultId);
  });
  it("above the calibrated range is at least so much, with the rule that says so", async () => {
    await storeResult(world, {}, { value: 900, censoring: "aboveRange" });
    const { items } = await get("/explanations?siteId=plant-a&analyte=mdma&day=2026-05-04&profile=euda-score");
    const load = items.find(({ quantity }: { quantity: string }) => quantity === "load");
    expect(load).toMatchObject({ high: null, censoring: "aboveRange" });
    close(load.value, 22.5, 1e-12);
    expect(load.sentences.join("\n")).toContain("CAL_RANGE");
  });
  it("is explained with the profile's own factor, added ones too", async () => {
    await storeResult(world, {}, { value: 100 });
    await post("/factors", ownDose);
    await post("/profiles", { ...mine, doses: { mdma: "dose-own" } });
    const { items } = await get("/explanations?siteId=plant-a&analyte=mdma&day=2026-05-04&profile=mine");
    const doses = items.find(({ quantity }: { quantity: string }) => quantity === "doses");
    expect(doses.sentences.join("\n")).toContain("125");
    expect(doses.sentences.join("\n")).toContain("own seizures 2025");
  });
});

describe("methods", () => {
  it("a posted profile asks for every site to be computed, and its series are found by its name", async () => {
    await storeResult(world, {}, { value: 100 });
    await compute();
    const before = await asked();
    await post("/profiles", mine);
    expect((await asked()) - before).toBe((await world.records.sites.list()).length);
    await compute();
    const { items } = await get("/series?siteId=plant-a&analyte=mdma&measure=consumption&profile=mine@1");
    expect(items).toHaveLength(1);
    expect(items[0]).toMatchObject({
      variant: "mine@1/supplied/mdma-zuccato-2008",
      derived: { profiles: ["mine@1"], population: "supplied", excretionFactor: "mdma-zuccato-2008", dose: null },
    });
    const shared = await get("/series?siteId=plant-a&analyte=mdma&measure=load&profile=mine");
    expect(shared.items.map(({ variant }: { variant: string }) => variant)).toEqual(["euda-score@1"]);
    expect(shared.items[0].derived.profiles).toEqual(["acic-nwdmp@1", "euda-score@1", "cn-cotinine@1", "nh4-n@1", "mine@1"]);
    const audit = await world.records.chains.list("audit");
    expect(audit.at(-1)).toMatchObject({ action: "profile.added", subject: "mine@1", actor: "the analyst" });
  });
  it("the same profile again changes nothing; a draft is kept and not computed", async () => {
    await post("/profiles", { ...mine, status: "draft" });
    const before = await asked();
    await post("/profiles", { ...mine, status: "draft" });
    expect(await asked()).toBe(before);
    const listed = await get("/profiles");
    expect(listed.items.find(({ key }: { key: string }) => key === "mine@1")).toMatchObject({ inUse: false, status: "draft" });
    expect((await get("/profiles/acic-nwdmp")).inUse).toBe(true);
  });
  it("a factor in another unit, of an unknown drug or outside its range is refused, each by its field", async () => {
    const payload = { ...ownDose, drug: "mdna", unit: "g", value: 0.1 };
    const { status, body } = await world.ask({ method: "POST", url: `${V}/factors`, who: "analyst", payload });
    expect(status).toBe(422);
    const told = body.refusals.map(({ code, where, expected }: { code: string; where: { path: string }; expected: string }) => [
      code,
      where.path,
      expected,
    ]);
    expect(told).toEqual([
      ["substance_unknown", "body.drug", "the id of a substance of the registry (GET /api/v1/substances)"],
      ["unit_unexpected", "body.unit", "mg"],
      ["value_outside_range", "body.low", "low <= value <= high"],
    ]);
    expect((await world.records.methods.added()).factors).toEqual([]);
  });
  it("every factor has a source and says how well it is known", async () => {
    const { items } = await get("/factors");
    expect(items.length).toBeGreaterThan(40);
    for (const { source, evidence } of items) expect([source.length > 3, typeof evidence]).toEqual([true, "string"]);
  });
});

describe("quality", () => {
  it("an override names actor and reason, is audited, recomputed, and can be revoked", async () => {
    const resultId = await storeResult(world, {}, { value: 100, isRecovery: 12 });
    const loads = async () =>
      (await get("/series?siteId=plant-a&analyte=mdma&measure=load")).items.filter(
        ({ derived }: { derived: object | null }) => derived,
      );
    await compute();
    expect(await loads()).toEqual([]);
    const flags = (await get("/quality?siteId=plant-a&severity=failure&ruleId=IS_RECOVERY")).items;
    expect(flags).toMatchObject([
      { resultId, labId: LAB, switches: { excludeFromAnalysis: true }, flags: [{ ruleId: "IS_RECOVERY", value: 12 }] },
    ]);
    const before = await asked();
    const { overrideId } = await post("/quality/overrides", {
      resultId,
      ruleId: "IS_RECOVERY",
      reason: "the standard was added twice",
    });
    expect(await asked()).toBe(before + 1);
    await compute();
    expect(await loads()).toHaveLength(1);
    const [flag] = (await get("/quality?siteId=plant-a&ruleId=IS_RECOVERY")).items[0].flags;
    expect(flag.override).toMatchObject({ actor: "the analyst", reason: "the standard was added twice" });
    await world.ask({ method: "DELETE", url: `${V}/quality/overrides/${overrideId}`, who: "admin" });
    await compute();
    expect(await loads()).toEqual([]);
    const actions = (await world.records.chains.list("audit")).map(({ action }) => action);
    expect(actions).toEqual(["quality.overridden", "quality.overrideRevoked"]);
    expect((await get("/quality/overrides?siteId=plant-a")).items).toMatchObject([{ overrideId, revokedBy: "the admin" }]);
  });
  it("a value held for its unit is hidden everywhere but on request", async () => {
    const day = (i: number) => ({
      sampleId: `s-${i}`,
      start: `2026-04-0${i}T08:00:00+08:00`,
      end: `2026-04-0${i + 1}T08:00:00+08:00`,
    });
    for (const i of [1, 2, 3, 4, 5, 6]) await storeResult(world, day(i), { analyte: "ketamine", value: 10 });
    const resultId = await storeResult(world, day(7), { analyte: "ketamine", value: 50_000 });
    await compute();
    const key = { measure: "concentration", siteId: "plant-a", name: "ketamine", variant: "lab-one/m-1/1" } as const;
    await world.series.write([
      { ...key, timeMs: Date.parse("2026-04-06T00:00:00Z"), value: 10, origin: "other" },
      { ...key, timeMs: Date.parse("2026-04-07T00:00:00Z"), value: 50_000, origin: resultId },
    ]);
    const values = async (query: string) =>
      (await get(`/series?siteId=plant-a&analyte=ketamine&measure=concentration${query}`)).items[0].points.map(
        (point: { value: number }) => point.value,
      );
    expect(await values("")).toEqual([10]);
    expect(await values("&hidden=true")).toEqual([10, 50_000]);
    const latest = await get("/series/latest?siteId=plant-a&analyte=ketamine&measure=concentration");
    expect(latest.items.map((item: { point: { value: number } }) => item.point.value)).toEqual([10]);
  });
});

it("what one person adds of ammonium at a plant comes from its own days, and one day of waste does not shift it", async () => {
  for (let i = 1; i <= 9; i++) {
    const at = { sampleId: `n-${i}`, start: `2026-04-0${i}T08:00:00+08:00`, end: `2026-04-0${i}T20:00:00+08:00` };
    const value = i === 4 ? 900 : 31 + (i % 3);
    await storeResult(world, at, { analyte: "ammonium-nitrogen", value, unit: "mg/L" });
  }
  const { plants, common } = await get("/marker-constants?marker=ammoniumNitrogen&siteId=plant-a");
  expect(plants).toMatchObject([{ siteId: "plant-a", people: 100_000, days: 9, outlyingDays: 1 }]);
  close(plants[0].gPersonDay, (32 * 25_000) / 100_000, 0.03);
  expect([plants[0].low < 8, plants[0].high > 8, common]).toEqual([true, true, null]);
});

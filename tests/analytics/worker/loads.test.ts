import { expect, it } from "vitest";
import { SOFTWARE_VERSION } from "../../../analytics/worker/methods.ts";
import { findProfile, type MethodProfile } from "../../../schemas/profiles.ts";
import type { Site } from "../../../schemas/site.ts";
import { close } from "../censored/oracle.ts";
import { dayOf, opened, plant, reading, reportOf } from "./plantLoads.ts";

it("one sample becomes load, normalised load, consumption and doses under every profile (worked value 7.1)", async () => {
  const world = await opened();
  await world.receive(plant, { reports: [reportOf("2026-04-01", [{ analyte: "benzoylecgonine", value: 850 }])] });
  const found = new Map((await world.points("plant-a")).map((point) => [`${point.measure} ${point.variant}`, point]));
  expect([...found.keys()].sort()).toEqual([
    "consumption acic-nwdmp@1/supplied/cocaine-be-australia",
    "consumption cn-cotinine@1/supplied/cocaine-be-castiglioni-2013",
    "doses acic-nwdmp@1/supplied/cocaine-be-australia/dose-cocaine",
    "doses cn-cotinine@1/supplied/cocaine-be-castiglioni-2013/dose-cocaine",
    "load euda-score@1",
    "populationNormalisedLoad euda-score@1/supplied",
  ]);
  close(found.get("load euda-score@1")!.value, 38.25);
  close(found.get("populationNormalisedLoad euda-score@1/supplied")!.value, 212.5);
  close(found.get("consumption cn-cotinine@1/supplied/cocaine-be-castiglioni-2013")!.value, 763.0206436952566);
  close(found.get("doses cn-cotinine@1/supplied/cocaine-be-castiglioni-2013/dose-cocaine")!.value, 7.630206);
  for (const { low, high, value } of found.values()) expect([low! < value, value < high!]).toEqual([true, true]);
});

it("another version of the software that computes the same leaves every stored byte, and says that the series are its own", async () => {
  const world = await opened();
  await world.receive(plant, { reports: [reportOf("2026-04-01", [{ analyte: "benzoylecgonine", value: 850 }])] });
  const before = JSON.stringify(await world.points("plant-a"));
  expect(await world.records.methods.computedBy("plant-a")).toBe(SOFTWARE_VERSION);
  await world.records.methods.setComputedBy("plant-a", "an earlier one");
  await world.receive(plant, {});
  expect(await world.records.methods.computedBy("plant-a")).toBe(SOFTWARE_VERSION);
  expect(JSON.stringify(await world.points("plant-a"))).toBe(before);
});

it("where ammonium was measured, the load per person by it stands beside the static one", async () => {
  const world = await opened();
  await world.receive(plant, {
    reports: [reportOf("2026-04-01", [{ analyte: "mdma", value: 850 }])],
    readings: [reading("2026-04-01", "ammoniumNitrogen", 32, "mg/L")],
  });
  const normalised = (await world.points("plant-a")).filter(({ measure }) => measure === "populationNormalisedLoad");
  const byVariant = Object.fromEntries(normalised.map(({ variant, value }) => [variant, value]));
  close(byVariant["euda-score@1/supplied"]!, 212.5);
  close(byVariant["euda-score@1/ammoniumNitrogen"]!, 38.25e6 / ((32 * 45_000) / 8.1), 1e-12); // worked value 7.11
  close(byVariant["nh4-n@1/ammoniumNitrogen"]!, 38.25e6 / ((32 * 45_000) / 8), 1e-12);
  expect(
    Object.keys(byVariant)
      .filter((variant) => variant.endsWith("/combined"))
      .sort(),
  ).toEqual(["acic-nwdmp@1/combined", "euda-score@1/combined"]); // the others know no combination
  const [low, high] = [byVariant["euda-score@1/supplied"]!, byVariant["euda-score@1/ammoniumNitrogen"]!];
  expect(byVariant["euda-score@1/combined"]!).toBeGreaterThan(Math.min(low, high));
  expect(byVariant["euda-score@1/combined"]!).toBeLessThan(Math.max(low, high));
});

it("cotinine of the same bottle counts people under the Chinese rule, and by the consistent one beside it", async () => {
  const world = await opened();
  const smokers = { ...plant, habits: { cigarettesPersonDay: 5, domesticShare: 0.6 } };
  const results = [
    { analyte: "cotinine", value: 900 },
    { analyte: "methamphetamine", value: 100 },
  ];
  await world.receive(smokers, { reports: [reportOf("2026-04-01", results)] });
  const points = (await world.points("plant-a")).filter(({ name }) => name === "methamphetamine");
  const normalised = new Map(points.map(({ measure, variant, value }) => [`${measure} ${variant}`, value]));
  // report columns 11, 12, 14: cigarettes × 0.14 × 1000; cotinine × flow in 10^4 m3/d × 10 × share / that; load × 10 / people in thousands
  const thousands = (900 * 4.5 * 10 * 0.6) / (5 * 0.14 * 1000);
  close(normalised.get("populationNormalisedLoad cn-cotinine@1/cotinine")!, (100 * 4.5 * 10) / thousands, 1e-12);
  close(normalised.get("populationNormalisedLoad euda-score@1/cotinine")!, ((100 * 4.5 * 10) / thousands) * 0.6, 1e-12);
  expect(normalised.has("consumption cn-cotinine@1/cotinine/methamphetamine-gracia-lor-2016")).toBe(true);
});

it("the licit load is taken off where it is stated; without it there is no consumption", async () => {
  const world = await opened({ SEWERTRACE_PROFILES: ["acic-nwdmp"] });
  const reports = [reportOf("2026-04-01", [{ analyte: "morphine", value: 100 }])];
  await world.receive(plant, { reports });
  const consumed = async () => (await world.points("plant-a")).filter(({ measure }) => measure === "consumption");
  expect(await consumed()).toEqual([]);
  await world.receive(
    { ...plant, licitLoads: [{ analyte: "morphine", loadGD: 2.5, cv: 0.2, source: "prescriptions 2025" }] },
    { reports },
  );
  const [heroin] = await consumed();
  close(heroin!.value, ((4.5 - 2.5) * (369.411 / 285.338) * 1e6) / 0.42 / 180_000, 1e-4);
});

it("a profile added later makes series of its own; those of the others stay as they were, byte for byte", async () => {
  const world = await opened();
  const reports = [reportOf("2026-04-01", [{ analyte: "mdma", value: 850 }])];
  await world.receive(plant, { reports });
  const before = await world.points("plant-a");
  const research = findProfile("us-research") as MethodProfile;
  const { flow } = research.uncertainty;
  const mine: MethodProfile = {
    ...research,
    id: "mine",
    excretion: { mdma: "mdma-zuccato-2008" },
    uncertainty: { ...research.uncertainty, flow: { ...flow, cv: 0.05 } },
  };
  await world.records.methods.addProfile(mine, { actor: "analyst", at: "2026-05-06T08:00:00.000Z" });
  await world.receive(plant, { reports });
  const after = await world.points("plant-a");
  expect(after.filter(({ variant }) => !variant.startsWith("mine@1"))).toEqual(before);
  const own = after.filter(({ variant }) => variant.startsWith("mine@1"));
  expect(own.map(({ measure, variant }) => `${measure} ${variant}`).sort()).toEqual([
    "consumption mine@1/supplied/mdma-zuccato-2008",
    "doses mine@1/supplied/mdma-zuccato-2008/dose-mdma",
    "load mine@1",
    "populationNormalisedLoad mine@1/supplied",
  ]);
  const width = (variant: string) => {
    const { low, high } = after.find((point) => point.measure === "load" && point.variant === variant)!;
    return high! / low!;
  };
  expect(width("mine@1")).toBeLessThan(width("euda-score@1")); // less unsure of the flow
});

it("two samples of one instant stay two values, and withdrawing one leaves the other", async () => {
  const world = await opened();
  const of = (sampleId: string, value: number, over: object = {}) => {
    const report = reportOf("2026-04-01", [{ analyte: "mdma", value, ...over }]);
    return { ...report, sample: { ...report.sample, sampleId } };
  };
  await world.receive(plant, { reports: [of("s-1", 10), of("s-2", 20)] });
  const loads = async () =>
    (await world.points("plant-a")).filter(({ measure }) => measure === "load").map(({ value }) => Math.round(value * 1e9) / 1e9);
  expect((await loads()).sort()).toEqual([0.45, 0.9]);
  const taken = {
    ...of("s-2", 20, { withdrawn: true }),
    uploadId: "u-2",
    reportedAt: "2026-05-06T09:00:00Z",
    revision: { reason: "withdrawnByLab" },
  };
  await world.receive(plant, { reports: [taken] });
  expect(await loads()).toEqual([0.45]);
});

it("recomputing from the records gives the same series, byte for byte, in whatever order they came", async () => {
  const reports = Array.from({ length: 30 }, (_, index) =>
    reportOf(dayOf(index), [
      { analyte: "mdma", value: 10 + ((index * 7) % 13) },
      { analyte: "cotinine", value: 900 + index },
      index % 4 === 0 ? { analyte: "cocaine", censoring: "belowLoq", loq: 1 } : { analyte: "cocaine", value: 2 + index },
    ]),
  );
  const readings = Array.from({ length: 30 }, (_, index) => reading(dayOf(index), "ammoniumNitrogen", 30 + index, "mg/L"));
  const once = await opened();
  await once.receive(plant, { reports, readings });
  const wanted = JSON.stringify(await once.points("plant-a"));
  await once.receive(plant, {}); // as `sewertrace rebuild` asks for
  expect(JSON.stringify(await once.points("plant-a"))).toBe(wanted);
  for (const measure of ["load", "populationNormalisedLoad", "consumption", "doses"] as const)
    await once.series.remove({ measure, siteIds: ["plant-a"], fromMs: 0, toMs: Date.UTC(2200, 0) });
  await once.receive(plant, {});
  expect(JSON.stringify(await once.points("plant-a"))).toBe(wanted);
  const shuffled = await opened();
  for (const report of reports.toReversed()) await shuffled.receive(plant, { reports: [report] });
  await shuffled.receive(plant, { readings: readings.toReversed() });
  expect(JSON.stringify(await shuffled.points("plant-a"))).toBe(wanted);
});

it("doubling every flow doubles every load, and twice the people halve it per person", async () => {
  const [single, double, crowded] = [await opened(), await opened(), await opened()];
  const reports = (flowM3D: number) => [reportOf("2026-04-01", [{ analyte: "mdma", value: 85.3 }], { flowM3D })];
  await single.receive(plant, { reports: reports(20_000) });
  await double.receive(plant, { reports: reports(40_000) });
  await crowded.receive({ ...plant, population: { people: 360_000, source: "c", year: 2020 } }, { reports: reports(20_000) });
  const [one, two, many] = [await single.points("plant-a"), await double.points("plant-a"), await crowded.points("plant-a")];
  expect(one).toHaveLength(4);
  for (const [index, point] of one.entries()) {
    close(two[index]!.value, 2 * point.value, 1e-12);
    close(many[index]!.value, point.measure === "load" ? point.value : point.value / 2, 1e-12);
  }
});

it("people by mobile telephones that day stand beside the static count, and a probe at fault counts nobody", async () => {
  const world = await opened();
  const reports = [
    reportOf("2026-04-01", [{ analyte: "mdma", value: 100 }]),
    reportOf("2026-04-05", [{ analyte: "mdma", value: 100 }]),
  ];
  const readings = [
    reading("2026-04-01", "mobilePeople", 90_000, "{inh}"),
    { ...reading("2026-04-05", "ammoniumNitrogen", 30, "mg/L"), status: "fault" },
  ];
  await world.receive(plant, { reports, readings });
  const normalised = (await world.points("plant-a")).filter(({ measure }) => measure === "populationNormalisedLoad");
  const of = (variant: string) => normalised.filter((point) => point.variant === variant).map(({ value }) => value);
  expect(of("euda-score@1/mobile")).toEqual([50]);
  expect(of("euda-score@1/supplied")).toHaveLength(2);
  expect(of("euda-score@1/ammoniumNitrogen")).toEqual([]);
});

it("a profile that corrects for the loss in the sewer does so with the site's own rate and residence time (worked value 7.12)", async () => {
  const world = await opened();
  const euda = findProfile("euda-score") as MethodProfile;
  const corrects: MethodProfile = { ...euda, id: "corrected", inSewer: { ...euda.inSewer, correct: true } };
  await world.records.methods.addProfile(corrects, { actor: "analyst", at: "2026-05-06T08:00:00.000Z" });
  const long = { ...plant, residenceTimeH: 12, lossPerH: { cocaine: 0.0425688 } }; // 40 % in 12 h
  await world.receive(long, { reports: [reportOf("2026-04-01", [{ analyte: "cocaine", value: 100 }])] });
  const loads = (await world.points("plant-a")).filter(({ measure }) => measure === "load");
  const of = (variant: string) => loads.find((point) => point.variant === variant)!.value;
  close(of("euda-score@1"), 4.5, 1e-12);
  close(of("corrected@1"), 4.5 / 0.6, 1e-5);
});

it("amphetamine that methamphetamine leaves is no consumption of amphetamine: taken off, or nothing left to tell", async () => {
  const world = await opened();
  const licit: Site = { ...plant, licitLoads: [{ analyte: "amphetamine", loadGD: 1, cv: 0.2, source: "prescriptions 2025" }] };
  const both = (day: string, amphetamine: number, methamphetamine: number | null) =>
    reportOf(day, [
      { analyte: "amphetamine", value: amphetamine },
      ...(methamphetamine === null ? [] : [{ analyte: "methamphetamine", value: methamphetamine }]),
    ]);
  const reports = [both("2026-04-01", 200, 100), both("2026-04-02", 9, 100), both("2026-04-03", 200, null)];
  await world.receive(licit, { reports });
  const points = (await world.points("plant-a")).filter(({ name }) => name === "amphetamine");
  const on = (measure: string, day: string) =>
    points.find((point) => point.measure === measure && new Date(point.timeMs).toISOString().startsWith(day))?.value;
  const perPerson = (gD: number) => ((gD / 0.361) * 1e6) / 180_000;
  close(on("consumption", "2026-04-01")!, perPerson((200 - 9) * 0.045 - 1), 1e-9); // 0.09 of 100 ng/L
  expect([on("load", "2026-04-02")! > 0, on("consumption", "2026-04-02")]).toEqual([true, undefined]);
  close(on("consumption", "2026-04-03")!, perPerson(200 * 0.045 - 1), 1e-9);
});

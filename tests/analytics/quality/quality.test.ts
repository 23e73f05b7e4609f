import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { meanOf, sdOf } from "../../../analytics/censored/observations.ts";
import { custodyIntact, factsOf } from "../../../analytics/quality/facts.ts";
import {
  algorithmA,
  comparabilityOf,
  scoreRound,
  signalOf,
  zeta,
  zPrime,
  zScore,
} from "../../../analytics/quality/interlaboratory.ts";
import { judge, override, standingFlags, switchesOf, usableForLead } from "../../../analytics/quality/rules.ts";
import { assayResult } from "../../../schemas/assay.ts";
import { qualityRule, qualityRules } from "../../../schemas/qualityRules.ts";
import { sample as sampleSchema } from "../../../schemas/sample.ts";
import type { Site } from "../../../schemas/site.ts";
import { close } from "../censored/oracle.ts";

// Worked value 7.14. Twelve laboratories; formulae ISO 13528, scores of the NIST examples from the Dataplot pages.
const ROUND = [98.2, 101.5, 99.7, 103.1, 96.4, 100.8, 102.2, 88.0, 131.0, 99.1, 100.2, 97.5];

describe("worked value 7.14, ISO 13528", () => {
  const robust = algorithmA(ROUND);
  it("Algorithm A: 99.87, s* 3.16311711, u 1.14139157", () => {
    close(robust.mean, 99.87, 1e-9);
    close(robust.sd, 3.16311711);
    close(robust.uncertainty, 1.14139157);
  });
  it("the plain mean is 101.475 with a standard deviation of 10.0888: two outliers, and both are larger", () => {
    expect(meanOf(ROUND)).toBeCloseTo(101.475, 10);
    expect(sdOf(ROUND)).toBeCloseTo(10.0888, 4);
  });
  it("z with 10 % of the robust mean: 131.0 alone signals action, 88.0 is satisfactory", () => {
    const wanted = [-0.1672, 0.1632, -0.017, 0.3234, -0.3475, 0.0931, 0.2333, -1.1885, 3.1171, -0.0771, 0.033, -0.2373];
    const { scores } = scoreRound(
      ROUND.map((value, index) => ({ labId: `L${index}`, value })),
      0.1,
    );
    for (const [index, { score, kind }] of scores.entries()) {
      expect(kind).toBe("z");
      expect(score).toBeCloseTo(wanted[index]!, 4);
    }
    expect(scores.filter(({ signal }) => signal === "action").map(({ labId }) => labId)).toEqual(["L8"]);
    expect(scores[7]!.signal).toBe("satisfactory");
  });
  it("with s* as sigma both outliers exceed 3", () => {
    const exceeding = ROUND.filter((x) => Math.abs(zScore(x, robust.mean, robust.sd)) > 3);
    expect(exceeding).toEqual([88.0, 131.0]);
  });
  it("an uncertain assigned value is scored by z'", () => {
    const { scores } = scoreRound(
      ROUND.map((value, index) => ({ labId: `L${index}`, value, uncertainty: 2 })),
      0.02,
    );
    expect(scores[0]!.kind).toBe("z'");
    close(scores[0]!.score, zPrime(98.2, robust.mean, 0.02 * robust.mean, robust.uncertainty), 1e-12);
    close(scores[0]!.zeta!, zeta(98.2, 2, robust.mean, robust.uncertainty), 1e-12);
  });
  // NIST Dataplot, gear.dat: sigma = sd of the 100 diameters, 0.006279
  it.each([
    [1.006, 0.955],
    [0.996, -0.637],
    [0.988, -1.911],
  ])("NIST gear.dat: %d has z = %d", (x, z) => expect(zScore(x, 1, 0.0062790761)).toBeCloseTo(z, 2));
  it("NIST gear.dat: zeta of 1.006 is 0.785, with the first batch's own standard deviation (0.004) as the laboratory's", () =>
    expect(Math.abs(zeta(1.006, 0.0043461, 1, 0.0062790761) - 0.785)).toBeLessThan(0.001));
  it("2 is satisfactory, above is a warning, 3 is action; a score that is no number has no signal", () => {
    expect([2, -2.5, 3, -8].map(signalOf)).toEqual(["satisfactory", "warning", "action", "action"]);
    expect(() => signalOf(Number.NaN)).toThrow(RangeError);
  });
  it("shifting and scaling all results shifts and scales the robust mean", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 50, noNaN: true }),
        fc.double({ min: -100, max: 100, noNaN: true }),
        (scale, shift) => {
          const moved = algorithmA(ROUND.map((x) => x * scale + shift));
          expect(moved.mean).toBeCloseTo(robust.mean * scale + shift, 6);
          expect(moved.sd).toBeCloseTo(robust.sd * scale, 6);
        },
      ),
    );
  });
});

describe("a laboratory's history", () => {
  const history = [
    { labId: "a", analyte: "cocaine", day: "2025-03-01", score: 3.4 },
    { labId: "a", analyte: "cocaine", day: "2026-03-01", score: -1.1 },
    { labId: "b", analyte: "cocaine", day: "2026-03-01", score: 4 },
    { labId: "c", analyte: "cocaine", day: "2022-03-01", score: 0.2 },
  ];
  const on = (labId: string, day: string, analyte = "cocaine") =>
    comparabilityOf(history, { labId, analyte, day, monthsMax: 18 });
  it("the last round up to the day counts", () => {
    expect(on("a", "2026-05-04").comparable).toBe(true);
    expect(on("a", "2025-05-04")).toMatchObject({ comparable: false, reason: "failed" });
  });
  it.each([
    ["b", "failed"],
    ["c", "outdated"],
    ["d", "noRound"],
  ])("laboratory %s is not comparable: %s", (labId, reason) =>
    expect(on(labId, "2026-05-04")).toMatchObject({ comparable: false, reason }),
  );
  it("a round for one analyte says nothing about another", () =>
    expect(on("a", "2026-05-04", "mdma")).toMatchObject({ reason: "noRound" }));
});

describe("the catalogue judges facts", () => {
  const good = { flowM3D: 1000, ptAbsZ: 1 };
  const spoken = (facts: Record<string, number | undefined>) => judge({ ...good, ...facts }, qualityRules);
  it("nothing to say of a good result", () =>
    expect(spoken({ isRecoveryPercent: 95, windowH: 24, flowPerPersonL: 200 })).toEqual([]));
  // thresholds: domain 2.2
  it.each([
    [{ isRecoveryPercent: 40 }, "IS_RECOVERY", "warning", "warn"],
    [{ isRecoveryPercent: 20 }, "IS_RECOVERY", "failure", "reject"],
    [{ ionRatioDeviationPercent: 45 }, "ION_RATIO", "failure", "notConfirmed"],
    [{ ionRatioDeviationPercent: -45 }, "ION_RATIO", "failure", "notConfirmed"],
    [{ replicateRsdPercent: 25 }, "DUP_RSD", "warning", "warn"],
    [{ holdingDays: 15 }, "HOLD_TIME", "failure", "notForLeads"],
    [{ flowPerPersonL: 700 }, "FLOW_PERCAP", "warning", "warn"],
    [{ markerToStaticPopulation: 2.5 }, "POP_MARKER", "warning", "warn"],
    [{ windowH: 20 }, "SAMPLING_WINDOW", "warning", "warn"],
    [{ pulsesPercent: 85 }, "SAMPLING_PULSES", "warning", "warn"],
    [{ methodUnchanged: 0 }, "METHOD_BREAK", "warning", "restartBaseline"],
    [{ valueToMedian: 1001 }, "UNIT_SANITY", "failure", "hold"],
    [{ custodyIntact: 0 }, "COC", "failure", "notForLeads"],
    [{ ptAbsZ: 3.1 }, "PT_Z", "failure", "notComparable"],
    [{ ptAbsZ: undefined }, "PT_Z", "failure", "notComparable"],
    [{ flowM3D: undefined }, "FLOW_MISSING", "failure", "loadNull"],
    [{ flowM3D: 0 }, "FLOW_MISSING", "failure", "loadNull"],
  ])("%j: %s, %s, %s", (facts, ruleId, severity, action) => {
    expect(spoken(facts).map((flag) => [flag.ruleId, flag.severity, flag.action])).toEqual([[ruleId, severity, action]]);
  });
  it("a fact that is not a number counts as missing, never as good", () =>
    expect(spoken({ flowM3D: Number.NaN }).map(({ ruleId }) => ruleId)).toEqual(["FLOW_MISSING"]));
  it("a result carries many flags", () =>
    expect(spoken({ isRecoveryPercent: 20, windowH: 20, holdingDays: 20 })).toHaveLength(3));
  it("a changed threshold changes the verdict: rules are data", () => {
    const looser = qualityRules.map((rule) =>
      rule.id === "SAMPLING_WINDOW" ? qualityRule.parse({ ...rule, warnOutside: [18, 30] }) : rule,
    );
    expect(judge({ ...good, windowH: 20 }, looser)).toEqual([]);
  });
  it("every rule names its source, and its facts are ones that factsOf or a batch can give", () => {
    for (const rule of qualityRules) expect(rule.source.length, rule.id).toBeGreaterThan(3);
    expect(new Set(qualityRules.map(({ id }) => id)).size).toBe(qualityRules.length);
  });
});

describe("overrides and the three switches", () => {
  const flags = judge({ flowM3D: 1000, ptAbsZ: 1, valueToMedian: 5000, isRecoveryPercent: 10 }, qualityRules);
  const by = { actor: "m.huber", reason: "dilution confirmed", at: "2026-05-06T08:00:00Z" };
  it("each switch is its own: hiding, leaving out of analysis, leaving out of the report", () => {
    expect(switchesOf(flags)).toEqual({ hideFromDashboard: true, excludeFromAnalysis: true, excludeFromQualityReport: false });
    const recovery = flags.filter(({ ruleId }) => ruleId === "IS_RECOVERY");
    expect(switchesOf(recovery)).toEqual({
      hideFromDashboard: false,
      excludeFromAnalysis: true,
      excludeFromQualityReport: false,
    });
  });
  it("an override silences one rule's action and leaves the flag on record with actor and reason", () => {
    const after = override(flags, "UNIT_SANITY", by);
    expect(switchesOf(after).hideFromDashboard).toBe(false);
    expect(after).toHaveLength(flags.length);
    expect(after.find(({ ruleId }) => ruleId === "UNIT_SANITY")!.override).toEqual(by);
    expect(standingFlags(after).map(({ ruleId }) => ruleId)).toEqual(["IS_RECOVERY"]);
  });
  it("a lead lists the rules that forbid it", () => {
    expect(usableForLead(flags)).toEqual({ usable: false, because: ["IS_RECOVERY", "UNIT_SANITY"] });
    expect(usableForLead(override(override(flags, "UNIT_SANITY", by), "IS_RECOVERY", by)).usable).toBe(true);
  });
});

describe("facts of a result", () => {
  const site: Site = { siteId: "s", name: "S", kind: "wwtp", timeZone: "Europe/Vienna", designFlowM3D: 50_000 };
  const taken = sampleSchema.parse({
    sampleId: "x",
    siteId: "s",
    mode: "flowProportional",
    start: "2026-05-04T08:00:00+02:00",
    end: "2026-05-05T06:00:00+02:00",
    pulsesPlanned: 100,
    pulsesTaken: 93,
    seal: "A1",
    custody: [
      { time: "2026-05-05T06:10:00+02:00", action: "collected", by: "a", temperatureCel: 4 },
      { time: "2026-05-05T09:00:00+02:00", action: "received", by: "lab", seal: "A1", temperatureCel: 7 },
    ],
  });
  const result = assayResult.parse({
    analyte: "cocaine",
    value: 0.4,
    unit: "ug/L",
    method: "m2",
    ionRatio: 0.3,
    isRecovery: 88,
    controls: { expectedIonRatio: 0.25, signalToNoise: 12, ownInternalStandard: true },
  });
  it("computes what the rules judge, from the records alone", () => {
    const facts = factsOf(result, taken, site, {
      flowM3D: 45_000,
      people: 180_000,
      markerPeople: 90_000,
      medianNgL: 200,
      methodUnchanged: 0,
      analysedAt: "2026-05-12T06:00:00+02:00",
      preservedAt: "2026-05-05T10:00:00+02:00",
      sortedFlowsM3D: Array.from({ length: 100 }, (_, index) => 40_000 + index * 100),
      markerRatios: [1, 2],
      ptAbsZ: 0.4,
    });
    expect(facts).toMatchObject({
      isRecoveryPercent: 88,
      signalToNoise: 12,
      hasOwnInternalStandard: 1,
      valueToMedian: 2,
      methodUnchanged: 0,
      windowH: 22,
      pulsesPercent: 93,
      holdingDays: 7,
      unpreservedHoursUnstable: 4,
      transportTemperatureCel: 7,
      custodyIntact: 1,
      flowToDesign: 0.9,
      flowPerPersonL: 250,
      markerToStaticPopulation: 0.5,
      markerSpreadLog: Math.log(2),
      flowPercentile: 50.5,
    });
    close(facts["ionRatioDeviationPercent"]!, 20, 1e-9);
  });
  it.each([
    ["another seal at the laboratory", [{ ...taken.custody![0]! }, { ...taken.custody![1]!, seal: "B7" }]],
    ["events out of order", [taken.custody![1]!, taken.custody![0]!]],
    ["nobody collected it", [taken.custody![1]!]],
  ])("custody is broken: %s", (_, custody) => expect(custodyIntact({ ...taken, custody })).toBe(false));
});

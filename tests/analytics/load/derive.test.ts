import { describe, expect, it } from "vitest";
import { concentrationOf, meanOfReplicates } from "../../../analytics/load/concentration.ts";
import { explain } from "../../../analytics/load/explain.ts";
import { dailyLoad } from "../../../analytics/load/load.ts";
import type { LoadInput, LoadSample } from "../../../analytics/load/loadInput.ts";
import { combinedPopulation, markerPopulations, peopleFromLoad } from "../../../analytics/load/population.ts";
import { seriesNames } from "../../../analytics/load/variants.ts";
import { judge, override } from "../../../analytics/quality/rules.ts";
import { assayResult } from "../../../schemas/assay.ts";
import { SHIPPED_METHODS } from "../../../schemas/methods.ts";
import { findProfile, methodProfile } from "../../../schemas/profiles.ts";
import { type QualityFlag, qualityRules } from "../../../schemas/qualityRules.ts";
import { close } from "../censored/oracle.ts";
import { census, derive, pick, research, sample } from "./deriving.ts";

describe("worked value 7.1 through the whole chain", () => {
  const derived = derive();
  it.each([
    ["load", 38.25],
    ["populationNormalisedLoad", 212.5],
    ["consumption", 763.0206436952566],
    ["doses", 7.630206],
  ] as const)("%s is %d", (quantity, value) => close(pick(derived, quantity).amount!.value, value));
  it("the catchment's consumption and doses a day", () => {
    close(pick(derived, "consumption").total!.value, 137.34371586514618);
    close(pick(derived, "doses").total!.value, 1373.437);
  });
  it("every number has an interval around it", () => {
    for (const { amount } of derived) {
      expect(amount!.low).toBeLessThan(amount!.value);
      expect(amount!.high).toBeGreaterThan(amount!.value);
    }
  });
});

describe("what cannot be computed is there with its reason", () => {
  it.each([
    ["no flow", { samples: [sample({ flowM3D: undefined })] }, "load", "noFlow"],
    ["a flow of zero", { samples: [sample({ flowM3D: 0 })] }, "load", "noFlow"],
    [
      "not detected, limit unknown",
      { samples: [sample({ concentration: { ngL: null, censoring: "belowLod" } })] },
      "load",
      "limitUnknown",
    ],
    ["no population", { populations: [] }, "populationNormalisedLoad", "noPopulation"],
    ["no agreed factor", { analyte: "mephedrone" }, "consumption", "noExcretionFactor"],
    ["licit sources not stated", { analyte: "morphine" }, "consumption", "licitLoadUnknown"],
    ["no dose", { analyte: "ketamine", licit: { loadGD: 1, cv: 0.2 } }, "doses", "noDose"],
  ] as const)("%s", (_, over, quantity, reason) => {
    const value = pick(derive(over as Partial<LoadInput>), quantity);
    expect([value.amount, value.absent]).toEqual([null, reason]);
  });
  it("without people the catchment's total is still there", () => {
    const value = pick(derive({ populations: [] }), "consumption");
    close(value.total!.value, 137.34371586514618);
  });
});

describe("censored results stay censored, with their limit", () => {
  it("below the limit: the limit's load, from zero", () => {
    const { amount, censoring } = pick(
      derive({ samples: [sample({ concentration: { ngL: 10, censoring: "belowLoq" } })] }),
      "load",
    );
    expect([amount!.value, amount!.low, censoring]).toEqual([dailyLoad(10, 45_000), 0, "belowLoq"]);
  });
  it("between LOD and LOQ: from below the one to above the other", () => {
    const concentration = { ngL: 10, lowNgL: 2, censoring: "betweenLodAndLoq" } as const;
    const { amount } = pick(derive({ samples: [sample({ concentration })] }), "load");
    expect(amount!.low).toBeGreaterThan(0);
    expect(amount!.low).toBeLessThan(0.09);
    expect(amount!.high).toBeGreaterThan(0.45);
  });
  it("above the range: no upper end", () =>
    expect(
      pick(derive({ samples: [sample({ concentration: { ngL: 9e4, censoring: "aboveRange" } })] }), "load").amount!.high,
    ).toBeNull());
  const result = (over: object) => assayResult.parse({ analyte: "cocaine", unit: "ug/L", method: "m", ...over });
  it.each([
    [
      "a value with its stated uncertainty",
      { value: 0.5, uncertainty: 0.1, coverageFactor: 2 },
      { ngL: 500, censoring: "none", analysisCv: 0.1 },
    ],
    ["below the LOD", { censoring: "belowLod", lod: 0.001, loq: 0.003 }, { ngL: 1, censoring: "belowLod" }],
    ["below the LOQ, value is the limit", { censoring: "belowLoq", value: 0.004 }, { ngL: 4, censoring: "belowLoq" }],
    ["between", { censoring: "betweenLodAndLoq", lod: 0.001, loq: 0.003 }, { ngL: 3, lowNgL: 1, censoring: "betweenLodAndLoq" }],
    ["EUDA's zero", { censoring: "belowLoq", value: 0 }, { ngL: null, censoring: "belowLoq" }],
  ])("%s", (_, over, wanted) => {
    const found = concentrationOf(result(over));
    expect(found.censoring).toBe(wanted.censoring);
    for (const [key, value] of Object.entries(wanted)) {
      if (typeof value === "number") close(found[key as "ngL"]!, value, 1e-12);
      else expect(found[key as "ngL"]).toBe(value);
    }
  });
  it("replicates: detected ones averaged; a mixture lies below the largest; half a limit is never put in", () => {
    const detected = (ngL: number) => ({ ngL, censoring: "none" }) as const;
    const below = (ngL: number) => ({ ngL, censoring: "belowLoq" }) as const;
    expect(meanOfReplicates([detected(10), detected(14)])).toEqual({ ngL: 12, censoring: "none" });
    expect(meanOfReplicates([detected(10), below(8)])).toEqual({ ngL: 10, censoring: "belowLoq" });
    expect(meanOfReplicates([below(8), below(10)])).toEqual({ ngL: 10, censoring: "belowLoq" });
  });
});

describe("population", () => {
  it("worked value 7.11: NH4-N 32 mg/L in 45,000 m3/d at 8.1 g/d is 177,777.8 people", () =>
    close(peopleFromLoad(32, 45_000, 8.1), 177_777.8));
  it("worked value 7.11: BOD 110 mg/L in 13 m3/s at 80 g/d is 1,544,400 (formula from wbe_data_man.R)", () =>
    close(peopleFromLoad(110, 13 * 86_400, 80), 1_544_400, 1e-12));
  it("static and dynamic normalisation stand side by side", () => {
    const populations = markerPopulations(research, { ammoniumNitrogenMgL: 32 }, 45_000);
    const derived = derive({ samples: [sample({ populations })] });
    const [dynamic, fixed] = [pick(derived, "populationNormalisedLoad"), pick(derived, "populationNormalisedLoad", "census")];
    expect(dynamic.provenance.population!.kind).toBe("dynamic");
    close(dynamic.amount!.value, 38.25e6 / 177_777.77777, 1e-6);
    close(fixed.amount!.value, 212.5, 1e-12);
    const { variantOf } = seriesNames(SHIPPED_METHODS);
    expect([dynamic, fixed].map(variantOf)).toEqual(["euda-score@1/ammoniumNitrogen", "euda-score@1/census"]);
  });
  it("the Chinese cotinine rule is reproduced, and its inconsistency of 1/share shown beside it", () => {
    const profile = findProfile("cn-cotinine")!;
    const [cotinineNgL, flow, cigarettes, share] = [900, 45_000, 5, 0.6];
    const populations = markerPopulations(profile, { cotinineNgL }, flow, {
      cigarettesPersonDay: cigarettes,
      domesticShare: share,
    });
    // report columns 11, 12, 14: per 1,000; flow in 10^4 m3/d
    const excretion = cigarettes * 0.14 * 1000;
    const thousands = (cotinineNgL * 4.5 * 10 * share) / excretion;
    const printed = (850 * 4.5 * 10) / thousands;
    const derived = derive({ profile, samples: [sample({ populations })], populations: [] });
    close(pick(derived, "populationNormalisedLoad").amount!.value, printed, 1e-12);
    const consistent = pick(derived, "populationNormalisedLoad", "cn-cotinine-consistent@1");
    close(pick(derived, "populationNormalisedLoad").amount!.value / consistent.amount!.value, 1 / share, 1e-12);
  });
  it("several counts combine between them, surer than the best", () => {
    const counts = [census, ...markerPopulations(research, { ammoniumNitrogenMgL: 32, bodMgL: 300 }, 45_000)];
    const { people, cv } = combinedPopulation(counts)!;
    expect(people).toBeGreaterThan(Math.min(...counts.map((count) => count.people)));
    expect(people).toBeLessThan(Math.max(...counts.map((count) => count.people)));
    expect(cv).toBeLessThan(Math.min(...counts.map((count) => count.cv)));
    expect(combinedPopulation([census])).toBeUndefined();
  });
});

describe("licit part and sewer", () => {
  it("the licit load comes off before the factor; a larger one leaves zero, flagged", () => {
    const codeine = { analyte: "codeine", populations: [census] };
    const part = pick(derive({ ...codeine, licit: { loadGD: 8.25, cv: 0.1 } }), "consumption");
    close(part.total!.value, 30 / 0.3);
    const nothing = pick(derive({ ...codeine, licit: { loadGD: 80, cv: 0.1 } }), "consumption");
    expect([nothing.total!.value, nothing.logSd]).toEqual([0, null]);
    expect(nothing.provenance.notes).toContain("licitClipped");
    expect(pick(derive({ ...codeine, licit: { loadGD: 39, cv: 0.3 } }), "consumption").total!.high).toBeGreaterThan(0);
  });
  it("what another drug leaves of the residue is taken off too, less surely, and is told", () => {
    const amphetamine = { analyte: "amphetamine", licit: { loadGD: 1, cv: 0.2 } };
    const of = (otherDrugNgL: number) => {
      const own = sample({ concentration: { ngL: 200, censoring: "none" }, ...(otherDrugNgL > 0 ? { otherDrugNgL } : {}) });
      return pick(derive({ ...amphetamine, samples: [own] }), "consumption");
    };
    const [without, some, all] = [of(0), of(400), of(2_000)];
    close(some.total!.value, ((200 - 36) * 0.045 - 1) / 0.361, 1e-9);
    expect(some.logSd!.independent + some.logSd!.correlated).toBeGreaterThan(
      without.logSd!.independent + without.logSd!.correlated,
    );
    expect([all.total, all.absent]).toEqual([null, "leftByOtherDrug"]);
    expect(explain(some, "en").join(" ")).toContain("1.62 g/d is what another drug's use leaves");
    expect(explain(all, "zh").join("")).toContain("另一种同样产生该残留物的毒品");
    const unstated = pick(derive({ analyte: "amphetamine", samples: [sample({ otherDrugNgL: 10 })] }), "consumption");
    expect(unstated.absent).toBe("licitLoadUnknown");
  });
  it("no correction by default: a flag when an unstable residue travels long, another when nobody knows", () => {
    expect(pick(derive({ analyte: "cocaine", residenceTimeH: 8 }), "load").provenance.notes).toEqual(["inSewerUnstable"]);
    expect(pick(derive({ analyte: "cocaine", residenceTimeH: 2 }), "load").provenance.notes).toEqual([]);
    expect(pick(derive({ analyte: "cocaine" }), "load").provenance.notes).toEqual(["residenceTimeUnknown"]);
    expect(pick(derive({ analyte: "thc-cooh" }), "load").provenance.notes).toEqual(["dissolvedOnly"]);
  });
  it("a profile that corrects divides by what arrives", () => {
    const profile = methodProfile.parse({ ...structuredClone(research), inSewer: { correct: true, flagAboveH: 4 } });
    const corrected = pick(
      derive({ profile, residenceTimeH: 10, samples: [sample({ inSewer: { lossPerH: Math.LN2 / 10, formedNgL: 0 } })] }),
      "load",
    );
    close(corrected.amount!.value, 76.5, 1e-12);
  });
  it("what formed on the way is taken off first, leaves less sure what is left, and never a limit lower", () => {
    const profile = methodProfile.parse({ ...structuredClone(research), inSewer: { correct: true, flagAboveH: 4 } });
    const of = (formedNgL: number, concentration: LoadSample["concentration"] = { ngL: 850, censoring: "none" }) =>
      pick(
        derive({ profile, residenceTimeH: 10, samples: [sample({ concentration, inSewer: { lossPerH: 0, formedNgL } })] }),
        "load",
      );
    close(of(400).amount!.value, dailyLoad(450, 45_000), 1e-12);
    const width = ({ amount }: ReturnType<typeof of>) => amount!.high! / amount!.low;
    expect(width(of(400))).toBeGreaterThan(width(of(0)));
    expect([of(850).amount, of(850).absent, of(900).absent]).toEqual([null, "formedInSewer", "formedInSewer"]);
    expect(of(5, { ngL: 10, censoring: "belowLoq" }).amount!.value).toBe(dailyLoad(10, 45_000));
    expect(explain(of(400), "en").join(" ")).toContain("400 ng/L formed on the way");
  });
});

describe("quality flags travel with the number and act", () => {
  const flags: QualityFlag[] = judge({ flowM3D: 45_000, flowPerPersonL: 5000, ptAbsZ: 1 }, qualityRules);
  it("a refused flow gives no load, and the flag is in the provenance", () => {
    const value = pick(derive({ samples: [sample({ flags })] }), "load");
    expect(value.absent).toBe("flowRefused");
    expect(value.provenance.flags.map(({ ruleId }) => ruleId)).toEqual(["FLOW_PERCAP"]);
  });
  it("overridden by a person for a reason, the load is back and the flag stays", () => {
    const by = { actor: "m.huber", reason: "storm event confirmed by the plant", at: "2026-05-06T08:00:00Z" };
    const value = pick(derive({ samples: [sample({ flags: override(flags, "FLOW_PERCAP", by) })] }), "load");
    close(value.amount!.value, 38.25, 1e-12);
    expect(value.provenance.flags[0]!.override).toEqual(by);
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deriveLoads } from "../../../analytics/load/derive.ts";
import type { DerivedValue } from "../../../analytics/load/derived.ts";
import { statedPopulation } from "../../../analytics/load/population.ts";
import { loadSamplesOf } from "../../../analytics/load/samples.ts";
import { assayResult } from "../../../schemas/assay.ts";
import { type MethodProfile, methodProfiles } from "../../../schemas/profiles.ts";
import type { QualityFlag } from "../../../schemas/qualityRules.ts";
import { sample } from "../../../schemas/sample.ts";
import { substances } from "../../../schemas/substances.ts";
import { convert, type UnitCode, unitsOf } from "../../../schemas/units.ts";
import { seededRandom } from "../../../simulation/random.ts";
import { close } from "../censored/oracle.ts";

// Method: laws that hold under every profile, for any residue, from the laboratory's result to the derived value.
const profileOf = fc.constantFrom(...methodProfiles);
const analyteOf = fc.constantFrom(...substances.map(({ id }) => id));
const amount = (min: number, max: number) => fc.double({ min, max, noNaN: true });

interface Given {
  profile: MethodProfile;
  analyte: string;
  value?: number | undefined;
  unit?: UnitCode;
  flowM3D?: number | undefined;
  people?: number;
  result?: object;
  flags?: readonly QualityFlag[];
}

function derive({
  profile,
  analyte,
  value = 850,
  unit = "ng/L",
  flowM3D,
  people = 180_000,
  result = {},
  flags,
}: Given): DerivedValue[] {
  const taken = sample.parse({
    sampleId: "a",
    siteId: "s",
    mode: "flowProportional",
    start: "2026-05-04T00:00:00Z",
    end: "2026-05-05T00:00:00Z",
  });
  const reported = assayResult.parse({ analyte, value, unit, method: "m", ...result });
  const samples = loadSamplesOf([{ identity: "r", sampleKey: "a", sample: taken, result: reported }], "UTC", {
    flowOf: () => flowM3D,
    ...(flags ? { flagsOf: () => flags } : {}),
  });
  const licit = { loadGD: 0.001, cv: 0.3 };
  const populations = [statedPopulation("supplied", people, "census")];
  return deriveLoads({ siteId: "s", analyte, profile, samples, populations, licit, softwareVersion: "test" });
}
const byQuantity = (values: readonly DerivedValue[]) =>
  new Map<string, DerivedValue>(values.map((one) => [`${one.quantity} ${one.variant}`, one]));

it("every value there is lies within its interval, and every one there is not says why", () =>
  fc.assert(
    fc.property(profileOf, analyteOf, amount(1e-6, 1e9), amount(1e-3, 1e9), (profile, analyte, value, flowM3D) => {
      for (const one of derive({ profile, analyte, value, flowM3D })) {
        if (one.amount === null) expect(one.absent, one.quantity).not.toBeNull();
        else {
          const { value: found, low, high } = one.amount;
          expect([Number.isFinite(found), low <= found, found <= high!], JSON.stringify(one)).toEqual([true, true, true]);
          expect(one.absent).toBeNull();
        }
      }
    }),
  ));

it("twice the flow is twice the load, per person too; twice the people is half of it for each", () =>
  fc.assert(
    fc.property(profileOf, analyteOf, amount(0.01, 1e6), amount(1, 1e7), (profile, analyte, value, flowM3D) => {
      const once = byQuantity(derive({ profile, analyte, value, flowM3D }));
      const twice = byQuantity(derive({ profile, analyte, value, flowM3D: 2 * flowM3D }));
      const crowded = byQuantity(derive({ profile, analyte, value, flowM3D, people: 360_000 }));
      for (const quantity of ["load primary", "populationNormalisedLoad primary"]) {
        for (const end of ["value", "low", "high"] as const) {
          const [one, other] = [once.get(quantity)?.amount?.[end], twice.get(quantity)?.amount?.[end]];
          if (one != null) close(other!, 2 * one, 1e-12);
        }
      }
      const [all, half] = [once, crowded].map((of) => of.get("populationNormalisedLoad primary")?.amount?.value);
      if (all != null) close(half!, all / 2, 1e-12);
      expect(twice.get("concentration primary")?.amount).toEqual(once.get("concentration primary")?.amount);
    }),
  ));

it("a result gives the same loads in whatever unit of concentration the laboratory writes it", () =>
  fc.assert(
    fc.property(
      profileOf,
      fc.constantFrom(...unitsOf("massConcentration")),
      amount(0.01, 1e6),
      fc.boolean(),
      (profile, unit, ngL, isBelow) => {
        const written = (of: UnitCode) =>
          isBelow
            ? { unit: of, value: undefined, result: { value: null, censoring: "belowLoq", loq: convert(ngL, "ng/L", of) } }
            : { unit: of, value: convert(ngL, "ng/L", of) };
        const [wanted, found] = (["ng/L", unit] as const).map((of) =>
          derive({ profile, analyte: "mdma", flowM3D: 45_000, ...written(of) }),
        );
        for (const [i, { amount: one }] of wanted!.entries()) if (one) close(found![i]!.amount!.value, one.value, 1e-12);
      },
    ),
  ));

it("more uncertainty in any part of a profile never narrows an interval", () =>
  fc.assert(
    fc.property(
      profileOf,
      fc.constantFrom("sampling", "analysis", "stability", "flow", "population", "excretion"),
      amount(0.01, 1),
      (profile, part, more) => {
        const { cv, ...rest } = profile.uncertainty[part as "flow"];
        const wider = { ...profile, uncertainty: { ...profile.uncertainty, [part]: { ...rest, cv: cv + more } } };
        const width = (one: MethodProfile) =>
          derive({ profile: one, analyte: "benzoylecgonine", flowM3D: 45_000 }).map(({ amount: of }) =>
            of ? of.high! - of.low : 0,
          );
        const [before, after] = [width(profile), width(wider)];
        for (const [i, was] of before.entries()) expect(after[i]).toBeGreaterThanOrEqual(was * (1 - 1e-12));
      },
    ),
  ));

describe.each(methodProfiles)("$id", (profile) => {
  it("a flow of zero, none, or a negative one gives no load and no number, but the concentration", () => {
    for (const flowM3D of [0, undefined, -5, Number.NaN]) {
      const values = byQuantity(derive({ profile, analyte: "mdma", flowM3D }));
      for (const [key, { amount: of, absent }] of values) {
        if (key === "concentration primary") expect(of?.value).toBe(850);
        else expect([key, of, absent === "noFlow" || absent === "noExcretionFactor"]).toEqual([key, null, true]);
      }
    }
  });
  it("a value below its limit stays below it in every quantity, from zero, and never is half of it", () => {
    const result = { value: null, censoring: "belowLoq", loq: 2 };
    const limit = byQuantity(derive({ profile, analyte: "mdma", value: 2, flowM3D: 45_000 }));
    for (const [key, one] of byQuantity(derive({ profile, analyte: "mdma", flowM3D: 45_000, result }))) {
      expect(one.censoring).toBe("belowLoq");
      if (one.amount === null) continue;
      expect(one.amount.low, key).toBe(0);
      close(one.amount.value, limit.get(key)!.amount!.value, 1e-12);
    }
  });
  it("Monte Carlo draws of the same parts have the median and interval that were computed (20,000 draws, 3 %)", () => {
    const computed = byQuantity(derive({ profile, analyte: "benzoylecgonine", flowM3D: 45_000 }));
    for (const quantity of ["load", "populationNormalisedLoad"] as const) {
      const { amount: of, provenance } = computed.get(`${quantity} primary`)!;
      const { cv, level } = provenance.uncertainty;
      const parts = quantity === "load" ? [cv.sampling, cv.analysis, cv.stability, cv.flow] : [...Object.values(cv).slice(0, 5)];
      const random = seededRandom(5, profile.id, quantity);
      const draws = Array.from({ length: 20_000 }, () =>
        parts.reduce((product, part) => product * random.factor(Math.sqrt(Math.log1p(part * part))), of!.value),
      ).sort((a, b) => a - b);
      const at = (share: number) => draws[Math.floor(share * draws.length)]!;
      close(at(0.5), of!.value, 0.03);
      close(at((1 - level) / 2), of!.low, 0.03);
      close(at((1 + level) / 2), of!.high!, 0.03);
    }
  });
});

describe("a rule that makes of a value a limit", () => {
  const poorSignal = (severity: "warning" | "failure", value: number): QualityFlag => ({
    ruleId: "SIGNAL_TO_NOISE",
    severity,
    action: "censor",
    value,
    threshold: [3, null],
    unit: "1",
    switches: { hideFromDashboard: false, excludeFromAnalysis: false, excludeFromQualityReport: false },
  });
  const [profile] = methodProfiles as unknown as [MethodProfile];
  const limitOf = (value: number, result: object, severity: "warning" | "failure") => {
    const [concentration] = derive({ profile, analyte: "mdma", value, flowM3D: 1, result, flags: [poorSignal(severity, 2)] });
    return [concentration!.censoring, concentration!.amount!.value];
  };
  it("never says that the truth lies below what was measured", () => {
    expect(limitOf(9, { lod: 1, loq: 2.5 }, "warning")).toEqual(["belowLoq", 9]);
    expect(limitOf(9, { lod: 1, loq: 2.5 }, "failure")).toEqual(["belowLod", 9]);
  });
  it("takes the laboratory's own limit where that is higher, and the value where it states none", () => {
    expect(limitOf(2, { lod: 1, loq: 2.5 }, "warning")).toEqual(["belowLoq", 2.5]);
    expect(limitOf(2, {}, "failure")).toEqual(["belowLod", 2]);
  });
});

import { readFileSync } from "node:fs";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { combineOnLogScale } from "../../../analytics/load/combine.ts";
import {
  beforeLoss,
  chainBackward,
  chainForward,
  halfLife,
  lostShare,
  rateAtTemperature,
  rateOfHalfLife,
  rateOfLoss,
} from "../../../analytics/load/inSewer.ts";
import { ownAmphetamine, prescribedLoad, subtractLicit } from "../../../analytics/load/licit.ts";
import {
  annualKg,
  concentrationOfLoad,
  conversionFactor,
  dailyLoad,
  dosesPerDay,
  perThousandPeople,
  streetMass,
} from "../../../analytics/load/load.ts";
import { simulateProduct } from "../../../analytics/load/monteCarlo.ts";
import { scaledToPopulation, sharePercent, usersUnder } from "../../../analytics/load/programme.ts";
import { fractionOf, ratioOf, sumOf } from "../../../analytics/load/ratios.ts";
import { combineLogSd, cvOfLogSd, firstOrderCv, logInterval, logSd } from "../../../analytics/load/uncertainty.ts";
import { changePercent } from "../../../analytics/load/week.ts";
import { excretionFactors, factorById } from "../../../schemas/factors.ts";
import { findSubstance } from "../../../schemas/substances.ts";
import { close } from "../censored/oracle.ts";

const ngL = fc.double({ min: 0.01, max: 1e6, noNaN: true });
const m3D = fc.double({ min: 1, max: 1e7, noNaN: true });
const cv = fc.double({ min: 0.01, max: 1, noNaN: true });

/** Seeded, uniform in [0, 1) (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe("worked value 7.1, the load chain (computed from first principles)", () => {
  const load = dailyLoad(850, 45_000);
  const factor = conversionFactor(303.35294, 289.32636, 0.292);
  it("850 ng/L in 45,000 m3/d is 38.25 g/d", () => close(load, 38.25, 1e-12));
  it("per 180,000 people: 212.5 mg/d/1000", () => close(perThousandPeople(load, 180_000), 212.5, 1e-12));
  it("consumption 137.34371586514618 g/d, 763.0206436952566 mg/d/1000", () => {
    close(load * factor, 137.34371586514618);
    close(perThousandPeople(load * factor, 180_000), 763.0206436952566);
  });
  it("doses of 100 mg: 1373.437 a day", () => close(dosesPerDay(load * factor, 100), 1373.437));
  it("street mass at purity .65: 77.1237789 kg a year", () => close(annualKg(streetMass(load * factor, 0.65)), 77.1237789));
});

// Worked value 7.2. Factors as rounded in the literature: tolerance half of the last digit.
it.each([
  ["cocaine-be-zuccato-2008", 2.33, 0.005],
  ["cocaine-be-castiglioni-2013", 3.59, 0.005],
  ["thc-thc-cooh-zuccato-2008", 152.2, 0.05],
  ["heroin-6-mam", 86.8, 0.05],
  ["ketamine-du-2020", 5.0, 0.005],
  ["methadone-eddp-thai", 2.03, 0.005],
  ["ethanol-ethyl-sulfate", 3044, 0.5],
])("worked value 7.2: the factor of %s is %d", (id, wanted, tolerance) => {
  const { drug, residue, excretedFraction } = factorById(excretionFactors, id);
  const mass = (substance: string) => findSubstance(substance)!.molarMassGMol!;
  expect(Math.abs(conversionFactor(mass(drug), mass(residue), excretedFraction) - wanted)).toBeLessThanOrEqual(tolerance);
});

it("worked value 7.9: 620 g/d from 485,000 people is 1278.4 mg/d/1000, and 4843.75 ng/L in 128,000 m3", () => {
  expect(Math.abs(perThousandPeople(620, 485_000) - 1278.4)).toBeLessThan(0.06);
  close(concentrationOfLoad(620, 128_000), 4843.75, 1e-12);
});

it("worked value 7.9: every row of a published file (RENENSP) gives its load per 1,000 people, as printed to a decimal", () => {
  const rows: Record<string, string>[] = parse(readFileSync(new URL("fixtures/renensp-new-year-2025.csv", import.meta.url)), {
    columns: true,
  });
  expect(rows).toHaveLength(42);
  for (const row of rows) {
    const found = perThousandPeople(Number(row["load_g_d"]), Number(row["population_nh4n"]));
    expect(Math.abs(found - Number(row["pnml_mg_d_1000"])), JSON.stringify(row)).toBeLessThan(0.06);
  }
});

describe("worked value 7.8, NWDMP's printed arithmetic", () => {
  it.each([
    [4622.4, 15_791, 29.27, 2],
    [4622.4, 15_791, 29.3, 1],
    [3287.2, 7985, 41.2, 1],
    [761.9, 1711, 44.5, 1],
    [626.7, 1397, 44.9, 1],
  ])("%d of %d kg is %d %%", (part, whole, percent, decimals) =>
    expect(Number(sharePercent(part, whole).toFixed(decimals))).toBe(percent),
  );
  it("3624.7 to 4622.4 kg is +27.5 %, printed as 28", () => {
    const percent = changePercent(4622.4, 3624.7)!;
    expect([Number(percent.toFixed(1)), Math.round(percent)]).toEqual([27.5, 28]);
  });
  it("a mass of half of the people is doubled for all", () => expect(scaledToPopulation(10, 5, 10)).toBe(20));
  it("users are a scenario: 2 g/d at 100 mg twice a day is ten", () =>
    expect(usersUnder({ pureDrugGD: 2, doseMg: 100, dosesPerUserDay: 2 })).toBe(10));
});

describe("worked value 7.12, decay", () => {
  it("40 % in 12 h: k = 0.0425688/h, half-life 16.28299 h", () => {
    close(rateOfLoss(0.4, 12), 0.0425688, 1e-5);
    close(halfLife(rateOfLoss(0.4, 12)), 16.28299);
  });
  it("cocaine at 20 °C, half-life 35 h: 21.15 % in 12 h, 37.83 % in 24 h", () => {
    expect(lostShare(rateOfHalfLife(35), 12) * 100).toBeCloseTo(21.15, 2);
    expect(lostShare(rateOfHalfLife(35), 24) * 100).toBeCloseTo(37.83, 2);
  });
  // Senta et al. 2014, pubmed 24411995: half-lives and the losses computed from them in per cent
  it.each([
    ["morphine-3-glucuronide", 7, 44.8, 69.5, 90.7],
    ["6-acetylmorphine", 87, 4.7, 9.1, 17.4],
    ["cocaine", 35, 11.2, 21.1, 37.8],
    ["6-acetylcodeine", 58, 6.9, 13.4, 24.9],
  ])("%s, half-life %d h: losses in 6, 12 and 24 h", (_, hours, ...losses) => {
    for (const [index, after] of [6, 12, 24].entries()) {
      expect(Math.abs(lostShare(rateOfHalfLife(hours), after) * 100 - losses[index]!)).toBeLessThanOrEqual(0.06);
    }
  });
  it("a rate between two temperatures lies between their rates and meets both", () => {
    const known = [
      { cel: 10, ratePerH: rateOfHalfLife(173) },
      { cel: 20, ratePerH: rateOfHalfLife(35) },
    ] as const;
    close(rateAtTemperature(known, 10), known[0].ratePerH, 1e-12);
    close(rateAtTemperature(known, 20), known[1].ratePerH, 1e-12);
    expect(rateAtTemperature(known, 15)).toBeGreaterThan(known[0].ratePerH);
    expect(rateAtTemperature(known, 15)).toBeLessThan(known[1].ratePerH);
  });
  it("undoing the loss gives back what entered", () => close(beforeLoss(100 * (1 - lostShare(0.1, 7)), 0.1, 7), 100, 1e-12));
  it("a chain backward undoes a chain forward, also at equal rates", () => {
    for (const productLossPerH of [0, 0.02, 0.05]) {
      const rates = { lossPerH: 0.05, yieldShare: 0.9, productLossPerH };
      const back = chainBackward(chainForward({ parent: 80, product: 300 }, rates, 9), rates, 9);
      close(back.parent, 80, 1e-9);
      close(back.product, 300, 1e-9);
    }
  });
  it("a parent lost to a stable product keeps the mass", () => {
    const { parent, product } = chainForward({ parent: 10, product: 5 }, { lossPerH: 0.3, yieldShare: 1, productLossPerH: 0 }, 4);
    close(parent + product, 15, 1e-12);
  });
});

describe("licit part", () => {
  it("the difference below zero is kept beside the clipped one, with its uncertainty", () =>
    expect(subtractLicit({ value: 3, sd: 0.3 }, { value: 5, sd: 0.4 })).toEqual({ value: 0, beforeClipping: -2, sd: 0.5 }));
  it("dispensed codeine, a third excreted unchanged", () => close(prescribedLoad(30, 0.3, 1), 9, 1e-12));
  // "Refining the estimation of amphetamine consumption": band 0.04 to 0.19 cannot be estimated, above 1 it is reliable
  it.each([
    [0.09, null, "fromMethamphetamine"],
    [0.5, 0.41, "mixed"],
    [2, 1.91, "own"],
  ])("amphetamine at %d of methamphetamine", (ratio, value, reason) => {
    const own = ownAmphetamine(ratio, 1);
    expect(own.reason).toBe(reason);
    if (value === null) expect(own.value).toBeNull();
    else close(own.value!, value, 1e-12);
  });
});

describe("uncertainty", () => {
  it("a plain case by hand: 10 % and 20 % on the log scale", () => {
    close(cvOfLogSd(combineLogSd(logSd(0.1), logSd(0.2))), Math.sqrt(1.01 * 1.04 - 1), 1e-12);
  });
  it("the formula in published code (egemenaydin/mm), seven days", () =>
    close(
      firstOrderCv({ sampling: 0.1, analysis: 0.1, flow: 0.05, population: 0.2 }, 7),
      Math.sqrt(0.01 / 7 + 0.01 + 0.0025 + 0.04),
      1e-12,
    ));
  it("more uncertainty in any part never narrows the interval", () => {
    fc.assert(
      fc.property(cv, cv, cv, (a, b, more) => {
        expect(combineLogSd(logSd(a + more), logSd(b))).toBeGreaterThan(combineLogSd(logSd(a), logSd(b)));
      }),
    );
  });
  it("Monte Carlo agrees with the log-scale formula: median, CV and interval of a product of four (200,000 draws, 2 %)", () => {
    const factors = [0.1, 0.15, 0.2, 0.2].map((part, index) => ({
      value: 1,
      cv: part,
      shape: "lognormal" as const,
      power: index === 3 ? (-1 as const) : (1 as const),
    }));
    const drawn = simulateProduct(factors, 200_000, seeded(11));
    const sd = combineLogSd(...factors.map(({ cv: part }) => logSd(part)));
    close(drawn.median, 1, 0.02);
    close(drawn.cv, cvOfLogSd(sd), 0.02);
    close(drawn.low, logInterval(1, sd, 0.95).low, 0.02);
    close(drawn.high, logInterval(1, sd, 0.95).high, 0.02);
  });
  it("a normal population of 20 % in the denominator biases the mean by +4.7 % (published code that draws people from a normal)", () => {
    const one = { value: 1, shape: "normal", power: 1 } as const;
    const drawn = simulateProduct(
      [
        { ...one, cv: 0.1 },
        { ...one, cv: 0.2, power: -1 },
      ],
      400_000,
      seeded(3),
    );
    expect(drawn.mean).toBeGreaterThan(1.035);
    expect(drawn.mean).toBeLessThan(1.06);
  });
  it("estimates that agree combine to less uncertainty, those that do not to more", () => {
    const agreeing = combineOnLogScale([
      { value: 100, cv: 0.2 },
      { value: 110, cv: 0.2 },
    ]);
    expect(agreeing.cv).toBeLessThan(0.2);
    expect(
      combineOnLogScale([
        { value: 100, cv: 0.05 },
        { value: 200, cv: 0.05 },
      ]).cv,
    ).toBeGreaterThan(0.3);
    expect(() => combineOnLogScale([])).toThrow(RangeError);
    expect(() => combineOnLogScale([{ value: 0, cv: 0.1 }])).toThrow(RangeError);
  });
  it("the more certain estimate has the greater say", () => {
    const { value } = combineOnLogScale([
      { value: 100, cv: 0.05 },
      { value: 200, cv: 0.5 },
    ]);
    expect(value).toBeLessThan(105);
  });
});

describe("laws of loads", () => {
  it("doubling the flow doubles the load", () =>
    fc.assert(fc.property(ngL, m3D, (c, q) => dailyLoad(c, 2 * q) === 2 * dailyLoad(c, q))));
  it("doubling the people halves the load of each", () =>
    fc.assert(
      fc.property(ngL, m3D, (load, people) => perThousandPeople(load, 2 * people) === perThousandPeople(load, people) / 2),
    ));
});

describe("ratios of residues", () => {
  const known = (value: number) => ({ value, censoring: "none", analysisCv: 0.1 }) as const;
  const below = (value: number) => ({ value, censoring: "belowLoq", analysisCv: 0.1 }) as const;
  it("amphetamine 9 to methamphetamine 100 is 0.09, with an interval", () => {
    const ratio = ratioOf(known(9), known(100));
    close(ratio.value, 0.09, 1e-12);
    expect([ratio.low! < 0.09, ratio.high! > 0.09, ratio.censoring]).toEqual([true, true, "none"]);
  });
  it("a numerator below its limit bounds the ratio above, a denominator below, both: unknown", () => {
    expect(ratioOf(below(1), known(10))).toMatchObject({ censoring: "below", low: null });
    expect(ratioOf(known(10), below(1))).toMatchObject({ censoring: "above", high: null });
    expect(ratioOf(below(1), below(1))).toMatchObject({ censoring: "unknown", low: null, high: null });
  });
  it("an enantiomeric fraction stays within 0 and 1", () => {
    const racemic = fractionOf(known(50), known(50));
    expect(racemic.value).toBe(0.5);
    expect(racemic.low).toBeGreaterThan(0);
    expect(racemic.high).toBeLessThan(1);
    close(fractionOf(known(65), known(35)).value, 0.65, 1e-12);
  });
  it("in a sum a censored part widens, and adds nothing to the lower bound", () => {
    const sum = sumOf([known(10), below(4)]);
    expect(sum).toMatchObject({ value: 14, censored: true });
    expect(sum.low).toBeLessThan(10);
    expect(sum.high).toBeGreaterThan(14);
  });
});

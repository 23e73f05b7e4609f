import { describe, expect, it } from "vitest";
import { excretionFactors, factorById, markerConstants, purities, standardDoses } from "../../schemas/factors.ts";
import { findSubstance, massConcentrationNgL, molarMass, resolveAnalyte, substances } from "../../schemas/substances.ts";

// Molar masses as tabled in the literature on wastewater (IUPAC weights), g/mol.
describe("molar masses follow from the formulae", () => {
  it.each([
    ["cocaine", 303.353],
    ["benzoylecgonine", 289.326],
    ["amphetamine", 135.206],
    ["methamphetamine", 149.233],
    ["mdma", 193.242],
    ["hmma", 195.258],
    ["heroin", 369.411],
    ["morphine", 285.338],
    ["6-mam", 327.374],
    ["thc", 314.462],
    ["thc-cooh", 344.445],
    ["ketamine", 237.725],
    ["norketamine", 223.699],
    ["methadone", 309.445],
    ["eddp", 277.403],
    ["codeine", 299.364],
    ["fentanyl", 336.471],
    ["norfentanyl", 232.321],
    ["tramadol", 263.375],
    ["o-desmethyltramadol", 249.349],
    ["oxycodone", 315.364],
    ["noroxycodone", 301.337],
    ["nicotine", 162.232],
    ["cotinine", 176.215],
    ["ethanol", 46.068],
    ["ethyl-sulfate", 126.132],
    ["etomidate", 244.289],
    ["etomidate-acid", 216.236],
    ["metomidate", 230.263],
    ["propoxate", 258.316],
    ["mephedrone", 177.243],
    ["methcathinone", 163.216],
    ["alpha-pbp", 217.307],
    ["caffeine", 194.191],
    ["creatinine", 113.118],
    ["3-hydroxycotinine", 192.215],
    ["n-formylamphetamine", 163.216],
    ["ephedrine", 165.232],
  ])("%s %d", (id, mass) => expect(Math.abs(findSubstance(id)!.molarMassGMol! - mass)).toBeLessThan(0.002));
  it("a formula that is none, or an element without a weight, throws", () => {
    expect(() => molarMass("C17H21NO4.HCl")).toThrow(RangeError);
    expect(() => molarMass("Xx2")).toThrow("no atomic weight");
  });
  it("1 nmol/L of cocaine is 303.353 ng/L; a sum parameter has no molar mass", () => {
    expect(massConcentrationNgL(1, "cocaine")).toBeCloseTo(303.353, 3);
    expect(() => massConcentrationNgL(1, "bod5")).toThrow(RangeError);
  });
});

describe("names", () => {
  it("every id, name, synonym and CAS number leads to its own substance, so no two share one", () => {
    for (const { id, names, synonyms, cas } of substances) {
      for (const name of [id, names.en, names.zh, ...synonyms, ...(cas ? [cas] : [])])
        expect(resolveAnalyte(name), name).toBe(id);
    }
  });
  it.each([
    ["甲基苯丙胺", "methamphetamine"],
    ["冰毒", "methamphetamine"],
    ["METH", "methamphetamine"],
    ["苯甲酰爱康宁", "benzoylecgonine"],
    ["苯甲酰芽子碱", "benzoylecgonine"],
    ["BE", "benzoylecgonine"],
    ["O6-单乙酰吗啡", "6-mam"],
    ["o6Acetylmorphine", "6-mam"],
    ["6-MAM", "6-mam"],
    ["6MAM", "6-mam"],
    ["四氢大麻酸", "thc-cooh"],
    ["THC-COOH", "thc-cooh"],
    ["thccooh", "thc-cooh"],
    ["可替宁", "cotinine"],
    ["依托咪酯酸", "etomidate-acid"],
    ["ETA", "etomidate-acid"],
    ["美沙酮", "methadone"],
    ["mamp", "methamphetamine"],
    ["mc", "methcathinone"],
    ["ＭＤＭＡ", "mdma"],
    [" Benzoyl ecgonine ", "benzoylecgonine"],
    ["α-PVP", "alpha-pvp"],
  ])("%s is %s", (name, id) => expect(resolveAnalyte(name)).toBe(id));
  it.each(["", "   ", "K", "cocaine-d3", "MA", "unknown"])("%j is not guessed", (name) =>
    expect(resolveAnalyte(name)).toBeUndefined(),
  );
  it("CAS numbers carry their check digit", () => {
    for (const { id, cas } of substances) {
      if (cas === null) continue;
      const digits = cas.replace(/-/g, "");
      const sum = [...digits.slice(0, -1)].toReversed().reduce((total, digit, index) => total + Number(digit) * (index + 1), 0);
      expect(sum % 10, id).toBe(Number(digits.at(-1)));
    }
  });
  it("a parent is a substance of the registry", () => {
    for (const { id, parent } of substances) if (parent !== null) expect(findSubstance(parent), id).toBeDefined();
  });
});

describe("factors", () => {
  const all = [...excretionFactors, ...standardDoses, ...purities, ...markerConstants];
  it("each value lies within its range, ids are unique, and substances exist", () => {
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    for (const { id, low, high } of all) expect(low, id).toBeLessThanOrEqual(high);
    for (const { id, excretedFraction, low, high, drug, residue } of excretionFactors) {
      expect(excretedFraction >= low && excretedFraction <= high, id).toBe(true);
      expect([findSubstance(drug), findSubstance(residue)], id).not.toContain(undefined);
    }
    for (const { id, value, low, high } of [...standardDoses, ...purities, ...markerConstants])
      expect(value >= low && value <= high, id).toBe(true);
    for (const { id, marker } of markerConstants) expect(findSubstance(marker), id).toBeDefined();
  });
  it("an id nobody has throws: a profile that names it is wrong", () =>
    expect(() => factorById(excretionFactors, "nope")).toThrow("nope"));
});

import { describe, expect, it } from "vitest";
import { signsTold } from "../../../analytics/verdict/phrases.ts";
import { type Circumstances, verdictOf } from "../../../analytics/verdict/verdict.ts";

// Cases built on published events: Utrecht 2011 (Emke 2014), Kunming and Dalian, Du 2020. Expected sources are judgements on those.
const utrecht: Circumstances = {
  analyte: "mdma",
  ratio: 35,
  shape: "pulse",
  weekday: 2,
  enantiomericFraction: 0.5,
  otherRatios: { hmma: 1.1, cocaine: 1, amphetamine: 0.9 },
};
const meth = (amphetamine: number, ratio: number): Circumstances => ({
  analyte: "methamphetamine",
  ratio,
  shape: "step",
  loads: { methamphetamine: 100, amphetamine },
});
const morphine: Circumstances = {
  analyte: "morphine",
  ratio: 2,
  shape: "step",
  loads: { morphine: 40, codeine: 25 },
  belowLimit: ["6-mam"],
};
const diluted: Circumstances = {
  analyte: "cocaine",
  ratio: 1 / 3,
  flowRatio: 3,
  otherRatios: { mdma: 0.35, methamphetamine: 0.31, cotinine: 0.33, caffeine: 0.36 },
};

describe("the eight cases", () => {
  it("a: a racemic MDMA burst on a weekday is disposal, with high probability", () => {
    const verdict = verdictOf(utrecht);
    expect(verdict.source).toBe("disposal");
    expect(verdict.probabilities.disposal).toBeGreaterThan(0.85);
  });
  it("b: the same load, enriched and followed by HMMA, is consumption", () =>
    expect(verdictOf({ ...utrecht, enantiomericFraction: 0.65, otherRatios: { hmma: 30 } }).source).toBe("consumption"));
  it("c: methamphetamine with a tenth of amphetamine is consumption", () =>
    expect(verdictOf(meth(9, 2)).source).toBe("consumption"));
  it("d: much methamphetamine with a hundredth of amphetamine is disposal or production", () => {
    const { source, probabilities } = verdictOf({ ...meth(1, 27), shape: "spike" });
    expect(["disposal", "production"]).toContain(source);
    expect(probabilities.disposal! + probabilities.production!).toBeGreaterThan(0.9);
  });
  it("e: morphine with codeine and without 6-MAM is medicine", () => expect(verdictOf(morphine).source).toBe("licitSource"));
  it("f: an amphetamine spike without its enantiomers is undetermined", () =>
    expect(verdictOf({ analyte: "amphetamine", ratio: 6, shape: "spike", weekday: 3 }).source).toBe("undetermined"));
  it("g: everything a third, with three times the flow, is an artefact", () =>
    expect(verdictOf(diluted).source).toBe("artefact"));
  it("h: ketamine at its usual ratio to norketamine is not suspicious", () => {
    const { source, probabilities } = verdictOf({
      analyte: "ketamine",
      ratio: 2,
      shape: "step",
      loads: { ketamine: 54, norketamine: 10 },
    });
    expect(source).toBe("consumption");
    expect(probabilities.disposal! + probabilities.production!).toBeLessThan(0.1);
  });
});

describe("with markers removed", () => {
  it("a verdict is less certain, and none fails", () => {
    const full = verdictOf(utrecht);
    const bare = verdictOf({ analyte: "mdma", ratio: 35, shape: "pulse", weekday: 2 });
    expect(bare.probabilities.disposal!).toBeLessThan(full.probabilities.disposal!);
    expect(verdictOf({ ...meth(1, 27), loads: {} }).source).not.toBe("disposal");
    expect(verdictOf({ ...morphine, belowLimit: [] }).source).not.toBe("licitSource");
    expect(verdictOf({ ...diluted, otherRatios: {} }).source).not.toBe("artefact");
  });
  it("with nothing known it says undetermined", () => {
    const { source, evidence } = verdictOf({ analyte: "fentanyl", ratio: 3 });
    expect([source, evidence]).toEqual(["undetermined", []]);
  });
});

it("probabilities add up to one, and each piece of evidence names its source", () => {
  const { probabilities, evidence } = verdictOf(utrecht);
  expect(Object.values(probabilities).reduce((sum, each) => sum + each, 0)).toBeCloseTo(1, 12);
  expect(evidence.length).toBeGreaterThan(2);
  expect(evidence.every(({ source }) => source.length > 10)).toBe(true);
});

it("what was weighed is one sentence in each language, in the order of the evidence, and none where nothing was", () => {
  const { evidence } = verdictOf(utrecht);
  const { en, zh } = signsTold(evidence);
  expect(en).toContain("racemic: as made, not as excreted; its metabolite did not rise along");
  expect(zh).toContain("外消旋：符合合成产物，未经人体代谢；代谢物未随之升高");
  expect(en.split(";")).toHaveLength(evidence.length);
  expect(signsTold([])).toEqual({ en: "", zh: "" });
});

it("morphine that rises with its codeine while 6-MAM stays as it was is medicine; with 6-MAM along it is not", () => {
  const rise: Circumstances = {
    ...morphine,
    belowLimit: [],
    loads: { morphine: 60, codeine: 10, "6-mam": 0.5 },
    otherRatios: { codeine: 1.9, "6-mam": 1.05 },
  };
  expect(verdictOf(rise).source).toBe("licitSource");
  expect(verdictOf({ ...rise, otherRatios: { codeine: 1.9, "6-mam": 2 } }).source).toBe("consumption");
});

it("party drugs that rise together are an event, a drug's own residues are no company", () => {
  const festival: Circumstances = {
    analyte: "ketamine",
    ratio: 4,
    shape: "spike",
    weekday: 6,
    loads: { ketamine: 54, norketamine: 10 },
    otherRatios: { norketamine: 4, cocaine: 3.5, benzoylecgonine: 3.8, mdma: 5, morphine: 1, cotinine: 1.1, codeine: 0.9 },
  };
  expect(verdictOf(festival).source).toBe("event");
  const own = verdictOf({ ...festival, weekday: 2, otherRatios: { norketamine: 4, morphine: 1, cotinine: 1.1, codeine: 0.9 } });
  expect(own.evidence.map(({ marker, found }) => [marker, found])).toContainEqual([
    "other analytes",
    "0 of 3 other drugs and markers moved along",
  ]);
});

it("amphetamine that rises with the methamphetamine it comes of was consumed; alone it may be anything", () => {
  const rise: Circumstances = { analyte: "amphetamine", ratio: 2.2, loads: { amphetamine: 9, methamphetamine: 100 } };
  expect(verdictOf({ ...rise, otherRatios: { methamphetamine: 2.1 } }).source).toBe("consumption");
  expect(verdictOf({ ...rise, otherRatios: { methamphetamine: 1 } }).source).toBe("undetermined");
});

it("a precursor of the drug in the sample makes production likelier", () => {
  const spike: Circumstances = { analyte: "amphetamine", ratio: 8, shape: "spike" };
  expect(verdictOf({ ...spike, precursors: ["apaan"] }).source).toBe("production");
});

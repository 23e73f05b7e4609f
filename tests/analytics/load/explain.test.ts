import { describe, expect, it } from "vitest";
import { deriveLoads } from "../../../analytics/load/derive.ts";
import { explain, shown } from "../../../analytics/load/explain.ts";
import type { LoadSample } from "../../../analytics/load/loadInput.ts";
import { statedPopulation } from "../../../analytics/load/population.ts";
import { judge, override } from "../../../analytics/quality/rules.ts";
import { findProfile } from "../../../schemas/profiles.ts";
import { qualityRules } from "../../../schemas/qualityRules.ts";

function derive(over: Partial<LoadSample> = {}, analyte = "benzoylecgonine") {
  const sample: LoadSample = {
    resultIds: ["L1/S9/be/m/1"],
    day: "2026-05-04",
    concentration: { ngL: 850, censoring: "none" },
    flowM3D: 45_000,
    ...over,
  };
  const populations = [statedPopulation("census", 180_000, "census 2020")];
  return deriveLoads({
    siteId: "graz",
    analyte,
    profile: findProfile("us-research")!,
    populations,
    samples: [sample],
    softwareVersion: "0.1.0",
  });
}

const consumption = (over: Partial<LoadSample> = {}) => derive(over).find(({ quantity }) => quantity === "consumption")!;

describe("a number explained down to the raw result and back up", () => {
  const english = explain(consumption(), "en");
  it.each([
    [
      "the number and its interval",
      "The consumption of cocaine at graz on 2026-05-04 is 763 mg/d per 1,000 people (410.8 to 1,417).",
    ],
    ["the raw result", "From result L1/S9/be/m/1: benzoylecgonine 850 ng/L."],
    ["the load", "850 ng/L × 45,000 m³/d × 10⁻⁶ = 38.25 g/d"],
    ["the people", "People: 180,000, from the census"],
    ["the factor with its source", "factor cocaine-be-castiglioni-2013"],
    ["what every day shares", "The same for all days: stability 5 %, flow 20 %"],
    ["profile and version", "(us-research@1) by Sewertrace 0.1.0"],
  ])("in English: %s", (_, part) => expect(english.join("\n")).toContain(part));
  it.each(["可卡因消费量为 763 毫克/千人·天", "苯甲酰爱康宁为 850 ng/L", "人口：180,000 人", "us-research@1"])(
    "in Chinese: %s",
    (part) => expect(explain(consumption(), "zh").join("\n")).toContain(part),
  );
  it("a censored one says that only the limit is known", () => {
    const derived = derive({ concentration: { ngL: 10, censoring: "belowLoq" } });
    const load = derived.find(({ quantity }) => quantity === "load")!;
    expect(explain(load, "en")[0]).toContain("below 0.45 g/d");
    expect(explain(load, "zh")[0]).toContain("低于 0.45 克/天");
  });
  it("an absent one says why", () => {
    const none = derive({}, "mephedrone").find(({ quantity }) => quantity === "consumption")!;
    expect(explain(none, "en")[0]).toContain("no agreed excretion factor");
    expect(explain(none, "zh")[0]).toContain("没有公认的排泄率");
  });
  it("flags, with who overrode them and why", () => {
    const flags = judge({ flowM3D: 45_000, flowPerPersonL: 5000, ptAbsZ: 1 }, qualityRules);
    const by = { actor: "m.huber", reason: "storm", at: "2026-05-06T08:00:00Z" };
    const text = explain(consumption({ flags: override(flags, "FLOW_PERCAP", by) }), "en").join("\n");
    expect(text).toContain(
      "Quality rule FLOW_PERCAP (Flow per person): failed, found 5,000 L/d/{inh}. Overridden by m.huber: storm.",
    );
  });
});

it.each([
  [0, "0"],
  [763.0206, "763"],
  [38.25, "38.25"],
  [0.000123456, "0.0001235"],
  [1417.38, "1,417"],
  [123456, "123,500"],
])("%d is shown as %s", (value, text) => expect(shown(value)).toBe(text));

import { deriveLoads } from "../../../analytics/load/derive.ts";
import type { DerivedQuantity } from "../../../analytics/load/derived.ts";
import type { LoadInput, LoadSample } from "../../../analytics/load/loadInput.ts";
import { statedPopulation } from "../../../analytics/load/population.ts";
import { findProfile } from "../../../schemas/profiles.ts";

export const research = findProfile("us-research")!;
export const census = statedPopulation("census", 180_000, "census 2020");

export function sample(over: Partial<LoadSample> = {}): LoadSample {
  return {
    resultIds: ["lab-1/s1/be/m/1"],
    day: "2026-05-04",
    concentration: { ngL: 850, censoring: "none" },
    flowM3D: 45_000,
    ...over,
  };
}

export function derive(over: Partial<LoadInput> = {}): ReturnType<typeof deriveLoads> {
  const input = { siteId: "s", analyte: "benzoylecgonine", profile: research, populations: [census], softwareVersion: "0.1.0" };
  return deriveLoads({ ...input, samples: [sample()], ...over });
}

export const pick = (derived: ReturnType<typeof deriveLoads>, quantity: DerivedQuantity, variant = "primary") =>
  derived.find((value) => value.quantity === quantity && value.variant === variant)!;

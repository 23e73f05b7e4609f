import { onTestFinished } from "vitest";
import type { Environment } from "../../../schemas/config.ts";
import type { Site } from "../../../schemas/site.ts";
import { openPlantWorld } from "./world.ts";

export const plant: Site = {
  siteId: "plant-a",
  name: "Plant A",
  kind: "wwtp",
  timeZone: "Asia/Shanghai",
  population: { people: 180_000, source: "census 2020", year: 2020 },
};

export async function opened(settings?: Partial<Environment>) {
  const world = await openPlantWorld(settings);
  onTestFinished(() => world.close());
  return world;
}

export const dayOf = (index: number) => new Date(Date.UTC(2026, 3, 1 + index)).toISOString().slice(0, 10);

export function reportOf(day: string, results: object[], over: object = {}) {
  const next = new Date(Date.parse(`${day}T08:00:00+08:00`) + 86_400_000).toISOString();
  return {
    labId: "lab-1",
    uploadId: `u-${day}`,
    sample: {
      sampleId: `s-${day}`,
      siteId: "plant-a",
      mode: "flowProportional",
      start: `${day}T08:00:00+08:00`,
      end: next,
      flowM3D: 45_000,
      ...over,
    },
    results: results.map((result) => ({ unit: "ng/L", method: "m-1", ...result })),
  };
}

export const reading = (day: string, quantity: string, value: number, unit: string) => ({
  siteId: "plant-a",
  deviceId: "d-1",
  time: `${day}T12:00:00+08:00`,
  quantity,
  value,
  unit,
});

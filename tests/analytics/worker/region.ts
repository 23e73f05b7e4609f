import type { Anomaly } from "../../../schemas/anomaly.ts";
import { addDays } from "../../../schemas/days.ts";
import type { Site } from "../../../schemas/site.ts";
import { seededRandom } from "../../../simulation/random.ts";
import { compositeReport } from "./composite.ts";
import type { PlantWorld } from "./world.ts";

/** The last day of every series: three before the worlds' now. */
export const LAST = "2026-05-03";

export interface RegionSettings {
  seed: number | string;
  plants: readonly string[];
  days: number;
  /** Usual concentration of each analyte, ng/L; below its limit it is reported as censored. */
  levels: Readonly<Record<string, { ngL: number; loq?: number; sdLn?: number }>>;
  /** What a value is times the usual one; ago 0 is the last day. */
  factor?: (siteId: string, analyte: string, ago: number) => number;
  /** Usual flow is 40,000 m3/d; concentrations fall as it rises. */
  wet?: (siteId: string, ago: number) => number;
  method?: (siteId: string) => string;
}

export const siteOf = (siteId: string): Site => ({
  siteId,
  name: siteId,
  kind: "wwtp",
  timeZone: "UTC",
  country: "CN",
  region: "North",
  population: { people: 160_000, source: "census", year: 2025 },
});

/** One report a plant and day, oldest first, each with the whole panel. */
export function regionReports({
  seed,
  plants,
  days,
  levels,
  factor = () => 1,
  wet = () => 1,
  method = () => "m-1",
}: RegionSettings) {
  const randoms = new Map(plants.map((siteId) => [siteId, seededRandom(seed, siteId)]));
  return Array.from({ length: days }, (_, i) => days - 1 - i).flatMap((ago) =>
    plants.map((siteId) => {
      const random = randoms.get(siteId)!;
      const day = addDays(LAST, -ago);
      const results = Object.entries(levels).map(([analyte, { ngL, loq, sdLn = 0.2 }]) => {
        const value = Number(((ngL * factor(siteId, analyte, ago) * random.factor(sdLn)) / wet(siteId, ago)).toPrecision(4));
        const common = { analyte, quantity: "concentration", unit: "ng/L", method: method(siteId), replicate: 1 };
        if (loq !== undefined && value < loq) return { ...common, censoring: "belowLoq", loq };
        return { ...common, value, censoring: "none", ...(loq === undefined ? {} : { loq }) };
      });
      return compositeReport(siteId, day, 40_000 * wet(siteId, ago), results);
    }),
  );
}

export type RegionReport = ReturnType<typeof regionReports>[number] & { revision?: { reason: string } };

/** The anomalies that stand, of all plants, in the order of their ids. */
export async function standing({ records }: PlantWorld, plants: readonly string[]): Promise<Anomaly[]> {
  const all = await Promise.all(plants.map((siteId) => records.anomalies.list({ siteId, limit: 1_000 })));
  return all
    .flat()
    .filter(({ state }) => state !== "retracted")
    .toSorted((a, b) => (a.anomalyId < b.anomalyId ? -1 : 1));
}

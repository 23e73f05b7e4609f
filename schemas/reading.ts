import { z } from "zod";
import { deviceId, moment, siteId } from "./identifiers.ts";
import { resolveAnalyte } from "./substances.ts";
import { dimensionOf, type UnitCode, unitCode } from "./units.ts";

/** What probes and samplers report, each with the unit it is stored in. */
export const READING_UNITS = {
  flow: "m3/d",
  level: "m",
  temperature: "Cel",
  ph: "[pH]",
  conductivity: "uS/cm",
  ammoniumNitrogen: "mg/L",
  cod: "mg/L",
  bod: "mg/L",
  totalNitrogen: "mg/L",
  totalPhosphorus: "mg/L",
  tss: "mg/L",
  rainfall: "mm",
  samplerPulses: "{pulse}",
  /** People in the catchment by mobile signalling. */
  mobilePeople: "{inh}",
} as const satisfies Record<string, UnitCode>;
export type ReadingQuantity = keyof typeof READING_UNITS;

/** Online analysers report an analyte as a quantity; it is stored in this unit. */
export const ONLINE_ANALYTE_UNIT: UnitCode = "ng/L";

export const READING_STATUSES = ["ok", "suspect", "maintenance", "fault", "belowRange", "aboveRange"] as const;

const quantity = z.string().refine((name) => name in READING_UNITS || resolveAnalyte(name) === name, {
  error: `one of ${Object.keys(READING_UNITS).join(", ")}, or an analyte id such as benzoylecgonine`,
});

/** One value of a probe or sampler. Identity: site, device, quantity, time. */
export const reading = z
  .strictObject({
    siteId,
    deviceId,
    time: moment,
    quantity,
    value: z.number(),
    unit: unitCode,
    status: z.enum(READING_STATUSES).default("ok"),
  })
  .refine((r) => dimensionOf(r.unit) === dimensionOf(storedUnit(r.quantity)), {
    path: ["unit"],
    error: (issue) => {
      const { quantity } = issue.input as { quantity: string };
      return `a unit of ${quantity}, such as ${storedUnit(quantity)}`;
    },
  });
export type Reading = z.infer<typeof reading>;

/** About 200 bytes each: a fifth of Kafka's default record limit. */
export const READINGS_PER_RECORD_MAX = 1_000;

/** The unit in which readings of the quantity are kept. */
export function storedUnit(quantity: string): UnitCode {
  return quantity in READING_UNITS ? READING_UNITS[quantity as ReadingQuantity] : ONLINE_ANALYTE_UNIT;
}

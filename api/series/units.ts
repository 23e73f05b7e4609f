import { storedUnit } from "../../schemas/reading.ts";
import type { UnitCode } from "../../schemas/units.ts";
import type { Measure, SeriesKey } from "../../store/series/series.ts";

const UNITS: Record<Exclude<Measure, "reading" | "expected">, UnitCode> = {
  concentration: "ng/L",
  load: "g/d",
  populationNormalisedLoad: "mg/d/(10*3.{inh})",
  consumption: "mg/d/(10*3.{inh})",
  doses: "{dose}/d/(10*3.{inh})",
};

/** The unit in which a series is stored; what was expected of a quantity has the quantity's. */
export function unitOf({ measure, name, variant }: Pick<SeriesKey, "measure" | "name" | "variant">): UnitCode {
  if (measure === "reading") return storedUnit(name);
  return measure === "expected" ? UNITS[variant as keyof typeof UNITS] : UNITS[measure];
}

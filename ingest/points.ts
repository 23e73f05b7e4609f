import type { AssayResult } from "../schemas/assay.ts";
import { type Reading, storedUnit } from "../schemas/reading.ts";
import type { Sample } from "../schemas/sample.ts";
import { convert, type UnitCode } from "../schemas/units.ts";
import type { ResultRevision } from "../store/records/revisions.ts";
import type { Point } from "../store/series/series.ts";

/** The unit in which each reported quantity is kept in the series. */
export const STORED_UNITS = {
  concentration: "ng/L",
  load: "g/d",
  populationNormalisedLoad: "mg/d/(10*3.{inh})",
} as const satisfies Record<AssayResult["quantity"], UnitCode>;

/** A reading in its stored unit; its status travels as the origin. */
export function readingPoint({ siteId, deviceId, time, quantity, value, unit, status }: Reading): Point {
  return {
    measure: "reading",
    siteId,
    name: quantity,
    variant: deviceId,
    timeMs: Date.parse(time),
    value: convert(value, unit, storedUnit(quantity)),
    origin: status,
  };
}

/**
 * A result at the start of its sample; one below a limit at the limit, or at 0 where that is unknown. Above the calibrated range it is at
 * least the value, and no limit.
 */
export function resultPoint({ identity, sample, result, origin }: ResultRevision): Point {
  const known = result.value ?? limitOf(result) ?? 0;
  const to = STORED_UNITS[result.quantity];
  return {
    ...resultSeries(sample, result, origin.labId),
    timeMs: Date.parse(sample.start),
    slot: slotOf(identity),
    value: convert(known, result.unit, to),
    ...(result.censoring === "none" || result.censoring === "aboveRange" ? {} : { censored: true }),
    ...intervalOf(result, to),
    origin: identity,
  };
}

/** The series a result belongs to: laboratories, methods and replicates stay apart. */
export function resultSeries(sample: Sample, result: AssayResult, labId: string) {
  return {
    measure: result.quantity,
    siteId: sample.siteId,
    name: result.analyte,
    variant: `${labId}/${result.method}/${result.replicate}`,
  };
}

/** The limit below which a censored value lies, in the unit of the result. */
export function limitOf(result: AssayResult): number | undefined {
  return result.censoring === "belowLod" ? (result.lod ?? result.loq) : (result.loq ?? result.lod);
}

/** Half-width of a 95 % interval in standard uncertainties. */
const COVERAGE_95 = 1.96;

function intervalOf({ value, uncertainty, coverageFactor = 2, unit }: AssayResult, to: UnitCode): Pick<Point, "low" | "high"> {
  if (value == null || uncertainty === undefined) return {};
  const half = (uncertainty / coverageFactor) * COVERAGE_95;
  return { low: convert(Math.max(0, value - half), unit, to), high: convert(value + half, unit, to) };
}

/** Two samples of one series that start at the same instant stay apart by what identifies them. */
function slotOf(identity: string): number {
  return Number.parseInt(identity.slice(0, 12), 16) % 1_000_000;
}

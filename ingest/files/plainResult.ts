import { type AssayResult, CENSORINGS, REPORTED_QUANTITIES } from "../../schemas/assay.ts";
import { methodId } from "../../schemas/identifiers.ts";
import { findSubstance, resolveAnalyte } from "../../schemas/substances.ts";
import { dimensionOf, isUnitCode } from "../../schemas/units.ts";

/** Method codes found right, so that each is matched once; a file has a handful. */
const METHODS_MAX = 1_000;
const methods = new Set<string>();
const analytes = new Set<string>();

/**
 * The result that assayResult would make of the draft, for a draft that is plainly right: a million rows are checked in half the time.
 * Undefined for whatever is not, be it wrong or only unusual: the schema then has the word. That the two agree is a property that is
 * tested (tests/ingest/files/plainResult.test.ts).
 */
export function plainResult(draft: Record<string, unknown>): AssayResult | undefined {
  const { analyte, quantity, value, unit, censoring, lod, loq, uncertainty, coverageFactor, method, replicate } = draft;
  if (typeof analyte !== "string" || !isAnalyte(analyte)) return undefined;
  if (typeof unit !== "string" || !isUnitCode(unit)) return undefined;
  if (typeof quantity !== "string" || !isQuantity(quantity) || REPORTED_QUANTITIES[quantity] !== dimensionOf(unit))
    return undefined;
  if (typeof method !== "string" || !isMethod(method)) return undefined;
  if (!isCensoring(censoring)) return undefined;
  if (value !== undefined && !isAbove(value)) return undefined;
  if (value === undefined && (censoring === "none" || censoring === "aboveRange")) return undefined;
  if ((lod !== undefined && !isAbove(lod)) || (loq !== undefined && !isAbove(loq))) return undefined;
  if (lod !== undefined && loq !== undefined && (lod as number) > (loq as number)) return undefined;
  if (replicate !== undefined && !(Number.isSafeInteger(replicate) && (replicate as number) > 0)) return undefined;
  if (uncertainty !== undefined && !isAbove(uncertainty)) return undefined;
  if (coverageFactor !== undefined && !isAbove(coverageFactor)) return undefined;
  for (const field in draft) if (!PLAIN_FIELDS.has(field)) return undefined;
  // in the order of the schema
  const result = { analyte, quantity } as AssayResult;
  if (value !== undefined) result.value = value as number;
  result.unit = unit;
  result.censoring = censoring;
  if (lod !== undefined) result.lod = lod as number;
  if (loq !== undefined) result.loq = loq as number;
  if (uncertainty !== undefined) result.uncertainty = uncertainty as number;
  if (coverageFactor !== undefined) result.coverageFactor = coverageFactor as number;
  result.method = method;
  result.replicate = replicate === undefined ? 1 : (replicate as number);
  return result;
}

const PLAIN_FIELDS: ReadonlySet<string> = new Set([
  "analyte",
  "quantity",
  "value",
  "unit",
  "censoring",
  "lod",
  "loq",
  "uncertainty",
  "coverageFactor",
  "method",
  "replicate",
]);

const isQuantity = (text: string): text is AssayResult["quantity"] => Object.hasOwn(REPORTED_QUANTITIES, text);
const isCensoring = (value: unknown): value is AssayResult["censoring"] => (CENSORINGS as readonly unknown[]).includes(value);
const isAbove = (value: unknown) => typeof value === "number" && value > 0 && value < Number.POSITIVE_INFINITY;

function isAnalyte(id: string): boolean {
  if (analytes.has(id)) return true;
  if (findSubstance(id) === undefined || resolveAnalyte(id) !== id) return false;
  analytes.add(id);
  return true;
}

function isMethod(code: string): boolean {
  if (methods.has(code)) return true;
  if (!methodId.safeParse(code).success) return false;
  if (methods.size < METHODS_MAX) methods.add(code);
  return true;
}

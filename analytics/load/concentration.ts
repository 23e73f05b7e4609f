import type { AssayResult } from "../../schemas/assay.ts";
import { convert } from "../../schemas/units.ts";
import type { Censoring } from "./derived.ts";

/** A concentration as the chain needs it. */
export interface Concentration {
  /** The value, or the limit of a censored one; null where no limit is known. */
  ngL: number | null;
  censoring: Censoring;
  /** The lower limit, for a value between LOD and LOQ. */
  lowNgL?: number;
  /** Relative standard uncertainty of the analysis, where the laboratory states it. */
  analysisCv?: number;
}

/**
 * The concentration of a laboratory's result in ng/L, with the limit that its censoring means.
 * @throws RangeError for a result that is itself a load: it needs no derivation
 */
export function concentrationOf(result: AssayResult): Concentration {
  const { censoring, value, lod, loq, unit, uncertainty, coverageFactor = 2 } = result;
  const toNgL = (amount: number | null | undefined) => (amount == null ? null : convert(amount, unit, "ng/L"));
  if (censoring === "none") {
    const analysisCv = uncertainty !== undefined && value ? uncertainty / coverageFactor / value : undefined;
    return { ngL: toNgL(value), censoring, ...(analysisCv === undefined ? {} : { analysisCv }) };
  }
  if (censoring === "aboveRange") return { ngL: toNgL(value), censoring };
  if (censoring === "belowLod") return { ngL: toNgL(lod ?? loq ?? positive(value)), censoring };
  const upper = toNgL(loq ?? positive(value));
  const lower = toNgL(lod);
  if (censoring === "betweenLodAndLoq" && upper !== null && lower !== null) return { ngL: upper, lowNgL: lower, censoring };
  return { ngL: upper, censoring: "belowLoq" };
}

/** A value reported with "<" is the limit; zero is no limit. */
const positive = (value: number | null | undefined) => (value ? value : undefined);

/**
 * Replicates of one sample in one concentration. Detected ones are averaged; when some are censored the truth is only known to lie
 * below the largest of them, and when all are, below the largest limit: half a limit is never put in.
 * @param replicates at least one
 */
export function meanOfReplicates(replicates: readonly Concentration[]): Concentration {
  const [first, ...others] = replicates;
  if (!first) throw new RangeError("no replicate");
  if (others.length === 0) return first;
  if (replicates.every(({ censoring }) => censoring === "none")) {
    const values = replicates.map(({ ngL }) => ngL!);
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const stated = replicates.map(({ analysisCv }) => analysisCv).filter((cv) => cv !== undefined);
    return { ngL: mean, censoring: "none", ...(stated.length === 0 ? {} : { analysisCv: Math.max(...stated) }) };
  }
  const known = replicates.map(({ ngL }) => ngL).filter((ngL) => ngL !== null);
  if (replicates.some(({ censoring }) => censoring === "aboveRange")) {
    return { ngL: Math.min(...known), censoring: "aboveRange" };
  }
  return { ngL: known.length === 0 ? null : Math.max(...known), censoring: "belowLoq" };
}

import type { AssayResult } from "../../schemas/assay.ts";
import { localDay } from "../../schemas/days.ts";
import type { QualityFlag } from "../../schemas/qualityRules.ts";
import type { Sample } from "../../schemas/sample.ts";
import { type Concentration, concentrationOf, meanOfReplicates } from "./concentration.ts";
import type { InSewerChange, LoadSample } from "./loadInput.ts";
import type { PopulationEstimate } from "./population.ts";

/** A stored result with its sample. */
export interface ResultRecord {
  /** Laboratory, sample, analyte, method, replicate. */
  identity: string;
  /** Tells samples apart, also of two laboratories. */
  sampleKey: string;
  sample: Sample;
  result: AssayResult;
}

export interface SampleSurroundings {
  flowOf: (sample: Sample) => number | undefined;
  flagsOf?: (record: ResultRecord) => readonly QualityFlag[];
  populationsOf?: (sample: Sample) => readonly PopulationEstimate[];
  inSewerOf?: (sample: Sample) => InSewerChange | undefined;
  otherDrugOf?: (sample: Sample) => number | undefined;
}

/**
 * The results of one analyte at one site as samples to derive from, one a sample and method, replicates averaged. A result that is
 * itself a load, or withdrawn, is left out: there is nothing to derive.
 */
export function loadSamplesOf(
  records: readonly ResultRecord[],
  timeZone: string,
  { flowOf, flagsOf, populationsOf, inSewerOf, otherDrugOf }: SampleSurroundings,
): LoadSample[] {
  const usable = records.filter(({ result }) => result.quantity === "concentration" && !result.withdrawn);
  return [...Map.groupBy(usable, ({ sampleKey, result }) => `${sampleKey}\n${result.method}`).values()].map((replicates) => {
    const all = replicates.length === 1 ? replicates : replicates.toSorted((a, b) => (a.identity < b.identity ? -1 : 1));
    const ordered = flagsOf === undefined || all.length === 1 ? all : notRefused(all, flagsOf);
    const { sample, result } = ordered[0]!;
    const timeMs = Date.parse(sample.start);
    const inSewer = inSewerOf?.(sample);
    const otherDrugNgL = otherDrugOf?.(sample);
    const flags = flagsOf === undefined ? undefined : flagsOfAll(ordered, flagsOf);
    return {
      resultIds: ordered.map(({ identity }) => identity),
      day: localDay(timeMs, timeZone),
      timeMs,
      method: result.method,
      concentration: meanOfReplicates(ordered.map((record) => concentrationUnder(record, flagsOf))),
      flowM3D: flowOf(sample),
      ...(flags ? { flags } : {}),
      ...(populationsOf ? { populations: populationsOf(sample) } : {}),
      ...(inSewer ? { inSewer } : {}),
      ...(otherDrugNgL ? { otherDrugNgL } : {}),
    };
  });
}

const REFUSING = new Set<QualityFlag["action"]>(["reject", "hold"]);

/** Replicates whose flags let them count; where none is left, all, so that the reason stays with the sample. */
function notRefused(
  records: readonly ResultRecord[],
  flagsOf: NonNullable<SampleSurroundings["flagsOf"]>,
): readonly ResultRecord[] {
  const standing = records.filter(
    (record) => !flagsOf(record).some(({ action, override }) => override === undefined && REFUSING.has(action)),
  );
  return standing.length > 0 ? standing : records;
}

/** A rule that says the same of several replicates says it once. */
function flagsOfAll(
  records: readonly ResultRecord[],
  flagsOf: NonNullable<SampleSurroundings["flagsOf"]>,
): readonly QualityFlag[] {
  const [only] = records;
  if (only && records.length === 1) return flagsOf(only);
  const flags = records.flatMap((record) => flagsOf(record));
  return [...new Map(flags.map((flag) => [JSON.stringify(flag), flag])).values()];
}

/**
 * The concentration of a result. A rule that censors it, such as a poor signal to noise, makes of the value a limit: the laboratory's
 * own where that is higher, but never one below what was measured.
 */
function concentrationUnder(record: ResultRecord, flagsOf: SampleSurroundings["flagsOf"]): Concentration {
  const { result } = record;
  const censoring = flagsOf?.(record).find(
    ({ action, override, value }) => action === "censor" && override === undefined && value !== null,
  );
  if (!censoring || result.censoring !== "none") return concentrationOf(result);
  const limit = (stated: number | undefined) => Math.max(stated ?? 0, result.value ?? 0) || undefined;
  const [lod, loq] = [limit(result.lod ?? result.loq), limit(result.loq)];
  return concentrationOf({ ...result, lod, loq, censoring: censoring.severity === "failure" ? "belowLod" : "belowLoq" });
}

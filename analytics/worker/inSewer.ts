import type { Sample } from "../../schemas/sample.ts";
import type { Site } from "../../schemas/site.ts";
import type { ResultRevision } from "../../store/records/revisions.ts";
import { concentrationOf } from "../load/concentration.ts";
import { beforeLoss, chainForward, rateAtTemperature } from "../load/inSewer.ts";
import type { InSewerChange } from "../load/loadInput.ts";
import { meanReading, type Readings } from "./flows.ts";

/** Whether a rate of the site hangs on the temperature of the sewage. */
export function needsTemperature({ lossPerH = {} }: Site): boolean {
  return Object.values(lossPerH).some((rate) => typeof rate !== "number");
}

/** Residues from which others form in the site's sewer: their results are needed with those of the others. */
export function parentsOf({ formedFrom = {} }: Site): string[] {
  return Object.values(formedFrom).flatMap((formation) => formation?.parent ?? []);
}

/**
 * What the site's sewer did to a residue until a sample was taken, as the site states it: first-order loss, at the temperature of the
 * sewage where the rate hangs on it, and what formed of it from a parent that was measured in the same sewage.
 */
export function inSewerLookup(
  { residenceTimeH, lossPerH = {}, formedFrom = {} }: Site,
  results: ReadonlyMap<string, readonly ResultRevision[]>,
  readings: Readings,
): (analyte: string) => (sample: Sample) => InSewerChange | undefined {
  const temperatures = readings.get("temperature") ?? [];
  const rateOf = (analyte: string, sample: Sample): number | undefined => {
    const rate = lossPerH[analyte];
    if (rate === undefined || typeof rate === "number") return rate;
    const cel = meanReading(temperatures, Date.parse(sample.start), Date.parse(sample.end));
    return cel === undefined ? undefined : rateAtTemperature(rate, cel);
  };
  return (analyte) => {
    const formation = formedFrom[analyte];
    const parentIn = formation && quantifiedLookup(results.get(formation.parent) ?? []);
    return (sample) => {
      if (residenceTimeH === undefined) return undefined;
      const own = rateOf(analyte, sample);
      if (!formation) return own === undefined ? undefined : { lossPerH: own, formedNgL: 0 };
      const [parentNgL, parentLossPerH] = [parentIn!(sample), rateOf(formation.parent, sample)];
      if (parentNgL === undefined || parentLossPerH === undefined) return undefined;
      const entered = { parent: beforeLoss(parentNgL, parentLossPerH, residenceTimeH), product: 0 };
      const rates = { lossPerH: parentLossPerH, yieldShare: formation.yieldShare, productLossPerH: own ?? 0 };
      return { lossPerH: own ?? 0, formedNgL: chainForward(entered, rates, residenceTimeH).product };
    };
  };
}

/** What was quantified of a residue in the same sewage, all replicates averaged; 0 where all of it lay below a limit. */
export function quantifiedLookup(results: readonly ResultRevision[]): (sample: Sample) => number | undefined {
  const windowOf = ({ start, end }: Sample) => `${Date.parse(start)} ${Date.parse(end)}`;
  const found = Map.groupBy(
    results.filter(({ result }) => result.quantity === "concentration"),
    ({ sample }) => windowOf(sample),
  );
  return (sample) => {
    const known = (found.get(windowOf(sample)) ?? []).map(({ result }) => concentrationOf(result));
    if (known.length === 0) return undefined;
    const quantified = known.flatMap(({ ngL, censoring }) => (censoring === "none" && ngL !== null ? [ngL] : []));
    quantified.sort((a, b) => a - b); // a sum of floats hangs on its order, a series must not
    return quantified.length === 0 ? 0 : quantified.reduce((sum, ngL) => sum + ngL, 0) / quantified.length;
  };
}

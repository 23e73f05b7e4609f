import type { AssayResult } from "../../schemas/assay.ts";
import type { Sample } from "../../schemas/sample.ts";
import type { Site } from "../../schemas/site.ts";
import { findSubstance } from "../../schemas/substances.ts";
import { convert } from "../../schemas/units.ts";
import type { Facts } from "./rules.ts";

const HOUR_MS = 3_600_000;

/** What the site's own past and the day's other measurements say, each absent where not known. */
export interface Surroundings {
  flowM3D?: number | undefined;
  people?: number | undefined;
  markerPeople?: number | undefined;
  /** Median concentration of this analyte at this site, ng/L. */
  medianNgL?: number | undefined;
  /** The site's flows, m3/d, ascending. */
  sortedFlowsM3D?: readonly number[];
  /** Today's load over its usual for each population marker. */
  markerRatios?: readonly number[] | undefined;
  /** 1 where the method was already used at the site's previous sampling of this analyte, 0 where it is new. */
  methodUnchanged?: number | undefined;
  /** Relative standard deviation of the sample's replicates, percent. */
  replicateRsdPercent?: number | undefined;
  analysedAt?: string;
  preservedAt?: string;
  /** |z| of the laboratory's last round for this analyte. */
  ptAbsZ?: number | undefined;
}

/** All facts of one result that the catalogue's rules judge. */
export function factsOf(result: AssayResult, sample: Sample, site: Site, around: Surroundings): Facts {
  return { ...resultFacts(result, around), ...sampleFacts(result, sample, around), ...flowFacts(site, around) };
}

function resultFacts(result: AssayResult, around: Surroundings): Facts {
  const { isRecovery, ionRatio, censoring, value, quantity, unit, controls = {} } = result;
  const { expectedIonRatio: expected, ownInternalStandard, preservedAsAsked, ...measuredControls } = controls;
  const measured = quantity === "concentration" && censoring === "none" && value != null;
  return {
    ...measuredControls,
    hasOwnInternalStandard: yesNo(ownInternalStandard),
    preservationMatches: yesNo(preservedAsAsked),
    isRecoveryPercent: isRecovery,
    ionRatioDeviationPercent: ionRatio !== undefined && expected ? (ionRatio / expected - 1) * 100 : undefined,
    withinCalibratedRange: censoring === "aboveRange" ? 0 : undefined,
    valueToMedian: measured && around.medianNgL ? convert(value, unit, "ng/L") / around.medianNgL : undefined,
    zeroCount: censoring === "none" && value === 0 ? 1 : 0,
    methodUnchanged: around.methodUnchanged,
    replicateRsdPercent: around.replicateRsdPercent,
    ptAbsZ: around.ptAbsZ,
  };
}

const yesNo = (said: boolean | undefined) => (said === undefined ? undefined : Number(said));

function sampleFacts({ analyte }: AssayResult, sample: Sample, { analysedAt, preservedAt }: Surroundings): Facts {
  const end = Date.parse(sample.end);
  const windowH = (end - Date.parse(sample.start)) / HOUR_MS;
  const unstable = findSubstance(analyte)?.stability === "low";
  const transport = sample.custody?.map(({ temperatureCel }) => temperatureCel).filter((cel) => cel !== undefined) ?? [];
  const hours = (until: string | undefined) => (until === undefined ? undefined : (Date.parse(until) - end) / HOUR_MS);
  const toAnalysis = hours(analysedAt);
  return {
    holdingDays: toAnalysis === undefined ? undefined : toAnalysis / 24,
    unpreservedHoursUnstable: unstable ? hours(preservedAt) : undefined,
    transportTemperatureCel: transport.length === 0 ? undefined : Math.max(...transport),
    custodyIntact: sample.custody === undefined ? undefined : Number(custodyIntact(sample)),
    windowH: sample.mode === "grab" || sample.mode === "passive" ? undefined : windowH,
    pulsesPercent:
      sample.pulsesPlanned && sample.pulsesTaken !== undefined ? (sample.pulsesTaken / sample.pulsesPlanned) * 100 : undefined,
  };
}

/** Events in order of time, from a collection on, under one seal until it is opened. */
export function custodyIntact({ custody = [], seal }: Sample): boolean {
  const times = custody.map(({ time }) => Date.parse(time));
  const ordered = times.every((time, index) => index === 0 || time >= times[index - 1]!);
  let current = seal;
  for (const event of custody) {
    if (event.action === "opened") {
      current = undefined;
      continue;
    }
    if (event.seal === undefined) continue;
    if (event.action === "sealed") current ??= event.seal;
    else if (current !== undefined && event.seal !== current) return false;
  }
  return ordered && custody[0]?.action === "collected";
}

function flowFacts({ designFlowM3D }: Site, around: Surroundings): Facts {
  const { flowM3D, people, markerPeople, sortedFlowsM3D, markerRatios } = around;
  const flowing = flowM3D !== undefined && flowM3D > 0;
  return {
    flowM3D,
    flowToDesign: flowing && designFlowM3D ? flowM3D / designFlowM3D : undefined,
    flowPerPersonL: flowing && people ? (flowM3D * 1000) / people : undefined,
    flowPercentile: flowing && sortedFlowsM3D && sortedFlowsM3D.length >= 30 ? percentile(flowM3D, sortedFlowsM3D) : undefined,
    markerToStaticPopulation: markerPeople && people ? markerPeople / people : undefined,
    markerSpreadLog: markerRatios && markerRatios.length >= 2 ? spread(markerRatios) : undefined,
  };
}

/** Share of the sorted values below this one, ties by half, 0 to 100. */
function percentile(value: number, sorted: readonly number[]): number {
  const below = countWhile(sorted, (other) => other < value);
  const upTo = countWhile(sorted, (other) => other <= value);
  return ((below + upTo) / 2 / sorted.length) * 100;
}

/** How many values at the beginning hold, where once one does not none after it does. */
function countWhile(sorted: readonly number[], holds: (value: number) => boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(sorted[middle] as number)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function spread(ratios: readonly number[]): number {
  const logs = ratios.map((ratio) => Math.log(ratio));
  return Math.max(...logs) - Math.min(...logs);
}

import type { TraceObservation, TraceTrigger } from "../../schemas/trace.ts";
import { normalCdf } from "../distributions/normal.ts";
import type { SewerGraph } from "./graph.ts";
import type { TraceModel } from "./model.ts";
import type { Visit, VisitResult } from "./visits.ts";

/** Samples sorted for the posterior: by node and block of days. */
export interface Evidence {
  readonly plantBaselineGD: number;
  /** Whether the plant's baseline came with the trigger, or had to be estimated. */
  readonly baselineFrom: "trigger" | "samples" | "assumed";
  /** Excess load at the plant while the source emits: g/d on a geometric grid, with its prior given the trigger. */
  readonly excessGD: Float64Array;
  readonly excessPrior: Float64Array;
  /** Chance that noise alone raised the alarm, before any sample. */
  readonly noisePrior: number;
  /** Sampled nodes, without repetition. */
  readonly sampled: readonly number[];
  /** Position of the plant among the sampled nodes, -1 where it is not. */
  readonly plantAt: number;
  readonly visits: readonly Visit[];
  readonly rainDays: readonly string[];
  readonly surveyed: number;
}

/** A source taken as found: its load at the sampled nodes that it passes, on the days it is taken to have emitted. */
export interface FoundSource {
  /** g/d, by graph index of the node. */
  readonly loadGD: ReadonlyMap<number, number>;
  readonly silentDays: ReadonlySet<string>;
}

/** Days whose emission is summed over jointly: 2^10 patterns. What lies further apart does not share a manhole's effect. */
const BLOCK_DAYS = 10;

/** Days of which a plant's alarm is the worst, when it is only noise: a year of daily samples. */
const DAYS_LOOKED_AT = 365;

/**
 * @throws {RangeError} a node the network does not have, or a load of zero without a limit
 */
export function gatherEvidence(
  graph: SewerGraph,
  trigger: TraceTrigger | undefined,
  observations: readonly TraceObservation[],
  found: readonly FoundSource[],
  model: TraceModel,
): Evidence {
  const known = observations.map((observation) => ({ ...observation, index: nodeIndex(graph, observation.node) }));
  // The plant's own sample of the trigger day is the trigger, those before it are in its baseline: they must not count twice.
  const used = known.filter(({ index, date }) => !(trigger && index === graph.plant && date <= trigger.date));
  const { plantBaselineGD, baselineFrom } = plantBaseline(graph, trigger, used);
  const sampled = [...new Set(used.map(({ index }) => index))];
  const days = [...new Set(used.map(({ date }) => date))].filter((date) => date !== trigger?.date).sort();
  const rainDays = rainyDays(graph, used, model);
  let surveyed = 0;

  const visits: Visit[] = [];
  for (const [at, node] of sampled.entries()) {
    const own = used.filter(({ index }) => index === node);
    const measured = own.flatMap(({ baselineGD }) => (baselineGD === undefined ? [] : [Math.log(baselineGD)]));
    const isSurveyed = measured.length > 0;
    if (isSurveyed && node !== graph.plant) surveyed++;
    const lnBaseline = isSurveyed
      ? measured.reduce((sum, ln) => sum + ln, 0) / measured.length
      : Math.log(plantBaselineGD * graph.baselineShare[node]!);
    const effectSdLn = model.effectLevels.map(({ staticSdLn, surveyedSdLn }) =>
      node === graph.plant ? model.plantEffectSdLn : isSurveyed ? surveyedSdLn : staticSdLn,
    );
    // The plant's baseline is measured for years: what is left of its effect changes from day to day.
    const blocks = Map.groupBy(own, (row) =>
      node === graph.plant ? row : Math.max(0, Math.floor(days.indexOf(row.date) / BLOCK_DAYS)),
    );
    for (const rows of blocks.values()) {
      const dates = [...new Set(rows.map(({ date }) => date))].filter((date) => date !== trigger?.date).sort();
      const results = rows.map(
        (row): VisitResult => ({
          ...lnLoadOf(row),
          sdLn: rainDays.includes(row.date) ? Math.hypot(model.noiseSdLn, model.rainSdLn) : model.noiseSdLn,
          bit: dates.indexOf(row.date),
          date: row.date,
          foundGD: found.reduce(
            (sum, { loadGD, silentDays }) => sum + (silentDays.has(row.date) ? 0 : (loadGD.get(node) ?? 0)),
            0,
          ),
        }),
      );
      visits.push({
        at,
        lnBaseline,
        isShared: !isSurveyed && node !== graph.plant,
        effectSdLn,
        results,
        days: dates.map((date) => days.indexOf(date)),
      });
    }
  }
  return {
    plantBaselineGD,
    baselineFrom,
    ...excessPriorOf(trigger, plantBaselineGD, model),
    noisePrior: noisePriorOf(trigger, model),
    sampled,
    plantAt: sampled.indexOf(graph.plant),
    visits,
    rainDays,
    surveyed,
  };
}

function nodeIndex(graph: SewerGraph, id: string): number {
  const index = graph.indexOf.get(id);
  if (index === undefined) throw new RangeError(`gatherEvidence: the network has no node ${id}`);
  return index;
}

function lnLoadOf({ loadGD, censored, loqGD, node }: TraceObservation): { lnLoad: number; censored: boolean } {
  if (loadGD > 0) return { lnLoad: Math.log(loadGD), censored };
  if (loqGD === undefined) throw new RangeError(`gatherEvidence: a load of 0 at ${node} without a limit of quantification`);
  return { lnLoad: Math.log(loqGD), censored: true };
}

type Located = TraceObservation & { index: number };

function plantBaseline(
  graph: SewerGraph,
  trigger: TraceTrigger | undefined,
  rows: readonly Located[],
): Pick<Evidence, "plantBaselineGD" | "baselineFrom"> {
  if (trigger) return { plantBaselineGD: trigger.baselineGD, baselineFrom: "trigger" };
  const atPlant = rows.filter(({ index }) => index === graph.plant);
  const given = atPlant.find(({ baselineGD }) => baselineGD !== undefined);
  if (given) return { plantBaselineGD: given.baselineGD!, baselineFrom: "samples" };
  // A source raises the loads it passes, so the lower quartile of load a share is nearest to the ordinary.
  const perShare = rows
    .map(({ index, baselineGD, loadGD }) => (baselineGD ?? loadGD) / graph.baselineShare[index]!)
    .filter((value) => value > 0)
    .sort((a, b) => a - b);
  if (perShare.length === 0) return { plantBaselineGD: 1, baselineFrom: "assumed" };
  return { plantBaselineGD: perShare[Math.floor((perShare.length - 1) / 4)]!, baselineFrom: "samples" };
}

/** Days on which flows were, in the median of the nodes measured, more than `rainRatio` times the dry-weather flow. */
function rainyDays(graph: SewerGraph, rows: readonly Located[], model: TraceModel): string[] {
  if (graph.shareBy !== "flow") return [];
  const ratios = rows.flatMap(({ flowM3D, index, date }) => {
    const dry = graph.flowUpM3S[index]! * 86_400;
    return flowM3D !== undefined && dry > 0 ? [{ date, ratio: flowM3D / dry }] : [];
  });
  return [...Map.groupBy(ratios, ({ date }) => date)].flatMap(([date, own]) => {
    const sorted = own.map(({ ratio }) => ratio).sort((a, b) => a - b);
    return sorted[Math.floor((sorted.length - 1) / 2)]! > model.rainRatio ? [date] : [];
  });
}

/** Log-uniform between the bounds, falling towards the smallest, times the normal likelihood of the trigger's excess. */
function excessPriorOf(
  trigger: TraceTrigger | undefined,
  baselineGD: number,
  model: TraceModel,
): Pick<Evidence, "excessGD" | "excessPrior"> {
  const { min, max, steps, likely } = model.excessRatio;
  let low = min * baselineGD;
  let high = max * baselineGD;
  const sd = (excess: number) => Math.hypot(trigger!.excessSd, model.emissionSdShare * excess);
  if (trigger) {
    low = Math.max(low, (trigger.excessGD - 3 * trigger.excessSd) / (1 + 3 * model.emissionSdShare));
    high = Math.max(3 * low, (trigger.excessGD + 3 * trigger.excessSd) / (1 - 3 * model.emissionSdShare));
  }
  const excessGD = Float64Array.from({ length: steps }, (_, e) => low * (high / low) ** (e / (steps - 1)));
  const raw = excessGD.map(
    (excess) =>
      Math.min(1, excess / (likely * baselineGD)) ** 2 *
      (trigger ? Math.exp(-0.5 * ((trigger.excessGD - excess) / sd(excess)) ** 2) / sd(excess) : 1),
  );
  const sum = raw.reduce((total, weight) => total + weight, 0);
  // So far below the smallest excess that every weight underflows: the smallest it is.
  return { excessGD, excessPrior: sum > 0 ? raw.map((weight) => weight / sum) : raw.map((_, e) => (e === 0 ? 1 : 0)) };
}

/**
 * A year's worst day of noise explains an excess of 2 to 3 sd easily, one of 5 sd hardly. However small the sd that came with the
 * trigger, one result at the plant is no surer than laboratory and sampling.
 */
function noisePriorOf(trigger: TraceTrigger | undefined, { noise, noiseSdLn, plantEffectSdLn }: TraceModel): number {
  if (!trigger) return noise.likely + noise.surely / 2;
  const { excessGD, excessSd, baselineGD } = trigger;
  const ofResult = Math.log1p(Math.max(0, excessGD) / baselineGD) / Math.hypot(noiseSdLn, plantEffectSdLn);
  const z = excessGD <= 0 ? 0 : Math.min(excessSd > 0 ? excessGD / excessSd : Infinity, ofResult);
  return noise.likely + noise.surely * (z <= 0 ? 1 : Math.min(1, DAYS_LOOKED_AT * normalCdf(-z)));
}

import type { AssayResult } from "../../schemas/assay.ts";
import { localDay } from "../../schemas/days.ts";
import type { RoundScore } from "../../schemas/interlaboratory.ts";
import { comparability, type QualityFlag, type QualityOverride, type QualityRule } from "../../schemas/qualityRules.ts";
import type { Sample } from "../../schemas/sample.ts";
import type { Site } from "../../schemas/site.ts";
import { convert } from "../../schemas/units.ts";
import { factsOf, type Surroundings } from "./facts.ts";
import { comparabilityOf } from "./interlaboratory.ts";
import { judge, standingFlags } from "./rules.ts";

/** A stored result with what tells it and its sample apart. */
export interface JudgedResult {
  identity: string;
  sampleKey: string;
  labId: string;
  sample: Sample;
  result: AssayResult;
}

export interface FlagSources {
  site: Site;
  rules: readonly QualityRule[];
  /** Flow, people and markers while the sample was taken. */
  aroundOf: (sample: Sample) => Pick<Surroundings, "flowM3D" | "people" | "markerPeople" | "markerRatios">;
  /** Scores of the laboratories, of any analyte. */
  rounds: readonly RoundScore[];
  /** What people decided, by result and rule. */
  overrides: ReadonlyMap<string, ReadonlyMap<string, QualityOverride>>;
}

/** A median of fewer values than this says little of a site: the first results are not judged against it. */
const MEDIAN_VALUES_MIN = 5;
/** Rules about the flow are silent for a load that the laboratory reported itself. */
const FLOW_FACTS = new Set(["flowM3D", "flowToDesign", "flowPerPersonL", "flowPercentile"]);
/** Frozen, so that nothing degrades any more. */
const FROZEN_CEL_MAX = -10;

/**
 * The flags of all results of one analyte at one site. Which they are depends on the stored records alone, not on the order in which
 * they came.
 */
export function flagResults(results: readonly JudgedResult[], sources: FlagSources): Map<string, QualityFlag[]> {
  const { site, rules, aroundOf, rounds, overrides } = sources;
  const ofLoads = rules.filter(({ fact }) => !FLOW_FACTS.has(fact));
  const flows = results.flatMap(({ sample }) => aroundOf(sample).flowM3D ?? []).sort((a, b) => a - b);
  const shared = { medianNgL: medianOf(results), sortedFlowsM3D: flows };
  const before = methodsBefore(results);
  const scores = rounds.filter(({ analyte }) => analyte === results[0]?.result.analyte);
  const flagsOf = (one: JudgedResult, replicateRsdPercent?: number) => {
    const { identity, sample, result } = one;
    const around: Surroundings = {
      ...aroundOf(sample),
      ...shared,
      ...handlingOf(sample),
      methodUnchanged: before.get(identity),
      replicateRsdPercent,
      ptAbsZ: scores.length === 0 ? undefined : lastScore(scores, one, site),
    };
    const flags = judge(factsOf(result, sample, site, around), result.quantity === "concentration" ? rules : ofLoads);
    const decided = overrides.get(identity);
    return decided ? flags.map((flag) => withOverride(flag, decided.get(flag.ruleId))) : flags;
  };
  const flags = new Map(results.map((one) => [one.identity, flagsOf(one)]));
  // replicates are compared with each other once it is known which of them are refused for themselves
  for (const [group, rsdPercent] of replicateSpreads(results.filter(({ identity }) => !isRefused(flags.get(identity) ?? []))))
    for (const one of group) flags.set(one.identity, flagsOf(one, rsdPercent));
  return flags;
}

const isRefused = (flags: readonly QualityFlag[]) =>
  standingFlags(flags).some(({ action }) => action === "reject" || action === "hold");

function withOverride(flag: QualityFlag, override: QualityOverride | undefined): QualityFlag {
  return override ? { ...flag, override } : flag;
}

function medianOf(results: readonly JudgedResult[]): number | undefined {
  const detected = results
    .flatMap(({ result: { quantity, censoring, value, unit } }) =>
      quantity === "concentration" && censoring === "none" && value ? convert(value, unit, "ng/L") : [],
    )
    .sort((a, b) => a - b);
  if (detected.length < MEDIAN_VALUES_MIN) return undefined;
  const middle = detected.length >> 1;
  return detected.length % 2 === 1 ? detected[middle] : (detected[middle - 1]! + detected[middle]!) / 2;
}

/** 1 where the method was already used at the sampling before, 0 where it is new; nothing for the first sampling. */
function methodsBefore(results: readonly JudgedResult[]): Map<string, number> {
  const unchanged = new Map<string, number>();
  const byStart = Map.groupBy(results, ({ sample }) => Date.parse(sample.start));
  let last: ReadonlySet<string> | undefined;
  for (const start of [...byStart.keys()].sort((a, b) => a - b)) {
    const now = byStart.get(start) as JudgedResult[];
    if (last) for (const { identity, result } of now) unchanged.set(identity, Number(last.has(result.method)));
    last = new Set(now.map(({ result }) => result.method));
  }
  return unchanged;
}

/** The detected replicates of each sample and method, two or more, with their relative standard deviation in percent. */
function replicateSpreads(results: readonly JudgedResult[]): [readonly JudgedResult[], number][] {
  const detected = results.filter(({ result }) => result.censoring === "none" && result.value);
  if (detected.every(({ result }) => result.replicate === 1)) return [];
  const groups = Map.groupBy(detected, ({ sampleKey, result }) => `${sampleKey} ${result.method}`);
  return [...groups.values()].flatMap((group): [readonly JudgedResult[], number][] => {
    if (group.length < 2) return [];
    const values = group.map(({ result }) => convert(result.value as number, result.unit, group[0]!.result.unit));
    const mean = values.reduce((a, b) => a + b) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
    return [[group, (Math.sqrt(variance) / mean) * 100]];
  });
}

/** When the sample was analysed and preserved, as far as its custody tells. */
function handlingOf({ custody, end, storage }: Sample): Pick<Surroundings, "analysedAt" | "preservedAt"> {
  const first = (action: string) => custody?.find((event) => event.action === action)?.time;
  const frozen = custody?.find(({ temperatureCel }) => temperatureCel !== undefined && temperatureCel <= FROZEN_CEL_MAX)?.time;
  const preservedAt = storage?.preservation !== undefined ? end : frozen;
  const analysedAt = first("opened") ?? first("received");
  return { ...(analysedAt === undefined ? {} : { analysedAt }), ...(preservedAt === undefined ? {} : { preservedAt }) };
}

function lastScore(
  scores: readonly RoundScore[],
  { labId, sample, result }: JudgedResult,
  { timeZone }: Site,
): number | undefined {
  const day = localDay(Date.parse(sample.start), timeZone);
  const judged = comparabilityOf(scores, { labId, analyte: result.analyte, day, monthsMax: comparability.monthsMax });
  if (judged.comparable || judged.reason === "failed") return Math.abs(judged.lastRound.score);
  return undefined;
}

import type { TraceObservation, TraceTrigger } from "../../schemas/trace.ts";
import { classesOf, type NodeClasses } from "./classes.ts";
import { sumOverEmission, type VisitPatterns } from "./emission.ts";
import { type Evidence, gatherEvidence } from "./evidence.ts";
import type { SewerGraph } from "./graph.ts";
import { TRACE_MODEL, type TraceModel } from "./model.ts";
import { nodePrior } from "./nodePrior.ts";
import { type Added, logSumExp, type Visit, visitLogLikelihood } from "./visits.ts";

export interface TraceInput {
  readonly trigger?: TraceTrigger | undefined;
  readonly observations: readonly TraceObservation[];
  readonly model?: TraceModel;
}

/** Probabilities of everything that may be behind the anomaly; noSource + diffuse + outside + sum of `node` is 1. */
export interface SourcePosterior {
  readonly noSource: number;
  readonly diffuse: number;
  /** A source that no mapped manhole sees. */
  readonly outside: number;
  /** For each node of the graph, the probability that the source is there. */
  readonly node: Float64Array;
  /** For each class, the joint probability with each excess of `evidence.excessGD`; sums to that of its nodes. */
  readonly classExcess: readonly Float64Array[];
  /** For each effect level of the model, its probability. */
  readonly level: Float64Array;
  /** Mean chance that the source, if there is one, emits on another day. */
  readonly emissionShare: number;
  /** ln of the probability of all results under this model: compares models on the same results. */
  readonly logEvidence: number;
  /** The same under no source, and under one point source: their difference is the log Bayes factor of all samples. */
  readonly logNoSource: number;
  readonly logPointSource: number;
  readonly classes: NodeClasses;
  readonly evidence: Evidence;
}

/**
 * The exact posterior on a tree or on a graph with splits: over nothing but noise, a diffuse rise, a source outside the map, and
 * a point source at every node with every excess, with persistent manhole effects, days of emission, map errors, censoring and
 * outliers summed over. Linear in nodes; in samples as classes times samples.
 * @throws {RangeError} an observation at a node that the graph does not have
 */
export function sourcePosterior(graph: SewerGraph, input: TraceInput): SourcePosterior {
  const model = input.model ?? TRACE_MODEL;
  const evidence = gatherEvidence(graph, input.trigger, input.observations, model);
  const prior = nodePrior(graph, model);
  const classes = classesOf(graph, evidence.sampled);
  const classPrior = new Float64Array(classes.paths.length);
  for (let i = 0; i < graph.n; i++) if (prior[i]! > 0) classPrior[classes.classOf[i]!]! += prior[i]!;

  const scorer = hypothesisScorer(evidence, model);
  const levels = model.effectLevels.length;
  const excesses = evidence.excessGD.length;
  const priorOf = {
    noSource: evidence.noisePrior,
    diffuse: model.diffuse,
    outside: model.outside,
    point: 1 - evidence.noisePrior - model.diffuse - model.outside,
  };
  const logs: { kind: "noSource" | "diffuse" | "outside" | "point"; level: number; cell: number; log: number; share: number }[] =
    [];
  const plantAt = evidence.sampled.indexOf(graph.plant);
  const outsidePath = plantAt < 0 ? { at: [], gain: [] } : { at: [plantAt], gain: [1] };
  for (let level = 0; level < levels; level++) {
    const lnLevel = Math.log(model.effectLevels[level]!.prior);
    logs.push({ kind: "noSource", level, cell: 0, log: lnLevel + Math.log(priorOf.noSource) + scorer.noSource(level), share: 0 });
    for (let e = 0; e < excesses; e++) {
      const ln = lnLevel + Math.log(evidence.excessPrior[e]!);
      const share = evidence.excessGD[e]! / evidence.plantBaselineGD;
      logs.push({
        kind: "diffuse",
        level,
        cell: e,
        log: ln + Math.log(priorOf.diffuse) + scorer.diffuse(level, share),
        share: 0,
      });
      const outside = scorer.path(level, e, outsidePath.at, outsidePath.gain);
      logs.push({ kind: "outside", level, cell: e, log: ln + Math.log(priorOf.outside) + outside, share: 0 });
      for (const [c, { at, gain }] of classes.paths.entries()) {
        if (classPrior[c] === 0) continue;
        const log = ln + Math.log(priorOf.point * classPrior[c]!) + scorer.path(level, e, at, gain);
        logs.push({ kind: "point", level, cell: c * excesses + e, log, share: 0 });
      }
    }
  }
  const logEvidence = logSumExp(logs.map(({ log }) => log));
  const sums = { noSource: 0, diffuse: 0, outside: 0, point: 0 };
  const classExcess = classes.paths.map(() => new Float64Array(excesses));
  const level = new Float64Array(levels);
  for (const one of logs) {
    const probability = Math.exp(one.log - logEvidence);
    sums[one.kind] += probability;
    level[one.level]! += probability;
    if (one.kind === "point") classExcess[Math.floor(one.cell / excesses)]![one.cell % excesses]! += probability;
  }
  const perPrior = classExcess.map((own, c) => (classPrior[c]! > 0 ? own.reduce((a, b) => a + b, 0) / classPrior[c]! : 0));
  const node = new Float64Array(graph.n);
  for (let i = 0; i < graph.n; i++) if (prior[i]! > 0) node[i] = prior[i]! * perPrior[classes.classOf[i]!]!;
  return {
    noSource: sums.noSource,
    diffuse: sums.diffuse,
    outside: sums.outside,
    node,
    classExcess,
    level,
    emissionShare: model.emission.reduce((sum, { share, prior: p }) => sum + share * p, 0),
    logEvidence,
    logNoSource: logEvidence + Math.log(sums.noSource / priorOf.noSource),
    logPointSource: logEvidence + Math.log(sums.point / priorOf.point),
    classes,
    evidence,
  };
}

/** Log likelihoods of hypotheses at one effect level; what hypotheses share is computed once. */
function hypothesisScorer(evidence: Evidence, model: TraceModel) {
  const { visits, excessGD } = evidence;
  const visitsAt = evidence.sampled.map((_, at) => visits.filter((visit) => visit.at === at));
  const quiet = model.effectLevels.map((_, level) =>
    visits.map((visit) => visitLogLikelihood(visit, level, { share: 0 }, model)[0]!),
  );
  const quietOf = new Map(visits.map((visit, v) => [visit, v]));
  const noSource = quiet.map((own) => own.reduce((sum, log) => sum + log, 0));
  const known = new Map<string, Float64Array>();

  /** Relative to no source, the chance included that the map is wrong about the node. */
  function passed(visit: Visit, level: number, e: number, gain: number): Float64Array {
    const key = `${quietOf.get(visit)}/${level}/${e}/${gain}`;
    let logs = known.get(key);
    if (!logs) {
      logs = relative(visit, level, { loadGD: excessGD[e]! * gain }, model.mapErrorShare);
      known.set(key, logs);
    }
    return logs;
  }

  function relative(visit: Visit, level: number, added: Added, errorShare: number): Float64Array {
    const base = quiet[level]![quietOf.get(visit)!]!;
    return visitLogLikelihood(visit, level, added, model).map((log) =>
      Math.log((1 - errorShare) * Math.exp(log - base) + errorShare),
    );
  }

  return {
    noSource: (level: number) => noSource[level]!,
    diffuse(level: number, share: number): number {
      const own = visits.map((visit): VisitPatterns => ({ visit, logs: relative(visit, level, { share }, 0) }));
      return noSource[level]! + sumOverEmission(own, model);
    },
    path(level: number, e: number, at: readonly number[], gain: readonly number[]): number {
      const own: VisitPatterns[] = [];
      for (const [j, position] of at.entries()) {
        for (const visit of visitsAt[position]!) own.push({ visit, logs: passed(visit, level, e, gain[j]!) });
      }
      return noSource[level]! + sumOverEmission(own, model);
    },
  };
}

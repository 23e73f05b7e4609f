import type { TraceObservation, TraceTrigger } from "../../schemas/trace.ts";
import { classesOf, type NodeClasses } from "./classes.ts";
import { calendarOf, EmissionRows } from "./emission.ts";
import { type Evidence, type FoundSource, gatherEvidence } from "./evidence.ts";
import type { SewerGraph } from "./graph.ts";
import { TRACE_MODEL, type TraceModel } from "./model.ts";
import { nodePrior } from "./nodePrior.ts";
import { logSumExp, visitScore } from "./visits.ts";

export interface TraceInput {
  readonly trigger?: TraceTrigger | undefined;
  readonly observations: readonly TraceObservation[];
  /** Sources taken as found: the question is then whether there is another. */
  readonly found?: readonly FoundSource[];
  /** The nodes' classes by the same samples, where they are known. */
  readonly known?: Pick<SourcePosterior, "classes" | "classPrior">;
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
  /** Mean chance that a source emits on another day, before any sample: learned from a few days it would be too sure. */
  readonly emissionShare: number;
  /** ln of the probability of all results under this model: compares models on the same results. */
  readonly logEvidence: number;
  /** The same under no source, and under one point source: their difference is the log Bayes factor of all samples. */
  readonly logNoSource: number;
  readonly logPointSource: number;
  readonly classes: NodeClasses;
  /** Prior probability of each class, given that there is a source. */
  readonly classPrior: Float64Array;
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
  const evidence = gatherEvidence(graph, input.trigger, input.observations, input.found ?? [], model);
  const prior = nodePrior(graph, model);
  const { classes, classPrior } = input.known ?? sortedNodes(graph, prior, evidence.sampled);
  const noisePrior = input.found?.length ? 1 - model.furtherSource - model.diffuse - model.outside : evidence.noisePrior;
  const priorOf = {
    noSource: noisePrior,
    diffuse: model.diffuse,
    outside: model.outside,
    point: 1 - noisePrior - model.diffuse - model.outside,
  };
  const excesses = evidence.excessGD.length;
  const cells: Cell[] = [];
  const scorer = hypothesisScorer(evidence, classes, classPrior, model);
  for (const [l, { prior: levelPrior }] of model.effectLevels.entries()) {
    for (const { ln: shiftLn, prior: shiftPrior } of model.commonShift) {
      const given = scorer.given(l, shiftLn);
      const lnGiven = Math.log(levelPrior * shiftPrior) + given.lnNoSource;
      cells.push({ kind: "noSource", level: l, log: lnGiven + Math.log(priorOf.noSource) });
      for (const [e, excessPrior] of evidence.excessPrior.entries()) {
        if (excessPrior === 0) continue;
        const ln = lnGiven + Math.log(excessPrior);
        const { diffuse, outside, point } = given.relative(evidence.excessGD[e]!);
        cells.push({ kind: "diffuse", level: l, log: ln + Math.log(priorOf.diffuse) + diffuse });
        cells.push({ kind: "outside", level: l, log: ln + Math.log(priorOf.outside) + outside });
        for (const [c, share] of classPrior.entries()) {
          if (share === 0) continue;
          const log = ln + Math.log(priorOf.point * share) + point[c]!;
          cells.push({ kind: "point", level: l, class: c, excess: e, log });
        }
      }
    }
  }
  const logEvidence = logSumExp(cells.map(({ log }) => log));
  const sums = { noSource: 0, diffuse: 0, outside: 0, point: 0 };
  const classExcess = classes.paths.map(() => new Float64Array(excesses));
  const level = new Float64Array(model.effectLevels.length);
  for (const cell of cells) {
    const probability = Math.exp(cell.log - logEvidence);
    sums[cell.kind] += probability;
    level[cell.level]! += probability;
    if (cell.kind === "point") classExcess[cell.class]![cell.excess]! += probability;
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
    classPrior,
    evidence,
  };
}

function sortedNodes(graph: SewerGraph, prior: Float64Array, sampled: readonly number[]) {
  const classes = classesOf(graph, sampled);
  const classPrior = new Float64Array(classes.paths.length);
  for (let i = 0; i < graph.n; i++) if (prior[i]! > 0) classPrior[classes.classOf[i]!]! += prior[i]!;
  return { classes, classPrior };
}

/** One hypothesis with the log of its joint probability. */
type Cell = { readonly level: number; readonly log: number } & (
  | { readonly kind: "noSource" | "diffuse" | "outside" }
  | { readonly kind: "point"; readonly class: number; readonly excess: number }
);

/** Log likelihoods of hypotheses, relative to no source at the same effect level and common shift. */
function hypothesisScorer(evidence: Evidence, { paths }: NodeClasses, classPrior: Float64Array, model: TraceModel) {
  const { visits } = evidence;
  const visitsAt = evidence.sampled.map((_, at) => visits.flatMap((visit, v) => (visit.at === at ? [v] : [])));
  const [diffuseRow, outsideRow] = [paths.length, paths.length + 1];
  const rows = new EmissionRows(calendarOf(visits, model), paths.length + 2, model);
  const needed = classPrior.map((share) => (share > 0 ? 1 : 0));
  for (let c = paths.length - 1; c > 0; c--) if (needed[c] && paths[c]!.parent >= 0) needed[paths[c]!.parent] = 1;

  function given(level: number, shiftLn: number) {
    const scores = visits.map((visit) => visitScore(visit, level, shiftLn, model));
    const point = new Float64Array(paths.length);
    let excessGD = 0;
    const last = visits.map(() => ({ gain: Number.NaN, factors: new Float64Array() }));

    /** The chance included that the map is wrong about the node. */
    function pass(row: number, at: number, gain: number): void {
      for (const v of visitsAt[at]!) {
        if (last[v]!.gain !== gain) {
          const seen = scores[v]!.relative({ loadGD: excessGD * gain });
          last[v] = { gain, factors: seen.map((ratio) => (1 - model.mapErrorShare) * ratio + model.mapErrorShare) };
        }
        rows.multiply(row, v, last[v]!.factors);
      }
    }

    function relative(excess: number) {
      excessGD = excess;
      for (const one of last) one.gain = Number.NaN;
      rows.clear(diffuseRow);
      const share = excess / evidence.plantBaselineGD;
      for (let v = 0; v < visits.length; v++) rows.multiply(diffuseRow, v, scores[v]!.relative({ share }));
      rows.clear(outsideRow);
      if (evidence.plantAt >= 0) pass(outsideRow, evidence.plantAt, 1);
      for (const [c, { at, gain, parent }] of paths.entries()) {
        if (!needed[c]) continue;
        if (parent >= 0) rows.copy(parent, c);
        else rows.clear(c);
        for (let j = parent >= 0 ? at.length - 1 : 0; j < at.length; j++) pass(c, at[j]!, gain[j]!);
        point[c] = rows.lnSum(c);
      }
      return { diffuse: rows.lnSum(diffuseRow), outside: rows.lnSum(outsideRow), point };
    }

    return { lnNoSource: scores.reduce((sum, { lnQuiet }) => sum + lnQuiet, 0), relative };
  }

  return { given };
}

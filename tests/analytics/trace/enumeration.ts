import type { TraceModel } from "../../../analytics/trace/model.ts";
import type { TraceObservation, TraceTrigger } from "../../../schemas/trace.ts";

// The posterior by enumeration, written from the formulas of docs/trace-back.md and sharing no code with what it checks: every node,
// excess, level, pattern of emission over all days, and effect of each manhole is visited in turn, and every way down walked.

export type Pipe = readonly [from: string, to: string, share: number];

/** A town in which a question can be asked by hand: pipes with the share of their upper node, the flow that enters at each node. */
export interface Town {
  pipes: readonly Pipe[];
  flow: Readonly<Record<string, number>>;
  outfalls?: readonly string[];
}

/** The plant, p, first. */
export function nodesOf({ pipes }: Town): string[] {
  return [...new Set(["p", ...pipes.map(([from]) => from), ...pipes.map(([, to]) => to)])];
}

/** Share of what enters at s that passes m: summed over every way from s to m. */
export function passing(town: Town, s: string, m: string): number {
  if (s === m) return 1;
  return town.pipes.filter(([from]) => from === s).reduce((sum, [, to, share]) => sum + share * passing(town, to, m), 0);
}

const density = (z: number) => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);

/** The normal distribution by its Taylor series (Marsaglia 2004, J. Stat. Softw. 11(4)), by Laplace's continued fraction in the lower tail. */
export function cumulative(z: number): number {
  if (z > 9) return 1;
  if (z < -3) {
    let fraction = -z;
    for (let k = 300; k >= 1; k--) fraction = -z + k / fraction;
    return density(z) / fraction;
  }
  let [sum, term] = [z, z];
  for (let k = 3; k < 400; k += 2) {
    term *= (z * z) / k;
    sum += term;
  }
  return 0.5 + density(z) * sum;
}

export interface Question {
  town: Town;
  observations: readonly TraceObservation[];
  trigger?: TraceTrigger;
  /** g/d; with a trigger, the trigger's. */
  plantBaselineGD: number;
  rainDays?: readonly string[];
  model: TraceModel;
}

/** Ten sampling days share a manhole's effect; at the plant, whose baseline is measured, each result has its own. */
const BLOCK_DAYS = 10;

export function enumeratePosterior({ town, observations, trigger, plantBaselineGD, rainDays = [], model }: Question) {
  const nodes = nodesOf(town);
  const used = observations.filter(({ node, date }) => !(node === "p" && date === trigger?.date));
  const days = [...new Set(used.map(({ date }) => date))].filter((date) => date !== trigger?.date).toSorted();
  const flowAt = (m: string) => nodes.reduce((sum, s) => sum + (town.flow[s] ?? 0) * passing(town, s, m), 0);
  const ordinaryGD = (m: string) => {
    const surveyed = used.filter(({ node, baselineGD }) => node === m && baselineGD !== undefined);
    if (surveyed.length === 0) return plantBaselineGD * Math.max(1e-4, flowAt(m) / flowAt("p"));
    return surveyed.reduce((product, { baselineGD = 1 }) => product * baselineGD, 1) ** (1 / surveyed.length);
  };
  const visits = nodes.flatMap((m) => {
    const rows = used.filter(({ node }) => node === m);
    const blockOf = (row: TraceObservation) =>
      m === "p" ? rows.indexOf(row) : row.date === trigger?.date ? 0 : Math.floor(days.indexOf(row.date) / BLOCK_DAYS);
    return [...new Set(rows.map(blockOf))].map((block) => {
      const surveyed = rows.some(({ baselineGD }) => baselineGD !== undefined);
      return { m, surveyed, ordinaryGD: ordinaryGD(m), rows: rows.filter((row) => blockOf(row) === block) };
    });
  });
  type Visit = (typeof visits)[number];
  type Emits = (date: string) => boolean;
  type Given = { level: number; shift: number };

  function resultLikelihood({ loadGD, loqGD = 0, censored, date }: TraceObservation, meanGD: number): number {
    const below = censored || loadGD === 0;
    const sd = rainDays.includes(date) ? Math.sqrt(model.noiseSdLn ** 2 + model.rainSdLn ** 2) : model.noiseSdLn;
    const off = Math.log(loadGD === 0 ? loqGD : loadGD) - Math.log(meanGD);
    const at = (width: number) => (below ? cumulative(off / width) : density(off / width) / width);
    return (1 - model.outlierShare) * at(sd) + model.outlierShare * at(Math.sqrt(sd ** 2 + model.outlierSdLn ** 2));
  }

  /** raise: from an ordinary load to that of a day of emission. */
  function visitLikelihood(
    { m, surveyed, ordinaryGD, rows }: Visit,
    { level, shift }: Given,
    emits: Emits,
    raise: (gD: number) => number,
  ) {
    const { staticSdLn = 0, surveyedSdLn = 0 } = model.effectLevels[level] ?? {};
    const sd = m === "p" ? model.plantEffectSdLn : surveyed ? surveyedSdLn : staticSdLn;
    const half = Math.max(4, Math.ceil((3 * sd) / 0.25));
    let [sum, weights] = [0, 0];
    for (let j = -half; j <= half; j++) {
      const effect = (3 * sd * j) / half;
      const weight = density(effect / sd);
      const here = ordinaryGD * Math.exp(effect + (surveyed || m === "p" ? 0 : shift));
      weights += weight;
      sum += weight * rows.reduce((product, row) => product * resultLikelihood(row, emits(row.date) ? raise(here) : here), 1);
    }
    return sum / weights;
  }

  /** Mean over the patterns of emission, each with its chance; on the day of the trigger a source emits. */
  function overPatterns(likelihood: (emits: Emits) => number): number {
    let sum = 0;
    for (let pattern = 0; pattern < 2 ** days.length; pattern++) {
      const emits: Emits = (date) => date === trigger?.date || Math.floor(pattern / 2 ** days.indexOf(date)) % 2 === 1;
      const on = days.filter(emits).length;
      const chance = model.emission.reduce(
        (all, { share, prior }) => all + prior * share ** on * (1 - share) ** (days.length - on),
        0,
      );
      sum += chance * likelihood(emits);
    }
    return sum;
  }

  const product = (own: readonly number[]) => own.reduce((all, one) => all * one, 1);
  const silent: Emits = () => false;
  const quiet = (visit: Visit, given: Given) => visitLikelihood(visit, given, silent, (gD) => gD);

  /** Where the map is wrong about a manhole, its visit sees no source. The same question is not worked out twice. */
  const known = new Map<string, number>();
  function overVisits(name: string, given: Given, raiseAt: (m: string) => (gD: number) => number, errorShare: number): number {
    const seen = (visit: Visit, emits: Emits) => {
      const key = [name, visits.indexOf(visit), given.level, given.shift, ...visit.rows.map(({ date }) => emits(date))].join();
      const likelihood =
        known.get(key) ??
        (1 - errorShare) * visitLikelihood(visit, given, emits, raiseAt(visit.m)) + errorShare * quiet(visit, given);
      known.set(key, likelihood);
      return likelihood;
    };
    return overPatterns((emits) => product(visits.map((visit) => seen(visit, emits))));
  }

  const excesses = excessPrior(plantBaselineGD, trigger, model);
  const possible = nodes.filter((s) => s !== "p" && !town.outfalls?.includes(s) && passing(town, s, "p") > 0);
  const inlets = possible.filter((s) => (town.flow[s] ?? 0) > 0);
  const inflow = inlets.reduce((sum, s) => sum + (town.flow[s] ?? 0), 0);
  const { byInflow, overInlets, overAll } = model.nodePrior;
  const priorAt = (s: string) =>
    overAll / possible.length + (inlets.includes(s) ? overInlets / inlets.length + (byInflow * (town.flow[s] ?? 0)) / inflow : 0);
  const tail = trigger ? Math.min(1, 365 * cumulative(-surprise(trigger, model))) : 0.5;
  const noisePrior = model.noise.likely + model.noise.surely * tail;
  const pointPrior = 1 - noisePrior - model.diffuse - model.outside;

  const joint = { noSource: 0, diffuse: 0, outside: 0, node: nodes.map(() => 0), level: model.effectLevels.map(() => 0) };
  const givens = model.effectLevels.flatMap(({ prior: levelPrior }, level) =>
    model.commonShift.map(({ ln: shift, prior }) => ({ level, shift, prior: levelPrior * prior })),
  );
  for (const { prior: givenPrior, ...given } of givens) {
    const add = (kind: "noSource" | "diffuse" | "outside" | number, weight: number) => {
      if (typeof kind === "number") joint.node[kind] = (joint.node[kind] ?? 0) + weight;
      else joint[kind] += weight;
      joint.level[given.level] = (joint.level[given.level] ?? 0) + weight;
    };
    add("noSource", givenPrior * noisePrior * product(visits.map((visit) => quiet(visit, given))));
    for (const { gD, prior } of excesses) {
      const weight = givenPrior * prior;
      const point = (name: string, addedGD: (m: string) => number) =>
        overVisits(`${name} ${gD}`, given, (m) => (own) => own + addedGD(m), model.mapErrorShare);
      const rise = 1 + gD / plantBaselineGD;
      add("diffuse", weight * model.diffuse * overVisits(`diffuse ${gD}`, given, () => (own) => own * rise, 0));
      add("outside", weight * model.outside * point("outside", (m) => (m === "p" ? gD : 0)));
      for (const s of possible) {
        const massGD = gD / passing(town, s, "p"); // what enters at s, so that gD arrives at the plant
        const likelihood = point(s, (m) => massGD * passing(town, s, m));
        add(nodes.indexOf(s), weight * pointPrior * priorAt(s) * likelihood);
      }
    }
  }
  const evidence = joint.level.reduce((sum, weight) => sum + weight, 0);
  return {
    noSource: joint.noSource / evidence,
    diffuse: joint.diffuse / evidence,
    outside: joint.outside / evidence,
    node: joint.node.map((weight) => weight / evidence),
    level: joint.level.map((weight) => weight / evidence),
    logEvidence: Math.log(evidence),
  };
}

/** How many sd an alarm lies above the ordinary: by its own sd, or by that of one result at the plant where that is larger. */
function surprise({ excessGD, excessSd, baselineGD }: TraceTrigger, model: TraceModel): number {
  const resultSdLn = Math.sqrt(model.noiseSdLn ** 2 + model.plantEffectSdLn ** 2);
  return Math.min(excessGD / excessSd, Math.log((baselineGD + excessGD) / baselineGD) / resultSdLn);
}

/** Log-uniform on the grid, as the square less likely below `likely`, times the normal density of the trigger's excess. */
function excessPrior(baselineGD: number, trigger: TraceTrigger | undefined, model: TraceModel): { gD: number; prior: number }[] {
  const { min, max, steps, likely } = model.excessRatio;
  const spread = 3 * model.emissionSdShare;
  let [low, high] = [min * baselineGD, max * baselineGD];
  if (trigger) {
    low = Math.max(low, (trigger.excessGD - 3 * trigger.excessSd) / (1 + spread));
    high = Math.max(3 * low, (trigger.excessGD + 3 * trigger.excessSd) / (1 - spread));
  }
  const grid = Array.from({ length: steps }, (_, e) => Math.exp(Math.log(low) + (e * Math.log(high / low)) / (steps - 1)));
  const weights = grid.map((gD) => {
    const sd = trigger ? Math.sqrt(trigger.excessSd ** 2 + (model.emissionSdShare * gD) ** 2) : 1;
    const rarity = gD < likely * baselineGD ? (gD / (likely * baselineGD)) ** 2 : 1;
    return rarity * (trigger ? density((trigger.excessGD - gD) / sd) / sd : 1);
  });
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return grid.map((gD, e) => ({ gD, prior: (weights[e] ?? 0) / sum }));
}

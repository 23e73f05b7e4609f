import { normalCdf } from "../distributions/normal.ts";
import type { SewerGraph } from "./graph.ts";
import { type LikelyPart, likelyPart } from "./likelyPart.ts";
import { TRACE_MODEL, type TraceModel } from "./model.ts";
import type { SourcePosterior } from "./posterior.ts";

export interface NextOptions {
  /** Samples of one day's round. */
  readonly batch?: number;
  /** Nodes without access, by id. */
  readonly exclude?: ReadonlySet<string>;
  /** Crew minutes a node needs; unknown nodes need `minutesDefault`. Bits a minute are maximised instead of bits. */
  readonly minutes?: ReadonlyMap<string, number>;
  /** Nodes with fewer people upstream are left out, where the network has populations: sampling there would show few people. */
  readonly peopleMin?: number;
  readonly model?: TraceModel;
}

export interface NextSample {
  readonly node: string;
  /** Expected information about where the source is, given the samples chosen before it in the same round. */
  readonly bits: number;
  /** Why, to be worded by others; shares from 0 to 1. */
  readonly because: {
    readonly code: "tells_most" | "tells_most_beside";
    readonly values: { readonly upstreamShare: number; readonly bits: number };
  };
  /** Hours by which sewage passes here before it reaches the plant: the composite's window starts that much earlier. */
  readonly window: { readonly medianH: number; readonly lowH: number; readonly highH: number };
}

const MINUTES_DEFAULT = 30;

/** ln of the ratio of true to plug-flow travel time: mean and sd over four simulated networks (docs/trace-back.md). */
const DELAY_LN = { mean: Math.log(1.5), sd: 0.5 };

/** Nodes looked at in full for the second and later sample of a round; the first looks at all. */
const SHORTLIST = 400;

/**
 * P(no source) above which the plant is worth one sample of a round. Below, manholes find a source sooner: of a third of the baseline
 * 0.95 within 18 samples instead of 0.87, and an alarm without a source is dismissed as often (bench/trace).
 */
const PLANT_ASKED_ABOVE = 0.7;

/** What a sample at a node would show: the chances of a result above the threshold, without and with the source's signal. */
interface Channel {
  readonly falsePositive: Float64Array;
  readonly truePositive: Float64Array;
}

/**
 * The next round: nodes whose results are expected to tell most about where the source is. Each result is read as above or
 * below its best threshold; that the source may not emit on the day is shared by the samples of a round. Greedy, which for
 * this measure is within 63 % of the best round (Krause et al. 2008). Arms that lead past the plant are looked at as well, and the
 * plant itself where nobody samples it anyway and there rather is no source: all sources pass there, so it tells best whether there is one.
 */
export function nextSamples(graph: SewerGraph, posterior: SourcePosterior, options: NextOptions = {}): NextSample[] {
  const { batch = 3, exclude, minutes, peopleMin = 0, model = TRACE_MODEL } = options;
  const part = likelyPart(graph, posterior.node);
  const channel = channelOf(graph, posterior, part.nodes, model);
  const emits = posterior.emissionShare;
  const hasPeople = graph.peopleUp[graph.plant]! > 0;
  const asksPlant = posterior.noSource > PLANT_ASKED_ABOVE && !plantComesAnyway(posterior, batch);
  const allowed = (i: number) =>
    (i === graph.plant ? asksPlant : !graph.isEnd[i]) &&
    !exclude?.has(graph.ids[i]!) &&
    !(hasPeople && graph.peopleUp[i]! < peopleMin);
  const cost = (i: number) => (minutes ? (minutes.get(graph.ids[i]!) ?? MINUTES_DEFAULT) : 1);

  const score = new Float64Array(part.nodes.length);
  for (const [k, i] of part.nodes.entries()) {
    if (!allowed(i)) continue;
    const f = channel.falsePositive[k]!;
    const t = emits * channel.truePositive[k]! + (1 - emits) * f;
    const u = Math.min(1, part.through[k]!);
    score[k] = (entropy(u * t + (1 - u) * f) - u * entropy(t) - (1 - u) * entropy(f)) / cost(i);
  }
  const list = shortlist(score, part.through);
  const round = new Round(part, channel, emits);
  const chosen: NextSample[] = [];
  const taken = new Set<number>();
  while (chosen.length < batch) {
    let best = -1;
    let [bestBits, bestRate] = [0, -1];
    for (const k of list) {
      if (taken.has(k)) continue;
      const bits = round.bits(k);
      const rate = bits / cost(part.nodes[k]!);
      if (rate > bestRate) [best, bestBits, bestRate] = [k, bits, rate];
    }
    if (best < 0) break;
    taken.add(best);
    round.add(best);
    chosen.push(describe(graph, part.nodes[best]!, bestBits, Math.min(1, part.through[best]!), chosen.length));
  }
  return chosen;
}

/** Whether the plant was sampled beside a whole round on the last day: then its result comes without being asked for. */
function plantComesAnyway({ evidence: { visits, plantAt } }: SourcePosterior, batch: number): boolean {
  const results = visits.flatMap(({ at, results }) => results.map(({ date }) => ({ at, date })));
  const last = results
    .map(({ date }) => date)
    .sort()
    .at(-1);
  const ofLast = results.filter(({ date }) => date === last);
  return ofLast.length > batch && ofLast.some(({ at }) => at === plantAt);
}

/** The best by score; of neighbours on one pipe that would split the network alike, only the best. */
function shortlist(score: Float64Array, through: Float64Array): number[] {
  const order: number[] = [];
  for (let k = 0; k < score.length; k++) if (score[k]! > 1e-9) order.push(k);
  if (order.length > 4 * SHORTLIST) {
    const sorted = Float64Array.from(order, (k) => score[k]!).sort();
    const cut = sorted[sorted.length - 4 * SHORTLIST]!;
    const kept = order.filter((k) => score[k]! >= cut);
    order.splice(0, order.length, ...kept);
  }
  order.sort((a, b) => score[b]! - score[a]! || a - b);
  const seen = new Set<string>();
  const list: number[] = [];
  for (const k of order) {
    const like = `${score[k]!.toPrecision(6)}/${through[k]!.toPrecision(6)}`;
    if (seen.has(like)) continue;
    seen.add(like);
    if (list.push(k) >= SHORTLIST) break;
  }
  return list;
}

function channelOf(graph: SewerGraph, posterior: SourcePosterior, nodes: Int32Array, model: TraceModel): Channel {
  const { evidence, level } = posterior;
  const { mean, sd } = excessLn(posterior);
  const staticSd = model.effectLevels.reduce((sum, { staticSdLn }, l) => sum + level[l]! * staticSdLn, 0);
  const falsePositive = new Float64Array(nodes.length);
  const truePositive = new Float64Array(nodes.length);
  const excess = Math.exp(mean);
  const known = knownEffects(posterior, model, staticSd);
  const noise = model.noiseSdLn ** 2;
  for (const [k, i] of nodes.entries()) {
    const own = known.get(i);
    const baseline = own ? Math.exp(own.lnBaseline) : evidence.plantBaselineGD * graph.baselineShare[i]!;
    const effect = own ? own.variance : (i === graph.plant ? model.plantEffectSdLn : staticSd) ** 2;
    const ratio = excess / (graph.reach[i]! || 1) / baseline;
    const share = ratio / (1 + ratio);
    const sd0 = Math.sqrt(noise + effect);
    const sd1 = Math.sqrt(noise + effect * (1 - share) ** 2 + (sd * share) ** 2);
    const wrong = normalCdf(-Math.log1p(ratio) / (sd0 + sd1)) * (1 - model.outlierShare) + model.outlierShare / 2;
    falsePositive[k] = wrong;
    truePositive[k] = (1 - model.mapErrorShare) * (1 - wrong) + model.mapErrorShare * wrong;
  }
  return { falsePositive, truePositive };
}

/** Mean and sd of ln excess under a point source. */
function excessLn({ classExcess, evidence }: SourcePosterior): { mean: number; sd: number } {
  let [sum, first, second] = [0, 0, 0];
  for (const own of classExcess) {
    for (let e = 0; e < own.length; e++) {
      const ln = Math.log(evidence.excessGD[e]!);
      sum += own[e]!;
      first += own[e]! * ln;
      second += own[e]! * ln * ln;
    }
  }
  if (!(sum > 0)) return { mean: Math.log(evidence.plantBaselineGD), sd: 1 };
  const mean = first / sum;
  return { mean, sd: Math.sqrt(Math.max(0, second / sum - mean * mean)) };
}

/** What is known of the ordinary load where samples were taken: a node sampled before tells less of its persistent effect. */
function knownEffects(
  posterior: SourcePosterior,
  model: TraceModel,
  staticSd: number,
): Map<number, { lnBaseline: number; variance: number }> {
  const known = new Map<number, { lnBaseline: number; variance: number }>();
  for (const { at, lnBaseline, results } of posterior.evidence.visits) {
    // The plant's effect is new each day: earlier results say nothing of it.
    if (at === posterior.evidence.plantAt) continue;
    const node = posterior.evidence.sampled[at]!;
    const prior = 1 / (staticSd * staticSd);
    let precision = prior;
    let mean = prior * lnBaseline;
    for (const { lnLoad, sdLn, censored } of results) {
      // A result far above the baseline is the source's, not the effect's.
      if (censored || lnLoad - lnBaseline > 2 * Math.hypot(staticSd, sdLn)) continue;
      precision += 1 / (sdLn * sdLn);
      mean += lnLoad / (sdLn * sdLn);
    }
    known.set(node, { lnBaseline: mean / precision, variance: Math.max(1 / precision, 0.01 * model.noiseSdLn ** 2) });
  }
  return known;
}

/** The samples of a round chosen so far, and what one more would add. Nodes are positions in the likely part. */
class Round {
  readonly #part: LikelyPart;
  readonly #channel: Channel;
  readonly #emits: number;
  /** Disjoint shares of the places by which chosen nodes they pass; what they leave is no point source at all. */
  #shares: { passes: boolean[]; mass: Float64Array; through: Float64Array; sum: number }[];
  readonly #chosen: number[] = [];

  constructor(part: LikelyPart, channel: Channel, emits: number) {
    this.#part = part;
    this.#channel = channel;
    this.#emits = emits;
    this.#shares = [this.#share([], part.mass)];
  }

  #share(passes: boolean[], mass: Float64Array) {
    const sum = mass.reduce((total, p) => total + p, 0);
    return { passes, mass, through: this.#part.accumulate(mass), sum };
  }

  add(k: number): void {
    const upstream = this.#part.upstream(k);
    this.#shares = this.#shares.flatMap(({ passes, mass }) => {
      const inside = mass.map((p, j) => p * upstream[j]!);
      const rest = mass.map((p, j) => p - inside[j]!);
      return [this.#share([...passes, true], inside), this.#share([...passes, false], rest)].filter(({ sum }) => sum > 1e-9);
    });
    this.#chosen.push(k);
  }

  /** Expected information of a result at k about the place, given the results of the samples chosen so far. */
  bits(k: number): number {
    const f = this.#channel.falsePositive[k]!;
    const t = this.#channel.truePositive[k]!;
    const placed = this.#shares.reduce((total, { sum }) => total + sum, 0);
    let information = 0;
    for (let outcome = 0; outcome < 2 ** this.#chosen.length; outcome++) {
      const quiet = this.#chance(outcome, undefined);
      let chance = Math.max(0, 1 - placed) * quiet;
      let positive = Math.max(0, 1 - placed) * quiet * f;
      let uncertain = Math.max(0, 1 - placed) * quiet * entropy(f);
      for (const { passes, through, sum } of this.#shares) {
        const loud = this.#chance(outcome, passes) * this.#emits;
        const still = quiet * (1 - this.#emits);
        const weight = loud + still;
        if (weight === 0) continue;
        const inside = Math.min(sum, through[k]!) * weight;
        const outside = sum * weight - inside;
        const rate = (loud * t + still * f) / weight;
        chance += inside + outside;
        positive += inside * rate + outside * f;
        uncertain += inside * entropy(rate) + outside * entropy(f);
      }
      if (chance > 0) information += chance * entropy(positive / chance) - uncertain;
    }
    return Math.max(0, information);
  }

  /** Chance of an outcome of the chosen samples where the source emits and passes some of them; nothing passes if undefined. */
  #chance(outcome: number, passes: readonly boolean[] | undefined): number {
    return this.#chosen.reduce((product, node, j) => {
      const rate = passes?.[j] ? this.#channel.truePositive[node]! : this.#channel.falsePositive[node]!;
      return product * ((outcome >> j) & 1 ? rate : 1 - rate);
    }, 1);
  }
}

/** Share of what enters at each node that passes node i. */
export function upstreamOf({ n, order, outStart, outTo, outFraction }: SewerGraph, i: number): Float64Array {
  const share = new Float64Array(n);
  share[i] = 1;
  for (const k of order) {
    if (k === i) continue;
    for (let link = outStart[k]!; link < outStart[k + 1]!; link++) share[k]! += outFraction[link]! * share[outTo[link]!]!;
  }
  return share;
}

function describe(graph: SewerGraph, i: number, bits: number, upstreamShare: number, position: number): NextSample {
  const hours = graph.hoursToPlant[i]! * Math.exp(DELAY_LN.mean);
  const wide = Math.exp(1.645 * DELAY_LN.sd);
  return {
    node: graph.ids[i]!,
    bits,
    because: { code: position === 0 ? "tells_most" : "tells_most_beside", values: { upstreamShare, bits } },
    window: { medianH: hours, lowH: hours / wide, highH: hours * wide },
  };
}

/** Of a chance, in bits. */
function entropy(p: number): number {
  return p <= 0 || p >= 1 ? 0 : -(p * Math.log2(p) + (1 - p) * Math.log2(1 - p));
}

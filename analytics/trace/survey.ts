import type { SewerGraph } from "./graph.ts";
import { type LikelyPart, likelyPart } from "./likelyPart.ts";
import { TRACE_MODEL, type TraceModel } from "./model.ts";
import { nodePrior } from "./nodePrior.ts";

export interface SurveyOptions {
  /** Load to be found, and the plant's ordinary load, g/d. */
  readonly excessGD: number;
  readonly plantBaselineGD: number;
  /** How far manholes' ordinary loads lie from their baselines now, sd ln: of a trace, or before any sample the model's mean. */
  readonly baselineSdLn?: number;
  readonly manholesMax?: number;
  readonly exclude?: ReadonlySet<string>;
  readonly model?: TraceModel;
}

export interface SurveyPlan {
  /**
   * `traceable`: most places would show with the baselines as they are. `survey_first`: they would once these manholes are
   * surveyed. `too_uncertain`: not even then; the load is too small for this sewer.
   */
  readonly verdict: "traceable" | "survey_first" | "too_uncertain";
  /** Share of places, weighed by the prior, whose source would stand out at a planned manhole below it: now, and once surveyed. */
  readonly traceableShare: number;
  readonly traceableShareSurveyed: number;
  /** Manholes in the order in which they part the sewer best. */
  readonly manholes: readonly {
    readonly node: string;
    /** Dry days, weekdays and weekends, on which to take a 24-hour composite. */
    readonly samples: number;
    readonly because: {
      readonly code: "parts_the_sewer";
      readonly values: { readonly upstreamShare: number; readonly baselineShare: number };
    };
  }[];
}

/** Error of a surveyed baseline that is good enough: below the noise of one result, so that more days would hardly help. */
const SURVEY_SD_LN = 0.15;

/** What a survey cannot take away: ordinary days differ. */
const DAYS_SD_LN = 0.1;

/** A source stands out where its load lies so many sd above the ordinary: 5 % would by chance. */
const STANDS_OUT_SD = 1.645;

/** Shares of places from which a sewer is called traceable. */
const TRACEABLE_SHARE = 0.8;

const MANHOLES_DEFAULT = 12;

/** Which manholes to measure on ordinary days before, or while, a load is traced; and whether a trace makes sense at all. */
export function planSurvey(graph: SewerGraph, options: SurveyOptions): SurveyPlan {
  const { excessGD, plantBaselineGD, manholesMax = MANHOLES_DEFAULT, exclude, model = TRACE_MODEL } = options;
  const part = likelyPart(graph, nodePrior(graph, model));
  const isAllowed = Uint8Array.from(part.nodes, (i) => (graph.isEnd[i] || exclude?.has(graph.ids[i]!) ? 0 : 1));
  const chosen = partingNodes(part, isAllowed, manholesMax);
  const samples = Math.ceil((model.noiseSdLn / SURVEY_SD_LN) ** 2);
  const levels = model.effectLevels.reduce((sum, { staticSdLn, prior }) => sum + prior * staticSdLn, 0);
  const share = (sdLn: number) => {
    const shows = chosen.filter((k) => {
      const i = part.nodes[k]!;
      const ratio = excessGD / (graph.reach[i]! || 1) / (plantBaselineGD * graph.baselineShare[i]!);
      return Math.log1p(Math.max(0, ratio)) > STANDS_OUT_SD * Math.hypot(sdLn, model.noiseSdLn);
    });
    return coveredBy(part, shows);
  };
  const traceableShare = share(options.baselineSdLn ?? levels);
  const traceableShareSurveyed = share(Math.hypot(model.noiseSdLn / Math.sqrt(samples), DAYS_SD_LN));
  return {
    verdict:
      traceableShare >= TRACEABLE_SHARE
        ? "traceable"
        : traceableShareSurveyed >= TRACEABLE_SHARE
          ? "survey_first"
          : "too_uncertain",
    traceableShare,
    traceableShareSurveyed,
    manholes: chosen.map((k) => {
      const i = part.nodes[k]!;
      const values = { upstreamShare: Math.min(1, part.through[k]!), baselineShare: graph.baselineShare[i]! };
      return { node: graph.ids[i]!, samples, because: { code: "parts_the_sewer" as const, values } };
    }),
  };
}

/** Nodes that part the places as evenly as can be: each the one that takes most information from the parts there are. */
function partingNodes(part: LikelyPart, isAllowed: Uint8Array, count: number): number[] {
  const chosen: number[] = [];
  let parts = [part.mass];
  while (chosen.length < count) {
    let [best, bestBits] = [-1, 1e-3];
    const throughs = parts.map((mass) => ({ sum: mass.reduce((total, p) => total + p, 0), through: part.accumulate(mass) }));
    for (let k = 0; k < isAllowed.length; k++) {
      if (!isAllowed[k] || chosen.includes(k)) continue;
      const bits = throughs.reduce((total, { sum, through }) => total + partedBits(through[k]!, sum), 0);
      if (bits > bestBits) [best, bestBits] = [k, bits];
    }
    if (best < 0) break;
    chosen.push(best);
    const upstream = part.upstream(best);
    parts = parts.flatMap((mass) => {
      const inside = mass.map((p, j) => p * upstream[j]!);
      return [inside, mass.map((p, j) => p - inside[j]!)].filter((own) => own.some((p) => p > 1e-9));
    });
  }
  return chosen;
}

/** Information of knowing on which side of a cut a place lies, for a part of the given sum. */
function partedBits(inside: number, sum: number): number {
  const share = Math.min(1, inside / sum);
  return share <= 0 || share >= 1 ? 0 : -sum * (share * Math.log2(share) + (1 - share) * Math.log2(1 - share));
}

/** Share of the places whose sewage passes one of the nodes. */
function coveredBy(part: LikelyPart, nodes: readonly number[]): number {
  const missed = part.mass.map(() => 1);
  for (const k of nodes) {
    const upstream = part.upstream(k);
    for (let j = 0; j < missed.length; j++) missed[j] = Math.min(missed[j]!, 1 - upstream[j]!);
  }
  const sum = part.mass.reduce((total, p) => total + p, 0);
  return part.mass.reduce((total, p, j) => total + p * (1 - missed[j]!), 0) / sum;
}

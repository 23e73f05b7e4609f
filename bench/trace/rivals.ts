import type { SewerGraph } from "../../analytics/trace/graph.ts";
import { upstreamOf } from "../../analytics/trace/next.ts";
import type { TraceTrigger } from "../../schemas/trace.ts";

/** How a method without probabilities looks for a source: it asks for loads one round at a time and ends with places. */
export type Rival = (graph: SewerGraph, trigger: TraceTrigger, measure: (nodes: readonly string[]) => number[]) => string[];

/** A result is positive above this share, on the log scale, of the way from the ordinary load to that with the trigger's excess. */
function isPositive(graph: SewerGraph, { baselineGD, excessGD }: TraceTrigger, i: number, loadGD: number, threshold: number) {
  const ordinary = baselineGD * (graph.baselineShare[i] as number);
  return Math.log(loadGD / ordinary) > threshold * Math.log1p(Math.max(excessGD, 0.1 * baselineGD) / ordinary);
}

/** Walks upstream: at each confluence every branch is sampled, and the walk goes on where the load is highest above the threshold. */
export function walkUpstream(threshold: number, samplesMax: number): Rival {
  return (graph, trigger, measure) => {
    const above: number[][] = Array.from({ length: graph.n }, () => []);
    for (let i = 0; i < graph.n; i++) if ((graph.down[i] as number) >= 0) above[graph.down[i] as number]?.push(i);
    const reach = [graph.plant];
    let samples = 0;
    for (let at = graph.plant; ; ) {
      const branches = above[at] as number[];
      if (branches.length === 0) break;
      if (branches.length === 1) {
        at = branches[0] as number;
        reach.push(at);
        continue;
      }
      if (samples + branches.length > samplesMax) break;
      const loads = measure(branches.map((i) => graph.ids[i] as string));
      samples += branches.length;
      const positive = branches
        .map((i, b) => ({ i, loadGD: loads[b] as number }))
        .filter(({ i, loadGD }) => isPositive(graph, trigger, i, loadGD, threshold))
        .sort((a, b) => b.loadGD - a.loadGD)[0];
      if (!positive) break;
      at = positive.i;
      reach.splice(0, reach.length, at);
    }
    return reach.map((i) => graph.ids[i] as string);
  };
}

/** Halves the candidates with each sample (Larson et al. 2020), three independent halvings a round being one after the other here. */
export function binarySplitting(threshold: number, samplesMax: number, placesMax: number): Rival {
  return (graph, trigger, measure) => {
    let left = graph.ids
      .map((_, i) => i)
      .filter((i) => !graph.isEnd[i] && ((graph.flowM3S[i] as number) > 0 || graph.shareBy !== "flow"));
    for (let samples = 0; samples < samplesMax && left.length > placesMax; samples++) {
      const isLeft = new Float64Array(graph.n);
      for (const i of left) isLeft[i] = 1;
      const count = isLeft.slice();
      for (let k = graph.n - 1; k >= 0; k--) {
        const i = graph.order[k] as number;
        if ((graph.down[i] as number) >= 0) count[graph.down[i] as number]! += count[i] as number;
      }
      const half = left.length / 2;
      let best = -1;
      for (let i = 0; i < graph.n; i++) {
        if (graph.isEnd[i] || count[i] === 0 || count[i] === left.length) continue;
        if (best < 0 || Math.abs((count[i] as number) - half) < Math.abs((count[best] as number) - half)) best = i;
      }
      if (best < 0) break;
      const [loadGD] = measure([graph.ids[best] as string]) as [number];
      const upstream = upstreamOf(graph, best);
      const positive = isPositive(graph, trigger, best, loadGD, threshold);
      left = left.filter((i) => (upstream[i] as number) > 0.5 === positive);
    }
    return left.map((i) => graph.ids[i] as string);
  };
}

import type { SewerGraph } from "./graph.ts";
import type { TraceModel } from "./model.ts";

const priors = new WeakMap<SewerGraph, { model: TraceModel; prior: Float64Array }>();

/**
 * Where a source may be before any sample: by people (or dry-weather flow) entering at the node, evenly over the nodes where
 * any enter, and evenly over all, since waste is emptied into any manhole. Zero at the ends and where nothing reaches the plant. Sums to 1.
 */
export function nodePrior(graph: SewerGraph, model: TraceModel): Float64Array {
  const known = priors.get(graph);
  if (known?.model === model) return known.prior;
  const { n, people, flowM3S, reach, isEnd } = graph;
  const inflow = flowM3S.some((flow) => flow > 0) ? flowM3S : people;
  const possible = Uint8Array.from({ length: n }, (_, i) => (reach[i]! > 0 && !isEnd[i] ? 1 : 0));
  const inlet = Uint8Array.from({ length: n }, (_, i) => (possible[i] && (flowM3S[i]! > 0 || people[i]! > 0) ? 1 : 0));
  const sum = (own: ArrayLike<number>, of: Uint8Array) => of.reduce((total, on, i) => total + (on ? own[i]! : 0), 0);
  const inflowSum = sum(inflow, inlet);
  const inlets = sum(inlet, inlet);
  const all = sum(possible, possible);
  const { byInflow, overInlets, overAll } = model.nodePrior;
  const prior = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    if (!possible[i]) continue;
    prior[i] =
      inlets === 0 ? 1 / all : overAll / all + (inlet[i] ? overInlets / inlets + (byInflow * inflow[i]!) / inflowSum : 0);
  }
  priors.set(graph, { model, prior });
  return prior;
}

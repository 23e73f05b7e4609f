import type { Network, NetworkCheck } from "../../schemas/network.ts";
import { flowOrder } from "./flowOrder.ts";
import { joinIslands } from "./islands.ts";
import { splitFractions } from "./splits.ts";

/** Metres a second in a sewer of unknown velocity: between the self-cleansing 0.6 and the 0.9 of full trunk sewers. */
const VELOCITY_DEFAULT_MS = 0.7;

/** Metres of a pipe whose length and ends are both unknown: one street from manhole to manhole. */
const LENGTH_DEFAULT_M = 50;

/**
 * A network made ready to trace in: acyclic, every node drains somewhere, numbers in typed arrays. `n` nodes in the network's
 * order; links as compressed rows, those of node i from outStart[i] to outStart[i + 1].
 */
export interface SewerGraph {
  readonly n: number;
  readonly ids: readonly string[];
  readonly indexOf: ReadonlyMap<string, number>;
  readonly plant: number;
  readonly outStart: Int32Array;
  readonly outTo: Int32Array;
  /** Share of what enters the link's upper node; the shares of a node sum to 1. */
  readonly outFraction: Float64Array;
  /** Where all that enters the node runs to, both ends reaching the plant or neither; -1 where it divides, leaves or ends. */
  readonly onlyTo: Int32Array;
  /** Every node after all it drains to: plant and outfalls first. */
  readonly order: Int32Array;
  /** Share of what enters at the node that arrives at the plant. */
  readonly reach: Float64Array;
  /** Downstream neighbour that carries most of the node's sewage to the plant; -1 at the ends. */
  readonly down: Int32Array;
  /** Pipe from the node to `down`, m. */
  readonly pipeM: Float64Array;
  /** Dry travel time to the plant along `down`, h. Plug flow: always early (see model.ts, delay). */
  readonly hoursToPlant: Float64Array;
  /** People and dry-weather flow (m3/s) entering at the node, NaN-free; and accumulated downstream, splits counted. */
  readonly people: Float64Array;
  readonly peopleUp: Float64Array;
  readonly flowM3S: Float64Array;
  readonly flowUpM3S: Float64Array;
  /** What static baselines are shared out by. */
  readonly shareBy: "flow" | "people" | "nodes";
  /** Share of the plant's ordinary load expected at the node: of flow, else people, else nodes upstream. At least SHARE_MIN. */
  readonly baselineShare: Float64Array;
  /** Institutions and other nodes where sampling shows few people: see next.ts. */
  readonly isInstitution: Uint8Array;
  /** Outfalls and the plant itself: nobody discharges there. */
  readonly isEnd: Uint8Array;
  readonly checks: readonly NetworkCheck[];
}

/** Smallest share of the plant's baseline a node is expected to carry: about ten people of a town of 100,000. */
const SHARE_MIN = 1e-4;

/** Reads a network into a graph; whatever is missing or contradictory is assumed, and listed in `checks`. */
export function prepareNetwork(network: Network): SewerGraph {
  const n = network.nodes.length;
  const ids = network.nodes.map(({ id }) => id);
  const indexOf = new Map(ids.map((id, i) => [id, i]));
  const plant = indexOf.get(network.plant);
  if (plant === undefined) throw new RangeError(`prepareNetwork: the plant ${network.plant} is not among the nodes`);
  const checks: NetworkCheck[] = [];
  const isEnd = Uint8Array.from(network.nodes, ({ kind }, i) => (i === plant || /outfall|plant|wwtp/i.test(kind ?? "") ? 1 : 0));

  const joined = joinIslands(network, indexOf, plant, isEnd, checks);
  const flow = flowOrder(n, joined, plant, (link) => joined[link]!.id, checks);
  const outStart = new Int32Array(n + 1);
  for (const link of flow.kept) outStart[joined[link]!.from + 1]!++;
  for (let i = 0; i < n; i++) outStart[i + 1]! += outStart[i]!;
  const fill = outStart.slice(0, n);
  const linkAt = new Int32Array(flow.kept.length);
  for (const link of flow.kept) linkAt[fill[joined[link]!.from]!++] = link;
  const outTo = Int32Array.from(linkAt, (link) => joined[link]!.to);
  const outFraction = splitFractions(outStart, linkAt, joined, ids, checks);

  const reach = new Float64Array(n);
  const down = new Int32Array(n).fill(-1);
  const pipeM = new Float64Array(n);
  const hoursToPlant = new Float64Array(n);
  let lengthsMissing = 0;
  let velocitiesMissing = 0;
  for (const i of flow.order) {
    if (i === plant) reach[i] = 1;
    let most = -1;
    for (let k = outStart[i]!; k < outStart[i + 1]!; k++) {
      const arrives = outFraction[k]! * reach[outTo[k]!]!;
      reach[i]! += arrives;
      if (arrives <= most) continue;
      most = arrives;
      const link = joined[linkAt[k]!]!;
      down[i] = outTo[k]!;
      pipeM[i] = link.lengthM ?? LENGTH_DEFAULT_M;
      const hours = link.travelTimeH ?? pipeM[i]! / (link.velocityMS ?? VELOCITY_DEFAULT_MS) / 3600;
      hoursToPlant[i] = hoursToPlant[outTo[k]!]! + hours;
      if (link.lengthM === undefined) lengthsMissing++;
      if (link.velocityMS === undefined && link.travelTimeH === undefined) velocitiesMissing++;
    }
  }
  const onlyTo = Int32Array.from({ length: n }, (_, i) => {
    const [first, end] = [outStart[i]!, outStart[i + 1]!];
    return end - first === 1 && reach[i]! > 0 === reach[outTo[first]!]! > 0 ? outTo[first]! : -1;
  });
  missing(checks, "length_missing", lengthsMissing, "pipes without a length", `${LENGTH_DEFAULT_M} m each`);
  missing(checks, "velocity_missing", velocitiesMissing, "pipes without velocity", `${VELOCITY_DEFAULT_MS} m/s, a wide delay`);

  const people = Float64Array.from(network.nodes, ({ population }) => population ?? 0);
  const flowM3S = Float64Array.from(network.nodes, ({ dryWeatherFlowM3S }) => dryWeatherFlowM3S ?? 0);
  const down1 = (own: Float64Array) => accumulate(own, flow.order, outStart, outTo, outFraction);
  const peopleUp = down1(people);
  const flowUpM3S = down1(flowM3S);
  const shareBy = flowUpM3S[plant]! > 0 ? "flow" : peopleUp[plant]! > 0 ? "people" : "nodes";
  const basis = shareBy === "flow" ? flowUpM3S : shareBy === "people" ? peopleUp : down1(new Float64Array(n).fill(1));
  if (shareBy !== "flow") missing(checks, "flow_missing", n, "no dry-weather flow", `baselines are shared out by ${shareBy}`);
  if (peopleUp[plant] === 0) missing(checks, "population_missing", n, "no population", "people of a set are not counted");

  return {
    n,
    ids,
    indexOf,
    plant,
    outStart,
    outTo,
    outFraction,
    onlyTo,
    order: flow.order,
    reach,
    down,
    pipeM,
    hoursToPlant,
    people,
    peopleUp,
    flowM3S,
    flowUpM3S,
    shareBy,
    baselineShare: basis.map((value) => Math.max(value / basis[plant]!, SHARE_MIN)),
    isInstitution: Uint8Array.from(network.nodes, ({ kind }) => (/institution/i.test(kind ?? "") ? 1 : 0)),
    isEnd,
    checks,
  };
}

/** What enters at each node, summed down the sewer; a split passes its fractions on. */
export function accumulate(
  own: Float64Array,
  order: Int32Array,
  outStart: Int32Array,
  outTo: Int32Array,
  outFraction: Float64Array,
): Float64Array {
  const sum = own.slice();
  for (let at = order.length - 1; at >= 0; at--) {
    const i = order[at]!;
    for (let k = outStart[i]!; k < outStart[i + 1]!; k++) sum[outTo[k]!]! += outFraction[k]! * sum[i]!;
  }
  return sum;
}

function missing(checks: NetworkCheck[], code: NetworkCheck["code"], count: number, found: string, assumed: string): void {
  if (count > 0) checks.push({ code, count, examples: [], found, assumed });
}

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { readSwmm } from "../../ingest/files/swmm.ts";
import type { Network } from "../../schemas/network.ts";
import { passingThrough } from "../../simulation/drainage.ts";
import type { Random } from "../../simulation/random.ts";
import { generateSewer } from "../../simulation/sewer.ts";

/** A sewer with the truth about where loads go. */
export interface World {
  /** What the utility's map says. */
  network: Network;
  /** True share of the plant's ordinary load at each node. */
  share(node: string): number;
  /** True hours from a node to the plant. */
  hours(node: string): number;
  /** Share of a source's mass that passes a node within the composite, for each source that may be tried. */
  sources: { node: string; passing(node: string): number }[];
}

/**
 * A source may lie wherever people live, or, against what the trace takes for likely, at the manholes without houses only. A share of
 * the manholes has a second pipe, and as many are pump wells.
 */
export function generatedWorld(nodes: number, seed: number, splitShare: number, houseless: boolean): World {
  const network = generateSewer({ id: "bench", seed, nodes, people: 100_000, splitShare, wellShare: splitShare });
  const people = new Map(network.nodes.map(({ id, population = 0 }) => [id, population]));
  const upstream = passingThrough(network, (id) => people.get(id) ?? 0);
  const total = upstream.get(network.plant) as number;
  const hours = hoursToPlant(network);
  return {
    network,
    share: (node) => (upstream.get(node) ?? 0) / total,
    hours: (node) => hours.get(node) ?? 0,
    sources: network.nodes
      .filter(({ id, population = 0 }) => id !== network.plant && population > 0 !== houseless)
      .map(({ id }) => {
        const passes = passingThrough(network, (entered) => (entered === id ? 1 : 0));
        return { node: id, passing: (node) => passes.get(node) ?? 0 };
      }),
  };
}

/**
 * A sewer simulated in EPA SWMM: `nodes[]` {id, down, link, len_m, tau_manning_h, dwf_m3s, q_swmm_m3s} as the dominant-path tree,
 * `sources[]` {node, frac24h}.
 * @param inp the model's own input file, to trace in it instead of the tree
 */
export function simulatedWorld(file: string, inp?: string): World {
  interface Node {
    id: string;
    down: string | null;
    len_m?: number;
    tau_manning_h?: number;
    dwf_m3s?: number;
    q_swmm_m3s: number;
    xy?: [number, number];
  }
  const truth = JSON.parse(gunzipSync(readFileSync(file)).toString()) as {
    plant: string;
    nodes: Node[];
    sources: { node: string; frac24h: Record<string, number> }[];
  };
  const flows = new Map(truth.nodes.map(({ id, q_swmm_m3s }) => [id, q_swmm_m3s]));
  const { plant } = truth;
  const tree: Network = {
    id: "truth",
    plant,
    nodes: truth.nodes.map(({ id, dwf_m3s = 0, xy }) => ({
      id,
      ...(xy ? { x: xy[0], y: xy[1] } : {}),
      dryWeatherFlowM3S: Math.max(0, dwf_m3s),
    })),
    links: truth.nodes.flatMap(({ id, down, len_m, tau_manning_h }, i) =>
      down && flows.has(down)
        ? [
            {
              id: `l${i}`,
              from: id,
              to: down,
              ...(len_m ? { lengthM: len_m } : {}),
              ...(tau_manning_h ? { travelTimeH: tau_manning_h } : {}),
            },
          ]
        : [],
    ),
  };
  const hours = hoursToPlant(tree);
  return {
    network: inp ? swmmNetwork(inp, plant) : tree,
    share: (node) => (flows.get(node) ?? 0) / (flows.get(plant) as number),
    hours: (node) => hours.get(node) ?? 0,
    sources: truth.sources
      .filter(({ frac24h }) => (frac24h[plant] ?? 0) > 0.3) // the others never reach the plant, so nothing would open a trace
      .map(({ node, frac24h }) => ({ node, passing: (at) => frac24h[at] ?? 0 })),
  };
}

function swmmNetwork(file: string, plant: string): Network {
  const read = readSwmm(readFileSync(file, "utf8"), file, plant);
  if ("refusals" in read) throw new Error(`${file}: ${JSON.stringify(read.refusals[0])}`);
  return read.network;
}

/** Down the first pipe of each node. */
function hoursToPlant({ plant, nodes, links }: Network): Map<string, number> {
  const next = new Map(links.toReversed().map((link) => [link.from, link]));
  const hours = new Map([[plant, 0]]);
  for (const { id } of nodes) {
    const way: string[] = [];
    let at = id;
    while (!hours.has(at) && next.has(at)) {
      way.push(at);
      at = next.get(at)?.to as string;
    }
    for (const node of way.toReversed()) {
      const { to, travelTimeH, lengthM = 0, velocityMS = 0.7 } = next.get(node) as Network["links"][number];
      hours.set(node, (hours.get(to) ?? 0) + (travelTimeH ?? lengthM / velocityMS / 3_600));
    }
  }
  return hours;
}

/** The same sewer on a map in which a share of the pipes is missing, and as many lead to a neighbour of the true node instead. */
export function withWrongPipes(network: Network, share: number, random: Random): Network {
  if (share === 0) return network;
  const down = new Map(network.links.map(({ from, to }) => [from, to]));
  const isBelow = (node: string, above: string) => {
    for (let at: string | undefined = node, hops = 0; at !== undefined && hops < network.nodes.length; at = down.get(at), hops++)
      if (at === above) return true;
    return false;
  };
  const links = network.links.flatMap((link) => {
    const luck = random.uniform();
    if (luck > share) return [link];
    if (luck < share / 2) return [];
    const siblings = network.links.filter(({ to }) => to === link.to || to === down.get(link.to)).map(({ from }) => from);
    const to = random.pick([...siblings, link.to]);
    if (to === link.from || isBelow(to, link.from)) return [link];
    down.set(link.from, to);
    return [{ ...link, to }];
  });
  return { ...network, links };
}

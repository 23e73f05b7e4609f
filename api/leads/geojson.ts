import type { Posterior } from "../../schemas/lead.ts";
import type { Network } from "../../schemas/network.ts";

/** Sets outlined on the map. */
const LEVELS = ["50", "80", "95"] as const;

/**
 * A sewer network as GeoJSON: pipes as lines in the direction of flow, nodes as points, each node with its probability and the
 * smallest of the 50, 80 and 95 % sets that holds it. Coordinates are the network's own.
 */
export function sewerFeatures({ nodes, links, plant }: Network, posterior: Posterior | null) {
  const at = new Map(nodes.flatMap(({ id, x, y }) => (x === undefined || y === undefined ? [] : [[id, [x, y]] as const])));
  const probability = new Map((posterior?.candidates ?? []).map((candidate) => [candidate.node, candidate.probability]));
  const next = new Map((posterior?.next ?? []).map(({ node, bits }) => [node, bits]));
  const sampled = new Set((posterior?.evidence ?? []).map(({ node }) => node));
  const sets = posterior ? LEVELS.map((level) => ({ level, nodes: new Set(posterior.credible[level].nodes) })) : [];
  const setOf = (id: string) => sets.find((set) => set.nodes.has(id))?.level ?? null;
  const pipes = links.flatMap(({ id, from, to, lengthM }) => {
    const [start, end] = [at.get(from), at.get(to)];
    if (!start || !end) return [];
    const properties = {
      kind: "pipe",
      id,
      from,
      to,
      lengthM: lengthM ?? null,
      probability: probability.get(from) ?? 0,
      set: setOf(from),
    };
    return [{ type: "Feature", geometry: { type: "LineString", coordinates: [start, end] }, properties }];
  });
  const points = nodes.flatMap(({ id, kind, population }) => {
    const coordinates = at.get(id);
    if (!coordinates) return [];
    const properties = {
      kind: id === plant ? "plant" : (kind ?? "manhole"),
      id,
      population: population ?? null,
      probability: probability.get(id) ?? 0,
      set: setOf(id),
      sampled: sampled.has(id),
      nextBits: next.get(id) ?? null,
    };
    return [{ type: "Feature", geometry: { type: "Point", coordinates }, properties }];
  });
  return { type: "FeatureCollection" as const, features: [...pipes, ...points] };
}

/**
 * The same for those outside the house: a place is what the published lead calls it, and neither people nor kinds of single manholes
 * are told.
 */
export function publishedFeatures(network: Network, posterior: Posterior | null, nameOf: (node: string) => string) {
  const { features } = sewerFeatures(network, null);
  const probability = new Map((posterior?.candidates ?? []).map((candidate) => [candidate.node, candidate.probability]));
  const setOf = (place: string) => LEVELS.find((level) => posterior?.credible[level].nodes.includes(place)) ?? null;
  const told = features.map(({ type, geometry, properties }) => {
    const from = "from" in properties ? properties.from : properties.id;
    const place = nameOf(from);
    const kind = properties.kind === "pipe" || properties.kind === "plant" ? properties.kind : "manhole";
    return { type, geometry, properties: { kind, place, probability: probability.get(place) ?? 0, set: setOf(place) } };
  });
  return { type: "FeatureCollection" as const, features: told };
}

import type { Network, NetworkCheck, NetworkLink } from "../../schemas/network.ts";
import { nearestNodes } from "./nearest.ts";

/** A link with its ends as indices. */
export interface JoinedLink
  extends Pick<NetworkLink, "id" | "lengthM" | "diameterM" | "slope" | "velocityMS" | "travelTimeH" | "splitFraction"> {
  readonly from: number;
  readonly to: number;
  /** Not in the network: assumed, to join an island. */
  readonly assumed?: boolean;
}

/** Nearest nodes tried as the way out of an island. */
const NEIGHBOURS = 12;

/**
 * The network's links, and one assumed for each island: a part whose lowest node is neither the plant nor an outfall must
 * drain somewhere, so a pipe is missing from the map. It is joined to the nearest node of another part, nearest pairs first;
 * without coordinates to the plant. Parts that end in another outfall stay apart.
 */
export function joinIslands(
  network: Network,
  indexOf: ReadonlyMap<string, number>,
  plant: number,
  isEnd: Uint8Array,
  checks: NetworkCheck[],
): JoinedLink[] {
  const n = network.nodes.length;
  const links: JoinedLink[] = network.links.map((link) => ({
    ...link,
    from: indexOf.get(link.from)!,
    to: indexOf.get(link.to)!,
  }));
  const part = Int32Array.from({ length: n }, (_, i) => i);
  const find = (i: number): number => {
    let root = i;
    while (part[root] !== root) root = part[root]!;
    while (part[i] !== root) [part[i], i] = [root, part[i]!];
    return root;
  };
  const drains = new Uint8Array(n);
  for (const { from, to } of links) {
    drains[from] = 1;
    part[find(from)] = find(to);
  }
  const hasEnd = new Set<number>();
  for (let i = 0; i < n; i++) if (isEnd[i] && (i === plant || !drains[i])) hasEnd.add(find(i));
  const outfalls = network.nodes.filter((_, i) => isEnd[i] && i !== plant && !drains[i]).map(({ id }) => id);
  if (outfalls.length > 0) {
    checks.push({
      code: "several_outfalls",
      count: outfalls.length,
      examples: outfalls.slice(0, 5),
      found: "outfalls beside the plant",
      assumed: "what runs to them never reaches the plant",
    });
  }

  const lowest = Array.from({ length: n }, (_, i) => i).filter((i) => !drains[i] && !isEnd[i]);
  if (lowest.length === 0) return links;
  const placed = network.nodes.every(({ x, y }) => x !== undefined && y !== undefined);
  const pairs = placed
    ? nearestNodes(network.nodes as readonly { x: number; y: number }[], lowest, NEIGHBOURS, (a, b) => find(a) !== find(b))
    : [];
  const islands: number[] = [];
  const joinedTo = new Set<number>();
  for (const { from, to, distance } of pairs) {
    if (joinedTo.has(from) || find(from) === find(to)) continue;
    joinedTo.add(from);
    part[find(from)] = find(to);
    links.push({ id: `assumed:${network.nodes[from]!.id}`, from, to, lengthM: distance, assumed: true });
    islands.push(from);
  }
  for (const from of lowest) {
    if (joinedTo.has(from)) continue;
    if (hasEnd.has(find(from)) && find(from) !== find(plant)) continue;
    links.push({ id: `assumed:${network.nodes[from]!.id}`, from, to: plant, assumed: true });
    islands.push(from);
  }
  checks.push({
    code: "island",
    count: lowest.length,
    examples: lowest.slice(0, 5).map((i) => network.nodes[i]!.id),
    found: "nodes from which nothing leads on",
    assumed: placed ? "a missing pipe to the nearest other part of the network" : "a missing pipe to the plant",
  });
  if (!placed) {
    const bare = network.nodes.filter(({ x, y }) => x === undefined || y === undefined).map(({ id }) => id);
    checks.push({
      code: "geometry_missing",
      count: bare.length,
      examples: bare.slice(0, 5),
      found: "nodes without coordinates",
      assumed: "islands are joined at the plant",
    });
  }
  return links;
}

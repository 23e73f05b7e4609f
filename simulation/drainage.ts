import type { Network } from "../schemas/network.ts";

/**
 * What passes each node of a sewer without cycles, when so much enters at each: people, water or a mass that nothing decays.
 * At a node with several outlets it divides by `splitFraction`, evenly where that is unknown.
 */
export function passingThrough({ nodes, links }: Network, entersAt: (nodeId: string) => number): Map<string, number> {
  const passing = new Map(nodes.map(({ id }) => [id, entersAt(id)]));
  const awaited = new Map(nodes.map(({ id }) => [id, 0]));
  for (const { to } of links) awaited.set(to, awaited.get(to)! + 1);
  const outgoing = Map.groupBy(links, ({ from }) => from);
  const ready = nodes.map(({ id }) => id).filter((id) => awaited.get(id) === 0);
  for (let id = ready.pop(); id !== undefined; id = ready.pop()) {
    const out = outgoing.get(id) ?? [];
    for (const { to, splitFraction = 1 / out.length } of out) {
      passing.set(to, passing.get(to)! + passing.get(id)! * splitFraction);
      awaited.set(to, awaited.get(to)! - 1);
      if (awaited.get(to) === 0) ready.push(to);
    }
  }
  return passing;
}

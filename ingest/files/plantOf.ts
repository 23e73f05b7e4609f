import type { NetworkCheck, NetworkLink, NetworkNode } from "../../schemas/network.ts";

/**
 * The outfall that most dry-weather flow (without flows: most nodes) drains to. Where no node is an outfall, every node that
 * nothing leaves is looked at.
 * @returns its id; undefined without any such node
 */
export function largestOutfall(
  nodes: readonly NetworkNode[],
  links: readonly NetworkLink[],
  checks: NetworkCheck[],
): string | undefined {
  // An outlet that takes next to nothing in dry weather does not make an overflow the plant.
  const into = Map.groupBy(
    links.filter(({ splitFraction = 1 }) => splitFraction > 0.1),
    ({ to }) => to,
  );
  const leaves = new Set(links.map(({ from }) => from));
  const named = nodes.filter(({ kind }) => /outfall|plant|wwtp/i.test(kind ?? ""));
  const ends = named.length > 0 ? named : nodes.filter(({ id }) => !leaves.has(id));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const drained = ends.map(({ id }) => {
    const seen = new Set([id]);
    const stack = [id];
    let flow = 0;
    while (stack.length > 0) {
      const at = stack.pop()!;
      flow += byId.get(at)?.dryWeatherFlowM3S ?? 0;
      for (const { from } of into.get(at) ?? []) {
        if (seen.has(from)) continue;
        seen.add(from);
        stack.push(from);
      }
    }
    return { id, flow, count: seen.size };
  });
  drained.sort((a, b) => b.flow - a.flow || b.count - a.count);
  const best = drained[0]?.id;
  if (best !== undefined && ends.length > 1) {
    const examples = drained.slice(0, 5).map(({ id }) => id);
    checks.push({
      code: "plant_assumed",
      count: ends.length,
      examples,
      found: "outfalls, none said to be the plant",
      assumed: `${best} is the plant: most dry-weather flow drains to it`,
    });
  }
  return best;
}

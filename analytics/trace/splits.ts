import type { NetworkCheck } from "../../schemas/network.ts";
import type { JoinedLink } from "./islands.ts";

/**
 * Share of each link of what enters its upper node. Known fractions are kept (scaled down where they sum to more than 1);
 * what they leave is shared among the links without one in proportion to their full-flow capacity, D^(8/3) S^(1/2) by Manning,
 * or equally where a diameter is unknown. Where all are known the shares are scaled to sum to 1.
 */
export function splitFractions(
  outStart: Int32Array,
  linkAt: Int32Array,
  links: readonly JoinedLink[],
  ids: readonly string[],
  checks: NetworkCheck[],
): Float64Array {
  const fractions = new Float64Array(linkAt.length);
  const unknown: number[] = [];
  for (let i = 0; i + 1 < outStart.length; i++) {
    const [from, to] = [outStart[i]!, outStart[i + 1]!];
    if (to - from === 1) fractions[from] = 1;
    if (to - from < 2) continue;
    const own = Array.from(linkAt.subarray(from, to), (link) => links[link]!);
    const known = own.reduce((sum, { splitFraction = 0 }) => sum + splitFraction, 0);
    const open = own.filter(({ splitFraction }) => splitFraction === undefined);
    if (open.length > 0) unknown.push(i);
    const capacities = new Map(capacityShares(open));
    const left = Math.max(0, 1 - known);
    const raw = own.map((link) => link.splitFraction ?? left * capacities.get(link)!);
    const sum = raw.reduce((total, share) => total + share, 0);
    for (const [k, share] of raw.entries()) fractions[from + k] = sum > 0 ? share / sum : 1 / own.length;
  }
  if (unknown.length > 0) {
    checks.push({
      code: "split_unknown",
      count: unknown.length,
      examples: unknown.slice(0, 5).map((i) => ids[i]!),
      found: "nodes whose sewage divides in unknown shares",
      assumed: "shares by full-flow capacity, equal where diameters are unknown",
    });
  }
  return fractions;
}

/** Slope of a pipe of unknown fall: the least at which small sewers are laid. */
const SLOPE_DEFAULT = 0.005;

function capacityShares(links: readonly JoinedLink[]): [JoinedLink, number][] {
  const byPipe = links.every(({ diameterM }) => diameterM !== undefined);
  const capacity = ({ diameterM, slope }: JoinedLink) =>
    byPipe ? diameterM! ** (8 / 3) * Math.sqrt(Math.max(slope ?? SLOPE_DEFAULT, 1e-4)) : 1;
  const sum = links.reduce((total, link) => total + capacity(link), 0);
  return links.map((link) => [link, capacity(link) / sum]);
}

import { prepareNetwork } from "../../analytics/trace/graph.ts";
import { upstreamOf } from "../../analytics/trace/next.ts";
import type { Posterior } from "../../schemas/lead.ts";
import type { Bearing, LeadCandidate } from "../../schemas/leadCandidate.ts";
import type { Network } from "../../schemas/network.ts";

const LEVELS = ["50", "80", "90", "95"] as const;
/** Of what enters at a place, at least this share has to pass a manhole for a sample there to bear on it. */
const SHARE_MIN = 0.1;

/** The candidates of a lead, most probable first. The plant's own samples bear on all alike and are left out. */
export function rankCandidates(network: Network, posterior: Posterior): LeadCandidate[] {
  const graph = prepareNetwork(network);
  const samples = posterior.evidence.filter(({ node }) => node !== network.plant && graph.indexOf.has(node));
  const nodes = [...new Set(samples.map(({ node }) => node))];
  const passing = new Map(nodes.map((node) => [node, upstreamOf(graph, graph.indexOf.get(node) as number)]));
  const sets = LEVELS.map((level) => ({ level, nodes: new Set(posterior.credible[level].nodes) }));
  const counted = (graph.peopleUp[graph.plant] as number) > 0;
  return posterior.candidates.flatMap(({ node, probability }) => {
    const i = graph.indexOf.get(node);
    if (i === undefined) return [];
    const bearings = samples.flatMap(({ node: at, day, reading }): Bearing[] => {
      if (reading === "unclear") return [];
      const passes = (passing.get(at)?.[i] ?? 0) >= SHARE_MIN;
      return reading === "positive" || passes ? [{ node: at, day, reading, passes }] : [];
    });
    const speaksFor = ({ reading, passes }: Bearing) => reading === "positive" && passes;
    return [
      {
        node,
        probability,
        set: sets.find((set) => set.nodes.has(node))?.level ?? null,
        people: counted ? Math.round(graph.peopleUp[i] as number) : null,
        travelH: graph.hoursToPlant[i] as number,
        supports: bearings.filter(speaksFor),
        contradicts: bearings.filter((bearing) => !speaksFor(bearing)),
      },
    ];
  });
}

import type { Lead, Posterior, SourceFinding } from "../schemas/lead.ts";
import type { LeadNote } from "../schemas/leadNotes.ts";
import type { Network } from "../schemas/network.ts";
import { publishedUnits } from "./units.ts";

/** A lead as it may leave the house. */
export interface Published {
  lead: Lead;
  /** Whether places are manholes, or areas with enough people each, named by the manhole at their lower end. */
  detail: "manholes" | "areas";
  /** What a node of the sewer is called; for an area, nodes of one area have one name. */
  nameOf: (node: string) => string;
  /** People of an area; null for a manhole. */
  peopleOf: (place: string) => number | null;
}

/**
 * What a report or an export shows. Without an authorisation no single manhole is named, since few people live at each: an area
 * with enough people is. With one, manholes are named, but an institution is not: the manhole below it stands for it.
 */
export function publishLead(lead: Lead, network: Network | undefined, peopleMin: number, authorised: boolean): Published {
  if (!network || !lead.posterior) return { lead, detail: "manholes", nameOf: (node) => node, peopleOf: () => null };
  const { posterior } = lead;
  if (authorised) {
    const nameOf = manholeNames(network);
    return { lead: { ...lead, posterior: renamed(posterior, nameOf) }, detail: "manholes", nameOf, peopleOf: () => null };
  }
  const { unitOf, people } = publishedUnits(network, peopleMin);
  const nameOf = (node: string) => unitOf.get(node) ?? network.plant;
  const peopleOf = (place: string) => people.get(place) ?? null;
  return { lead: { ...lead, posterior: inAreas(posterior, nameOf, people) }, detail: "areas", nameOf, peopleOf };
}

/** Kinds of node that are somebody's house. */
const BUILDING = /institution|prison|school|hospital|building|compound/i;

/** An institution is called by the first manhole below it that is none. */
function manholeNames({ nodes, links, plant }: Network): (node: string) => string {
  const buildings = new Set(nodes.filter(({ kind }) => BUILDING.test(kind ?? "")).map(({ id }) => id));
  const below = new Map(links.map(({ from, to }) => [from, to]));
  return (node) => {
    let at = node;
    for (let steps = 0; buildings.has(at) && steps <= nodes.length; steps++) at = below.get(at) ?? plant;
    return at === node ? node : `↑ ${at}`;
  };
}

function renamed(posterior: Posterior, nameOf: (node: string) => string): Posterior {
  const { sources, next, evidence, confirmingPair } = posterior;
  const named = <T extends { node: string }>(rows: readonly T[]) => rows.map((row) => ({ ...row, node: nameOf(row.node) }));
  const placed = ({ candidates, credible, massGD }: SourceFinding): SourceFinding => {
    const set = (level: keyof typeof credible) => ({
      ...credible[level],
      nodes: [...new Set(credible[level].nodes.map(nameOf))],
    });
    const sets = { "50": set("50"), "80": set("80"), "90": set("90"), "95": set("95") };
    return { candidates: named(candidates), credible: sets, massGD };
  };
  return {
    ...posterior,
    ...placed(posterior),
    sources: sources.map(placed),
    next: named(next),
    evidence: named(evidence),
    confirmingPair: confirmingPair && {
      positive: nameOf(confirmingPair.positive),
      negative: confirmingPair.negative === null ? null : nameOf(confirmingPair.negative),
    },
  };
}

/** The same by area: probabilities summed, sets of areas, and every place told by its area. */
function inAreas(posterior: Posterior, nameOf: (node: string) => string, people: ReadonlyMap<string, number>): Posterior {
  const areas = renamed(posterior, nameOf);
  const next = areas.next.filter(({ node }, i) => areas.next.findIndex((other) => other.node === node) === i);
  const placed = (source: SourceFinding) => sourceInAreas(source, nameOf, people);
  return {
    ...areas,
    ...placed(posterior),
    sources: posterior.sources.map(placed),
    next,
    notes: posterior.notes.flatMap(withoutPlaces),
  };
}

/** A bottle's number and what does not fit of it name its manhole, as may a sentence of an older program; a network's check names examples. */
function withoutPlaces(note: LeadNote): LeadNote[] {
  switch (note.code) {
    case "custody_broken":
      return [{ code: note.code, values: { sampleId: null, day: note.values.day, findings: [] } }];
    case "samples_unplaced":
      return [{ code: note.code, values: { samples: note.values.samples, siteIds: [] } }];
    case "network":
      return [{ code: note.code, values: { ...note.values, examples: [] } }];
    case "written":
      return note.values.text.startsWith("Custody of ") ? [] : [note];
    default:
      return [note];
  }
}

function sourceInAreas(
  { candidates: places, massGD }: SourceFinding,
  nameOf: (node: string) => string,
  people: ReadonlyMap<string, number>,
): SourceFinding {
  const sums = new Map<string, number>();
  for (const { node, probability } of places) sums.set(nameOf(node), (sums.get(nameOf(node)) ?? 0) + probability);
  const candidates = [...sums]
    .map(([node, probability]) => ({ node, probability }))
    .toSorted((a, b) => b.probability - a.probability);
  const total = candidates.reduce((sum, { probability }) => sum + probability, 0);
  const set = (level: number) => {
    const nodes: string[] = [];
    let held = 0;
    for (const { node, probability } of candidates) {
      if (held >= level * total) break;
      nodes.push(node);
      held += probability;
    }
    return { nodes, pipeLengthM: null, people: nodes.reduce((sum, node) => sum + (people.get(node) ?? 0), 0) };
  };
  return { candidates, credible: { "50": set(0.5), "80": set(0.8), "90": set(0.9), "95": set(0.95) }, massGD };
}

import type { Network, NetworkLink, NetworkNode } from "../schemas/network.ts";
import { type Random, seededRandom } from "./random.ts";

export interface SewerSettings {
  id: string;
  seed: number;
  /** Manholes, the plant not counted. */
  nodes: number;
  people: number;
  /** Share of manholes from which a second pipe leads on; none unless given. */
  splitShare?: number;
  /** Share of manholes that are pump wells, where sewage waits; none unless given. */
  wellShare?: number;
}

/** Metres between neighbouring manholes, and how far a street may turn from the way to the plant. */
const SPACING_M = 60;
const LITRES_PER_PERSON_DAY = 250;
const VELOCITY_MS = 0.8;
/** Share of a manhole's sewage that takes the second pipe, and hours in a pump well: from, to. */
const SECOND_PIPE = [0.1, 0.5] as const;
const WELL_H = [0.1, 0.8] as const;
/** Share of manholes without houses of their own: trunk sewers and crossings. */
const EMPTY_SHARE = 0.25;

/**
 * A town's gravity sewer: manholes scattered over a growing town, each draining to the nearest one that was there before and lies
 * nearer the plant; where asked for, with splits (each arm leads on, so no sewage is lost) and pump wells. Linear in nodes.
 */
export function generateSewer({ id, seed, nodes: count, people, splitShare = 0, wellShare = 0 }: SewerSettings): Network {
  const random = seededRandom(seed, "sewer", id);
  const points = townPoints(random, count);
  const grid = new Map<string, number[]>();
  const nodes: NetworkNode[] = [];
  const links: NetworkLink[] = [];
  const weights = points.map(() => (random.uniform() < EMPTY_SHARE ? 0 : random.factor(0.6)));
  const total = weights.reduce((sum, weight) => sum + weight, 0) || 1;
  for (const [i, [x, y]] of points.entries()) {
    const population = i === 0 ? 0 : Math.round((people * (weights[i] as number)) / total);
    nodes.push({
      id: i === 0 ? "WWTP" : `M${String(i).padStart(String(count).length, "0")}`,
      x: Math.round(x),
      y: Math.round(y),
      kind: i === 0 ? "plant" : "manhole",
      population,
      dryWeatherFlowM3S: (population * LITRES_PER_PERSON_DAY) / 1_000 / 86_400,
    });
    if (i > 0) links.push(pipeTo(nearestEarlier(points, grid, i), i, points, nodes, random));
    const cell = cellOf(x, y);
    grid.set(cell, [...(grid.get(cell) ?? []), i]);
  }
  if (splitShare > 0) addSecondPipes(links, points, nodes, splitShare, seededRandom(seed, "splits", id));
  if (wellShare > 0) addWells(links, nodes, wellShare, seededRandom(seed, "wells", id));
  return { id, plant: "WWTP", nodes, links };
}

/** To the node two pipes on, past the next: later ones lie nearer the plant, so there are no circles. */
function addSecondPipes(
  links: NetworkLink[],
  points: readonly Point[],
  nodes: NetworkNode[],
  share: number,
  random: Random,
): void {
  const indexOf = new Map(nodes.map(({ id }, i) => [id, i]));
  for (let i = 1; i < nodes.length; i++) {
    const first = links[i - 1] as NetworkLink; // the pipe out of node i
    const next = indexOf.get(first.to) as number;
    if (next < 2 || random.uniform() >= share) continue;
    const fraction = between(SECOND_PIPE, random);
    const second = pipeTo(random.integer(0, next - 1), i, points, nodes, random);
    first.splitFraction = 1 - fraction;
    links.push({ ...second, id: `S${i}`, splitFraction: fraction });
  }
}

function addWells(links: readonly NetworkLink[], nodes: readonly NetworkNode[], share: number, random: Random): void {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  for (const link of links) {
    const node = byId.get(link.from) as NetworkNode;
    if (node.kind !== "pumpWell" && random.uniform() >= share) continue;
    node.kind = "pumpWell";
    const pipeH = (link.lengthM as number) / (link.velocityMS as number) / 3_600;
    link.travelTimeH = pipeH + between(WELL_H, random);
  }
}

const between = ([low, high]: readonly [number, number], random: Random) => low + (high - low) * random.uniform();

type Point = readonly [x: number, y: number];

/** By distance from the plant, which lies at the origin, at the town's edge: nearer ones stand first. */
function townPoints(random: Random, count: number): Point[] {
  const radius = SPACING_M * Math.sqrt(count);
  const points = Array.from({ length: count }, (): Point => {
    const r = radius * Math.sqrt(random.uniform());
    const angle = (random.uniform() - 0.5) * 0.9 * Math.PI;
    return [SPACING_M + r * Math.cos(angle), r * Math.sin(angle)];
  });
  return [[0, 0], ...points.toSorted((a, b) => Math.hypot(...a) - Math.hypot(...b))];
}

const CELL_M = 4 * SPACING_M;
const cellOf = (x: number, y: number) => `${Math.floor(x / CELL_M)},${Math.floor(y / CELL_M)}`;

function nearestEarlier(points: readonly Point[], grid: ReadonlyMap<string, number[]>, i: number): number {
  const [x, y] = points[i] as Point;
  for (let ring = 1; ring <= 64; ring *= 2) {
    let best = -1;
    let bestM = Number.POSITIVE_INFINITY;
    for (let dx = -ring; dx <= ring; dx++) {
      for (let dy = -ring; dy <= ring; dy++) {
        for (const j of grid.get(cellOf(x + dx * CELL_M, y + dy * CELL_M)) ?? []) {
          const [px, py] = points[j] as Point;
          const distanceM = Math.hypot(px - x, py - y);
          if (distanceM < bestM) [best, bestM] = [j, distanceM];
        }
      }
    }
    if (best >= 0 && bestM <= ring * CELL_M) return best;
  }
  return 0;
}

function pipeTo(j: number, i: number, points: readonly Point[], nodes: readonly NetworkNode[], random: Random): NetworkLink {
  const [from, to] = [points[i] as Point, points[j] as Point];
  return {
    id: `P${i}`,
    from: (nodes[i] as NetworkNode).id,
    to: (nodes[j] as NetworkNode).id,
    lengthM: Math.max(5, Math.round(Math.hypot(from[0] - to[0], from[1] - to[1]))),
    diameterM: 0.3,
    slope: Number((0.004 * random.factor(0.4)).toFixed(4)),
    velocityMS: Number((VELOCITY_MS * random.factor(0.2)).toFixed(2)),
  };
}

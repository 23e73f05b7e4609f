import type { Lead } from "../../schemas/lead.ts";
import type { NetworkGeoJson } from "../api.ts";

/** A sewer as it is drawn: manholes, and pipes between them in the direction of flow. */
export interface Sewer {
  /** Degrees (latitude, longitude) or metres of the utility's own grid (y, x). */
  geographic: boolean;
  nodes: Map<string, SewerNode>;
  pipes: Pipe[];
}

export interface SewerNode {
  id: string;
  place: [number, number];
  properties: Record<string, unknown>;
}

export interface Pipe {
  id: string;
  from: string;
  to: string;
  course: [number, number][];
}

/** How probable the source lies at the upper end of a pipe, in steps an eye can tell apart. The last one is everything below. */
export const STEPS = [0.2, 0.05, 0.01, 0.002, 0] as const;

/** Reads the answer of network.geojson: points are manholes, lines are pipes. */
export function readSewer({ features }: NetworkGeoJson): Sewer {
  const nodes = new Map<string, SewerNode>();
  const pipes: Pipe[] = [];
  let geographic = true;
  const place = ([x, y]: number[]): [number, number] => {
    if (Math.abs(x!) > 180 || Math.abs(y!) > 90) geographic = false;
    return [y!, x!];
  };
  for (const { geometry, properties } of features) {
    if (geometry.type === "Point") {
      const id = String(properties["id"] ?? properties["node"]);
      nodes.set(id, { id, place: place(geometry.coordinates as number[]), properties });
    } else if (geometry.type === "LineString") {
      const course = (geometry.coordinates as number[][]).map(place);
      pipes.push({ id: String(properties["id"]), from: String(properties["from"]), to: String(properties["to"]), course });
    }
  }
  for (const { from, to, course } of pipes) {
    if (!nodes.has(from)) nodes.set(from, { id: from, place: course[0]!, properties: {} });
    if (!nodes.has(to)) nodes.set(to, { id: to, place: course.at(-1)!, properties: {} });
  }
  return { geographic, nodes, pipes };
}

/** The narrowest credible set that each node lies in: 50, 80 or 95; absent where it lies in none. */
export function credibleOf(posterior: NonNullable<Lead["posterior"]>): Map<string, 50 | 80 | 95> {
  const sets = new Map<string, 50 | 80 | 95>();
  for (const level of [95, 80, 50] as const) for (const node of posterior.credible[level]?.nodes ?? []) sets.set(node, level);
  return sets;
}

export function stepOf(probability: number): number {
  return STEPS.findIndex((from) => probability >= from && (from > 0 || probability >= 0));
}

/** Small arrow heads in the middle of pipes that are long enough to bear one, in screen pixels. */
export function arrowHead(from: { x: number; y: number }, to: { x: number; y: number }): [number, number][] | null {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = Math.hypot(dx, dy);
  if (length < 26) return null;
  const [ux, uy] = [dx / length, dy / length];
  const [x, y] = [from.x + dx * 0.55, from.y + dy * 0.55];
  return [
    [x - ux * 5 - uy * 3.5, y - uy * 5 + ux * 3.5],
    [x, y],
    [x - ux * 5 + uy * 3.5, y - uy * 5 - ux * 3.5],
  ];
}

/** Nodes by cell of a grid, so that the one under the pointer is found without asking all. */
export function nodeFinder(nodes: Iterable<SewerNode>, project: (place: [number, number]) => { x: number; y: number }) {
  const CELL_PX = 32;
  const cells = new Map<string, { node: SewerNode; x: number; y: number }[]>();
  for (const node of nodes) {
    const { x, y } = project(node.place);
    const key = `${Math.floor(x / CELL_PX)} ${Math.floor(y / CELL_PX)}`;
    const cell = cells.get(key);
    if (cell) cell.push({ node, x, y });
    else cells.set(key, [{ node, x, y }]);
  }
  /** The nearest node within a finger's width of the point, or null. */
  return (x: number, y: number): SewerNode | null => {
    const [column, row] = [Math.floor(x / CELL_PX), Math.floor(y / CELL_PX)];
    let best: { node: SewerNode; distance: number } | null = null;
    for (let i = column - 1; i <= column + 1; i++) {
      for (let j = row - 1; j <= row + 1; j++) {
        for (const found of cells.get(`${i} ${j}`) ?? []) {
          const distance = Math.hypot(found.x - x, found.y - y);
          if (distance < 16 && (!best || distance < best.distance)) best = { node: found.node, distance };
        }
      }
    }
    return best?.node ?? null;
  };
}

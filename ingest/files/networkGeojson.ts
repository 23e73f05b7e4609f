import { z } from "zod";
import { type Network, type NetworkCheck, type NetworkLink, type NetworkNode, network } from "../../schemas/network.ts";
import { refusalsOf } from "../../schemas/refusal.ts";
import type { NetworkRead } from "./networkJson.ts";
import { largestOutfall } from "./plantOf.ts";
import { idOf } from "./swmm.ts";

const position = z.tuple([z.number(), z.number()]).rest(z.number());
const geometry = z.discriminatedUnion("type", [
  z.object({ type: z.literal("Point"), coordinates: position }),
  z.object({ type: z.literal("LineString"), coordinates: z.array(position).min(2) }),
]);
const feature = z.object({
  type: z.literal("Feature"),
  id: z.union([z.string(), z.number()]).optional(),
  properties: z.record(z.string(), z.unknown()).nullable(),
  geometry: geometry.nullable(),
});
const collection = z.object({ type: z.literal("FeatureCollection"), features: z.array(feature) });

const NODE_FIELDS = ["id", "kind", "population", "dryWeatherFlowM3S"];
const LINK_FIELDS = ["id", "from", "to", "lengthM", "diameterM", "slope", "velocityMS", "travelTimeH", "splitFraction"];

/**
 * Reads a GeoJSON FeatureCollection: points are nodes and lines are pipes, drawn in the direction of flow. Properties have the
 * names of the project's JSON (`id`, `kind`, `population`, …; `from` and `to` on pipes); others are ignored, and listed in a check.
 * A line without `from` and `to` joins the nodes at its ends, which are made where the file has none.
 * @param plantId the plant's node; else the largest outfall
 */
export function readNetworkGeojson(text: string, file: string, plantId?: string): NetworkRead {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const mend = "Export the file again: it is cut off or is not JSON.";
    return { refusals: [{ code: "json_broken", where: { file }, found: (error as Error).message, expected: "GeoJSON", mend }] };
  }
  const parsed = collection.safeParse(value);
  if (!parsed.success) return { refusals: refusalsOf(parsed.error, value, { file }) };

  const nodes: Record<string, unknown>[] = [];
  const links: Record<string, unknown>[] = [];
  const nodeAt = new Map<string, string>();
  const ignored = new Set<string>();
  const lines: { properties: Record<string, unknown>; id: string; coordinates: readonly (readonly number[])[] }[] = [];
  for (const [i, { properties, geometry: shape, id }] of parsed.data.features.entries()) {
    const isLine = shape ? shape.type === "LineString" : properties?.["from"] !== undefined;
    const fields = isLine ? LINK_FIELDS : NODE_FIELDS;
    const own: Record<string, unknown> = {};
    for (const [name, field] of Object.entries(properties ?? {})) {
      if (!fields.includes(name)) ignored.add(name);
      else if (field !== null) own[name] = name === "id" || name === "from" || name === "to" ? String(field) : field;
    }
    own["id"] ??= id === undefined ? `${isLine ? "pipe" : "node"}-${i + 1}` : String(id);
    if (isLine)
      lines.push({ properties: own, id: String(own["id"]), coordinates: shape?.type === "LineString" ? shape.coordinates : [] });
    else {
      if (shape?.type === "Point") {
        const [x, y] = shape.coordinates;
        Object.assign(own, { x, y });
        nodeAt.set(keyOf([x, y]), String(own["id"]));
      }
      nodes.push(own);
    }
  }
  let made = 0;
  const nodeFor = (at: readonly number[] | undefined): string | undefined => {
    if (!at) return undefined;
    const known = nodeAt.get(keyOf(at));
    if (known) return known;
    const id = `node-at-${keyOf(at)}`;
    nodes.push({ id, x: at[0], y: at[1] });
    nodeAt.set(keyOf(at), id);
    made++;
    return id;
  };
  for (const { properties, coordinates } of lines) {
    properties["from"] ??= nodeFor(coordinates[0]);
    properties["to"] ??= nodeFor(coordinates.at(-1));
    links.push(properties);
  }

  const checks: NetworkCheck[] = [];
  if (made > 0) {
    checks.push({
      code: "geometry_missing",
      count: made,
      examples: [],
      found: "pipe ends without a node",
      assumed: "a manhole there",
    });
  }
  if (ignored.size > 0) {
    const examples = [...ignored].slice(0, 5);
    checks.push({
      code: "value_ignored",
      count: ignored.size,
      examples,
      found: "properties of other names",
      assumed: "they say nothing of the flow",
    });
  }
  const plant = plantId ?? largestOutfall(nodes as unknown as NetworkNode[], links as unknown as NetworkLink[], checks);
  const read: Record<keyof Network, unknown> = { id: idOf(file), plant: plant ?? "", nodes, links };
  const checked = network.safeParse(read);
  return checked.success ? { network: checked.data, checks } : { refusals: refusalsOf(checked.error, read, { file }) };
}

/** About a centimetre in metres and a metre in degrees: ends that meet are drawn at the same place. */
function keyOf(at: readonly (number | undefined)[]): string {
  const step = Math.abs(at[0]!) <= 180 && Math.abs(at[1]!) <= 90 ? 5 : 2;
  return `${at[0]!.toFixed(step)},${at[1]!.toFixed(step)}`;
}

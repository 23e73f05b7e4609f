import { z } from "zod";
import { networkId } from "./identifiers.ts";

/** A manhole or pipe as the utility names it: any text without line breaks. */
const assetId = z
  .string()
  .regex(/^[^\p{Cc}]{1,128}$/u, "an id of 1 to 128 characters on one line")
  .refine((id) => id.trim() === id, "an id without blanks around it");

/** A place where sewers meet. What is unknown is absent, never zero. */
export const networkNode = z.strictObject({
  id: assetId,
  /** Metres in the map's own grid, or degrees (longitude, latitude). */
  x: z.number().optional(),
  y: z.number().optional(),
  /** In any case and any word the utility uses; these mean something to us: manhole, junction, inlet, outfall, plant, storage, pumpWell, divider, institution. */
  kind: z.string().max(64).optional(),
  /** People whose own drains enter here; those upstream are not counted. */
  population: z.number().nonnegative().optional(),
  /** Dry-weather flow that enters here, not what passes through. */
  dryWeatherFlowM3S: z.number().nonnegative().optional(),
});
export type NetworkNode = z.infer<typeof networkNode>;

/** A pipe, channel, pump, weir or orifice, in the direction of flow. */
export const networkLink = z.strictObject({
  id: assetId,
  from: assetId,
  to: assetId,
  lengthM: z.number().nonnegative().optional(),
  diameterM: z.number().positive().optional(),
  /** Metres of fall a metre of pipe; negative where the pipe rises in the direction of flow. */
  slope: z.number().optional(),
  velocityMS: z.number().positive().optional(),
  /** Overrides what length and velocity say: pump wells and tanks are delays of this kind. */
  travelTimeH: z.number().nonnegative().optional(),
  /** Share of the dry-weather flow of its upper node that this link takes. */
  splitFraction: z.number().min(0).max(1).optional(),
});
export type NetworkLink = z.infer<typeof networkLink>;

/** A sewer network as drawn: it may have cycles, islands and several outfalls; `checkNetwork` of analytics/trace tells. */
export const network = z
  .strictObject({
    id: networkId,
    /** The node where the treatment plant takes the sewage over. */
    plant: assetId,
    nodes: z.array(networkNode).min(1),
    links: z.array(networkLink),
  })
  .superRefine(({ plant, nodes, links }, context) => {
    const ids = new Set<string>();
    for (const [i, { id }] of nodes.entries()) {
      if (ids.has(id)) context.addIssue({ code: "custom", path: ["nodes", i, "id"], message: "an id that no other node has" });
      ids.add(id);
    }
    if (!ids.has(plant)) context.addIssue({ code: "custom", path: ["plant"], message: "the id of one of the nodes" });
    const linkIds = new Set<string>();
    for (const [i, { id, from, to }] of links.entries()) {
      if (linkIds.has(id))
        context.addIssue({ code: "custom", path: ["links", i, "id"], message: "an id that no other link has" });
      linkIds.add(id);
      if (!ids.has(from)) context.addIssue({ code: "custom", path: ["links", i, "from"], message: "the id of one of the nodes" });
      if (!ids.has(to)) context.addIssue({ code: "custom", path: ["links", i, "to"], message: "the id of one of the nodes" });
    }
  });
export type Network = z.infer<typeof network>;

/** Something a network lacks or contradicts, with what is assumed instead. */
export const networkCheck = z.strictObject({
  code: z.enum([
    "cycle",
    "island",
    "several_outfalls",
    "geometry_missing",
    "split_unknown",
    "length_missing",
    "velocity_missing",
    "flow_missing",
    "population_missing",
    "plant_assumed",
    "null_read_as_absent",
    "section_ignored",
    "value_ignored",
  ]),
  /** How many nodes or links it concerns. */
  count: z.int().positive(),
  /** A few of them by id. */
  examples: z.array(z.string()).max(5),
  found: z.string(),
  assumed: z.string(),
});
export type NetworkCheck = z.infer<typeof networkCheck>;

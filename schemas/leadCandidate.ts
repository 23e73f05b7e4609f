import { z } from "zod";
import { day } from "./identifiers.ts";

/** A sample that bears on a place: found where its sewage passes, or not found there, or found where it does not pass. */
export const bearing = z.strictObject({ node: z.string(), day, reading: z.enum(["positive", "negative"]), passes: z.boolean() });
export type Bearing = z.infer<typeof bearing>;

/** A place the load may have entered at, with what speaks for and against it. */
export const leadCandidate = z.strictObject({
  node: z.string(),
  probability: z.number(),
  /** The narrowest of the sets that holds it. */
  set: z.enum(["50", "80", "90", "95"]).nullable(),
  /** People whose sewage passes there; null where the map has no populations. */
  people: z.number().nullable(),
  /** Dry travel time to the plant. */
  travelH: z.number(),
  supports: z.array(bearing),
  contradicts: z.array(bearing),
});
export type LeadCandidate = z.infer<typeof leadCandidate>;

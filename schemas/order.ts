import { z } from "zod";
import { day, moment, sampleId, siteId } from "./identifiers.ts";
import { sampleReason } from "./leadNotes.ts";

/** What the crew brings back from one point, or why it brings nothing. */
export const pointReturn = z.discriminatedUnion("taken", [
  z.strictObject({
    taken: z.literal(true),
    start: moment,
    end: moment,
    seal: z.string().trim().min(1).max(100),
    container: z.string().trim().min(1).max(100),
    temperatureCel: z.number().min(-20).max(60),
    collector: z.string().trim().min(1).max(100),
    latitude: z.number().min(-90).max(90).optional(),
    longitude: z.number().min(-180).max(180).optional(),
    accuracyM: z.number().nonnegative().optional(),
    /** Photos, by the hash under which they were sent. */
    photos: z
      .array(z.string().regex(/^[0-9a-f]{64}$/))
      .max(8)
      .default([]),
    note: z.string().max(1_000).default(""),
  }),
  z.strictObject({
    taken: z.literal(false),
    at: moment,
    reason: z.string().trim().min(1).max(1_000),
    collector: z.string().trim().min(1).max(100),
  }),
]);
export type PointReturn = z.infer<typeof pointReturn>;

/** A place to sample, with the number its bottle bears. */
export const orderPoint = z.strictObject({
  node: z.string(),
  siteId,
  /** Written on the bottle; the laboratory reports under it. */
  sampleId,
  container: z.string(),
  start: moment,
  end: moment,
  /** The start may lie between these (90 % of the travel time's range). */
  earliest: moment,
  latest: moment,
  latitude: z.number().nullable(),
  longitude: z.number().nullable(),
  /** Why it is sampled; null where a person chose it. */
  because: sampleReason.nullable(),
  returned: pointReturn.nullable(),
  returnedAt: moment.nullable(),
});
export type OrderPoint = z.infer<typeof orderPoint>;

/** A round of samples that a crew is sent out for. */
export const samplingOrder = z.strictObject({
  orderId: z.string(),
  leadId: z.string(),
  plantId: siteId,
  analyte: z.string(),
  timeZone: z.string(),
  day,
  state: z.enum(["open", "returned", "cancelled"]),
  points: z.array(orderPoint),
  orderedBy: z.string(),
  orderedAt: moment,
  /** Until when the crew's token opens it. */
  expiresAt: moment,
});
export type SamplingOrder = z.infer<typeof samplingOrder>;

/** What a crew sees of it: where, when and how, not which substance or why. */
export const fieldOrder = samplingOrder.omit({ leadId: true, plantId: true, analyte: true, orderedBy: true }).extend({
  points: z.array(orderPoint.omit({ because: true })),
});
export type FieldOrder = z.infer<typeof fieldOrder>;

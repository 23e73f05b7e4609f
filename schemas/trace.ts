import { z } from "zod";
import { day } from "./identifiers.ts";

/** What the plant's anomaly says: the reason to trace back. */
export const traceTrigger = z.strictObject({
  /** The plant's node. */
  node: z.string().min(1),
  analyte: z.string().min(1),
  date: day,
  /** Load above what was expected, g/d. Negative where the day fell short of it. */
  excessGD: z.number(),
  /** Standard deviation of the excess, g/d. */
  excessSd: z.number().nonnegative(),
  /** Load the plant receives on an ordinary day, g/d. */
  baselineGD: z.number().positive(),
});
export type TraceTrigger = z.infer<typeof traceTrigger>;

/** One 24-hour composite at one node. */
export const traceObservation = z.strictObject({
  node: z.string().min(1),
  date: day,
  /** Below `loqGD` and censored where `censored` is set: then it is the limit itself. */
  loadGD: z.number().nonnegative(),
  censored: z.boolean(),
  loqGD: z.number().positive().optional(),
  /** Load of an ordinary day at this node, from a survey or population markers. */
  baselineGD: z.number().positive().optional(),
  flowM3D: z.number().positive().optional(),
  sampleId: z.string().optional(),
});
export type TraceObservation = z.infer<typeof traceObservation>;

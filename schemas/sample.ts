import { z } from "zod";
import { moment, sampleId, siteId } from "./identifiers.ts";

/** How the sample was composed. Flow- and volume-proportional composites follow the load best; a grab is one moment. */
export const SAMPLE_MODES = [
  "flowProportional",
  "volumeProportional",
  "timeProportional",
  "continuous",
  "manualComposite",
  "grab",
  "passive",
] as const;

/** One hand-over: who had the sample when, with what seal and at what temperature. */
export const custodyEvent = z.strictObject({
  time: moment,
  action: z.enum(["collected", "sealed", "handedOver", "received", "opened", "stored", "disposed"]),
  by: z.string().min(1).max(200),
  place: z.string().max(200).optional(),
  seal: z.string().max(100).optional(),
  temperatureCel: z.number().min(-100).max(60).optional(),
  note: z.string().max(1_000).optional(),
});
export type CustodyEvent = z.infer<typeof custodyEvent>;

/** One bottle: where and when the sewage in it flowed by. Its day is the day of `start` in the site's time zone. */
export const sample = z
  .strictObject({
    sampleId,
    siteId,
    mode: z.enum(SAMPLE_MODES),
    start: moment,
    end: moment,
    volumeMl: z.number().positive().optional(),
    intervalMin: z.number().positive().optional(),
    pulsesPlanned: z.int().positive().optional(),
    pulsesTaken: z.int().nonnegative().optional(),
    /** Sewage that flowed by during the sample, where the sampler measured it itself. */
    flowM3D: z.number().positive().optional(),
    storage: z
      .strictObject({ temperatureCel: z.number().min(-100).max(60), preservation: z.string().max(200).optional() })
      .optional(),
    collector: z.string().max(200).optional(),
    seal: z.string().max(100).optional(),
    custody: z.array(custodyEvent).max(100).optional(),
  })
  .refine((s) => Date.parse(s.start) <= Date.parse(s.end), { path: ["end"], error: "an end not before the start" });
export type Sample = z.infer<typeof sample>;

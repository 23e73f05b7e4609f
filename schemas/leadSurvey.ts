import { z } from "zod";

/** Which manholes to measure on ordinary days so that a lead's samples can be read, and whether it makes sense. */
export const leadSurvey = z.strictObject({
  /**
   * `traceable`: most places would show with the baselines as they are. `survey_first`: they would once these manholes are surveyed.
   * `too_uncertain`: not even then; the load is too small for this sewer.
   */
  verdict: z.enum(["traceable", "survey_first", "too_uncertain"]),
  /** Share of places whose source would stand out at one of the manholes: now, and once they are surveyed. */
  traceableShare: z.number(),
  traceableShareSurveyed: z.number(),
  /** The load to be found and the plant's ordinary load, g/d. */
  excessGD: z.number(),
  baselineGD: z.number(),
  /** In the order in which they part the sewer best; institutions are left out. */
  manholes: z.array(
    z.strictObject({
      node: z.string(),
      /** Dry days, weekdays and weekends, on which to take a 24-hour composite. */
      samples: z.int(),
      because: z.strictObject({
        code: z.literal("parts_the_sewer"),
        /** Share of the places upstream, by the prior, and of the plant's ordinary load expected here. */
        values: z.strictObject({ upstreamShare: z.number(), baselineShare: z.number() }),
      }),
    }),
  ),
});
export type LeadSurvey = z.infer<typeof leadSurvey>;

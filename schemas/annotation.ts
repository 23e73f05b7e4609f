import { z } from "zod";
import { day, moment, siteId } from "./identifiers.ts";
import { analyteId } from "./substances.ts";

/** What people know of some days that the numbers do not say by themselves. */
export const ANNOTATION_KINDS = ["storm", "festival", "laboratory", "loqChange", "sampler", "campaign", "other"] as const;

/** What is written: of one substance at a site, or of all that is measured there. */
export const annotationDraft = z
  .strictObject({
    siteId,
    analyte: analyteId.nullable().default(null),
    /** First and last day, in the site's time zone. */
    from: day,
    to: day,
    kind: z.enum(ANNOTATION_KINDS),
    text: z.string().trim().min(1).max(500),
  })
  .refine(({ from, to }) => from <= to, { path: ["to"], error: "a day not before the first" });

export const annotation = z.strictObject({
  annotationId: z.string(),
  siteId,
  analyte: z.string().nullable(),
  from: day,
  to: day,
  kind: z.enum(ANNOTATION_KINDS),
  text: z.string(),
  author: z.string(),
  createdAt: moment,
});
export type Annotation = z.infer<typeof annotation>;

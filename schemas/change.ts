import { z } from "zod";
import { day, siteId } from "./identifiers.ts";

/** What the ingest step tells the analytics: these days of this series are not what they were. */
export const seriesChange = z.strictObject({
  siteId,
  /** A quantity of readings (flow changes every load of its day) or an analyte. */
  name: z.string(),
  from: day,
  to: day,
  cause: z.enum(["new", "amended", "withdrawn", "site", "replay", "leadRequest", "neighbours", "pools"]),
});
export type SeriesChange = z.infer<typeof seriesChange>;

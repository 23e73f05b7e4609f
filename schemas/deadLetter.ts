import { z } from "zod";
import { moment } from "./identifiers.ts";
import { refusal } from "./refusal.ts";

/** What ingest refused: kept with its original bytes until it is mended and replayed, or dismissed. */
export const deadLetter = z.strictObject({
  deadLetterId: z.string(),
  topic: z.string(),
  partition: z.int(),
  offset: z.string(),
  /** Which item of the message, such as `[12]` or `results[3]`; empty for the whole message. */
  item: z.string(),
  headers: z.record(z.string(), z.string()),
  /** The original bytes of the whole message, base64. */
  value: z.string(),
  refusals: z.array(refusal),
  state: z.enum(["open", "replayed", "dismissed"]),
  arrivedAt: moment,
});
export type DeadLetter = z.infer<typeof deadLetter>;

import { z } from "zod";

/** One entry of an append-only log: its hash covers the hash before it, so that nothing can be changed or taken out unseen. */
export const chainEntry = z.strictObject({
  seq: z.int(),
  at: z.string(),
  actor: z.string(),
  action: z.string(),
  subject: z.string(),
  /** What was done, as JSON. */
  content: z.unknown(),
  previousHash: z.string(),
  hash: z.string(),
});
export type ChainEntry = z.infer<typeof chainEntry>;

import { z } from "zod";

/** What a laboratory sent in one go, and what became of it: the receipt it can come back with years later. */
export const upload = z.strictObject({
  uploadId: z.string(),
  labId: z.string(),
  actor: z.string(),
  receivedAt: z.string(),
  /** SHA-256 of the bytes as they came. */
  sha256: z.string(),
  fileName: z.string().nullable(),
  samples: z.array(z.string()),
  counts: z.strictObject({ samples: z.int(), results: z.int(), rejected: z.int(), warnings: z.int() }),
});
export type Upload = z.infer<typeof upload>;

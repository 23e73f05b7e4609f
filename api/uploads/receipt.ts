import { z } from "zod";

/** What a laboratory gets for its results and can come back with years later. */
export const receipt = z.strictObject({
  uploadId: z.string(),
  labId: z.string(),
  actor: z.string(),
  receivedAt: z.string(),
  sha256: z.string(),
  fileName: z.string().nullable(),
  samples: z.array(z.string()),
  counts: z.strictObject({ samples: z.int(), results: z.int(), rejected: z.int(), warnings: z.int() }),
});

import { z } from "zod";
import { refusal } from "./refusal.ts";

/** RFC 9457 problem details: how every error of the API looks. */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  instance: z.string(),
  requestId: z.string(),
  refusals: z.array(refusal).optional(),
});
export type Problem = z.infer<typeof problem>;

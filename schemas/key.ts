import { z } from "zod";
import { moment } from "./identifiers.ts";

export const ROLES = ["lab", "analyst", "investigator", "admin"] as const;
export type Role = (typeof ROLES)[number];

/** An API key without its secret, of which only the SHA-256 is kept. */
export const apiKey = z.strictObject({
  keyId: z.string(),
  name: z.string().min(1).max(100),
  role: z.enum(ROLES),
  /** A laboratory's id for the role lab; its uploads are its own. */
  organisation: z.string().min(1).max(64),
  createdAt: moment,
  expiresAt: moment.nullable(),
  revokedAt: moment.nullable(),
  lastUsedAt: moment.nullable(),
});
export type ApiKey = z.infer<typeof apiKey>;

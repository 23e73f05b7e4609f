import { z } from "zod";
import { moment } from "./identifiers.ts";

export const ROLES = ["lab", "analyst", "investigator", "admin"] as const;
export type Role = (typeof ROLES)[number];

/** What a key may be limited to: reading or changing one kind of resource, as OpenAPI groups them. */
export const scope = z.string().regex(/^[a-z]+:(read|write)$/, "a scope such as series:read or uploads:write");

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
  /** The secret was renewed then. */
  rotatedAt: moment.nullable(),
  /** Regions whose leads it may see; null for all. */
  regions: z.array(z.string().min(1).max(100)).min(1).max(100).nullable(),
  /** What it may be used for, of what its role may; null for all of it. */
  scopes: z.array(scope).min(1).max(50).nullable(),
});
export type ApiKey = z.infer<typeof apiKey>;

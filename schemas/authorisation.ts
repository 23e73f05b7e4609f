import { z } from "zod";
import { moment } from "./identifiers.ts";

/** A person who acts, as the key tells. */
const person = z.strictObject({ keyId: z.string(), name: z.string(), organisation: z.string() });
export type Person = z.infer<typeof person>;

/** What is allowed below the smallest population: a lead at a small plant, or naming the places of a lead outside the house. */
export const newAuthorisation = z.strictObject({
  subject: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("lead"), id: z.string().min(1) }),
    z.strictObject({ kind: z.literal("site"), id: z.string().min(1) }),
  ]),
  /** The law and article, or the order of a court, that allows it. */
  legalBasis: z.string().trim().min(10, "the named law and article, or the court order, in at least 10 characters").max(500),
  /** Number of the authorisation or of the case. */
  reference: z.string().trim().min(1).max(100),
  validUntil: moment,
});
export type NewAuthorisation = z.infer<typeof newAuthorisation>;

export const authorisation = newAuthorisation.extend({
  authorisationId: z.string(),
  state: z.enum(["requested", "approved", "refused", "withdrawn"]),
  requestedBy: person,
  requestedAt: moment,
  decidedBy: person.nullable(),
  decidedAt: moment.nullable(),
  reason: z.string(),
});
export type Authorisation = z.infer<typeof authorisation>;

import type { Authorisation, NewAuthorisation } from "../../schemas/authorisation.ts";
import { canonicalJson } from "./hash.ts";
import type { Engine } from "./records.ts";
import type { Db } from "./tables.ts";

type Subject = NewAuthorisation["subject"];

/** What is allowed below the smallest population, and who allowed it. */
export interface AuthorisationRecords {
  /** Adds it or replaces it. */
  save(authorisation: Authorisation): Promise<void>;
  /** @param forChange inside a transaction: nobody else changes it until it ends */
  find(authorisationId: string, options?: { forChange: boolean }): Promise<Authorisation | undefined>;
  /** Newest first; of one subject or of all. */
  list(filter: { subject?: Subject; limit: number }): Promise<Authorisation[]>;
  /** One that is approved and still holds. */
  inForce(subject: Subject, now: string): Promise<Authorisation | undefined>;
}

export function authorisationRecords(db: Db, engine: Engine): AuthorisationRecords {
  const keyOf = ({ kind, id }: Subject) => `${kind}:${id}`;
  const parse = ({ content }: { content: string }) => JSON.parse(content) as Authorisation;
  return {
    async save(authorisation) {
      const { authorisationId, subject, state, requestedAt } = authorisation;
      const validUntil = new Date(authorisation.validUntil).toISOString(); // text order is time order only in UTC
      const row = {
        authorisationId,
        subject: keyOf(subject),
        state,
        validUntil,
        requestedAt,
        content: canonicalJson(authorisation),
      };
      await db
        .insertInto("authorisations")
        .values(row)
        .onConflict((conflict) => conflict.column("authorisationId").doUpdateSet(row))
        .execute();
    },
    async find(authorisationId, { forChange } = { forChange: false }) {
      let query = db.selectFrom("authorisations").select("content").where("authorisationId", "=", authorisationId);
      if (forChange && engine === "postgresql") query = query.forUpdate();
      const row = await query.executeTakeFirst();
      return row && parse(row);
    },
    async list({ subject, limit }) {
      let query = db
        .selectFrom("authorisations")
        .select("content")
        .orderBy("requestedAt", "desc")
        .orderBy("authorisationId")
        .limit(limit);
      if (subject) query = query.where("subject", "=", keyOf(subject));
      return (await query.execute()).map(parse);
    },
    async inForce(subject, now) {
      const row = await db
        .selectFrom("authorisations")
        .select("content")
        .where("subject", "=", keyOf(subject))
        .where("state", "=", "approved")
        .where("validUntil", ">", now)
        .orderBy("validUntil", "desc")
        .limit(1)
        .executeTakeFirst();
      return row && parse(row);
    },
  };
}

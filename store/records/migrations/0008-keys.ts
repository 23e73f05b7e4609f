import { type Kysely, sql } from "kysely";

/** Keys may be limited to regions and scopes, and be rotated: the secret before goes on for a while. */
export async function keys(db: Kysely<unknown>): Promise<void> {
  for (const column of ["regions", "scopes", "rotatedAt", "previousSha256", "previousUntil"])
    await sql.raw(`alter table "apiKeys" add column "${column}" text`).execute(db);
}

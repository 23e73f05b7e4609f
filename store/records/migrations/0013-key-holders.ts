import { type Kysely, sql } from "kysely";

/** Who was shown a key's secret: made it or renewed it. Keys of before, of the command line and of an identity provider have none. */
export async function keyHolders(db: Kysely<unknown>): Promise<void> {
  const table = `create table "keyHolders" ("keyId" text not null, "shownTo" text not null, "name" text not null,
    "at" text not null, primary key ("keyId", "shownTo"))`;
  await sql.raw(table).execute(db);
}

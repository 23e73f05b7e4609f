import { type Kysely, sql } from "kysely";

/** What was learned from the operator's own series, each time it was learned. */
export async function pools(db: Kysely<unknown>): Promise<void> {
  const statement = `create table "pools" ("analyte" text not null, "siteKind" text not null, "fromDay" text not null,
    "version" text not null, "series" integer not null, "content" text not null, "learnedAt" text not null,
    primary key ("analyte", "siteKind", "fromDay", "version"))`;
  await sql.raw(statement).execute(db);
}

import { type Kysely, sql } from "kysely";

/** What changed when: of the series by site, and of the results that flags hide by site. */
export async function seriesChanges(db: Kysely<unknown>): Promise<void> {
  const statements = [
    `create table "seriesChanges" ("measure" text not null, "siteId" text not null, "changeNumber" bigint not null,
      primary key ("measure", "siteId"))`,
    `create index "seriesChangesByNumber" on "seriesChanges" ("changeNumber")`,
    `create table "seriesChangeNumbers" ("last" bigint not null)`,
    `insert into "seriesChangeNumbers" values (0)`,
    `create table "hiddenResults" ("siteId" text primary key, "contentHash" text not null)`,
  ];
  for (const statement of statements) await sql.raw(statement).execute(db);
}

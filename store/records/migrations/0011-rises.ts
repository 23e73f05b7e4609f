import { type Kysely, sql } from "kysely";

/** What each site's computation tells the others: its rises, how many values were judged, and what its laboratories' methods moved. */
export async function rises(db: Kysely<unknown>): Promise<void> {
  const statements = [
    `create table "rises" ("anomalyId" text primary key, "siteId" text not null, "region" text not null, "analyte" text not null,
      "startDay" text not null, "endDay" text not null, "peakDay" text not null, "raisedOn" text not null, "upward" integer not null,
      "method" text, "chance" double precision not null, "circumstances" text not null, "weighed" text not null)`,
    `create index "risesBySite" on "rises" ("siteId")`,
    `create table "judgedMonths" ("siteId" text not null, "month" text not null, "judged" integer not null,
      primary key ("siteId", "month"))`,
    `create table "batchDays" ("siteId" text not null, "day" text not null, "method" text not null, "measured" integer not null,
      "movedUp" integer not null, "movedDown" integer not null, primary key ("siteId", "day", "method"))`,
    `create index "batchDaysByDay" on "batchDays" ("day", "method")`,
  ];
  for (const statement of statements) await sql.raw(statement).execute(db);
}

import { type Kysely, sql } from "kysely";

/** What analysts write and decide: annotations, anomalies put off or asked to become leads, and when each key last looked. */
export async function analysts(db: Kysely<unknown>): Promise<void> {
  const statements = [
    `create table "annotations" ("annotationId" text primary key, "siteId" text not null, "fromDay" text not null,
      "toDay" text not null, "content" text not null)`,
    `create index "annotationsBySite" on "annotations" ("siteId", "fromDay")`,
    `create table "snoozes" ("anomalyId" text primary key, "until" text not null, "content" text not null)`,
    `create table "leadRequests" ("anomalyId" text primary key, "siteId" text not null, "actor" text not null, "reason" text not null,
      "at" text not null)`,
    `create index "leadRequestsBySite" on "leadRequests" ("siteId")`,
    `create table "visits" ("keyId" text primary key, "at" text not null, "previousAt" text)`,
    `create index "resultsByArrival" on "results" ("receivedAt")`,
    `create index "anomaliesByChange" on "anomalies" ("updatedAt")`,
  ];
  for (const statement of statements) await sql.raw(statement).execute(db);
}

import { type Kysely, sql } from "kysely";
import type { Engine } from "../records.ts";

/** What a laboratory's desk keeps: how its tables are read, what each upload sent, its receipt, the rows that were refused. */
export async function laboratories(db: Kysely<unknown>, engine: Engine): Promise<void> {
  const bytes = engine === "postgresql" ? "bytea" : "blob";
  const statements = [
    `create table "columnMappings" ("labId" text not null, "fingerprint" text not null, "content" text not null,
      "actor" text not null, "updatedAt" text not null, primary key ("labId", "fingerprint"))`,
    `create table "receipts" ("uploadId" text primary key, "content" text not null, "hash" text not null, "claimedAt" text not null,
      "publishedAt" text)`,
    `create table "uploadResults" ("uploadId" text not null, "identity" text not null, "contentHash" text not null,
      "sampleId" text not null, "labId" text not null, "analyte" text not null, "method" text not null, "replicate" integer not null,
      "state" text not null, primary key ("uploadId", "identity"))`,
    `create index "uploadResultsByIdentity" on "uploadResults" ("identity")`,
    `create table "rejectedFiles" ("rejectedId" text primary key, "labId" text not null, "fileName" text not null,
      "mediaType" text not null, "bytes" ${bytes} not null, "keptUntil" text)`,
    `create index "rejectedFilesByEnd" on "rejectedFiles" ("keptUntil")`,
  ];
  for (const statement of statements) await sql.raw(statement).execute(db);
}

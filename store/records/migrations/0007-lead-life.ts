import { type Kysely, sql } from "kysely";
import type { Engine } from "../records.ts";

/** Versions, files, results, authorisations and sampling orders of leads. */
export async function leadLife(db: Kysely<unknown>, engine: Engine): Promise<void> {
  const bytes = engine === "postgresql" ? "bytea" : "blob";
  const statements = [
    `create table "leadVersions" ("leadId" text not null, "version" integer not null, "at" text not null, "actor" text not null,
      "content" text not null, "contentHash" text not null, primary key ("leadId", "version"))`,
    `create table "leadAttachments" ("leadId" text not null, "sha256" text not null, "content" text not null, "value" ${bytes} not null,
      "addedAt" text not null, primary key ("leadId", "sha256"))`,
    `create table "leadOutcomes" ("outcomeId" text primary key, "leadId" text not null, "caseId" text not null, "date" text not null,
      "content" text not null, "recordedAt" text not null)`,
    `create index "outcomesByLead" on "leadOutcomes" ("leadId", "recordedAt")`,
    `create index "outcomesByDate" on "leadOutcomes" ("date")`,
    `create table "authorisations" ("authorisationId" text primary key, "subject" text not null, "state" text not null,
      "validUntil" text not null, "content" text not null, "requestedAt" text not null)`,
    `create index "authorisationsBySubject" on "authorisations" ("subject")`,
    `create table "samplingOrders" ("orderId" text primary key, "leadId" text not null, "tokenSha256" text not null,
      "expiresAt" text not null, "content" text not null, "orderedAt" text not null)`,
    `create index "ordersByLead" on "samplingOrders" ("leadId", "orderedAt")`,
    `create index "leadsByState" on "leads" ("state", "updatedAt")`,
  ];
  for (const statement of statements) await sql.raw(statement).execute(db);
}

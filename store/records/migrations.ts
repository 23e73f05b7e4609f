import { type Kysely, sql } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import { laboratories } from "./migrations/0004-laboratories.ts";
import { methods } from "./migrations/0005-methods.ts";
import { leadLife } from "./migrations/0007-lead-life.ts";
import { keys } from "./migrations/0008-keys.ts";
import { alerts } from "./migrations/0009-alerts.ts";
import { analysts } from "./migrations/0010-analysts.ts";
import { rises } from "./migrations/0011-rises.ts";
import { pools } from "./migrations/0012-pools.ts";
import { keyHolders } from "./migrations/0013-key-holders.ts";
import { seriesChanges } from "./migrations/0015-series-changes.ts";
import { escalationSteps } from "./migrations/0017-escalation-steps.ts";
import { silencedBy } from "./migrations/0018-silenced-by.ts";
import { computedBy } from "./migrations/0019-computed-by.ts";
import type { Engine } from "./records.ts";

/** Brings the schema up to date; safe to run from several processes at once (PostgreSQL: advisory lock). */
export async function migrate(db: Kysely<never>, engine: Engine, schema?: string): Promise<void> {
  const provider = { getMigrations: async () => migrations(engine) };
  // without a name Kysely takes the tables of any schema for its own, and a second schema of one database has none
  const migrator = new Migrator({ db, provider, ...(schema === undefined ? {} : { migrationTableSchema: schema }) });
  const { error } = await migrator.migrateToLatest();
  if (error) throw new Error("the records could not be brought to the current schema", { cause: error });
}

function migrations(engine: Engine): Record<string, Migration> {
  return {
    "0001": { up: (db) => foundation(db, engine) },
    "0002": { up: sessions },
    "0003": { up: messagesByTime },
    "0004": { up: (db) => laboratories(db, engine) },
    "0005": { up: methods },
    "0007": { up: (db) => leadLife(db, engine) },
    "0008": { up: keys },
    "0009": { up: alerts },
    "0010": { up: analysts },
    "0011": { up: rises },
    "0012": { up: pools },
    "0013": { up: keyHolders },
    "0017": { up: escalationSteps },
    "0018": { up: silencedBy },
    "0019": { up: computedBy },
    "0015": { up: seriesChanges },
  };
}

/** One statement a table, so that the schema reads as a page. */
async function foundation(db: Kysely<unknown>, engine: Engine): Promise<void> {
  const bytes = engine === "postgresql" ? "bytea" : "blob";
  const serial = engine === "postgresql" ? "bigint generated always as identity primary key" : "integer primary key";
  const statements = [
    `create table "sites" ("siteId" text primary key, "kind" text not null, "parentSiteId" text, "content" text not null,
      "updatedAt" text not null)`,
    `create index "sitesByParent" on "sites" ("parentSiteId")`,
    `create table "networks" ("networkId" text not null, "version" text not null, "content" text not null, "createdAt" text not null,
      primary key ("networkId", "version"))`,
    `create table "samples" ("sampleHash" text primary key, "labId" text not null, "sampleId" text not null, "siteId" text not null,
      "startMs" bigint not null, "content" text not null)`,
    `create index "samplesById" on "samples" ("labId", "sampleId")`,
    `create index "samplesBySite" on "samples" ("siteId", "startMs")`,
    `create table "results" ("identity" text not null, "contentHash" text not null, "revisedBy" text not null,
      "sampleHash" text not null, "siteId" text not null, "analyte" text not null, "orderKey" text not null, "content" text not null, "receivedAt" text not null,
      primary key ("identity", "contentHash", "revisedBy"))`,
    `create index "resultsBySeries" on "results" ("siteId", "analyte")`,
    `create table "uploads" ("uploadId" text primary key, "labId" text not null, "actor" text not null, "receivedAt" text not null,
      "content" text not null)`,
    `create index "uploadsByLab" on "uploads" ("labId", "receivedAt")`,
    `create table "deadLetters" ("deadLetterId" text primary key, "topic" text not null, "logPartition" integer not null,
      "logOffset" text not null, "item" text not null, "headers" text not null, "value" ${bytes} not null, "refusals" text not null,
      "code" text not null, "state" text not null, "arrivedAt" text not null)`,
    `create index "deadLettersByState" on "deadLetters" ("state", "arrivedAt")`,
    `create table "anomalies" ("anomalyId" text primary key, "siteId" text not null, "analyte" text not null, "startDay" text not null,
      "endDay" text not null, "score" double precision not null, "state" text not null, "content" text not null,
      "updatedAt" text not null)`,
    `create index "anomaliesBySeries" on "anomalies" ("siteId", "analyte")`,
    `create index "anomaliesByEnd" on "anomalies" ("endDay")`,
    `create table "leads" ("leadId" text primary key, "siteId" text not null, "analyte" text not null, "state" text not null,
      "version" integer not null, "content" text not null, "openedAt" text not null, "updatedAt" text not null)`,
    `create index "leadsBySeries" on "leads" ("siteId", "analyte")`,
    `create table "chainEntries" ("chain" text not null, "seq" integer not null, "at" text not null, "actor" text not null,
      "action" text not null, "subject" text not null, "content" text not null, "previousHash" text not null, "hash" text not null,
      primary key ("chain", "seq"))`,
    `create table "messages" ("messageId" text primary key, "event" text not null, "subject" text not null, "payload" text not null,
      "createdAt" text not null)`,
    `create table "deliveries" ("deliveryId" text primary key, "messageId" text not null, "endpointId" text not null,
      "state" text not null, "attempts" integer not null, "nextAttemptAt" text not null, "createdAt" text not null)`,
    `create index "deliveriesDue" on "deliveries" ("state", "nextAttemptAt")`,
    `create table "deliveryAttempts" ("attemptId" ${serial}, "deliveryId" text not null, "attempt" integer not null,
      "at" text not null, "status" integer, "error" text, "durationMs" double precision not null)`,
    `create index "attemptsByDelivery" on "deliveryAttempts" ("deliveryId")`,
    `create table "webhookEndpoints" ("endpointId" text primary key, "active" integer not null, "secret" text not null,
      "content" text not null, "createdAt" text not null)`,
    `create table "apiKeys" ("keyId" text primary key, "secretSha256" text not null, "name" text not null, "role" text not null,
      "organisation" text not null, "createdAt" text not null, "expiresAt" text, "revokedAt" text, "lastUsedAt" text)`,
  ];
  for (const statement of statements) await sql.raw(statement).execute(db);
}

async function sessions(db: Kysely<unknown>): Promise<void> {
  const table = `create table "sessions" ("tokenSha256" text primary key, "keyId" text not null, "expiresAt" text not null)`;
  await sql.raw(table).execute(db);
}

/** For those who follow the messages as they are told. */
async function messagesByTime(db: Kysely<unknown>): Promise<void> {
  await sql.raw(`create index "messagesByTime" on "messages" ("createdAt", "messageId")`).execute(db);
}

import { type Kysely, sql } from "kysely";

/** What endpoints are like that were made before these fields were. */
const BEFORE = {
  format: "standard",
  language: "en",
  filter: { regions: [], analytes: [], verdicts: [], certaintyMin: null },
  groupMinutes: 0,
  escalation: null,
  owner: "",
  contact: null,
};

/** Messages are routed by the alerts role; deliveries know what they are about, why they wait, and what was said. */
export async function alerts(db: Kysely<unknown>): Promise<void> {
  const statements = [
    `alter table "messages" add column "routedAt" text`,
    `update "messages" set "routedAt" = "createdAt"`,
    `create index "messagesUnrouted" on "messages" ("createdAt") where "routedAt" is null`,
    `create index "messagesBySubject" on "messages" ("subject", "createdAt")`,
    `alter table "deliveries" add column "subject" text not null default ''`,
    `update "deliveries" set "subject" = (select "subject" from "messages" where "messages"."messageId" = "deliveries"."messageId")`,
    `alter table "deliveries" add column "groupKey" text`,
    `alter table "deliveries" add column "groupedInto" text`,
    `alter table "deliveries" add column "note" text`,
    `create index "deliveriesBySubject" on "deliveries" ("endpointId", "subject", "createdAt")`,
    `alter table "deliveryAttempts" add column "request" text`,
    `alter table "deliveryAttempts" add column "answer" text`,
    `create index "attemptsByTime" on "deliveryAttempts" ("at")`,
    `alter table "webhookEndpoints" add column "previousSecret" text`,
    `alter table "webhookEndpoints" add column "previousUntil" text`,
    `create table "silences" ("silenceId" text primary key, "startsAt" text not null, "endsAt" text not null, "content" text not null)`,
    `create index "silencesByEnd" on "silences" ("endsAt")`,
    `create table "escalations" ("escalationId" text primary key, "endpointId" text not null, "messageId" text not null,
      "subject" text not null, "dueAt" text not null, "state" text not null)`,
    `create index "escalationsDue" on "escalations" ("state", "dueAt")`,
    `create table "acknowledgements" ("acknowledgementId" text primary key, "subject" text not null, "at" text not null,
      "actor" text not null)`,
    `create index "acknowledgementsBySubject" on "acknowledgements" ("subject", "at")`,
    `create table "signingKeys" ("purpose" text primary key, "secret" text not null)`,
  ];
  for (const statement of statements) await sql.raw(statement).execute(db);
  const { rows } = await sql<{ endpointId: string; content: string }>`select * from "webhookEndpoints"`.execute(db);
  for (const { endpointId, content } of rows) {
    const whole = JSON.stringify({ ...BEFORE, ...(JSON.parse(content) as object) });
    await sql`update "webhookEndpoints" set "content" = ${whole} where "endpointId" = ${endpointId}`.execute(db);
  }
}

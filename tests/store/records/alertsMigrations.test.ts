import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kysely, sql } from "kysely";
import { expect, it, onTestFinished } from "vitest";
import { webhookEndpoint } from "../../../schemas/webhook.ts";
import { openEmbeddedFile } from "../../../store/embedded.ts";
import { escalationSteps } from "../../../store/records/migrations/0017-escalation-steps.ts";
import { silencedBy } from "../../../store/records/migrations/0018-silenced-by.ts";
import { sqliteDialect } from "../../../store/records/sqliteDialect.ts";
import type { Db } from "../../../store/records/tables.ts";
import { webhookRecords } from "../../../store/records/webhooks.ts";
import { endpointOf } from "../../alerts/endpoints.ts";

/** The tables as they were before, with what a running house had in them. */
async function before(statements: readonly string[]): Promise<Kysely<unknown>> {
  const folder = mkdtempSync(join(tmpdir(), "sewertrace-migration-"));
  const file = openEmbeddedFile(join(folder, "old.sqlite"));
  const db = new Kysely<unknown>({ dialect: sqliteDialect(file) });
  onTestFinished(async () => {
    await db.destroy();
    await file.close();
    rmSync(folder, { recursive: true, force: true });
  });
  for (const statement of statements) await sql.raw(statement).execute(db);
  return db;
}

it("an endpoint that had one step of escalation has a list of one, and one without has none", async () => {
  const db = await before([
    `create table "webhookEndpoints" ("endpointId" text primary key, "content" text not null, "active" integer, "createdAt" text, "secret" text,
      "previousSecret" text, "previousUntil" text)`,
    `create table "escalations" ("escalationId" text primary key, "dueAt" text not null)`,
    `insert into "escalations" values ('e-1', '2026-05-06')`,
  ]);
  const old = { one: { afterMinutes: 30, endpointId: "chief" }, none: null };
  for (const [id, escalation] of Object.entries(old)) {
    const content = JSON.stringify({ ...endpointOf(id), escalation });
    await sql`insert into "webhookEndpoints" ("endpointId", "content") values (${id}, ${content})`.execute(db);
  }
  await escalationSteps(db);
  const { rows } = await sql<{ content: string }>`select "content" from "webhookEndpoints" order by "endpointId"`.execute(db);
  const read = rows.map(({ content }) => webhookEndpoint.parse(JSON.parse(content)).escalation);
  expect(read).toEqual([[], [{ afterMinutes: 30, endpointId: "chief" }]]);
  const webhooks = webhookRecords(db as unknown as Db);
  const one = (await webhooks.find("one", "2026-05-06"))?.endpoint;
  expect(one && (await webhooks.update({ ...one, description: "changed" }, one))).toBe(true);
  const waiting = await sql<{ step: number }>`select "step" from "escalations"`.execute(db);
  expect(waiting.rows).toEqual([{ step: 0 }]); // what was expected before still comes, as the first step
});

it("what was hidden before is found by the silence that its note names", async () => {
  const db = await before([
    `create table "silences" ("silenceId" text primary key)`,
    `create table "deliveries" ("deliveryId" text primary key, "note" text)`,
    `insert into "silences" values ('silence-aa'), ('silence-bb')`,
    `insert into "deliveries" values ('d-1', 'silence silence-aa of Wu: works'), ('d-2', 'rain silence-bb of Li: storm'),
      ('d-3', 'withdrawn before it was told'), ('d-4', null)`,
  ]);
  await silencedBy(db);
  const { rows } = await sql<{ silenceId: string | null }>`select "silenceId" from "deliveries" order by "deliveryId"`.execute(
    db,
  );
  expect(rows.map(({ silenceId }) => silenceId)).toEqual(["silence-aa", "silence-bb", null, null]);
});

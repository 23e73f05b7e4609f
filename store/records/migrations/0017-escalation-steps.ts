import { type Kysely, sql } from "kysely";
import { canonicalJson } from "../hash.ts";

/**
 * An escalation has several steps: endpoints keep a list of them, and what is expected knows which step it waits for. Endpoints are
 * written in the canonical form, by which a change finds what it was read as.
 */
export async function escalationSteps(db: Kysely<unknown>): Promise<void> {
  await sql.raw(`alter table "escalations" add column "step" integer not null default 0`).execute(db);
  const { rows } = await sql<{ endpointId: string; content: string }>`select * from "webhookEndpoints"`.execute(db);
  for (const { endpointId, content } of rows) {
    const endpoint = JSON.parse(content) as { escalation: object | null };
    const whole = canonicalJson({ ...endpoint, escalation: endpoint.escalation ? [endpoint.escalation] : [] });
    await sql`update "webhookEndpoints" set "content" = ${whole} where "endpointId" = ${endpointId}`.execute(db);
  }
}

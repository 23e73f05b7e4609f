import type { WebhookEndpoint } from "../../schemas/webhook.ts";
import { canonicalJson } from "./hash.ts";
import type { Db } from "./tables.ts";

export interface WebhookRecords {
  /** @param secret needed in clear to sign, so it is kept, but never listed or logged */
  save(endpoint: WebhookEndpoint, secret: string): Promise<void>;
  /** Changes everything but the secret; with `from` only where it still is that. Returns whether it did. */
  update(endpoint: WebhookEndpoint, from?: WebhookEndpoint): Promise<boolean>;
  /** The new secret signs from now on, the one before it too until the time is over. */
  rotate(endpointId: string, secret: string, previousUntil: string): Promise<void>;
  /** @returns the secrets that sign at the time, the newest first */
  find(endpointId: string, at: string): Promise<{ endpoint: WebhookEndpoint; secrets: string[] } | undefined>;
  list(): Promise<WebhookEndpoint[]>;
  remove(endpointId: string): Promise<boolean>;
}

export function webhookRecords(db: Db): WebhookRecords {
  return {
    async save(endpoint, secret) {
      await db
        .insertInto("webhookEndpoints")
        .values({ ...columnsOf(endpoint), secret })
        .execute();
    },
    async update(endpoint, from) {
      let query = db.updateTable("webhookEndpoints").set(columnsOf(endpoint)).where("endpointId", "=", endpoint.endpointId);
      if (from) query = query.where("content", "=", canonicalJson(from));
      return (await query.executeTakeFirst()).numUpdatedRows > 0n;
    },
    async rotate(endpointId, secret, previousUntil) {
      await db
        .updateTable("webhookEndpoints")
        .set((e) => ({ previousSecret: e.ref("secret"), previousUntil, secret }))
        .where("endpointId", "=", endpointId)
        .execute();
    },
    async find(endpointId, at) {
      const row = await db.selectFrom("webhookEndpoints").selectAll().where("endpointId", "=", endpointId).executeTakeFirst();
      if (!row) return undefined;
      const { secret, previousSecret, previousUntil } = row;
      const both = previousSecret !== null && previousUntil !== null && previousUntil > at;
      return { endpoint: JSON.parse(row.content) as WebhookEndpoint, secrets: both ? [secret, previousSecret] : [secret] };
    },
    async list() {
      const rows = await db.selectFrom("webhookEndpoints").select("content").orderBy("createdAt").execute();
      return rows.map((row) => JSON.parse(row.content) as WebhookEndpoint);
    },
    async remove(endpointId) {
      const { numDeletedRows } = await db.deleteFrom("webhookEndpoints").where("endpointId", "=", endpointId).executeTakeFirst();
      return numDeletedRows > 0n;
    },
  };
}

function columnsOf(endpoint: WebhookEndpoint) {
  return {
    endpointId: endpoint.endpointId,
    active: endpoint.active ? 1 : 0,
    content: canonicalJson(endpoint),
    createdAt: endpoint.createdAt,
  };
}

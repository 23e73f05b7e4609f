import type { ApiKey } from "../../schemas/key.ts";
import type { Db } from "./tables.ts";

export interface KeyRecords {
  /** @param secretSha256 hex; the secret itself is never kept */
  add(key: ApiKey, secretSha256: string): Promise<void>;
  find(keyId: string): Promise<{ key: ApiKey; secretSha256: string } | undefined>;
  list(): Promise<ApiKey[]>;
  /** Returns false when there is no such key. */
  revoke(keyId: string, at: string): Promise<boolean>;
  used(keyId: string, at: string): Promise<void>;
  /** A browser's session on behalf of a key; sessions that have ended are forgotten on the way. */
  openSession(session: { tokenSha256: string; keyId: string; expiresAt: string }, now: string): Promise<void>;
  /** The key of a session that has not ended. */
  sessionKey(tokenSha256: string, now: string): Promise<ApiKey | undefined>;
  endSession(tokenSha256: string): Promise<void>;
}

export function keyRecords(db: Db): KeyRecords {
  return {
    async add(key, secretSha256) {
      await db
        .insertInto("apiKeys")
        .values({ ...key, secretSha256 })
        .execute();
    },
    async find(keyId) {
      const row = await db.selectFrom("apiKeys").selectAll().where("keyId", "=", keyId).executeTakeFirst();
      if (!row) return undefined;
      const { secretSha256, ...key } = row;
      return { key: key as ApiKey, secretSha256 };
    },
    async list() {
      const rows = await db.selectFrom("apiKeys").selectAll().orderBy("createdAt").execute();
      return rows.map(({ secretSha256: _secret, ...key }) => key as ApiKey);
    },
    async revoke(keyId, revokedAt) {
      const { numUpdatedRows } = await db.updateTable("apiKeys").set({ revokedAt }).where("keyId", "=", keyId).executeTakeFirst();
      return numUpdatedRows > 0n;
    },
    async openSession(session, now) {
      await db.deleteFrom("sessions").where("expiresAt", "<=", now).execute();
      await db.insertInto("sessions").values(session).execute();
    },
    async sessionKey(tokenSha256, now) {
      const row = await db
        .selectFrom("sessions")
        .innerJoin("apiKeys", "apiKeys.keyId", "sessions.keyId")
        .selectAll("apiKeys")
        .where("tokenSha256", "=", tokenSha256)
        .where("sessions.expiresAt", ">", now)
        .executeTakeFirst();
      if (!row) return undefined;
      const { secretSha256: _secret, ...key } = row;
      return key as ApiKey;
    },
    async endSession(tokenSha256) {
      await db.deleteFrom("sessions").where("tokenSha256", "=", tokenSha256).execute();
    },
    async used(keyId, lastUsedAt) {
      await db.updateTable("apiKeys").set({ lastUsedAt }).where("keyId", "=", keyId).execute();
    },
  };
}

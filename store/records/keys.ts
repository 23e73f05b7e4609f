import type { Selectable } from "kysely";
import type { ApiKey } from "../../schemas/key.ts";
import type { Db, Tables } from "./tables.ts";

export interface KeyRecords {
  /** @param secretSha256 hex; the secret itself is never kept */
  add(key: ApiKey, secretSha256: string): Promise<void>;
  /** Its hash, and that of the secret before as long as it goes on. */
  find(
    keyId: string,
  ): Promise<{ key: ApiKey; secretSha256: string; previous: { sha256: string; until: string } | null } | undefined>;
  list(): Promise<ApiKey[]>;
  /** Returns false when there is no such key. */
  revoke(keyId: string, at: string): Promise<boolean>;
  used(keyId: string, at: string): Promise<void>;
  /** Gives the key another secret; the one it had goes on until then. Returns false when there is no such key. */
  rotate(keyId: string, change: { secretSha256: string; at: string; previousUntil: string }): Promise<boolean>;
  /** Changes what it is called, until when it is good and what it may, where that still is what was read. Returns whether it did. */
  change(key: KeyLimits & Pick<ApiKey, "keyId">, from: KeyLimits): Promise<boolean>;
  /** What the key of a person is called and may, as their identity provider says it now. */
  describe(key: Pick<ApiKey, "keyId" | "name" | "role" | "organisation" | "regions">): Promise<void>;
  /** Writes down that the secret of a key was shown to somebody who is not to be told from its holder: its maker, or who renewed it. */
  shown(keyId: string, to: Pick<ApiKey, "keyId" | "name">, at: string): Promise<void>;
  /** Who was shown the secret, and who was shown the secrets of those, and so on; the key itself is left out. */
  shownTo(keyId: string): Promise<Pick<ApiKey, "keyId" | "name">[]>;
  /** A browser's session on behalf of a key; sessions that have ended are forgotten on the way. */
  openSession(session: { tokenSha256: string; keyId: string; expiresAt: string }, now: string): Promise<void>;
  /** The key of a session that has not ended. */
  sessionKey(tokenSha256: string, now: string): Promise<ApiKey | undefined>;
  endSession(tokenSha256: string): Promise<void>;
}

/** What may be changed of a key. */
export type KeyLimits = Pick<ApiKey, "name" | "expiresAt" | "regions" | "scopes">;

export function keyRecords(db: Db): KeyRecords {
  return {
    async add(key, secretSha256) {
      await db
        .insertInto("apiKeys")
        .values({ ...key, ...listsOf(key), secretSha256, previousSha256: null, previousUntil: null })
        .execute();
    },
    async find(keyId) {
      const row = await db.selectFrom("apiKeys").selectAll().where("keyId", "=", keyId).executeTakeFirst();
      if (!row) return undefined;
      const { secretSha256, previousSha256, previousUntil } = row;
      const previous = previousSha256 && previousUntil ? { sha256: previousSha256, until: previousUntil } : null;
      return { key: toKey(row), secretSha256, previous };
    },
    async list() {
      const rows = await db.selectFrom("apiKeys").selectAll().orderBy("createdAt").execute();
      return rows.map(toKey);
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
      return row && toKey(row);
    },
    async endSession(tokenSha256) {
      await db.deleteFrom("sessions").where("tokenSha256", "=", tokenSha256).execute();
    },
    async rotate(keyId, { secretSha256, at, previousUntil }) {
      const { numUpdatedRows } = await db
        .updateTable("apiKeys")
        .set((e) => ({ previousSha256: e.ref("secretSha256"), previousUntil, secretSha256, rotatedAt: at }))
        .where("keyId", "=", keyId)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },
    async change({ keyId, name, expiresAt, ...lists }, from) {
      const { numUpdatedRows } = await db
        .updateTable("apiKeys")
        .set({ name, expiresAt, ...listsOf(lists) })
        .where("keyId", "=", keyId)
        .where("name", "=", from.name)
        .where("expiresAt", "is not distinct from", from.expiresAt)
        .where("regions", "is not distinct from", listsOf(from).regions)
        .where("scopes", "is not distinct from", listsOf(from).scopes)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },
    async shown(keyId, to, at) {
      const row = { keyId, shownTo: to.keyId, name: to.name, at };
      await db
        .insertInto("keyHolders")
        .values(row)
        .onConflict((conflict) => conflict.columns(["keyId", "shownTo"]).doNothing())
        .execute();
    },
    async shownTo(keyId) {
      const found = new Map<string, Pick<ApiKey, "keyId" | "name">>();
      for (let asked = [keyId]; asked.length > 0; ) {
        const rows = await db.selectFrom("keyHolders").select(["shownTo", "name"]).where("keyId", "in", asked).execute();
        const fresh = rows.filter(({ shownTo }) => shownTo !== keyId && !found.has(shownTo));
        for (const { shownTo, name } of fresh) found.set(shownTo, { keyId: shownTo, name });
        asked = fresh.map(({ shownTo }) => shownTo);
      }
      return [...found.values()].toSorted((a, b) => (a.keyId < b.keyId ? -1 : 1));
    },
    async describe({ keyId, name, role, organisation, regions }) {
      const change = { name, role, organisation, regions: regions && JSON.stringify(regions) };
      await db.updateTable("apiKeys").set(change).where("keyId", "=", keyId).execute();
    },
    async used(keyId, lastUsedAt) {
      await db.updateTable("apiKeys").set({ lastUsedAt }).where("keyId", "=", keyId).execute();
    },
  };
}

/** Lists are kept as JSON. */
function listsOf({ regions, scopes }: Pick<ApiKey, "regions" | "scopes">): { regions: string | null; scopes: string | null } {
  return { regions: regions && JSON.stringify(regions), scopes: scopes && JSON.stringify(scopes) };
}

function toKey(row: Selectable<Tables["apiKeys"]>): ApiKey {
  const { secretSha256: _secret, previousSha256: _previous, previousUntil: _until, role, regions, scopes, ...key } = row;
  const parsed = (list: string | null) => (list === null ? null : (JSON.parse(list) as string[]));
  return { ...key, role: role as ApiKey["role"], regions: parsed(regions), scopes: parsed(scopes) };
}

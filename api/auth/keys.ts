import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { ApiKey, Role } from "../../schemas/key.ts";
import type { Records } from "../../store/records/records.ts";

/** `st_<key id>_<secret>`: the prefix tells scanners of leaked secrets what they found, the id is no secret. */
const TOKEN = /^st_([a-z0-9]{12})_([A-Za-z0-9_-]{43})$/;
const ID_BYTES = 6;
const SECRET_BYTES = 32;
/** A use is written down at most this often: the hot path stays read-only. */
const USED_EVERY_MS = 60_000;

export interface NewKey {
  name: string;
  role: Role;
  organisation: string;
  expiresAt: string | null;
}

/** Makes a key and keeps the hash of its secret. The token is returned once and is nowhere on record. */
export async function addKey(
  { keys }: Pick<Records, "keys">,
  { name, role, organisation, expiresAt }: NewKey,
  at: string,
): Promise<{ key: ApiKey; token: string }> {
  const keyId = randomBytes(ID_BYTES).toString("hex");
  const secret = randomBytes(SECRET_BYTES).toString("base64url");
  const key: ApiKey = { keyId, name, role, organisation, createdAt: at, expiresAt, revokedAt: null, lastUsedAt: null };
  await keys.add(key, sha256(secret));
  return { key, token: `st_${keyId}_${secret}` };
}

/** The key of a token that is right, not expired and not revoked. */
export async function keyOf({ keys }: Pick<Records, "keys">, token: string, now: Date): Promise<ApiKey | undefined> {
  const [, keyId, secret] = TOKEN.exec(token) ?? [];
  if (!keyId || !secret) return undefined;
  const found = await keys.find(keyId);
  if (!found || !sameHash(found.secretSha256, sha256(secret)) || !isUsable(found.key, now)) return undefined;
  const { lastUsedAt } = found.key;
  if (!lastUsedAt || now.getTime() - Date.parse(lastUsedAt) > USED_EVERY_MS) await keys.used(keyId, now.toISOString());
  return found.key;
}

export function isUsable({ expiresAt, revokedAt }: ApiKey, now: Date): boolean {
  return revokedAt === null && (expiresAt === null || Date.parse(expiresAt) > now.getTime());
}

export function sha256(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

function sameHash(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

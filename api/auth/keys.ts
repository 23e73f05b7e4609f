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
  /** All where they are left out. */
  regions?: string[] | null;
  scopes?: string[] | null;
}

/** Makes a key and keeps the hash of its secret. The token is returned once and is nowhere on record. */
export async function addKey(
  { keys }: Pick<Records, "keys">,
  { regions = null, scopes = null, ...said }: NewKey,
  at: string,
): Promise<{ key: ApiKey; token: string }> {
  const keyId = randomBytes(ID_BYTES).toString("hex");
  const secret = newSecret();
  const key: ApiKey = { keyId, ...said, createdAt: at, revokedAt: null, lastUsedAt: null, rotatedAt: null, regions, scopes };
  await keys.add(key, sha256(secret));
  return { key, token: `st_${keyId}_${secret}` };
}

/** Another secret for a key; the one it has goes on for the hours that programs need to learn it. */
export async function rotateKey(
  { keys }: Pick<Records, "keys">,
  keyId: string,
  now: Date,
  overlapHours: number,
): Promise<{ key: ApiKey; token: string } | undefined> {
  const secret = newSecret();
  const previousUntil = new Date(now.getTime() + overlapHours * 3_600_000).toISOString();
  if (!(await keys.rotate(keyId, { secretSha256: sha256(secret), at: now.toISOString(), previousUntil }))) return undefined;
  const found = await keys.find(keyId);
  return found && { key: found.key, token: `st_${keyId}_${secret}` };
}

const newSecret = () => randomBytes(SECRET_BYTES).toString("base64url");

/** The key of a token that is right, not expired and not revoked. */
export async function keyOf({ keys }: Pick<Records, "keys">, token: string, now: Date): Promise<ApiKey | undefined> {
  const [, keyId, secret] = TOKEN.exec(token) ?? [];
  if (!keyId || !secret) return undefined;
  const found = await keys.find(keyId);
  if (!found || !isUsable(found.key, now) || !isSecretOf(found, sha256(secret), now)) return undefined;
  const { lastUsedAt } = found.key;
  if (!lastUsedAt || now.getTime() - Date.parse(lastUsedAt) > USED_EVERY_MS) await keys.used(keyId, now.toISOString());
  return found.key;
}

function isSecretOf(
  { secretSha256, previous }: { secretSha256: string; previous: { sha256: string; until: string } | null },
  hash: string,
  now: Date,
): boolean {
  if (sameHash(secretSha256, hash)) return true;
  return previous !== null && Date.parse(previous.until) > now.getTime() && sameHash(previous.sha256, hash);
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

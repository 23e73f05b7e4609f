import { createHash, randomBytes } from "node:crypto";
import { z } from "zod";
import { type ApiKey, apiKey } from "../../schemas/key.ts";
import type { Records } from "../../store/records/records.ts";
import { isUsable, sha256 } from "../auth/keys.ts";

/** What an identity provider has to say of a person, under the names of the settings. */
export const personClaims = z.object({
  name: apiKey.shape.name,
  role: apiKey.shape.role,
  organisation: apiKey.shape.organisation,
  regions: apiKey.shape.regions.default(null),
});

const ACTOR = "identity provider";
const KEY_ID_LENGTH = 12;

/**
 * The key of a person: made when they first sign in, brought up to date with what their provider says each time after. Its secret is
 * told to nobody. Who was revoked here stays out, whatever the provider says.
 * @param subject the provider and its id of the person
 */
export async function keyOfPerson(
  records: Records,
  subject: { issuer: string; id: string },
  claims: z.infer<typeof personClaims>,
  now: Date,
): Promise<ApiKey | undefined> {
  const keyId = createHash("sha256").update(`${subject.issuer} ${subject.id}`).digest("hex").slice(0, KEY_ID_LENGTH);
  const at = now.toISOString();
  return records.transaction(async (inside) => {
    const found = await inside.keys.find(keyId);
    if (found && !isUsable(found.key, now)) return undefined;
    const limits = { createdAt: at, expiresAt: null, revokedAt: null, lastUsedAt: null, rotatedAt: null, scopes: null };
    const key: ApiKey = { keyId, ...limits, ...found?.key, ...claims };
    if (!found) await inside.keys.add(key, sha256(randomBytes(KEY_ID_LENGTH).toString("hex")));
    else if (isSame(found.key, key)) return found.key;
    else await inside.keys.describe(key);
    const action = found ? "key.changed" : "key.added";
    await inside.chains.append("audit", { at, actor: ACTOR, action, subject: keyId, content: { ...claims, ...subject } });
    return key;
  });
}

function isSame(a: ApiKey, b: ApiKey): boolean {
  const told = ({ name, role, organisation, regions }: ApiKey) => JSON.stringify([name, role, organisation, regions]);
  return told(a) === told(b);
}

import { randomBytes } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Records } from "../../store/records/records.ts";
import { SESSION_COOKIE } from "../auth/access.ts";
import { sha256 } from "../auth/keys.ts";

const TOKEN_BYTES = 32;
const SESSION_MS = 12 * 3_600_000;

/** A browser holds a cookie that no script can read, on behalf of a key. */
export async function openSession(
  { keys }: Pick<Records, "keys">,
  request: FastifyRequest,
  reply: FastifyReply,
  keyId: string,
  now: Date,
): Promise<void> {
  const token = randomBytes(TOKEN_BYTES).toString("base64url");
  const expires = new Date(now.getTime() + SESSION_MS);
  await keys.openSession({ tokenSha256: sha256(token), keyId, expiresAt: expires.toISOString() }, now.toISOString());
  const secure = request.protocol === "https";
  reply.setCookie(SESSION_COOKIE, token, { path: "/", httpOnly: true, sameSite: "strict", secure, expires });
}

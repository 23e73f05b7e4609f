import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import type { ApiKey, Role } from "../../schemas/key.ts";
import type { KeyRecords } from "../../store/records/keys.ts";
import type { Records } from "../../store/records/records.ts";
import { forbidden, tooMany, unauthorised } from "../problems.ts";
import { rounds } from "../rounds.ts";
import { countGuesses } from "./guesses.ts";
import { isUsable, keyOf, sha256 } from "./keys.ts";
import { requireWithinLimits, SAFE_METHODS } from "./limits.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Who may call the route. A route that does not say is refused when the API is built. */
    access?: "public" | readonly Role[];
  }
  interface FastifyRequest {
    /** Whose request it is; set on every route that is not public. */
    key: ApiKey;
  }
}

export const EVERYBODY: readonly Role[] = ["lab", "analyst", "investigator", "admin"];
export const READERS: readonly Role[] = ["analyst", "investigator", "admin"];
export const INVESTIGATORS: readonly Role[] = ["investigator", "admin"];
/** Those who decide how numbers are computed and judged. */
export const ANALYSTS: readonly Role[] = ["analyst", "admin"];
export const ADMINS: readonly Role[] = ["admin"];

export const SESSION_COOKIE = "sewertrace_session";

/** Every request below `/api/` is known by its key or session before a route sees it, and its role is checked. */
export function guardRoutes(app: FastifyInstance, records: Records, now: () => Date): void {
  app.decorateRequest("key");
  const guesses = countGuesses();
  // many requests of one key come at once, and what is revoked before a request came is not let in
  const keys = { ...records.keys, find: rounds(records.keys.find) };
  app.addHook("onRoute", (route) => {
    if (route.url.startsWith("/api/") && !route.config?.access)
      throw new Error(`${route.method} ${route.url} does not say who may call it`);
    // what a route does not know is refused by name, also where it takes nothing
    if (route.url.startsWith("/api/") && route.schema) route.schema.querystring ??= z.strictObject({});
  });
  app.addHook("onRequest", async (request, reply) => {
    const { access } = request.routeOptions.config;
    if (!access || access === "public") return;
    const at = now();
    const shutOutS = guesses.shutOutS(request.ip, at.getTime());
    if (shutOutS > 0) {
      reply.header("retry-after", shutOutS);
      throw tooMany({
        en: `Too many wrong keys came from this address; try again in ${shutOutS} s.`,
        zh: `该地址提交的错误密钥过多，请在 ${shutOutS} 秒后重试。`,
      });
    }
    const key = await keyOfRequest(request, keys, at);
    if (!key) {
      if (request.headers.authorization) guesses.wrong(request.ip, at.getTime());
      throw unauthorised();
    }
    if (!access.includes(key.role)) throw forbidden(`a key of the role ${key.role}`, `one of the roles ${access.join(", ")}`);
    await requireWithinLimits(request, key, records);
    request.key = key;
  });
}

/** Who is counted together: a key by its id, a browser by its session, anybody else by address. No secret is kept for it. */
export function callerOf({ headers: { authorization = "" }, cookies, ip }: FastifyRequest): string {
  const keyId = /^Bearer st_([a-z0-9]{12})_/.exec(authorization)?.[1];
  const session = cookies[SESSION_COOKIE];
  return keyId ?? (session ? sha256(session) : ip);
}

async function keyOfRequest(request: FastifyRequest, keys: KeyRecords, now: Date): Promise<ApiKey | undefined> {
  const { authorization } = request.headers;
  if (authorization?.startsWith("Bearer ")) return keyOf({ keys }, authorization.slice("Bearer ".length), now);
  const session = request.cookies[SESSION_COOKIE];
  if (!session) return undefined;
  if (!SAFE_METHODS.has(request.method) && !isSameOrigin(request))
    throw forbidden("a request from another site", "one from the dashboard");
  const key = await keys.sessionKey(sha256(session), now.toISOString());
  return key && isUsable(key, now) ? key : undefined;
}

/** Browsers send the origin with every request that changes something; SameSite=Strict is the first wall, this the second. */
function isSameOrigin({ headers: { origin }, host }: FastifyRequest): boolean {
  try {
    return origin !== undefined && new URL(origin).host === host;
  } catch {
    return false;
  }
}

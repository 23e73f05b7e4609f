import { createHash } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { ApiProblem } from "./problems.ts";

/** Weak: the same content may be sent with another compression. */
export function etagOf(text: string): string {
  return `W/"${createHash("sha1").update(text).digest("base64url")}"`;
}

/**
 * Every answer to GET that is sent whole carries an `ETag`; who has it already is told so without being sent it again (304). What is
 * streamed has none: it is not known before it was sent.
 */
export function addEtags(app: FastifyInstance): void {
  app.addHook("onSend", async (request, reply, payload) => {
    if (reply.statusCode !== 200 || !(request.method === "GET" || request.method === "HEAD")) return payload;
    if (!request.url.startsWith("/api/") && request.url !== "/openapi.json") return payload;
    reply.header("cache-control", reply.getHeader("cache-control") ?? "private, no-cache");
    if (typeof payload !== "string") return payload; // streamed, or sent with an ETag of its own
    const etag = String(reply.getHeader("etag") ?? etagOf(payload));
    reply.header("etag", etag);
    if (!isNamed(request.headers["if-none-match"], etag)) return payload;
    reply.code(304).removeHeader("content-type").removeHeader("content-length");
    return null;
  });
}

/**
 * A change on the condition that nobody else made one since: `If-Match` with the ETag of what was read.
 * @param current what GET answers now; undefined where there is none
 * @throws ApiProblem 412 where it is another
 */
export function requireMatch(request: FastifyRequest, current: unknown): void {
  const wanted = request.headers["if-match"];
  if (wanted === undefined || (current !== undefined && isNamed(wanted, etagOf(JSON.stringify(current))))) return;
  throw changedSince();
}

const changedSince = () =>
  new ApiProblem(412, "Precondition failed", {
    en: "It was changed since you read it: read it again, then decide.",
    zh: "内容在您读取之后已被修改：请重新读取后再操作。",
  });

/** More than two people who save the same thing within the same millisecond are robots. */
const TRIES_MAX = 5;

/**
 * A change of what two may change at once: read, compare, and written only where it still is what was read; else once more.
 * @param attempt reads, asks `requireMatch`, and returns what it wrote, or undefined where somebody was faster
 */
export async function changeWithoutLoss<T>(attempt: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const done = await attempt();
    if (done !== undefined) return done;
  }
  throw changedSince();
}

export function isNamed(header: string | undefined, etag: string): boolean {
  const opaque = (tag: string) => tag.trim().replace(/^W\//, "");
  return header?.split(",").some((tag) => tag.trim() === "*" || opaque(tag) === opaque(etag)) ?? false;
}

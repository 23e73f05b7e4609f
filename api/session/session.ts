import type { FastifyRequest } from "fastify";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { apiKey } from "../../schemas/key.ts";
import { problem } from "../../schemas/problem.ts";
import { EVERYBODY, SESSION_COOKIE } from "../auth/access.ts";
import { keyOf, sha256 } from "../auth/keys.ts";
import type { ApiPorts } from "../ports.ts";
import { unauthorised } from "../problems.ts";
import { openSession } from "./open.ts";

/** Guessing a key is hopeless, but it should not be free. */
const SIGN_INS_PER_MINUTE = 10;

const who = apiKey.pick({ name: true, role: true, organisation: true });

/** A browser signs in with a key and then holds a cookie that no script can read. */
export const sessionRoutes: FastifyPluginAsyncZod<ApiPorts> = async (app, { records, now }) => {
  app.post(
    "/session",
    {
      // by address alone: a guesser who sends another header with each guess is still one guesser
      config: {
        access: "public",
        rateLimit: { max: SIGN_INS_PER_MINUTE, timeWindow: 60_000, keyGenerator: ({ ip }: FastifyRequest) => ip },
      },
      schema: {
        tags: ["session"],
        summary: "Sign in",
        body: z.strictObject({ key: z.string() }),
        response: { 200: who, 400: problem, 401: problem, 429: problem },
      },
    },
    async (request, reply) => {
      const key = await keyOf(records, request.body.key.trim(), now());
      if (!key) throw unauthorised();
      await openSession(records, request, reply, key.keyId, now());
      return { name: key.name, role: key.role, organisation: key.organisation };
    },
  );
  app.get(
    "/session",
    { config: { access: EVERYBODY }, schema: { tags: ["session"], summary: "Who am I", response: { 200: who, 401: problem } } },
    async ({ key: { name, role, organisation } }) => ({ name, role, organisation }),
  );
  app.delete(
    "/session",
    {
      config: { access: EVERYBODY },
      schema: { tags: ["session"], summary: "Sign out", response: { 204: z.null(), 401: problem, 403: problem } },
    },
    async (request, reply) => {
      const token = request.cookies[SESSION_COOKIE];
      if (token) await records.keys.endSession(sha256(token));
      return reply.clearCookie(SESSION_COOKIE, { path: "/" }).code(204).send(null);
    },
  );
};

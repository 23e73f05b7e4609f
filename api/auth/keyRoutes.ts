import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { type ApiKey, apiKey, ROLES } from "../../schemas/key.ts";
import { problem } from "../../schemas/problem.ts";
import { changeWithoutLoss, etagOf, requireMatch } from "../etag.ts";
import { listOf } from "../paging.ts";
import type { ApiPorts } from "../ports.ts";
import { conflict, notFound } from "../problems.ts";
import { ADMINS } from "./access.ts";
import { addKey, rotateKey } from "./keys.ts";

const params = z.strictObject({ keyId: z.string() });
const { name, regions, scopes } = apiKey.shape;
const expiry = z.iso.datetime({ offset: true }).nullable();
const refusals = { 400: problem, 401: problem, 403: problem };
const shownOnce = apiKey.extend({ token: z.string() });
/** Programs take a day to learn a new secret; a week is a forgotten one. */
const OVERLAP_HOURS = 24;
export const OVERLAP_HOURS_MAX = 168;

/** What people decide about a key: of two who change it at once the later is told. Being used is no change. */
const decidedOf = ({ lastUsedAt: _used, ...decided }: ApiKey) => apiKey.omit({ lastUsedAt: true }).parse(decided);

/** Who may come in. A token is shown once, when it is made; only its hash is kept. */
export const keyRoutes: FastifyPluginAsyncZod<ApiPorts> = async (app, { records, now }) => {
  const audit = (actor: string, action: string, keyId: string, content: unknown) =>
    records.chains.append("audit", { at: now().toISOString(), actor, action, subject: keyId, content });
  app.get(
    "/keys",
    {
      config: { access: ADMINS },
      schema: {
        tags: ["operations"],
        summary: "Keys, without their secrets",
        response: { 200: listOf(apiKey), 401: problem, 403: problem },
      },
    },
    async () => ({ items: await records.keys.list(), next: null }),
  );
  app.post(
    "/keys",
    {
      config: { access: ADMINS },
      schema: {
        tags: ["operations"],
        summary: "Make a key; it is shown only now",
        body: z.strictObject({
          name,
          role: z.enum(ROLES),
          organisation: z.string().min(1).max(64),
          expiresAt: expiry.default(null),
          regions: regions.default(null),
          scopes: scopes.default(null),
        }),
        response: { 201: shownOnce, ...refusals },
      },
    },
    async ({ body, key }, reply) => {
      const at = now().toISOString();
      const made = await records.transaction(async (inside) => {
        const added = await addKey(inside, body, at);
        await inside.keys.shown(added.key.keyId, key, at);
        return added;
      });
      await audit(key.name, "key.added", made.key.keyId, body);
      return reply.code(201).send({ ...made.key, token: made.token });
    },
  );
  const find = async (keyId: string): Promise<ApiKey> => {
    const found = await records.keys.find(keyId);
    if (!found) throw notFound("key", keyId);
    return found.key;
  };
  app.get(
    "/keys/:keyId",
    {
      config: { access: ADMINS },
      schema: {
        tags: ["operations"],
        summary: "One key, without its secret; that it was used changes no ETag",
        params,
        response: { 200: apiKey, 401: problem, 403: problem, 404: problem },
      },
    },
    async ({ params: { keyId } }, reply) => {
      const found = await find(keyId);
      reply.header("etag", etagOf(JSON.stringify(decidedOf(found))));
      return found;
    },
  );
  app.patch(
    "/keys/:keyId",
    {
      config: { access: ADMINS },
      schema: {
        tags: ["operations"],
        summary: "Change a key's name, its end, or what it is limited to",
        params,
        body: z.strictObject({ name, expiresAt: expiry, regions, scopes }).partial(),
        response: { 200: apiKey, ...refusals, 404: problem, 409: problem, 412: problem },
      },
    },
    async (request) => {
      const { params, body, key } = request;
      const given = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
      const changed = await changeWithoutLoss(async () => {
        const before = await find(params.keyId);
        requireMatch(request, decidedOf(before));
        if (before.revokedAt !== null)
          throw conflict({ en: `Key ${before.keyId} is revoked.`, zh: `密钥 ${before.keyId} 已被吊销。` });
        const after: ApiKey = { ...before, ...given };
        return (await records.keys.change(after, before)) ? after : undefined;
      });
      await audit(key.name, "key.changed", params.keyId, given);
      return changed;
    },
  );
  app.post(
    "/keys/:keyId/rotate",
    {
      config: { access: ADMINS },
      schema: {
        tags: ["operations"],
        summary: "Give a key another secret; it is shown only now, the one before goes on for a while",
        params,
        body: z.strictObject({ overlapHours: z.number().min(0).max(OVERLAP_HOURS_MAX).default(OVERLAP_HOURS) }),
        response: { 200: shownOnce, ...refusals, 404: problem },
      },
    },
    async ({ params: { keyId }, body: { overlapHours }, key }) => {
      const rotated = await records.transaction(async (inside) => {
        const renewed = await rotateKey(inside, keyId, now(), overlapHours);
        if (renewed) await inside.keys.shown(keyId, key, now().toISOString());
        return renewed;
      });
      if (!rotated) throw notFound("key", keyId);
      await audit(key.name, "key.rotated", keyId, { overlapHours });
      return { ...rotated.key, token: rotated.token };
    },
  );
  app.delete(
    "/keys/:keyId",
    {
      config: { access: ADMINS },
      schema: {
        tags: ["operations"],
        summary: "Revoke a key",
        params,
        response: { 204: z.null(), ...refusals, 404: problem },
      },
    },
    async ({ params: { keyId }, key }, reply) => {
      if (!(await records.keys.revoke(keyId, now().toISOString()))) throw notFound("key", keyId);
      await audit(key.name, "key.revoked", keyId, {});
      return reply.code(204).send(null);
    },
  );
};

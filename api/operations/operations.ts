import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { chainEntry } from "../../schemas/chain.ts";
import { deadLetter } from "../../schemas/deadLetter.ts";
import { problem } from "../../schemas/problem.ts";
import { TOPICS, type Topic } from "../../store/log/log.ts";
import { ADMINS } from "../auth/access.ts";
import { fromCursor, listOf, page, paged } from "../paging.ts";
import type { ApiPorts } from "../ports.ts";
import { conflict, notFound } from "../problems.ts";
import { groupLags } from "./lags.ts";

const hidden = { 401: problem, 403: problem, 404: problem };
const refusals = { 400: problem, ...hidden };

/** What the administrator looks after: refused data, keys, the audit log, the state of the pipeline. */
export const operationRoutes: FastifyPluginAsyncZod<ApiPorts> = async (app, { records, log, now }) => {
  const audit = (actor: string, action: string, subject: string, content: unknown) =>
    records.chains.append("audit", { at: now().toISOString(), actor, action, subject, content });
  app.get(
    "/dead-letters",
    {
      config: { access: ADMINS },
      schema: {
        tags: ["operations"],
        summary: "What ingest refused, newest first",
        querystring: z.strictObject({ ...page, state: deadLetter.shape.state.optional(), code: z.string().optional() }),
        response: { 200: listOf(deadLetter), 400: problem, 401: problem, 403: problem },
      },
    },
    async ({ query: { limit, cursor, state, code } }) => {
      const after = fromCursor<{ arrivedAt: string; deadLetterId: string }>(cursor, ["arrivedAt", "deadLetterId"]);
      const filter = { ...(state ? { state } : {}), ...(code ? { code } : {}), ...(after ? { after } : {}) };
      return paged(await records.deadLetters.list({ ...filter, limit: limit + 1 }), limit, ({ arrivedAt, deadLetterId }) => ({
        arrivedAt,
        deadLetterId,
      }));
    },
  );
  app.get(
    "/dead-letters/:deadLetterId",
    {
      config: { access: ADMINS },
      schema: {
        tags: ["operations"],
        summary: "One refused item with the bytes it came in",
        params: z.strictObject({ deadLetterId: z.string() }),
        response: { 200: deadLetter, ...hidden },
      },
    },
    async ({ params: { deadLetterId } }) => {
      const found = await records.deadLetters.find(deadLetterId);
      if (!found) throw notFound("dead letter", deadLetterId);
      return found;
    },
  );
  app.post(
    "/dead-letters/:deadLetterId/retry",
    {
      config: { access: ADMINS },
      schema: {
        tags: ["operations"],
        summary: "Send it again, as it was or mended",
        params: z.strictObject({ deadLetterId: z.string() }),
        body: z.strictObject({ key: z.string().min(1), value: z.unknown().optional() }),
        response: { 202: deadLetter, ...refusals, 409: problem },
      },
    },
    async ({ params: { deadLetterId }, body, key }, reply) => {
      const found = await records.deadLetters.find(deadLetterId);
      if (!found) throw notFound("dead letter", deadLetterId);
      if (found.state !== "open") throw conflict(`Dead letter ${deadLetterId} is ${found.state} already.`);
      const mended = body.value !== undefined;
      const value = mended ? JSON.stringify(body.value) : Buffer.from(found.value, "base64");
      const headers = mended ? { schema: `${found.topic}/1` } : found.headers;
      await log.publish(found.topic as Topic, [{ key: body.key, value, headers }]);
      await records.deadLetters.setState(deadLetterId, "replayed");
      await audit(key.name, "deadLetter.retried", deadLetterId, { mended });
      return reply.code(202).send({ ...found, state: "replayed" as const });
    },
  );
  app.get(
    "/audit",
    {
      config: { access: ADMINS },
      schema: {
        tags: ["operations"],
        summary: "Who did and saw what, oldest first",
        querystring: z.strictObject(page),
        response: { 200: listOf(chainEntry), 400: problem, 401: problem, 403: problem },
      },
    },
    async ({ query: { limit, cursor } }) => {
      const after = fromCursor<{ seq: string }>(cursor, ["seq"]);
      const rows = await records.chains.list("audit", { after: Number(after?.seq ?? 0), limit: limit + 1 });
      return paged(rows, limit, ({ seq }) => ({ seq: String(seq) }));
    },
  );
  app.get(
    "/stats",
    {
      config: { access: ADMINS },
      schema: {
        tags: ["operations"],
        summary: "State of the pipeline",
        response: {
          200: z.strictObject({
            lags: z.array(z.strictObject({ topic: z.enum(TOPICS), group: z.string(), lag: z.int() })),
            deadLettersOpen: z.record(z.string(), z.int()),
            sites: z.int(),
            /** Deliveries that wait or are held, messages nobody has judged, and since when the oldest that is due is due. */
            alerts: z.strictObject({
              waiting: z.int(),
              held: z.int(),
              unrouted: z.int(),
              oldestDueAt: z.iso.datetime().nullable(),
            }),
          }),
          401: problem,
          403: problem,
          503: problem,
        },
      },
    },
    async () => ({
      lags: await groupLags(log),
      deadLettersOpen: await records.deadLetters.countOpen(),
      sites: (await records.sites.list()).length,
      alerts: await records.deliveries.backlog(now().toISOString()),
    }),
  );
};

import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { publishAll, readingsMessage } from "../../ingest/publish.ts";
import { problem } from "../../schemas/problem.ts";
import { READINGS_PER_RECORD_MAX, reading } from "../../schemas/reading.ts";
import { upload } from "../../schemas/upload.ts";
import { ADMINS } from "../auth/access.ts";
import { fromCursor, listOf, page, paged } from "../paging.ts";
import type { ApiPorts } from "../ports.ts";
import { uploadOf } from "./receipts.ts";

const READINGS_BYTES_MAX = 1024 * 1024;

/** What was sent, and the way in for readings, which are acknowledged when the log holds them durably. */
export const uploadRoutes: FastifyPluginAsyncZod<ApiPorts> = async (app, ports) => {
  const { records, log } = ports;
  app.get(
    "/uploads",
    {
      config: { access: ["lab", "admin"] },
      schema: {
        tags: ["uploads"],
        summary: "Receipts, newest first; a laboratory sees its own",
        querystring: z.strictObject(page),
        response: { 200: listOf(upload), 400: problem, 401: problem, 403: problem },
      },
    },
    async ({ query: { limit, cursor }, key }) => {
      const after = fromCursor<{ receivedAt: string; uploadId: string }>(cursor, ["receivedAt", "uploadId"]);
      const own = key.role === "lab" ? { labId: key.organisation } : {};
      const rows = await records.uploads.list({ ...own, ...(after ? { after } : {}), limit: limit + 1 });
      return paged(rows, limit, ({ receivedAt, uploadId }) => ({ receivedAt, uploadId }));
    },
  );
  app.get(
    "/uploads/:uploadId",
    {
      config: { access: ["lab", "admin"] },
      schema: {
        tags: ["uploads"],
        summary: "One receipt",
        params: z.strictObject({ uploadId: z.string() }),
        response: { 200: upload, 401: problem, 403: problem, 404: problem },
      },
    },
    ({ params: { uploadId }, key }) => uploadOf(records, key, uploadId),
  );
  app.post(
    "/readings",
    {
      config: { access: ADMINS },
      bodyLimit: READINGS_BYTES_MAX,
      schema: {
        tags: ["uploads"],
        summary: "Send readings of probes and samplers where no Kafka client can run",
        body: z.array(reading).min(1).max(READINGS_PER_RECORD_MAX),
        response: { 202: z.strictObject({ accepted: z.int() }), 400: problem, 401: problem, 403: problem, 503: problem },
      },
    },
    async ({ body }, reply) => {
      const bySite = Map.groupBy(body, ({ siteId }) => siteId);
      await publishAll(
        log,
        "sampler-readings",
        [...bySite].map(([siteId, readings]) => readingsMessage(siteId, readings)),
      );
      return reply.code(202).send({ accepted: body.length });
    },
  );
};

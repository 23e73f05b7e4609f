import { createHash } from "node:crypto";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { publishAll, readingsMessage } from "../../ingest/publish.ts";
import { problem } from "../../schemas/problem.ts";
import { READINGS_PER_RECORD_MAX, reading } from "../../schemas/reading.ts";
import { refusal } from "../../schemas/refusal.ts";
import { upload } from "../../schemas/upload.ts";
import { ADMINS } from "../auth/access.ts";
import { fromCursor, listOf, page, paged } from "../paging.ts";
import type { ApiPorts } from "../ports.ts";
import { notFound, unprocessable } from "../problems.ts";
import { checkReports } from "./check.ts";
import { commitUpload, uploadIdOf } from "./commit.ts";

/** Reports of one upload: a year of a plant's daily composites. */
const REPORTS_MAX = 1_000;
const UPLOAD_BYTES_MAX = 32 * 1024 * 1024;
const READINGS_BYTES_MAX = 1024 * 1024;

const checked = z.strictObject({
  verdict: z.enum(["accepted", "partlyAccepted", "rejected"]),
  counts: upload.shape.counts,
  refusals: z.array(refusal),
  /** Null after a check. */
  receipt: upload.nullable(),
});
const refusals = { 400: problem, 401: problem, 403: problem, 409: problem, 413: problem, 422: problem, 503: problem };

/** Laboratories send results, gateways send readings; both are acknowledged when the log holds them durably. */
export const uploadRoutes: FastifyPluginAsyncZod<ApiPorts> = async (app, ports) => {
  const { records, log } = ports;
  app.post(
    "/uploads",
    {
      config: { access: ["lab", "admin"] },
      bodyLimit: UPLOAD_BYTES_MAX,
      schema: {
        tags: ["uploads"],
        summary: "Check or send assay reports",
        description: "A commit with the Idempotency-Key of an earlier one answers with its receipt and changes nothing.",
        headers: z.looseObject({ "idempotency-key": z.string().min(1).max(200).optional() }),
        querystring: z.strictObject({ mode: z.enum(["check", "commit"]).default("commit") }),
        body: z.strictObject({ reports: z.array(z.unknown()).min(1).max(REPORTS_MAX), fileName: z.string().max(300).optional() }),
        response: { 200: checked, 201: checked, ...refusals },
      },
    },
    async (request, reply) => {
      const { key, body } = request;
      const {
        accepted,
        rejected,
        refusals: refused,
      } = await checkReports(records, body.reports, key.role === "lab" ? key.organisation : undefined);
      const results = accepted.reduce((sum, report) => sum + report.results.length, 0);
      const answer = {
        verdict:
          accepted.length === 0 ? ("rejected" as const) : rejected > 0 ? ("partlyAccepted" as const) : ("accepted" as const),
        counts: { samples: accepted.length, results, rejected, warnings: 0 },
        refusals: refused,
      };
      if (request.query.mode === "check") return reply.code(200).send({ ...answer, receipt: null });
      if (accepted.length === 0) throw unprocessable("None of the reports can be accepted.", refused);
      const { receipt, known } = await commitUpload(ports, key, {
        uploadId: uploadIdOf(key, request.headers["idempotency-key"], request.id),
        reports: accepted,
        sha256: createHash("sha256").update(JSON.stringify(body)).digest("hex"),
        fileName: body.fileName ?? null,
        counts: answer.counts,
      });
      return reply.code(known ? 200 : 201).send({ ...answer, receipt });
    },
  );
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
    async ({ params: { uploadId }, key }) => {
      const found = await records.uploads.find(uploadId);
      if (!found || (key.role === "lab" && found.labId !== key.organisation)) throw notFound("upload", uploadId);
      return found;
    },
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

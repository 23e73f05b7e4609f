import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { FIELD_NAMES, FIELDS } from "../../ingest/files/fields.ts";
import { columnMapping } from "../../ingest/files/mapping.ts";
import { writeTemplate } from "../../ingest/files/template.ts";
import { labId } from "../../schemas/identifiers.ts";
import type { ApiKey } from "../../schemas/key.ts";
import { problem } from "../../schemas/problem.ts";
import { requireMatch } from "../etag.ts";
import { languageOf } from "../language.ts";
import type { ApiPorts } from "../ports.ts";
import { badRequest, notFound } from "../problems.ts";

const WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const bytes = z.custom<Buffer>((value) => Buffer.isBuffer(value)).meta({ type: "string", format: "binary" });
const rememberedMapping = z.strictObject({
  labId: z.string(),
  /** Of the header: `fingerprint` in the answer of an upload. */
  fingerprint: z.string(),
  /** As it was given; one of an older version may not be understood any more. */
  mapping: z.unknown(),
  actor: z.string(),
  updatedAt: z.string(),
});
const field = z.strictObject({ field: z.string(), en: z.string(), zh: z.string() });
const refusals = { 400: problem, 401: problem, 403: problem };
const ofLab = { querystring: z.strictObject({ labId: labId.optional() }) };
const params = z.strictObject({ fingerprint: z.string().regex(/^[0-9a-f]{32}$/, "the fingerprint of a header") });

/** What lies on a laboratory's desk beside its uploads: the template, how its own tables are read, the rows that came back. */
export const deskRoutes: FastifyPluginAsyncZod<ApiPorts> = async (app, { records, now }) => {
  app.get(
    "/uploads/template.xlsx",
    {
      config: { access: ["lab", "admin"] },
      schema: {
        tags: ["uploads"],
        summary: "The template as a workbook: drop-downs, a row of units, an example; in English or Chinese",
        querystring: z.strictObject({ language: z.enum(["en", "zh"]).optional() }),
        response: { 200: { content: { [WORKBOOK]: { schema: bytes } } }, ...refusals },
      },
    },
    async (request, reply) => {
      const language = request.query.language ?? languageOf(request);
      reply.header("content-disposition", `attachment; filename="sewertrace-template-${language}.xlsx"`);
      return reply.type(WORKBOOK).send(writeTemplate(language));
    },
  );
  app.get(
    "/uploads/rejected-rows/:rejectedId",
    {
      config: { access: ["lab", "admin"] },
      schema: {
        tags: ["uploads"],
        summary:
          "The rows of an upload that were refused, in the format they came in, each with its reasons in the column __error",
        params: z.strictObject({ rejectedId: z.string() }),
        response: {
          200: { content: { "application/octet-stream": { schema: bytes } } },
          401: problem,
          403: problem,
          404: problem,
        },
      },
    },
    async ({ params: { rejectedId }, key }, reply) => {
      const file = await records.rejectedFiles.find(rejectedId);
      if (!file || (key.role === "lab" && file.labId !== key.organisation)) throw notFound("file of rejected rows", rejectedId);
      reply.header("content-disposition", `attachment; filename*=UTF-8''${encodeURIComponent(file.fileName)}`);
      return reply.type(file.mediaType).send(Buffer.from(file.bytes));
    },
  );
  app.get(
    "/uploads/mappings",
    {
      config: { access: ["lab", "admin"] },
      schema: {
        tags: ["uploads"],
        summary: "How the laboratory's own tables are read",
        ...ofLab,
        response: { 200: z.strictObject({ items: z.array(rememberedMapping) }), ...refusals },
      },
    },
    async ({ key, query }) => {
      return { items: await records.mappings.list(laboratoryOf(key, query.labId)) };
    },
  );
  app.get(
    "/uploads/fields",
    {
      config: { access: ["lab", "admin"] },
      schema: {
        tags: ["uploads"],
        summary: "What a column of a table may hold, by the names of the template",
        response: { 200: z.strictObject({ fields: z.array(field) }), 401: problem, 403: problem },
      },
    },
    async () => ({ fields: FIELD_NAMES.map((name) => ({ field: name, en: FIELDS[name].en[0], zh: FIELDS[name].zh[0] })) }),
  );
  app.get(
    "/uploads/mappings/:fingerprint",
    {
      config: { access: ["lab", "admin"] },
      schema: {
        tags: ["uploads"],
        summary: "How tables with a header are read",
        ...ofLab,
        params,
        response: { 200: rememberedMapping, 404: problem, ...refusals },
      },
    },
    async ({ key, query, params: { fingerprint } }) => {
      const found = await records.mappings.find(laboratoryOf(key, query.labId), fingerprint);
      if (!found) throw notFound("mapping", fingerprint);
      return found;
    },
  );
  app.put(
    "/uploads/mappings/:fingerprint",
    {
      config: { access: ["lab", "admin"] },
      schema: {
        tags: ["uploads"],
        summary: "Remember how tables with a header are read",
        ...ofLab,
        params,
        body: columnMapping,
        response: { 200: rememberedMapping, ...refusals, 412: problem },
      },
    },
    async (request) => {
      const { key, query, body: mapping } = request;
      const { fingerprint } = request.params;
      const whose = laboratoryOf(key, query.labId);
      const kept = { labId: whose, fingerprint, mapping, actor: key.name, updatedAt: now().toISOString() };
      await records.transaction(async (inside) => {
        requireMatch(request, rememberedMapping.safeParse(await inside.mappings.find(whose, fingerprint)).data);
        await inside.mappings.save(kept);
      });
      return kept;
    },
  );
  app.delete(
    "/uploads/mappings/:fingerprint",
    {
      config: { access: ["lab", "admin"] },
      schema: {
        tags: ["uploads"],
        summary: "Forget how tables with a header are read",
        ...ofLab,
        params,
        response: { 204: z.null(), 404: problem, ...refusals },
      },
    },
    async ({ key, query, params: { fingerprint } }, reply) => {
      const known = await records.mappings.remove(laboratoryOf(key, query.labId), fingerprint);
      if (!known) throw notFound("mapping", fingerprint);
      return reply.code(204).send(null);
    },
  );
};

function laboratoryOf(key: ApiKey, named: string | undefined): string {
  const own = key.role === "lab" ? key.organisation : named;
  if (own !== undefined && (named === undefined || named === own)) return own;
  throw badRequest({
    en: "labId names the laboratory; a laboratory's key has its own.",
    zh: "labId 指明实验室；实验室密钥只能使用本实验室。",
  });
}

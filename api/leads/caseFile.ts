import { createHash } from "node:crypto";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { ATTACHMENT_TYPES, assignLead, attach, noteOnLead, recordOutcome } from "../../alerts/caseFile.ts";
import { attachment, newOutcome, outcome } from "../../schemas/caseFile.ts";
import { chainEntry } from "../../schemas/chain.ts";
import { day, moment } from "../../schemas/identifiers.ts";
import { lead } from "../../schemas/lead.ts";
import { problem } from "../../schemas/problem.ts";
import { INVESTIGATORS } from "../auth/access.ts";
import { requireMatch } from "../etag.ts";
import { listOf } from "../paging.ts";
import type { ApiPorts } from "../ports.ts";
import { notFound } from "../problems.ts";
import { guarded } from "./refused.ts";
import { purposeHeader as headers, personOf, purposeQuery, viewing } from "./viewing.ts";

const params = z.strictObject({ leadId: z.string() });
const querystring = z.strictObject(purposeQuery);
const refusals = { 400: problem, 401: problem, 403: problem, 404: problem };
const changes = { ...refusals, 409: problem };
const config = { access: INVESTIGATORS };

/** What people add to a lead: who looks after it, notes, and what came of it for their cases. */
export const caseFileRoutes: FastifyPluginAsyncZod<ApiPorts> = async (app, { records, now }) => {
  const { view, viewChanged } = viewing({ records, now });
  app.put(
    "/leads/:leadId/assignee",
    {
      config,
      schema: {
        tags: ["leads"],
        summary: "Give a lead to somebody to look after, by name, or to nobody",
        params,
        body: z.strictObject({ assignee: z.string().trim().min(1).max(100).nullable() }),
        response: { 200: lead, ...changes, 412: problem },
      },
    },
    async (request) => {
      const { leadId } = request.params;
      requireMatch(request, lead.safeParse(await records.leads.find(leadId)).data);
      const doing = { leadId, by: personOf(request), at: now().toISOString() };
      const found = await told("lead", leadId, () => assignLead(records, doing, request.body.assignee));
      return viewChanged(request, found, "assignment");
    },
  );
  app.post(
    "/leads/:leadId/notes",
    {
      config,
      schema: {
        tags: ["leads"],
        summary: "Write a note into the lead's log",
        description: "`happenedAt`: when what it tells happened; now where nothing is said.",
        params,
        body: z.strictObject({ text: z.string().trim().min(1).max(5_000), happenedAt: z.union([day, moment]).optional() }),
        response: { 201: chainEntry, ...changes },
      },
    },
    async (request, reply) => {
      const { leadId } = request.params;
      const at = now().toISOString();
      const { text, happenedAt = at } = request.body;
      const doing = { leadId, by: personOf(request), at };
      return reply.code(201).send(await told("lead", leadId, () => noteOnLead(records, doing, text, happenedAt)));
    },
  );
  app.post(
    "/leads/:leadId/outcomes",
    {
      config,
      schema: {
        tags: ["leads"],
        summary: "What came of the lead for a case",
        description: "A later result of the same case takes the place of the earlier in the counts; both stay on record.",
        params,
        body: newOutcome,
        response: { 201: outcome, ...changes },
      },
    },
    async (request, reply) => {
      const { leadId } = request.params;
      const doing = { leadId, by: personOf(request), at: now().toISOString() };
      return reply.code(201).send(await told("lead", leadId, () => recordOutcome(records, doing, request.body)));
    },
  );
  app.get(
    "/leads/:leadId/outcomes",
    {
      config,
      schema: {
        tags: ["leads"],
        summary: "The results that were recorded, oldest first",
        headers,
        querystring,
        params,
        response: { 200: listOf(outcome), ...refusals },
      },
    },
    async (request) => {
      const { leadId } = await view(request, request.params.leadId, "outcomes");
      return { items: await records.caseFiles.outcomes(leadId), next: null };
    },
  );
};

const FILE_BYTES_MAX = 8 * 1024 * 1024;
const fileBytes = z
  .custom<Buffer>((body) => Buffer.isBuffer(body) && body.length > 0, "the bytes of the file")
  .meta({ type: "string", format: "binary" });

/** Files of a lead, as they are. */
export const attachmentRoutes: FastifyPluginAsyncZod<ApiPorts> = async (app, { records, now }) => {
  const { view } = viewing({ records, now });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser([...ATTACHMENT_TYPES], { parseAs: "buffer", bodyLimit: FILE_BYTES_MAX }, (_request, body, done) =>
    done(null, body),
  );
  app.post(
    "/leads/:leadId/attachments",
    {
      config,
      schema: {
        tags: ["leads"],
        summary: "Keep a file with the lead, up to 8 MiB",
        description: `The body is the file, its media type one of ${ATTACHMENT_TYPES.join(", ")}. It is kept under the SHA-256 of its bytes.`,
        consumes: [...ATTACHMENT_TYPES],
        params,
        querystring: z.strictObject({ name: z.string().trim().min(1).max(200) }),
        body: fileBytes,
        response: { 201: attachment, ...changes, 413: problem, 415: problem },
      },
    },
    async (request, reply) => {
      const { leadId } = request.params;
      const sha256 = createHash("sha256").update(request.body).digest("hex");
      const mediaType = (request.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
      const doing = { leadId, by: personOf(request), at: now().toISOString() };
      const file = { sha256, mediaType, name: request.query.name };
      return reply.code(201).send(await told("lead", leadId, () => attach(records, doing, file, request.body)));
    },
  );
  app.get(
    "/leads/:leadId/attachments",
    {
      config,
      schema: {
        tags: ["leads"],
        summary: "The files kept with the lead",
        headers,
        querystring,
        params,
        response: { 200: listOf(attachment), ...refusals },
      },
    },
    async (request) => {
      const { leadId } = await view(request, request.params.leadId, "attachments");
      return { items: await records.caseFiles.attachments(leadId), next: null };
    },
  );
  app.get(
    "/leads/:leadId/attachments/:sha256",
    {
      config,
      schema: {
        tags: ["leads"],
        summary: "One file, byte for byte",
        headers,
        querystring,
        params: params.extend({ sha256: z.string().regex(/^[0-9a-f]{64}$/, "a SHA-256 in hex") }),
        produces: ["application/octet-stream"],
        response: { 200: z.custom<Buffer>().meta({ type: "string", format: "binary" }), ...refusals },
      },
    },
    async (request, reply) => {
      const { leadId, sha256 } = request.params;
      await view(request, leadId, `attachment ${sha256}`);
      const found = await records.caseFiles.attachmentValue(leadId, sha256);
      if (!found) throw notFound(`file of lead ${leadId}`, sha256);
      const name = encodeURIComponent(found.attachment.name);
      reply.type("application/octet-stream").header("content-disposition", `attachment; filename*=UTF-8''${name}`);
      return reply.send(found.value);
    },
  );
};

/** What the work answers; where it found no lead, a 404. */
async function told<T>(what: string, id: string, work: () => Promise<T | undefined>): Promise<T> {
  const done = await guarded(work);
  if (done === undefined) throw notFound(what, id);
  return done;
}

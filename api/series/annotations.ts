import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { annotation, annotationDraft } from "../../schemas/annotation.ts";
import { day, siteId } from "../../schemas/identifiers.ts";
import { problem } from "../../schemas/problem.ts";
import { analyteId } from "../../schemas/substances.ts";
import { READERS } from "../auth/access.ts";
import type { ApiPorts } from "../ports.ts";
import { forbidden, notFound } from "../problems.ts";

/** What people know of some days of a site, drawn beside its values. */
export const annotationRoutes: FastifyPluginAsyncZod<ApiPorts> = async (app, { records, now }) => {
  app.get(
    "/annotations",
    {
      config: { access: READERS },
      schema: {
        tags: ["series"],
        summary: "Annotations of a site that touch the days, by first day",
        querystring: z.strictObject({ siteId, analyte: analyteId.optional(), from: day.optional(), to: day.optional() }),
        response: { 200: z.strictObject({ items: z.array(annotation) }), 400: problem, 401: problem, 403: problem },
      },
    },
    async ({ query: { siteId: ofSite, analyte, from, to } }) => ({
      items: await records.annotations.list({
        siteId: ofSite,
        ...(analyte ? { analyte } : {}),
        ...(from ? { from } : {}),
        ...(to ? { to } : {}),
      }),
    }),
  );
  app.post(
    "/annotations",
    {
      config: { access: READERS },
      schema: {
        tags: ["series"],
        summary: "Write down what is known of some days",
        body: annotationDraft,
        response: { 200: annotation, 400: problem, 401: problem, 403: problem, 404: problem },
      },
    },
    async ({ body, key }) => {
      if (!(await records.sites.find(body.siteId))) throw notFound("site", body.siteId);
      const createdAt = now().toISOString();
      const written = { ...body, annotationId: crypto.randomUUID(), author: key.name, createdAt };
      await records.transaction(async (inside) => {
        await inside.annotations.add(written);
        await inside.chains.append("audit", {
          at: createdAt,
          actor: key.name,
          action: "annotation.added",
          subject: written.annotationId,
          content: written,
        });
      });
      return written;
    },
  );
  app.delete(
    "/annotations/:annotationId",
    {
      config: { access: READERS },
      schema: {
        tags: ["series"],
        summary: "Remove an annotation: one's own, or any as administrator",
        params: z.strictObject({ annotationId: z.string() }),
        response: { 204: z.undefined(), 401: problem, 403: problem, 404: problem },
      },
    },
    async ({ params: { annotationId }, key }, reply) => {
      const found = await records.annotations.find(annotationId);
      if (!found) throw notFound("annotation", annotationId);
      if (found.author !== key.name && key.role !== "admin")
        throw forbidden(`an annotation by ${found.author}`, "its author or an administrator");
      const at = now().toISOString();
      await records.transaction(async (inside) => {
        await inside.annotations.remove(annotationId);
        const entry = { at, actor: key.name, action: "annotation.removed", subject: annotationId, content: found };
        await inside.chains.append("audit", entry); // what it said stays known
      });
      return reply.code(204).send();
    },
  );
};

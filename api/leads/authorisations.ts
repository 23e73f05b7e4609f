import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { decideAuthorisation, requestAuthorisation } from "../../alerts/authorisations.ts";
import { authorisation, newAuthorisation } from "../../schemas/authorisation.ts";
import { problem } from "../../schemas/problem.ts";
import { INVESTIGATORS } from "../auth/access.ts";
import { listOf } from "../paging.ts";
import type { ApiPorts } from "../ports.ts";
import { notFound } from "../problems.ts";
import { guarded } from "./refused.ts";
import { personOf } from "./viewing.ts";

const config = { access: INVESTIGATORS };
const refusals = { 400: problem, 401: problem, 403: problem };
/** Newest of all; those of one subject are a handful. */
const LIST_MAX = 500;

/** What is allowed below the smallest population: asked for by one person, approved by another, for a named legal basis. */
export const authorisationRoutes: FastifyPluginAsyncZod<ApiPorts> = async (app, { records, now }) => {
  app.post(
    "/authorisations",
    {
      config,
      schema: {
        tags: ["authorisations"],
        summary: "Ask for an authorisation; it counts for nothing until somebody else approves it",
        body: newAuthorisation,
        response: { 201: authorisation, ...refusals, 409: problem },
      },
    },
    async (request, reply) => {
      const made = guarded(() => requestAuthorisation(records, request.body, personOf(request), now().toISOString()));
      return reply.code(201).send(await made);
    },
  );
  app.get(
    "/authorisations",
    {
      config,
      schema: {
        tags: ["authorisations"],
        summary: "Authorisations, newest first; of one lead or site, or of all",
        querystring: z.strictObject({ leadId: z.string().optional(), siteId: z.string().optional() }),
        response: { 200: listOf(authorisation), ...refusals },
      },
    },
    async ({ query: { leadId, siteId } }) => {
      const subject = leadId
        ? ({ kind: "lead", id: leadId } as const)
        : siteId
          ? ({ kind: "site", id: siteId } as const)
          : undefined;
      return { items: await records.authorisations.list({ ...(subject ? { subject } : {}), limit: LIST_MAX }), next: null };
    },
  );
  app.post(
    "/authorisations/:authorisationId/decisions",
    {
      config,
      schema: {
        tags: ["authorisations"],
        summary: "Approve or refuse as the second person, or withdraw as one of the two",
        params: z.strictObject({ authorisationId: z.string() }),
        body: z.strictObject({
          decision: z.enum(["approved", "refused", "withdrawn"]),
          reason: z.string().trim().min(1).max(2_000),
        }),
        response: { 200: authorisation, ...refusals, 404: problem, 409: problem },
      },
    },
    async (request) => {
      const { authorisationId } = request.params;
      const decider = { ...personOf(request), keyCreatedAt: request.key.createdAt };
      const decision = { ...request.body, at: now().toISOString() };
      const decided = await guarded(() => decideAuthorisation(records, authorisationId, decision, decider));
      if (!decided) throw notFound("authorisation", authorisationId);
      return decided;
    },
  );
};

import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { TransitionRefused, transitionLead } from "../../alerts/leads.ts";
import { chainEntry } from "../../schemas/chain.ts";
import { LEAD_STATES, type Lead, lead } from "../../schemas/lead.ts";
import { problem } from "../../schemas/problem.ts";
import { INVESTIGATORS } from "../auth/access.ts";
import { fromCursor, listOf, page, paged } from "../paging.ts";
import type { ApiPorts } from "../ports.ts";
import { conflict, notFound } from "../problems.ts";
import { sewerFeatures } from "./geojson.ts";

const params = z.strictObject({ leadId: z.string() });
const hidden = { 401: problem, 403: problem, 404: problem };
const refusals = { 400: problem, ...hidden };
const geojson = z.object({ type: z.literal("FeatureCollection"), features: z.array(z.unknown()) });

/** Leads: for investigators only, and every view is written down before it is shown. */
export const leadRoutes: FastifyPluginAsyncZod<ApiPorts> = async (app, { records, now }) => {
  const viewed = (actor: string, leadId: string, what: string) =>
    records.chains.append("audit", { at: now().toISOString(), actor, action: "lead.viewed", subject: leadId, content: { what } });
  const find = async (leadId: string): Promise<Lead> => {
    const found = await records.leads.find(leadId);
    if (!found) throw notFound("lead", leadId);
    return found;
  };
  app.get(
    "/leads",
    {
      config: { access: INVESTIGATORS },
      schema: {
        tags: ["leads"],
        summary: "List leads, latest change first",
        querystring: z.strictObject({
          ...page,
          siteId: z.string().optional(),
          state: z.enum(LEAD_STATES).optional(),
          region: z.string().optional(),
        }),
        response: { 200: listOf(lead), 400: problem, 401: problem, 403: problem },
      },
    },
    async ({ query: { limit, cursor, siteId, state, region }, key }) => {
      const after = fromCursor<{ updatedAt: string; leadId: string }>(cursor, ["updatedAt", "leadId"]);
      const filter = {
        ...(siteId ? { siteId } : {}),
        ...(state ? { state } : {}),
        ...(region ? { region } : {}),
        ...(after ? { after } : {}),
      };
      const answer = paged(await records.leads.list({ ...filter, limit: limit + 1 }), limit, ({ updatedAt, leadId }) => ({
        updatedAt,
        leadId,
      }));
      if (answer.items.length > 0) await viewed(key.name, answer.items.map(({ leadId }) => leadId).join(" "), "list");
      return answer;
    },
  );
  app.get(
    "/leads/:leadId",
    {
      config: { access: INVESTIGATORS },
      schema: { tags: ["leads"], summary: "One lead", params, response: { 200: lead, ...hidden } },
    },
    async (request) => {
      const found = await find(request.params.leadId);
      await viewed(request.key.name, found.leadId, "lead");
      return found;
    },
  );
  app.get(
    "/leads/:leadId/network.geojson",
    {
      config: { access: INVESTIGATORS },
      schema: {
        tags: ["leads"],
        summary: "The sewer with the posterior of each node",
        params,
        response: { 200: geojson, ...hidden },
      },
    },
    async (request) => {
      const found = await find(request.params.leadId);
      const sewer = found.networkId && (await records.networks.find(found.networkId, found.networkVersion ?? undefined));
      if (!sewer) throw notFound("mapped sewer of lead", found.leadId);
      await viewed(request.key.name, found.leadId, "network");
      return sewerFeatures(sewer.network, found.posterior);
    },
  );
  app.get(
    "/leads/:leadId/log",
    {
      config: { access: INVESTIGATORS },
      schema: {
        tags: ["leads"],
        summary: "What happened to the lead, each entry chained to the one before",
        params,
        response: { 200: listOf(chainEntry), ...hidden },
      },
    },
    async (request) => {
      const { leadId } = await find(request.params.leadId);
      await viewed(request.key.name, leadId, "log");
      return { items: await records.chains.list(`lead:${leadId}`), next: null };
    },
  );
  app.post(
    "/leads/:leadId/transitions",
    {
      config: { access: INVESTIGATORS },
      schema: {
        tags: ["leads"],
        summary: "Move a lead to another state",
        params,
        body: z.strictObject({ to: z.enum(LEAD_STATES), reason: z.string().max(2_000).default("") }),
        response: { 200: lead, ...refusals, 409: problem },
      },
    },
    async ({ params: { leadId }, body: { to, reason }, key }) => {
      try {
        const actor = { name: key.name, role: key.role };
        const moved = await transitionLead(records, { leadId, to, reason, actor, at: now().toISOString() });
        if (!moved) throw notFound("lead", leadId);
        return moved;
      } catch (error) {
        if (error instanceof TransitionRefused) throw conflict(error.message);
        throw error;
      }
    },
  );
  app.post(
    "/leads/:leadId/notes",
    {
      config: { access: INVESTIGATORS },
      schema: {
        tags: ["leads"],
        summary: "Write a note into the lead's log",
        params,
        body: z.strictObject({ text: z.string().trim().min(1).max(5_000) }),
        response: { 201: chainEntry, ...refusals },
      },
    },
    async ({ params: { leadId }, body: { text }, key }, reply) => {
      await find(leadId);
      const note = { at: now().toISOString(), actor: key.name, action: "note", subject: leadId, content: { text } };
      return reply.code(201).send(await records.chains.append(`lead:${leadId}`, note));
    },
  );
};

import type { FastifyRequest } from "fastify";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { problem } from "../../schemas/problem.ts";
import { type Delivery, delivery } from "../../schemas/webhook.ts";
import { INVESTIGATORS } from "../auth/access.ts";
import { isPurposeStated, purposeHeader, purposeQuery, viewing } from "../leads/viewing.ts";
import { fromCursor, listOf, page, paged } from "../paging.ts";
import type { ApiPorts } from "../ports.ts";
import { notFound } from "../problems.ts";

const params = z.strictObject({ deliveryId: z.string() });
const hidden = { 401: problem, 403: problem, 404: problem };

/** What became of each message on its way to an endpoint. */
export const deliveryRoutes: FastifyPluginAsyncZod<ApiPorts> = async (app, { records, now }) => {
  const { viewAll } = viewing({ records, now });
  const find = async (deliveryId: string) => {
    const found = await records.deliveries.find(deliveryId);
    if (!found) throw notFound("delivery", deliveryId);
    return found;
  };
  const show = async (request: FastifyRequest, found: Delivery): Promise<Delivery> => {
    const lead = await records.leads.find(found.subject);
    if (!lead) return found;
    if (!isPurposeStated(request)) return withoutContents(found);
    await viewAll(request, [lead], "delivery");
    return found;
  };
  app.get(
    "/deliveries",
    {
      config: { access: INVESTIGATORS },
      schema: {
        tags: ["webhooks"],
        summary: "Deliveries with their attempts, newest first",
        querystring: z.strictObject({ ...page, endpointId: z.string().optional(), state: delivery.shape.state.optional() }),
        response: { 200: listOf(delivery), 400: problem, 401: problem, 403: problem },
      },
    },
    async ({ query: { limit, cursor, endpointId, state } }) => {
      const after = fromCursor<{ createdAt: string; deliveryId: string }>(cursor, ["createdAt", "deliveryId"]);
      const filter = {
        ...(endpointId ? { endpointId } : {}),
        ...(state ? { state } : {}),
        ...(after ? { after } : {}),
      };
      return paged(await records.deliveries.list({ ...filter, limit: limit + 1 }), limit, ({ createdAt, deliveryId }) => ({
        createdAt,
        deliveryId,
      }));
    },
  );
  app.get(
    "/deliveries/:deliveryId",
    {
      config: { access: INVESTIGATORS },
      schema: {
        tags: ["webhooks"],
        summary: "One delivery, with what was sent and answered",
        description: "What was sent of a lead is shown for a stated purpose, and left out without one.",
        params,
        headers: purposeHeader,
        querystring: z.strictObject(purposeQuery),
        response: { 200: delivery, 400: problem, ...hidden },
      },
    },
    async (request) => show(request, await find(request.params.deliveryId)),
  );
  app.post(
    "/deliveries/:deliveryId/replay",
    {
      config: { access: INVESTIGATORS },
      schema: {
        tags: ["webhooks"],
        summary: "Deliver once more, with the same message id",
        params,
        response: { 202: delivery, ...hidden },
      },
    },
    async (request, reply) => {
      const { params, key } = request;
      const { deliveryId } = params;
      await find(deliveryId);
      const at = now().toISOString();
      await records.deliveries.replay(deliveryId, at);
      await records.chains.append("audit", {
        at,
        actor: key.name,
        action: "delivery.replayed",
        subject: deliveryId,
        content: {},
      });
      return reply.code(202).send(await show(request, await find(deliveryId)));
    },
  );
};

function withoutContents({ attempts, ...delivery }: Delivery): Delivery {
  return { ...delivery, attempts: attempts.map((attempt) => ({ ...attempt, request: null, answer: null })) };
}

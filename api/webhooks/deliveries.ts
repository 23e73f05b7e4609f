import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { problem } from "../../schemas/problem.ts";
import { delivery } from "../../schemas/webhook.ts";
import { INVESTIGATORS } from "../auth/access.ts";
import { fromCursor, listOf, page, paged } from "../paging.ts";
import type { ApiPorts } from "../ports.ts";
import { notFound } from "../problems.ts";

const params = z.strictObject({ deliveryId: z.string() });
const hidden = { 401: problem, 403: problem, 404: problem };

/** What became of each message on its way to an endpoint. */
export const deliveryRoutes: FastifyPluginAsyncZod<ApiPorts> = async (app, { records, now }) => {
  const find = async (deliveryId: string) => {
    const found = await records.deliveries.find(deliveryId);
    if (!found) throw notFound("delivery", deliveryId);
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
        params,
        response: { 200: delivery, ...hidden },
      },
    },
    ({ params: { deliveryId } }) => find(deliveryId),
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
    async ({ params: { deliveryId }, key }, reply) => {
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
      return reply.code(202).send(await find(deliveryId));
    },
  );
};

import { randomBytes } from "node:crypto";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { problem } from "../../schemas/problem.ts";
import { delivery, type WebhookEndpoint, webhookEndpoint } from "../../schemas/webhook.ts";
import { derivedId } from "../../store/records/hash.ts";
import { INVESTIGATORS } from "../auth/access.ts";
import { fromCursor, listOf, page, paged } from "../paging.ts";
import type { ApiPorts } from "../ports.ts";
import { notFound } from "../problems.ts";

/** As Standard Webhooks asks: 24 to 64 random bytes. */
const SECRET_BYTES = 32;
const ID_BYTES = 6;

const params = z.strictObject({ endpointId: z.string() });
const hidden = { 401: problem, 403: problem, 404: problem };
const settable = webhookEndpoint.pick({ url: true, events: true, description: true });
const change = z.strictObject({
  url: webhookEndpoint.shape.url.optional(),
  events: webhookEndpoint.shape.events.optional(),
  description: webhookEndpoint.shape.description.optional(),
  active: z.boolean().optional(),
});

/** Where alerts go, and what became of each. */
export const webhookRoutes: FastifyPluginAsyncZod<ApiPorts> = async (app, { records, now }) => {
  const find = async (endpointId: string): Promise<WebhookEndpoint> => {
    const found = await records.webhooks.find(endpointId);
    if (!found) throw notFound("webhook", endpointId);
    return found.endpoint;
  };
  const audit = (actor: string, action: string, endpointId: string, content: unknown) =>
    records.chains.append("audit", { at: now().toISOString(), actor, action, subject: endpointId, content });
  app.get(
    "/webhooks",
    {
      config: { access: INVESTIGATORS },
      schema: {
        tags: ["webhooks"],
        summary: "List webhooks",
        response: { 200: listOf(webhookEndpoint), 401: problem, 403: problem },
      },
    },
    async () => ({ items: await records.webhooks.list(), next: null }),
  );
  app.post(
    "/webhooks",
    {
      config: { access: INVESTIGATORS },
      schema: {
        tags: ["webhooks"],
        summary: "Add a webhook; its secret is shown only now",
        body: settable.extend({ description: settable.shape.description.default("") }),
        response: { 201: webhookEndpoint.extend({ secret: z.string() }), 400: problem, 401: problem, 403: problem },
      },
    },
    async ({ body, key }, reply) => {
      const secret = `whsec_${randomBytes(SECRET_BYTES).toString("base64")}`;
      const endpointId = `wh-${randomBytes(ID_BYTES).toString("hex")}`;
      const endpoint: WebhookEndpoint = { endpointId, ...body, active: true, pausedReason: null, createdAt: now().toISOString() };
      await records.webhooks.save(endpoint, secret);
      await audit(key.name, "webhook.added", endpointId, body);
      return reply.code(201).send({ ...endpoint, secret });
    },
  );
  app.patch(
    "/webhooks/:endpointId",
    {
      config: { access: INVESTIGATORS },
      schema: {
        tags: ["webhooks"],
        summary: "Change a webhook",
        params,
        body: change,
        response: { 200: webhookEndpoint, 400: problem, ...hidden },
      },
    },
    async ({ params: { endpointId }, body, key }) => {
      const before = await find(endpointId);
      const { url = before.url, events = before.events, description = before.description, active = before.active } = body;
      const endpoint = { ...before, url, events, description, active, pausedReason: active ? null : before.pausedReason };
      await records.webhooks.update(endpoint);
      await audit(key.name, "webhook.changed", endpointId, body);
      return endpoint;
    },
  );
  app.delete(
    "/webhooks/:endpointId",
    {
      config: { access: INVESTIGATORS },
      schema: { tags: ["webhooks"], summary: "Remove a webhook", params, response: { 204: z.null(), ...hidden } },
    },
    async ({ params: { endpointId }, key }, reply) => {
      if (!(await records.webhooks.remove(endpointId))) throw notFound("webhook", endpointId);
      await audit(key.name, "webhook.removed", endpointId, {});
      return reply.code(204).send(null);
    },
  );
  app.post(
    "/webhooks/:endpointId/test",
    {
      config: { access: INVESTIGATORS },
      schema: {
        tags: ["webhooks"],
        summary: "Send a test message",
        params,
        response: { 202: z.strictObject({ deliveryId: z.string() }), ...hidden },
      },
    },
    async ({ params: { endpointId } }, reply) => {
      const endpoint = await find(endpointId);
      const messageId = derivedId("msg", "webhook.test", endpointId, randomBytes(ID_BYTES).toString("hex"));
      const at = now().toISOString();
      const payload = { type: "webhook.test", timestamp: at, data: { endpointId } };
      await records.outbox.enqueue({ messageId, event: "webhook.test", subject: endpointId, payload, createdAt: at }, endpoint);
      return reply.code(202).send({ deliveryId: derivedId("delivery", messageId, endpointId) });
    },
  );
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
      return paged(await records.outbox.deliveries({ ...filter, limit: limit + 1 }), limit, ({ createdAt, deliveryId }) => ({
        createdAt,
        deliveryId,
      }));
    },
  );
  app.post(
    "/deliveries/:deliveryId/replay",
    {
      config: { access: INVESTIGATORS },
      schema: {
        tags: ["webhooks"],
        summary: "Deliver once more, with the same message id",
        params: z.strictObject({ deliveryId: z.string() }),
        response: { 202: delivery, ...hidden },
      },
    },
    async ({ params: { deliveryId }, key }, reply) => {
      const found = await records.outbox.find(deliveryId);
      if (!found) throw notFound("delivery", deliveryId);
      await records.outbox.replay(deliveryId, now().toISOString());
      await audit(key.name, "delivery.replayed", deliveryId, {});
      return reply.code(202).send((await records.outbox.find(deliveryId)) ?? found);
    },
  );
};

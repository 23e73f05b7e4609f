import { randomBytes } from "node:crypto";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { problem } from "../../schemas/problem.ts";
import { addressProblem, shownAddress, WANTS_ALL, type WebhookEndpoint, webhookEndpoint } from "../../schemas/webhook.ts";
import { derivedId } from "../../store/records/hash.ts";
import { deliveryIdOf } from "../../store/records/outbox.ts";
import { INVESTIGATORS } from "../auth/access.ts";
import { changeWithoutLoss, requireMatch } from "../etag.ts";
import { fieldRefused } from "../fieldRefused.ts";
import { listOf } from "../paging.ts";
import type { ApiPorts } from "../ports.ts";
import { notFound } from "../problems.ts";

/** As Standard Webhooks asks: 24 to 64 random bytes. */
const SECRET_BYTES = 32;
const ID_BYTES = 6;
/** The receiver has this long to take the new secret before the old one signs no more. */
const ROTATION_MS = 24 * 3_600_000;
/** One message for a regional rise: those of one run of the detector come within this time. */
const GROUP_MINUTES = 2;

const params = z.strictObject({ endpointId: z.string() });
const hidden = { 401: problem, 403: problem, 404: problem };
const { url, description, events, format, language, filter, groupMinutes, escalation, contact, active } = webhookEndpoint.shape;
const addition = z.strictObject({
  url,
  events,
  description: description.default(""),
  format: format.default("standard"),
  language: language.optional(),
  filter: filter.partial().default({}),
  groupMinutes: groupMinutes.default(GROUP_MINUTES),
  escalation: escalation.default([]),
  contact: contact.default(null),
  /** Of a Feishu robot's signature check, as Feishu gives it. All other secrets are made here. */
  secret: z.string().max(200).optional(),
});
const change = z
  .strictObject({ url, events, description, language, filter, groupMinutes, escalation, contact, active })
  .partial();

/** Where alerts go. */
export const webhookRoutes: FastifyPluginAsyncZod<ApiPorts> = async (app, { records, now }) => {
  const find = async (endpointId: string): Promise<WebhookEndpoint> => {
    const found = await records.webhooks.find(endpointId, now().toISOString());
    if (!found) throw notFound("webhook", endpointId);
    return found.endpoint;
  };
  const audit = (actor: string, action: string, endpointId: string, content: unknown) =>
    records.chains.append("audit", { at: now().toISOString(), actor, action, subject: endpointId, content });
  /** What was asked for, as far as it may be shown. */
  const shown = <T extends { url?: string | undefined; secret?: string | undefined }>(
    { secret: _secret, ...asked }: T,
    endpoint: WebhookEndpoint,
  ) => (asked.url === undefined ? asked : { ...asked, url: shownAddress(endpoint) });
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
    async () => ({ items: (await records.webhooks.list()).map(forEyes), next: null }),
  );
  app.post(
    "/webhooks",
    {
      config: { access: INVESTIGATORS },
      schema: {
        tags: ["webhooks"],
        summary: "Add a webhook; its secret is shown only now",
        body: addition,
        response: { 201: webhookEndpoint.extend({ secret: z.string() }), 400: problem, 401: problem, 403: problem },
      },
    },
    async ({ body, key }, reply) => {
      const { secret: given, language, filter, ...asked } = body;
      const endpoint: WebhookEndpoint = {
        ...asked,
        endpointId: `wh-${randomBytes(ID_BYTES).toString("hex")}`,
        language: language ?? (CHINESE.includes(body.format) ? "zh" : "en"),
        filter: { ...WANTS_ALL, ...defined(filter) },
        owner: key.name,
        active: true,
        pausedReason: null,
        createdAt: now().toISOString(),
      };
      await mustBeRight(endpoint);
      if (given !== undefined && body.format !== "feishu")
        throw fieldRefused("secret", given, "no secret: it is made here and shown once");
      const secret = body.format === "feishu" ? (given ?? "") : newSecret();
      await records.webhooks.save(endpoint, secret);
      await audit(key.name, "webhook.added", endpoint.endpointId, shown(body, endpoint));
      return reply.code(201).send({ ...forEyes(endpoint), secret: body.format === "standard" ? secret : "" });
    },
  );
  app.get(
    "/webhooks/:endpointId",
    {
      config: { access: INVESTIGATORS },
      schema: { tags: ["webhooks"], summary: "One webhook", params, response: { 200: webhookEndpoint, ...hidden } },
    },
    async ({ params: { endpointId } }) => forEyes(await find(endpointId)),
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
        response: { 200: webhookEndpoint, 400: problem, ...hidden, 412: problem },
      },
    },
    async (request) => {
      const { params, body, key } = request;
      const endpoint = await changeWithoutLoss(async () => {
        const before = await find(params.endpointId);
        requireMatch(request, webhookEndpoint.parse(forEyes(before)));
        const changed = { ...before, ...defined(body) };
        const after = { ...changed, pausedReason: changed.active ? null : before.pausedReason };
        await mustBeRight(after);
        return (await records.webhooks.update(after, before)) ? after : undefined;
      });
      await audit(key.name, "webhook.changed", params.endpointId, shown(body, endpoint));
      return forEyes(endpoint);
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
    "/webhooks/:endpointId/secret",
    {
      config: { access: INVESTIGATORS },
      schema: {
        tags: ["webhooks"],
        summary: "Make a new secret, shown only now; the one before signs beside it for a day",
        params,
        response: { 200: z.strictObject({ secret: z.string(), previousUntil: z.iso.datetime() }), 400: problem, ...hidden },
      },
    },
    async ({ params: { endpointId }, key }) => {
      const { format } = await find(endpointId);
      if (format !== "standard") throw fieldRefused("format", format, "standard: other receivers' secrets are not ours to make");
      const secret = newSecret();
      const previousUntil = new Date(now().getTime() + ROTATION_MS).toISOString();
      await records.webhooks.rotate(endpointId, secret, previousUntil);
      await audit(key.name, "webhook.rotated", endpointId, { previousUntil });
      return { secret, previousUntil };
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
      return reply.code(202).send({ deliveryId: deliveryIdOf(messageId, endpointId) });
    },
  );
  app.post(
    "/webhooks/:endpointId/recover",
    {
      config: { access: INVESTIGATORS },
      schema: {
        tags: ["webhooks"],
        summary: "Deliver once more what failed since a time, with the same message ids",
        params,
        body: z.strictObject({ since: z.iso.datetime({ offset: true }) }),
        response: { 202: z.strictObject({ deliveries: z.int() }), 400: problem, ...hidden },
      },
    },
    async ({ params: { endpointId }, body, key }, reply) => {
      await find(endpointId);
      const since = new Date(body.since).toISOString();
      const deliveries = await records.deliveries.replayFailed(endpointId, since, now().toISOString());
      await audit(key.name, "webhook.recovered", endpointId, { since, deliveries });
      return reply.code(202).send({ deliveries });
    },
  );
  /** What the schema alone cannot see. */
  async function mustBeRight(endpoint: WebhookEndpoint): Promise<void> {
    const expected = addressProblem(endpoint.format, endpoint.url);
    if (expected) throw fieldRefused("url", shownAddress(endpoint), expected);
    const { escalation, endpointId } = endpoint;
    for (const [index, step] of escalation.entries()) {
      const known = step.endpointId !== endpointId && (await records.webhooks.find(step.endpointId, now().toISOString()));
      if (!known) throw fieldRefused(`escalation[${index}].endpointId`, step.endpointId, "another webhook of this list");
    }
  }
};

const CHINESE: readonly string[] = ["feishu", "wecom"];

const newSecret = () => `whsec_${randomBytes(SECRET_BYTES).toString("base64")}`;

const forEyes = (endpoint: WebhookEndpoint): WebhookEndpoint => ({ ...endpoint, url: shownAddress(endpoint) });

/** Without the fields that were left out. */
function defined<T extends object>(given: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as never;
}

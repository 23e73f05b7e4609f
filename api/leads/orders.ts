import { createHash } from "node:crypto";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { attach } from "../../alerts/caseFile.ts";
import { cancelOrder, orderOfToken, orderSamples, POINTS_MAX, returnPoint } from "../../alerts/orders.ts";
import { leadCustody } from "../../analytics/worker/custody.ts";
import { bilingual } from "../../schemas/anomaly.ts";
import { day } from "../../schemas/identifiers.ts";
import { type FieldOrder, fieldOrder, pointReturn, type SamplingOrder, samplingOrder } from "../../schemas/order.ts";
import { problem } from "../../schemas/problem.ts";
import { custodyEvent } from "../../schemas/sample.ts";
import { INVESTIGATORS } from "../auth/access.ts";
import { listOf } from "../paging.ts";
import type { ApiPorts } from "../ports.ts";
import { ApiProblem, notFound } from "../problems.ts";
import { orderSheet } from "./field/sheet.ts";
import { guarded } from "./refused.ts";
import { languageFor, REPORT_LANGUAGES } from "./report/words.ts";
import { purposeHeader as headers, personOf, purposeQuery, viewing } from "./viewing.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** The order whose token the request bears; set on the crew's routes. */
    order: SamplingOrder;
  }
}

const params = z.strictObject({ leadId: z.string() });
const orderParams = z.strictObject({ orderId: z.string() });
const querystring = z.strictObject(purposeQuery);
const refusals = { 400: problem, 401: problem, 403: problem, 404: problem };
const config = { access: INVESTIGATORS };
/** Lists that name places are looked at inside the house: no table to hand on comes beside them. */
const working = { ...config, tables: [] };
/** Glass, as drug residues stick to plastics; half a litre for a sample and its repeat. */
const CONTAINER_DEFAULT = "amber glass 500 mL";
/** Nothing from anywhere; the sheet is for printing. */
const SHEET_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

const custody = z.strictObject({
  sampleId: z.string(),
  siteId: z.string(),
  node: z.string(),
  orderId: z.string(),
  day,
  returned: pointReturn.nullable(),
  events: z.array(custodyEvent),
  state: z.enum(["ordered", "notTaken", "taken", "received", "broken"]),
  findings: z.array(bilingual),
});

/** Crews sent out for a lead's next points, and what they bring back. */
export const orderRoutes: FastifyPluginAsyncZod<ApiPorts> = async (app, { records, now }) => {
  const { view } = viewing({ records, now });
  app.post(
    "/leads/:leadId/orders",
    {
      config,
      schema: {
        tags: ["leads"],
        summary: "Send a crew out; the token is shown only now",
        description:
          "The next points of the lead where no `nodes` are named. The crew opens `page` on a phone; it works without a network, and shows neither the substance nor why.",
        params,
        body: z.strictObject({
          day,
          nodes: z.array(z.string().min(1).max(128)).min(1).max(POINTS_MAX).optional(),
          container: z.string().trim().min(1).max(100).default(CONTAINER_DEFAULT),
        }),
        response: {
          201: z.strictObject({ order: samplingOrder, token: z.string(), page: z.string() }),
          ...refusals,
          409: problem,
        },
      },
    },
    async (request, reply) => {
      const { leadId } = request.params;
      const { nodes, ...wanted } = request.body;
      const asked = { ...wanted, ...(nodes ? { nodes } : {}) };
      const made = await guarded(() => orderSamples(records, leadId, asked, personOf(request), now().toISOString()));
      if (!made) throw notFound("lead", leadId);
      // behind the #, so that neither a proxy nor a log sees the token
      return reply.code(201).send({ ...made, page: `/field/#${made.order.orderId}/${made.token}` });
    },
  );
  app.get(
    "/leads/:leadId/orders",
    {
      config: working,
      schema: {
        tags: ["leads"],
        summary: "The orders of a lead, oldest first, with what came back",
        headers,
        querystring,
        params,
        response: { 200: listOf(samplingOrder), ...refusals },
      },
    },
    async (request) => {
      const { leadId } = await view(request, request.params.leadId, "orders");
      return { items: await records.orders.ofLead(leadId), next: null };
    },
  );
  app.get(
    "/leads/:leadId/orders/:orderId.html",
    {
      config,
      schema: {
        tags: ["leads"],
        summary: "The order on paper, with room to write",
        headers,
        querystring: querystring.extend({ lang: z.enum(REPORT_LANGUAGES).optional() }),
        params: params.extend(orderParams.shape),
        produces: ["text/html"],
        response: { 200: z.string(), ...refusals },
      },
    },
    async (request, reply) => {
      const { leadId, orderId } = request.params;
      await view(request, leadId, `order ${orderId}`);
      const order = (await records.orders.find(orderId))?.order;
      if (order?.leadId !== leadId) throw notFound(`order of lead ${leadId}`, orderId);
      reply.header("content-security-policy", SHEET_POLICY).header("cache-control", "no-store").header("vary", "accept-language");
      const page = orderSheet(order, languageFor(request.query.lang, request.headers["accept-language"]));
      return reply.type("text/html; charset=utf-8").send(page);
    },
  );
  app.post(
    "/leads/:leadId/orders/:orderId/cancel",
    {
      config,
      schema: {
        tags: ["leads"],
        summary: "Take an order back; its token opens nothing any more",
        params: params.extend(orderParams.shape),
        querystring: z.strictObject({}),
        response: { 200: samplingOrder, 400: problem, 401: problem, 403: problem, 404: problem },
      },
    },
    async (request) => {
      const { leadId, orderId } = request.params;
      if ((await records.orders.find(orderId))?.order.leadId !== leadId) throw notFound(`order of lead ${leadId}`, orderId);
      const cancelled = await cancelOrder(records, orderId, personOf(request), now().toISOString());
      return cancelled as SamplingOrder; // it was there, and an order is removed only with its lead
    },
  );
  app.get(
    "/leads/:leadId/custody",
    {
      config: working,
      schema: {
        tags: ["leads"],
        summary: "Each ordered bottle from the manhole to the laboratory, and what does not fit",
        headers,
        querystring,
        params,
        response: { 200: listOf(custody), ...refusals },
      },
    },
    async (request) => {
      const { leadId } = await view(request, request.params.leadId, "custody");
      return { items: await leadCustody(records, leadId), next: null };
    },
  );
};

const PHOTO_BYTES_MAX = 8 * 1024 * 1024;
const PHOTO_TYPES = ["image/jpeg", "image/png", "image/webp"];
const photoBytes = z
  .custom<Buffer>((body) => Buffer.isBuffer(body) && body.length > 0, "the bytes of the photo")
  .meta({ type: "string", format: "binary" });
const fieldRefusals = { 400: problem, 401: problem, 404: problem, 409: problem };

const ENDED = {
  en: "The order's token is wrong, or the order has ended or was cancelled: ask for a new link.",
  zh: "采样单令牌有误，或采样单已过期、已取消：请索取新链接。",
};

/** What a crew's phone asks and sends. It has no key: the order's own token opens this order, for its time, and nothing else. */
export const fieldRoutes: FastifyPluginAsyncZod<ApiPorts> = async (app, { records, now }) => {
  app.addContentTypeParser(PHOTO_TYPES, { parseAs: "buffer", bodyLimit: PHOTO_BYTES_MAX }, (_request, body, done) =>
    done(null, body),
  );
  app.decorateRequest("order");
  // after the limit of requests, which is a route's onRequest, and before the body is read
  app.addHook("preParsing", async (request, _reply, payload) => {
    const { orderId } = request.params as { orderId: string };
    const token = /^Order ([A-Za-z0-9_-]{43})$/.exec(request.headers.authorization ?? "")?.[1];
    const order = token && (await orderOfToken(records, orderId, token, now().toISOString()));
    if (!order) throw new ApiProblem(401, "Not signed in", ENDED);
    request.order = order;
    return payload;
  });
  app.get(
    "/field/orders/:orderId",
    {
      config: { access: "public" },
      schema: {
        tags: ["field"],
        summary: "An order as its crew sees it, by `Authorization: Order <token>`",
        params: orderParams,
        querystring: z.strictObject({}),
        response: { 200: fieldOrder, 400: problem, 401: problem },
      },
    },
    async (request) => {
      const { order } = request;
      const { leadId, orderId, orderedBy } = order;
      const content = { orderId, orderedBy };
      await records.chains.append("audit", {
        at: now().toISOString(),
        actor: `crew of ${orderId}`,
        action: "order.viewed",
        subject: leadId,
        content,
      });
      return toField(order);
    },
  );
  app.post(
    "/field/orders/:orderId/points/:sampleId",
    {
      config: { access: "public" },
      schema: {
        tags: ["field"],
        summary: "What was brought back from a point, or why nothing was",
        params: orderParams.extend({ sampleId: z.string() }),
        querystring: z.strictObject({}),
        body: pointReturn,
        response: { 200: fieldOrder, ...fieldRefusals },
      },
    },
    async (request) => {
      const { orderId, sampleId } = request.params;
      const answered = await guarded(() => returnPoint(records, orderId, sampleId, request.body, now().toISOString()));
      if (!answered) throw notFound(`bottle of order ${orderId}`, sampleId);
      return toField(answered);
    },
  );
  app.post(
    "/field/orders/:orderId/photos",
    {
      config: { access: "public" },
      schema: {
        tags: ["field"],
        summary: "A photo of the place or the seal, kept with the lead under its hash",
        consumes: PHOTO_TYPES,
        params: orderParams,
        querystring: z.strictObject({}),
        body: photoBytes,
        response: {
          201: z.strictObject({ sha256: z.string() }),
          400: problem,
          401: problem,
          409: problem,
          413: problem,
          415: problem,
        },
      },
    },
    async (request, reply) => {
      const { leadId, orderId } = request.order;
      const sha256 = createHash("sha256").update(request.body).digest("hex");
      const mediaType = (request.headers["content-type"] ?? "").split(";")[0]?.trim() ?? "";
      const by = { keyId: orderId, name: `crew of ${orderId}`, organisation: "" };
      const file = { sha256, mediaType, name: `${orderId}-${sha256.slice(0, 8)}.${mediaType.slice("image/".length)}` };
      await guarded(() => attach(records, { leadId, by, at: now().toISOString() }, file, request.body));
      return reply.code(201).send({ sha256 });
    },
  );
};

function toField({ orderId, timeZone, day: ofDay, state, points, orderedAt, expiresAt }: SamplingOrder): FieldOrder {
  const shown = points.map(({ because: _because, ...point }) => point);
  return { orderId, timeZone, day: ofDay, state, points: shown, orderedAt, expiresAt };
}

import type { FastifyRequest } from "fastify";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { sharesOfChance, withShare } from "../../analytics/worker/falseDiscovery.ts";
import { ANOMALY_STATES, type Anomaly, anomaly } from "../../schemas/anomaly.ts";
import { problem } from "../../schemas/problem.ts";
import { INVESTIGATORS, READERS } from "../auth/access.ts";
import { requireMatch } from "../etag.ts";
import { fromCursor, listOf, page, paged } from "../paging.ts";
import type { ApiPorts } from "../ports.ts";
import { conflict, notFound } from "../problems.ts";

const params = z.strictObject({ anomalyId: z.string() });
const decided = { 200: anomaly, 401: problem, 403: problem, 404: problem, 409: problem, 412: problem };

/** What did not fit, and what people made of it. */
export const anomalyRoutes: FastifyPluginAsyncZod<ApiPorts> = async (app, { records, now }) => {
  app.get(
    "/anomalies",
    {
      config: { access: READERS },
      schema: {
        tags: ["anomalies"],
        summary: "List anomalies, latest first",
        querystring: z.strictObject({
          ...page,
          siteId: z.string().optional(),
          analyte: z.string().optional(),
          state: z.enum(ANOMALY_STATES).optional(),
          since: z.iso.date().optional(),
        }),
        response: { 200: listOf(anomaly), 400: problem, 401: problem, 403: problem },
      },
    },
    async ({ query: { limit, cursor, ...filter } }) => {
      const after = fromCursor<{ endDay: string; anomalyId: string }>(cursor, ["endDay", "anomalyId"]);
      const rows = await records.anomalies.list({ ...defined(filter), ...(after ? { after } : {}), limit: limit + 1 });
      const shares = await sharesOfChance(records);
      const shown = rows.map((row) => withShare(row, shares));
      return paged(shown, limit, (last) => ({ endDay: last.end, anomalyId: last.anomalyId }));
    },
  );
  app.get(
    "/anomalies/:anomalyId",
    {
      config: { access: READERS },
      schema: {
        tags: ["anomalies"],
        summary: "One anomaly",
        params,
        response: { 200: anomaly, 401: problem, 403: problem, 404: problem },
      },
    },
    async ({ params: { anomalyId } }) =>
      withShare(found(await records.anomalies.find(anomalyId), anomalyId), await sharesOfChance(records)),
  );
  const decide = (request: FastifyRequest, anomalyId: string, state: Anomaly["state"], reason: string) =>
    records.transaction(async (inside) => {
      const before = found(await inside.anomalies.find(anomalyId), anomalyId);
      const shares = await sharesOfChance(inside);
      requireMatch(request, anomaly.parse(withShare(before, shares)));
      if (before.state === "retracted")
        throw conflict({
          en: `Anomaly ${anomalyId} was retracted: the values it rested on were corrected.`,
          zh: `异常 ${anomalyId} 已撤回：其所依据的数值已被更正。`,
        });
      const at = now().toISOString();
      await inside.anomalies.setState(anomalyId, state, at);
      await inside.chains.append("audit", {
        at,
        actor: request.key.name,
        action: `anomaly.${state}`,
        subject: anomalyId,
        content: { from: before.state, reason },
      });
      return withShare({ ...before, state }, shares);
    });
  app.post(
    "/anomalies/:anomalyId/acknowledge",
    {
      config: { access: READERS },
      schema: { tags: ["anomalies"], summary: "Take an anomaly in hand", params, response: decided },
    },
    (request) => decide(request, request.params.anomalyId, "acknowledged", ""),
  );
  app.post(
    "/anomalies/:anomalyId/dismiss",
    {
      config: { access: INVESTIGATORS },
      schema: {
        tags: ["anomalies"],
        summary: "Dismiss an anomaly",
        params,
        body: z.strictObject({ reason: z.string().trim().min(1).max(1_000) }),
        response: { ...decided, 400: problem },
      },
    },
    (request) => decide(request, request.params.anomalyId, "dismissed", request.body.reason),
  );
};

function found(known: Anomaly | undefined, anomalyId: string): Anomaly {
  if (!known) throw notFound("anomaly", anomalyId);
  return known;
}

/** Without the fields that were not given. */
function defined<T extends object>(filter: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { anomaly } from "../../schemas/anomaly.ts";
import { moment } from "../../schemas/identifiers.ts";
import { problem } from "../../schemas/problem.ts";
import { READERS } from "../auth/access.ts";
import type { ApiPorts } from "../ports.ts";

/** More than this is read in the queue itself. */
const ANOMALIES_MAX = 100;

/** When the caller last looked, and what happened since. */
export const changeRoutes: FastifyPluginAsyncZod<ApiPorts> = async (app, { records, now }) => {
  app.post(
    "/visits",
    {
      config: { access: READERS },
      schema: {
        tags: ["series"],
        summary: "Note a look, and learn when the visit before this one ended",
        description: "Looks less than half an hour apart are one visit.",
        response: { 200: z.strictObject({ previous: moment.nullable() }), 401: problem, 403: problem },
      },
    },
    async ({ key }) => ({ previous: await records.visits.look(key.keyId, now().toISOString()) }),
  );
  app.get(
    "/changes",
    {
      config: { access: READERS },
      schema: {
        tags: ["series"],
        summary: "Results that arrived and anomalies that changed since a time",
        querystring: z.strictObject({ since: moment }),
        response: {
          200: z.strictObject({
            since: moment,
            results: z.array(z.strictObject({ siteId: z.string(), results: z.int(), corrections: z.int() })),
            anomalies: z.array(anomaly),
          }),
          400: problem,
          401: problem,
          403: problem,
        },
      },
    },
    async ({ query }) => {
      const since = new Date(query.since).toISOString(); // text order is time order only in UTC
      return {
        since,
        results: await records.visits.resultsSince(since),
        anomalies: await records.visits.anomaliesSince(since, ANOMALIES_MAX),
      };
    },
  );
};

import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { isTraceable, mayLead } from "../../analytics/worker/leads.ts";
import { moment } from "../../schemas/identifiers.ts";
import { problem } from "../../schemas/problem.ts";
import { INVESTIGATORS } from "../auth/access.ts";
import type { ApiPorts } from "../ports.ts";
import { conflict, notFound } from "../problems.ts";

/** Opens a lead on somebody's word, where the evidence alone did not. */
export const leadRequestRoutes: FastifyPluginAsyncZod<ApiPorts> = async (app, { records, log, settings, now }) => {
  app.post(
    "/anomalies/:anomalyId/lead",
    {
      config: { access: INVESTIGATORS },
      schema: {
        tags: ["anomalies"],
        summary: "Ask for a lead from an anomaly",
        description:
          "The analytics compute the plant again at once, without waiting for its next data; lead.opened tells of it. What forbids any lead (a public site, too few people without an authorisation, a substance only people make) forbids this one.",
        params: z.strictObject({ anomalyId: z.string() }),
        body: z.strictObject({ reason: z.string().trim().min(1).max(1_000) }),
        response: {
          202: z.strictObject({ anomalyId: z.string(), requestedAt: moment }),
          400: problem,
          401: problem,
          403: problem,
          404: problem,
          409: problem,
        },
      },
    },
    async ({ params: { anomalyId }, body: { reason }, key }, reply) => {
      const anomaly = await records.anomalies.find(anomalyId);
      if (!anomaly) throw notFound("anomaly", anomalyId);
      const plant = await records.sites.find(anomaly.siteId);
      if (!plant) throw notFound("site", anomaly.siteId);
      if (anomaly.state === "retracted" || anomaly.state === "dismissed")
        throw conflict(`Anomaly ${anomalyId} is ${anomaly.state}: there is nothing to look for.`);
      if (anomaly.quantity !== "load" || anomaly.ratio <= 1 || !isTraceable(anomaly.analyte))
        throw conflict("A lead looks for what was poured into a sewer: this is no excess of the load of such a substance.");
      if (!(await mayLead({ records, settings, now }, plant)))
        throw conflict(
          `No lead is opened at ${plant.siteId}: it is public data, or fewer people stand behind it than allowed without an authorisation.`,
        );
      const at = now().toISOString();
      await records.transaction(async (inside) => {
        await inside.leadRequests.add({ anomalyId, siteId: plant.siteId, actor: key.name, reason, at });
        const entry = { at, actor: key.name, action: "lead.requested", subject: anomalyId, content: { reason } };
        await inside.chains.append("audit", entry);
      });
      const change = { siteId: plant.siteId, name: anomaly.analyte, from: anomaly.start, to: anomaly.end, cause: "leadRequest" };
      await log.publish("series-changes", [
        { key: plant.siteId, value: JSON.stringify(change), headers: { schema: "series-changes/1" } },
      ]);
      return reply.code(202).send({ anomalyId, requestedAt: at });
    },
  );
};

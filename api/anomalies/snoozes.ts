import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { snooze } from "../../schemas/anomaly.ts";
import { addDays } from "../../schemas/days.ts";
import { day } from "../../schemas/identifiers.ts";
import { problem } from "../../schemas/problem.ts";
import { READERS } from "../auth/access.ts";
import type { ApiPorts } from "../ports.ts";
import { conflict, notFound } from "../problems.ts";

/** What is put off for longer is forgotten. */
const SNOOZE_DAYS_MAX = 90;

const params = z.strictObject({ anomalyId: z.string() });

/** Anomalies put off until a day: they leave the queue and come back by themselves. */
export const snoozeRoutes: FastifyPluginAsyncZod<ApiPorts> = async (app, { records, now }) => {
  const today = () => now().toISOString().slice(0, 10);
  app.get(
    "/anomalies/snoozes",
    {
      config: { access: READERS },
      schema: {
        tags: ["anomalies"],
        summary: "Anomalies that are put off now, the first to come back first",
        response: { 200: z.strictObject({ items: z.array(snooze) }), 401: problem, 403: problem },
      },
    },
    async () => ({ items: await records.snoozes.holding(today()) }),
  );
  app.post(
    "/anomalies/:anomalyId/snooze",
    {
      config: { access: READERS },
      schema: {
        tags: ["anomalies"],
        summary: "Put an anomaly off until the morning of a day",
        params,
        body: z.strictObject({ until: day, reason: z.string().trim().min(1).max(1_000) }),
        response: { 200: snooze, 400: problem, 401: problem, 403: problem, 404: problem, 409: problem },
      },
    },
    async ({ params: { anomalyId }, body: { until, reason }, key }) => {
      const anomaly = await records.anomalies.find(anomalyId);
      if (!anomaly) throw notFound("anomaly", anomalyId);
      if (anomaly.state === "retracted" || anomaly.state === "dismissed")
        throw conflict(`Anomaly ${anomalyId} is ${anomaly.state}: there is nothing to put off.`);
      if (until <= today() || until > addDays(today(), SNOOZE_DAYS_MAX))
        throw conflict(`An anomaly is put off until a day after ${today()} and at most ${SNOOZE_DAYS_MAX} days later.`);
      const at = now().toISOString();
      const saved = { anomalyId, until, reason, actor: key.name, at };
      await records.transaction(async (inside) => {
        await inside.snoozes.save(saved);
        const entry = { at, actor: key.name, action: "anomaly.snoozed", subject: anomalyId, content: { until, reason } };
        await inside.chains.append("audit", entry);
      });
      return saved;
    },
  );
  app.delete(
    "/anomalies/:anomalyId/snooze",
    {
      config: { access: READERS },
      schema: {
        tags: ["anomalies"],
        summary: "Bring an anomaly back that was put off",
        params,
        response: { 204: z.undefined(), 401: problem, 403: problem, 404: problem },
      },
    },
    async ({ params: { anomalyId }, key }, reply) => {
      const at = now().toISOString();
      await records.transaction(async (inside) => {
        if (!(await inside.snoozes.remove(anomalyId))) throw notFound("snooze of anomaly", anomalyId);
        const entry = { at, actor: key.name, action: "anomaly.awakened", subject: anomalyId, content: {} };
        await inside.chains.append("audit", entry);
      });
      return reply.code(204).send();
    },
  );
};

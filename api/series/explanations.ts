import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { explain } from "../../analytics/load/explain.ts";
import { readFlows } from "../../analytics/worker/flows.ts";
import { loadsOf } from "../../analytics/worker/loads.ts";
import { day, siteId } from "../../schemas/identifiers.ts";
import { problem } from "../../schemas/problem.ts";
import { analyteId } from "../../schemas/substances.ts";
import { READERS } from "../auth/access.ts";
import type { ApiPorts } from "../ports.ts";
import { notFound } from "../problems.ts";

const explanation = z.strictObject({
  quantity: z.string(),
  variant: z.string(),
  /** Null with a reason in the sentences. */
  value: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  unit: z.string().nullable(),
  /** From the number down to the raw result and back up. */
  sentences: z.array(z.string()),
  /** Results, profile, factors, population, uncertainty, flags, software version. */
  provenance: z.unknown(),
});

/** Any derived number, computed again from the records before the reader's eyes. */
export const explanationRoutes: FastifyPluginAsyncZod<ApiPorts> = async (app, { records, series }) => {
  app.get(
    "/explanations",
    {
      config: { access: READERS },
      schema: {
        tags: ["series"],
        summary: "How the derived numbers of one day came about",
        querystring: z.strictObject({ siteId, analyte: analyteId, day, language: z.enum(["en", "zh"]).default("en") }),
        response: {
          200: z.strictObject({ items: z.array(explanation) }),
          400: problem,
          401: problem,
          403: problem,
          404: problem,
        },
      },
    },
    async ({ query }) => {
      const site = await records.sites.find(query.siteId);
      if (!site) throw notFound("site", query.siteId);
      const results = await records.results.ofSeries(query.siteId, query.analyte);
      const samples = results.map(({ sample }) => sample);
      const flowOf = samples.length > 0 ? await readFlows(series, query.siteId, samples) : () => undefined;
      const derived = loadsOf(site, results, flowOf).derived.filter((value) => value.day === query.day);
      return {
        items: derived.map((value) => ({
          quantity: value.quantity,
          variant: value.variant,
          value: value.amount?.value ?? null,
          low: value.amount?.low ?? null,
          high: value.amount?.high ?? null,
          unit: value.amount?.unit ?? null,
          sentences: explain(value, query.language),
          provenance: value.provenance,
        })),
      };
    },
  );
};

import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { prepareNetwork } from "../../analytics/trace/graph.ts";
import { planSurvey } from "../../analytics/trace/survey.ts";
import type { Lead, Posterior } from "../../schemas/lead.ts";
import { type LeadSurvey, leadSurvey } from "../../schemas/leadSurvey.ts";
import type { Network } from "../../schemas/network.ts";
import { problem } from "../../schemas/problem.ts";
import { INVESTIGATORS } from "../auth/access.ts";
import type { ApiPorts } from "../ports.ts";
import { notFound } from "../problems.ts";
import { purposeHeader as headers, purposeQuery, viewing } from "./viewing.ts";

export const surveyRoutes: FastifyPluginAsyncZod<ApiPorts> = async (app, { records, now }) => {
  const { view } = viewing({ records, now });
  app.get(
    "/leads/:leadId/survey",
    {
      // names manholes, so it is looked at inside the house: no table to hand on comes beside it
      config: { access: INVESTIGATORS, tables: [] },
      schema: {
        tags: ["leads"],
        summary: "Which manholes to measure on ordinary days, where the baselines are too uncertain to trace by",
        description:
          "For the load the lead is after, against the baselines as far as its samples tell them. The verdict says whether a survey makes sense at all.",
        headers,
        querystring: z.strictObject(purposeQuery),
        params: z.strictObject({ leadId: z.string() }),
        response: { 200: leadSurvey, 400: problem, 401: problem, 403: problem, 404: problem },
      },
    },
    async (request) => {
      const lead = await view(request, request.params.leadId, "survey");
      const { posterior, networkId, networkVersion } = lead;
      const found = networkId === null ? undefined : await records.networks.find(networkId, networkVersion ?? undefined);
      if (!found || !posterior) throw notFound("mapped sewer of lead", lead.leadId);
      return surveyOf(found.network, lead.trigger, posterior);
    },
  );
};

/** Nobody needs the ordinary load of one institution, and few people stand behind it. */
function surveyOf(
  network: Network,
  { excessGD: triggerGD, baselineGD }: Lead["trigger"],
  { massGD, baselineSdLn }: Posterior,
): LeadSurvey {
  const graph = prepareNetwork(network);
  const excessGD = massGD?.median ?? triggerGD;
  const known = baselineSdLn === null ? {} : { baselineSdLn };
  const exclude = new Set(graph.ids.filter((_, i) => graph.isInstitution[i] === 1));
  const plan = planSurvey(graph, { excessGD, plantBaselineGD: baselineGD, ...known, exclude });
  const { verdict, traceableShare, traceableShareSurveyed, manholes } = plan;
  return { verdict, traceableShare, traceableShareSurveyed, excessGD, baselineGD, manholes: [...manholes] };
}

import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { dayNumber } from "../../schemas/days.ts";
import { day, siteId } from "../../schemas/identifiers.ts";
import { problem } from "../../schemas/problem.ts";
import { sample } from "../../schemas/sample.ts";
import { READERS } from "../auth/access.ts";
import type { ApiPorts } from "../ports.ts";
import { ApiProblem, notFound } from "../problems.ts";

const DAY_MS = 86_400_000;
/** A sample a day for a year, each with a few dozen results, is read in well under a second. */
const DAYS_MAX = 366;

const keptSample = z.strictObject({
  labId: z.string(),
  sample,
  results: z.int(),
  corrected: z.int(),
  withdrawn: z.int(),
  held: z.int(),
  flags: z.array(z.string()),
  receivedAt: z.string(),
});

/** The bottles behind the numbers. */
export const sampleRoutes: FastifyPluginAsyncZod<ApiPorts> = async (app, { records }) => {
  app.get(
    "/sites/:siteId/samples",
    {
      config: { access: READERS },
      schema: {
        tags: ["sites"],
        summary: "Samples of a site with their custody, flags and corrections, latest first",
        params: z.strictObject({ siteId }),
        querystring: z.strictObject({ from: day, to: day }),
        response: {
          200: z.strictObject({ items: z.array(keptSample) }),
          400: problem,
          401: problem,
          403: problem,
          404: problem,
        },
      },
    },
    async ({ params, query: { from, to } }) => {
      if (!(await records.sites.find(params.siteId))) throw notFound("site", params.siteId);
      if (dayNumber(to) - dayNumber(from) > DAYS_MAX)
        throw new ApiProblem(400, "Bad request", `Ask for at most ${DAYS_MAX} days of samples at once.`);
      const window = { fromMs: Date.parse(from), toMs: Date.parse(to) + DAY_MS };
      return { items: await records.samples.ofSite({ siteId: params.siteId, ...window }) };
    },
  );
};

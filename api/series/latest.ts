import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { problem } from "../../schemas/problem.ts";
import { MEASURES } from "../../store/series/series.ts";
import { READERS } from "../auth/access.ts";
import type { ApiPorts } from "../ports.ts";
import { plainJson } from "./plainJson.ts";
import { manyOf, point, toPoint } from "./series.ts";
import { unitOf } from "./units.ts";
import { visibleSeries } from "./visible.ts";

const latest = z.strictObject({
  siteId: z.string(),
  analyte: z.string(),
  measure: z.enum(MEASURES),
  variant: z.string(),
  unit: z.string(),
  point,
});

export const latestAnswer = z.strictObject({ items: z.array(latest) });

/** The newest value of each series: what a map or a table of all sites shows. */
export const latestRoutes: FastifyPluginAsyncZod<ApiPorts> = async (app, { series, records }) => {
  const visible = visibleSeries(series, records);
  app.get(
    "/series/latest",
    {
      serializerCompiler: plainJson,
      config: { access: READERS },
      schema: {
        tags: ["series"],
        summary: "Newest value of each series",
        querystring: z.strictObject({
          siteId: manyOf(z.string().min(1).max(64)),
          analyte: manyOf(z.string().min(1).max(64)),
          measure: z.enum(MEASURES).default("load"),
        }),
        response: { 200: latestAnswer, 400: problem, 401: problem, 403: problem },
      },
    },
    async ({ query: { siteId: siteIds, analyte: names, measure } }) => {
      const points = await visible.latest({ measure, ...(siteIds ? { siteIds } : {}), ...(names ? { names } : {}) });
      return {
        items: points.map(({ siteId, name, variant, ...rest }) => ({
          siteId,
          analyte: name,
          measure,
          variant,
          unit: unitOf({ measure, name, variant }),
          point: toPoint(rest),
        })),
      };
    },
  );
};

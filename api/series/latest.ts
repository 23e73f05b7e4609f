import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { problem } from "../../schemas/problem.ts";
import { isAnnounced } from "../../store/series/announced.ts";
import { MEASURES } from "../../store/series/series.ts";
import { READERS } from "../auth/access.ts";
import { keptAnswers, sendReady } from "../keptAnswers.ts";
import type { ApiPorts } from "../ports.ts";
import { plainJson } from "./plainJson.ts";
import { manyOf, point, toPoint } from "./series.ts";
import type { StandingPort } from "./standing.ts";
import { unitOf } from "./units.ts";
import { visibleSeries } from "./visible.ts";

/** Some hundred questions about every plant. */
const KEPT_BYTES_MAX = 16 * 1024 * 1024;

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
export const latestRoutes: FastifyPluginAsyncZod<ApiPorts & StandingPort> = async (app, { series, records, standing }) => {
  const visible = visibleSeries(series, records);
  const kept = keptAnswers(KEPT_BYTES_MAX);
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
    async (request, reply) => {
      const { siteId: siteIds, analyte: names, measure } = request.query;
      const query = { measure, ...(siteIds ? { siteIds } : {}), ...(names ? { names } : {}) };
      const read = async () => {
        const points = await visible.latest(query);
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
      };
      if (request.takesItems || !isAnnounced(measure)) return read();
      const version = (await standing()).versionOf(query);
      const make = async () => JSON.stringify(await read());
      return sendReady(request, reply, await kept.answer(JSON.stringify(query), version, make)) as never;
    },
  );
};

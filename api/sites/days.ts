import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { markerPopulations } from "../../analytics/load/population.ts";
import { localDay } from "../../schemas/days.ts";
import { siteId } from "../../schemas/identifiers.ts";
import { problem } from "../../schemas/problem.ts";
import { findProfile, type MethodProfile } from "../../schemas/profiles.ts";
import { READERS } from "../auth/access.ts";
import type { ApiPorts } from "../ports.ts";
import { notFound } from "../problems.ts";

/** Counts people by the ammonium they leave in the sewage. */
const PROFILE = findProfile("nh4-n") as MethodProfile;
const DAY_S = 86_400;

const dayAnswer = z.strictObject({
  day: z.string(),
  flowM3D: z.number().nullable(),
  rainfallMm: z.number().nullable(),
  /** Null without a flow and a marker of that day. */
  people: z.number().nullable(),
});

/** What of a site changes from day to day: its flow, the rain, and the people behind it as their ammonium counts them. */
export const dayRoutes: FastifyPluginAsyncZod<ApiPorts> = async (app, { records, series }) => {
  app.get(
    "/sites/:siteId/days",
    {
      config: { access: READERS },
      schema: {
        tags: ["sites"],
        summary: "Flow, rainfall and people of each day",
        description: "People by ammonium nitrogen: the day's mean concentration times its flow over what one person adds a day.",
        params: z.strictObject({ siteId }),
        querystring: z.strictObject({ from: z.iso.date(), to: z.iso.date() }),
        response: {
          200: z.strictObject({ method: z.string(), cv: z.number().nullable(), items: z.array(dayAnswer) }),
          400: problem,
          401: problem,
          403: problem,
          404: problem,
        },
      },
    },
    async ({ params, query: { from, to } }) => {
      const site = await records.sites.find(params.siteId);
      if (!site) throw notFound("site", params.siteId);
      const windows = await series.readWindows({
        measure: "reading",
        siteIds: [site.siteId],
        names: ["flow", "ammoniumNitrogen", "rainfall"],
        fromMs: Date.parse(from),
        toMs: Date.parse(to) + DAY_S * 1_000,
        windowS: DAY_S,
      });
      const days = Map.groupBy(windows, ({ timeMs }) => localDay(timeMs + (DAY_S * 1_000) / 2, site.timeZone));
      const estimates = [...days]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([day, ofDay]) => {
          const meanOf = (name: string) => ofDay.find((window) => window.name === name)?.mean;
          const [flowM3D, ammoniumNitrogenMgL] = [meanOf("flow"), meanOf("ammoniumNitrogen")];
          const estimate =
            flowM3D === undefined || ammoniumNitrogenMgL === undefined
              ? undefined
              : markerPopulations(PROFILE, { ammoniumNitrogenMgL }, flowM3D).find(({ method }) => method === "ammoniumNitrogen");
          const rain = ofDay.find(({ name }) => name === "rainfall");
          return { day, flowM3D: flowM3D ?? null, rainfallMm: rain ? rain.mean * rain.count : null, estimate };
        });
      return {
        method: "ammoniumNitrogen",
        cv: estimates.find(({ estimate }) => estimate)?.estimate?.cv ?? null,
        items: estimates.map(({ estimate, ...rest }) => ({ ...rest, people: estimate?.people ?? null })),
      };
    },
  );
};

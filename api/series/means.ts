import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import type { DerivedValue } from "../../analytics/load/derived.ts";
import { periodMeans } from "../../analytics/load/periodMeans.ts";
import { cvOfLogSd } from "../../analytics/load/uncertainty.ts";
import { day } from "../../schemas/identifiers.ts";
import { problem } from "../../schemas/problem.ts";
import { READERS } from "../auth/access.ts";
import type { ApiPorts } from "../ports.ts";
import { namedSeries, readDayValues, seriesQuery } from "./seriesValues.ts";

const substituted = z.strictObject({ mean: z.number(), sd: z.number() });
const answer = namedSeries.extend({
  /** Relative standard uncertainty of what all days share (flow meter, people, factor), which no interval here holds; null where not known. */
  sharedCv: z.number().nullable(),
  items: z.array(
    z.strictObject({
      from: day,
      days: z.int(),
      below: z.int(),
      /** Days below a limit that is not known: they are in no mean. */
      limitUnknown: z.int(),
      method: z.enum(["plain", "kaplanMeier", "regressionOnOrderStatistics", "lognormalMaximumLikelihood", "limitsOnly"]),
      because: z.string(),
      mean: z.number().nullable(),
      median: z.number().nullable(),
      /** Mean with each non-detect at 0, half, 1/√2 and all of its limit: how much the answer hangs on them. */
      band: z.strictObject({ zero: substituted, half: substituted, rootTwo: substituted, limit: substituted }).nullable(),
      /** Mean ± t·SE over the days. */
      interval: z.strictObject({ standardError: z.number(), low: z.number(), high: z.number() }).nullable(),
      /** As the profile's programme would print it: non-detects as 0 (EUDA), as their limit, or imputed (Statistics Canada). */
      programme: z
        .strictObject({
          mean: z.number(),
          standardError: z.number().nullable(),
          low: z.number().nullable(),
          high: z.number().nullable(),
          imputedPercent: z.number(),
        })
        .nullable(),
    }),
  ),
});

/** Means of weeks, months or years with their non-detects. */
export const meanRoutes: FastifyPluginAsyncZod<ApiPorts> = async (app, ports) => {
  app.get(
    "/means",
    {
      config: { access: READERS },
      schema: {
        tags: ["series"],
        summary: "Means of one series by week, month or year, non-detects included",
        description:
          "The censored share decides the method: plain without any, Kaplan-Meier to 50 %, then order statistics or lognormal likelihood, and none above 80 %.",
        querystring: seriesQuery.extend({ every: z.enum(["week", "month", "year"]).default("month") }),
        response: { 200: answer, 400: problem, 401: problem, 403: problem, 404: problem },
      },
    },
    async ({ query: { every, ...query } }) => {
      const { named, profile, values, derived } = await readDayValues(ports, query);
      return {
        ...named,
        sharedCv: sharedCvOf(derived),
        items: periodMeans(values, every, profile),
      };
    },
  );
};

/** The largest among the values: people counted another way on some days may be less certain. */
function sharedCvOf(derived: readonly DerivedValue[]): number | null {
  const sds = derived.flatMap(({ logSd }) => logSd?.correlated ?? []);
  return sds.length === 0 ? null : cvOfLogSd(sds.reduce((a, b) => Math.max(a, b)));
}

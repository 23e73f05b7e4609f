import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { levelsOf } from "../../analytics/load/levelChanges.ts";
import { seasonalTrendOf, trendOf, yearlyChanges } from "../../analytics/load/trend.ts";
import { weekRuleOf } from "../../analytics/load/week.ts";
import { problem } from "../../schemas/problem.ts";
import { findProfile, type MethodProfile, profileKey } from "../../schemas/profiles.ts";
import { READERS } from "../auth/access.ts";
import type { ApiPorts } from "../ports.ts";
import { badRequest } from "../problems.ts";
import { namedSeries, readDayValues, seriesQuery } from "./seriesValues.ts";

const band = z.strictObject({ atLeast: z.number(), atMost: z.number().nullable(), days: z.int() });
const trend = z.strictObject({
  /** Change a year in percent of the level, with its 95 % interval. */
  percentPerYear: z.number(),
  low: z.number(),
  high: z.number(),
  pTwoSided: z.number(),
  days: z.int(),
  censoredShare: z.number(),
});
const answer = namedSeries.extend({
  /** The profile whose calendar the means follow. */
  calendar: z.string(),
  /** Null with fewer than four days or less than four weeks between them, when nothing was quantified, and without bounds. */
  trend: trend.nullable(),
  /**
   * Hirsch's seasonal Mann-Kendall test over monthly medians; null with fewer than 24 months in a row, and where a value lies below its
   * limit.
   */
  seasonal: z.strictObject({ tau: z.number(), pTwoSided: z.number(), months: z.int() }).nullable(),
  /** Levels between lasting changes; null with fewer than twelve sampled weeks, and where a value lies below its limit. */
  levels: z.array(z.strictObject({ from: z.string(), to: z.string(), weeks: z.int(), mean: z.number() })).nullable(),
  years: z.array(
    z.strictObject({
      year: z.int(),
      /** Values below their limit counted as zero, and as the limit (null where one is not known): the truth lies between. */
      daily: band,
      weekday: band.nullable(),
      weekend: band.nullable(),
      below: z.int(),
      changePercent: z.number().nullable(),
      change: z.enum(["increase", "decrease", "stable", "no previous data"]),
      /** Whether the class is the same wherever the values below the limit lie. */
      certain: z.boolean(),
    }),
  ),
});

/** Every pair of days is compared: four years of days are a million pairs. */
const DAYS_MAX = 1_500;
/** Whose change classes and weekday rule are told where the asked profile has none. */
const EUDA = findProfile("euda-score") as MethodProfile;

/** Where a series goes: its trend with an interval, and its yearly means with EUDA's change classes. */
export const trendRoutes: FastifyPluginAsyncZod<ApiPorts> = async (app, ports) => {
  app.get(
    "/trends",
    {
      config: { access: READERS },
      schema: {
        tags: ["series"],
        summary: "Trend and yearly changes of one series, non-detects included",
        description:
          "Slope after Akritas, Theil and Sen on the logarithm, with the interval of Kendall's S: only the scatter between days enters it. Levels are those between changes of the weeks' mean logarithm (PELT with the penalty MBIC), with their geometric means. Values that a quality flag excludes from analysis are left out.",
        querystring: seriesQuery,
        response: { 200: answer, 400: problem, 401: problem, 403: problem, 404: problem },
      },
    },
    async ({ query }) => {
      const { named, profile, values } = await readDayValues(ports, query);
      if (values.length > DAYS_MAX)
        throw badRequest({
          en: `That is ${values.length} values; ask for at most ${DAYS_MAX} by from and to.`,
          zh: `共 ${values.length} 个值；请用 from 与 to 限定至 ${DAYS_MAX} 个以内。`,
        });
      const calendar = profile.calendar.rule === null || profile.changeClassPercent === null ? EUDA : profile;
      return {
        ...named,
        calendar: profileKey(calendar),
        trend: trendOf(values),
        seasonal: seasonalTrendOf(values),
        levels: levelsOf(values),
        years: yearlyChanges(values, (year) => weekRuleOf(calendar, year), calendar.changeClassPercent as number),
      };
    },
  );
};

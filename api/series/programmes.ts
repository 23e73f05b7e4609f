import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { bilingual } from "../../schemas/anomaly.ts";
import { problem } from "../../schemas/problem.ts";
import { methodProfiles, profileKey, WEEK_DAYS } from "../../schemas/profiles.ts";
import { READERS } from "../auth/access.ts";

const weekRule = z.strictObject({ weekday: z.array(z.enum(WEEK_DAYS)), weekend: z.array(z.enum(WEEK_DAYS)) });

const programme = z.strictObject({
  /** As in the variant of a derived series: `euda-score@1`. */
  key: z.string(),
  name: bilingual,
  source: z.string(),
  description: bilingual,
  /** Which days it calls weekday and weekend; null where it knows no such days. */
  rule: weekRule.nullable(),
  exceptions: z.array(z.strictObject({ years: z.array(z.int()), rule: weekRule, note: bilingual })),
});

/** The programmes whose method profiles are known: their names, and which days each calls a weekend. */
export const programmeRoutes: FastifyPluginAsyncZod = async (app) => {
  app.get(
    "/programmes",
    {
      config: { access: READERS },
      schema: {
        tags: ["series"],
        summary: "Monitoring programmes and their calendars",
        response: { 200: z.strictObject({ items: z.array(programme) }), 401: problem, 403: problem },
      },
    },
    async () => ({
      items: methodProfiles.map((profile) => ({
        key: profileKey(profile),
        name: profile.name,
        source: profile.source,
        description: profile.calendar.description,
        rule: profile.calendar.rule,
        exceptions: profile.calendar.exceptions,
      })),
    }),
  );
};

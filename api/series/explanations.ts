import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { explain } from "../../analytics/load/explain.ts";
import { day, siteId } from "../../schemas/identifiers.ts";
import { problem } from "../../schemas/problem.ts";
import { analyteId } from "../../schemas/substances.ts";
import { READERS } from "../auth/access.ts";
import type { ApiPorts } from "../ports.ts";
import { derivedItem, toItem } from "./derived.ts";
import { askedProfiles, derivedValues, readSiteNumbers } from "./siteNumbers.ts";

const explanation = derivedItem.extend({
  /** From the number down to the raw result and back up. */
  sentences: z.array(z.string()),
});

/** Any derived number, computed again from the records before the reader's eyes. */
export const explanationRoutes: FastifyPluginAsyncZod<ApiPorts> = async (app, ports) => {
  app.get(
    "/explanations",
    {
      config: { access: READERS },
      schema: {
        tags: ["series"],
        summary: "How the derived numbers of one day came about",
        querystring: z.strictObject({
          siteId,
          analyte: analyteId,
          day,
          /** One method profile; all in use where absent. */
          profile: z.string().max(100).optional(),
          language: z.enum(["en", "zh"]).default("en"),
        }),
        response: {
          200: z.strictObject({ items: z.array(explanation) }),
          400: problem,
          401: problem,
          403: problem,
          404: problem,
        },
      },
    },
    async ({ query: { siteId: id, analyte, day: asked, profile, language } }) => {
      const numbers = await readSiteNumbers(ports, id, [analyte]);
      const derived = derivedValues(numbers, analyte, askedProfiles(numbers.active, profile));
      return {
        items: derived
          .filter((value) => value.day === asked)
          .map((value) => ({
            ...toItem(value, numbers.active),
            sentences: explain(value, language, numbers.active.methods),
          })),
      };
    },
  );
};

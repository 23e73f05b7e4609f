import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { type MarkedPlant, ownConstants } from "../../analytics/load/ownConstants.ts";
import { type MarkerConcentrations, MG_PER_L_MARKERS } from "../../analytics/load/population.ts";
import { readActiveMethods } from "../../analytics/worker/methods.ts";
import { readSiteResults } from "../../analytics/worker/siteResults.ts";
import { siteId } from "../../schemas/identifiers.ts";
import { problem } from "../../schemas/problem.ts";
import type { Site } from "../../schemas/site.ts";
import { ANALYSTS } from "../auth/access.ts";
import type { ApiPorts } from "../ports.ts";
import { badRequest } from "../problems.ts";
import { manyOf } from "../series/series.ts";

const FIELDS = { ...MG_PER_L_MARKERS, cotinine: "cotinineNgL", caffeine: "caffeineNgL" } as const satisfies Record<
  string,
  keyof MarkerConcentrations
>;
type Marker = keyof typeof FIELDS;

/** All results of a plant are read: some tens of milliseconds each. */
const PLANTS_MAX = 50;

const constant = { gPersonDay: z.number(), low: z.number(), high: z.number() };
const answer = z.strictObject({
  marker: z.string(),
  /** What one person adds at each plant; the interval is that of the constant. */
  plants: z.array(z.strictObject({ siteId: z.string(), people: z.number(), days: z.int(), outlyingDays: z.int(), ...constant })),
  /** One for all, where a further plant's would lie; null with fewer than five plants. */
  common: z.strictObject({ plants: z.int(), exponent: z.number(), ...constant }).nullable(),
});

/** What one person adds of a marker at the operator's own plants, to be entered as a factor of one's own (POST /factors). */
export const markerConstantRoutes: FastifyPluginAsyncZod<ApiPorts> = async (app, ports) => {
  const { records, settings } = ports;
  const plantsOf = async (asked: readonly string[] | undefined): Promise<Site[]> => {
    const plants = (await records.sites.list()).filter(
      (site) => site.kind === "wwtp" && site.population !== undefined && (asked === undefined || asked.includes(site.siteId)),
    );
    if (plants.length <= PLANTS_MAX) return plants;
    throw badRequest({
      en: `That is ${plants.length} plants; name at most ${PLANTS_MAX} by siteId.`,
      zh: `共 ${plants.length} 座污水厂；请用 siteId 指定至多 ${PLANTS_MAX} 座。`,
    });
  };
  app.get(
    "/marker-constants",
    {
      config: { access: ANALYSTS },
      schema: {
        tags: ["methods"],
        summary: "What one person adds of a marker at your own plants",
        description:
          "From the marker's load on each sampled day and the plant's own count of people; robust on the logarithm (Huber), so that a day of production waste or a plant with industry does not shift it. Plants with fewer than seven such days are left out.",
        querystring: z.strictObject({ marker: z.enum(Object.keys(FIELDS) as [Marker, ...Marker[]]), siteId: manyOf(siteId) }),
        response: { 200: answer, 400: problem, 401: problem, 403: problem },
      },
    },
    async ({ query: { marker, siteId: asked } }) => {
      const active = await readActiveMethods(records, settings);
      const marked: MarkedPlant[] = [];
      for (const plant of await plantsOf(asked)) {
        const { data, results } = await readSiteResults(ports, plant, active);
        const samples = new Map([...results.values()].flat().map(({ sample }) => [`${sample.start} ${sample.end}`, sample]));
        const loadsGD = [...samples.values()].flatMap((sample) => {
          const amount = data.markersOf(sample)[FIELDS[marker]];
          const gM3 = amount === undefined ? 0 : FIELDS[marker].endsWith("NgL") ? amount * 1e-6 : amount;
          const loadGD = gM3 * (data.flowOf(sample) ?? 0);
          return loadGD > 0 ? [loadGD] : [];
        });
        marked.push({ siteId: plant.siteId, people: plant.population!.people, loadsGD });
      }
      return { marker, ...ownConstants(marked) };
    },
  );
};

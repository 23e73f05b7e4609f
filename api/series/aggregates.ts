import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { populationWeightedMean } from "../../analytics/load/week.ts";
import { bilingual } from "../../schemas/anomaly.ts";
import { localDay } from "../../schemas/days.ts";
import { problem } from "../../schemas/problem.ts";
import type { Site } from "../../schemas/site.ts";
import { analyteId } from "../../schemas/substances.ts";
import type { SeriesPoint } from "../../store/series/series.ts";
import { READERS } from "../auth/access.ts";
import type { ApiPorts } from "../ports.ts";
import { oneVariant } from "./oneVariant.ts";
import { plainJson } from "./plainJson.ts";
import { unitOf } from "./units.ts";
import { visibleSeries } from "./visible.ts";

const MEASURE = "populationNormalisedLoad";

const aggregatePoint = z.strictObject({
  /** First day of the month or year. */
  from: z.string(),
  /** With values below their limit counted as zero, and as the limit: the truth lies between. Equal where none is below. */
  atLeast: z.number(),
  atMost: z.number(),
  sites: z.int(),
  /** People behind those sites. */
  people: z.number(),
  values: z.int(),
  below: z.int(),
});

export const aggregatesAnswer = z.strictObject({
  analyte: z.string(),
  measure: z.literal(MEASURE),
  unit: z.string(),
  /** How a number came about, for those who read it. */
  how: bilingual,
  items: z.array(
    z.strictObject({
      country: z.string(),
      region: z.string().nullable(),
      /** People behind all sampled plants of the region with a known number, whether they have a value at the time or not. */
      people: z.number(),
      points: z.array(aggregatePoint),
    }),
  ),
});

const HOW = {
  en: "Mean of each site's daily values in the period, then the mean over the sites weighted by the people connected. Sites without a known number of people are left out. A value below its limit counts once as zero and once as the limit: the band between the two holds the truth.",
  zh: "先取各站点该时段内日值的均值，再按服务人口加权求各站点均值；服务人口未知的站点不计入。低于定量限的数值分别按零和按限值各计一次，真值位于两者之间。",
};

/** Regions from their sites, with everything that tells how far the number carries. */
export const aggregateRoutes: FastifyPluginAsyncZod<ApiPorts> = async (app, { records, series }) => {
  app.get(
    "/aggregates",
    {
      serializerCompiler: plainJson,
      config: { access: READERS },
      schema: {
        tags: ["series"],
        summary: "Load per 1,000 people of countries or regions, by month or year",
        querystring: z.strictObject({
          analyte: analyteId,
          by: z.enum(["country", "region"]).default("region"),
          every: z.enum(["month", "year"]).default("month"),
          from: z.iso.date().optional(),
          to: z.iso.date().optional(),
        }),
        response: { 200: aggregatesAnswer, 400: problem, 401: problem, 403: problem },
      },
    },
    async ({ query: { analyte, by, every, from, to } }) => {
      const plants = (await records.sites.list()).filter(isCounted);
      const points = await visibleSeries(series, records).read({
        measure: MEASURE,
        siteIds: plants.map(({ siteId }) => siteId),
        names: [analyte],
        fromMs: from ? Date.parse(from) : 0,
        toMs: to ? Date.parse(to) + 86_400_000 : Date.UTC(2200, 0),
      });
      const bySite = Map.groupBy(points, ({ siteId }) => siteId);
      const measured = plants.filter(({ siteId }) => bySite.has(siteId));
      const regions = Map.groupBy(measured, ({ country, region }) => (by === "country" ? country : `${country}/${region ?? ""}`));
      return {
        analyte,
        measure: MEASURE,
        unit: unitOf({ measure: MEASURE, name: analyte, variant: "" }),
        how: HOW,
        items: [...regions.values()].map((sites) => ({
          country: sites[0]?.country ?? "",
          region: by === "country" ? null : (sites[0]?.region ?? null),
          people: sites.reduce((sum, { population }) => sum + population.people, 0),
          points: aggregate(sites, bySite, every === "month" ? "-01" : "-01-01"),
        })),
      } satisfies z.infer<typeof aggregatesAnswer>;
    },
  );
};

type CountedSite = Site & Required<Pick<Site, "country" | "population">>;

function isCounted(site: Site): site is CountedSite {
  return site.kind === "wwtp" && site.country !== undefined && site.population !== undefined;
}

/** @param start what completes a period to its first day: "-01" for months, "-01-01" for years */
function aggregate(
  sites: readonly CountedSite[],
  bySite: ReadonlyMap<string, readonly SeriesPoint[]>,
  start: "-01" | "-01-01",
): z.infer<typeof aggregatePoint>[] {
  const means = sites.flatMap((site) => {
    const periods = Map.groupBy(
      oneVariant(bySite.get(site.siteId) ?? []),
      ({ timeMs }) => localDay(timeMs, site.timeZone).slice(0, 10 - start.length) + start,
    );
    return [...periods].map(([from, points]) => ({ from, people: site.population.people, ...meansOf(points) }));
  });
  return [...Map.groupBy(means, ({ from }) => from)]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([from, ofSites]) => ({
      from,
      atLeast: populationWeightedMean(ofSites.map(({ atLeast, people }) => ({ value: atLeast, people }))),
      atMost: populationWeightedMean(ofSites.map(({ atMost, people }) => ({ value: atMost, people }))),
      sites: ofSites.length,
      people: ofSites.reduce((sum, { people }) => sum + people, 0),
      values: ofSites.reduce((sum, { values }) => sum + values, 0),
      below: ofSites.reduce((sum, { below }) => sum + below, 0),
    }));
}

function meansOf(points: readonly SeriesPoint[]) {
  const mean = (of: (point: SeriesPoint) => number) => points.reduce((sum, point) => sum + of(point), 0) / points.length;
  return {
    atLeast: mean(({ value, censored }) => (censored ? 0 : value)),
    atMost: mean(({ value }) => value),
    values: points.length,
    below: points.filter(({ censored }) => censored).length,
  };
}

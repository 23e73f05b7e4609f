import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { annualKg } from "../../analytics/load/load.ts";
import { scaledToPopulation, sharePercent } from "../../analytics/load/programme.ts";
import { changePercent, populationWeightedMean } from "../../analytics/load/week.ts";
import { readActiveMethods } from "../../analytics/worker/methods.ts";
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
import { askedProfiles } from "./siteNumbers.ts";
import { unitOf } from "./units.ts";
import { visibleSeries } from "./visible.ts";

const MEASURES = ["populationNormalisedLoad", "consumption", "doses"] as const;

const massYear = z.strictObject({
  /** Grams of the pure drug in a year, in kg, by the people behind the sites with a value, scaled to all of the region's. */
  kg: z.strictObject({ atLeast: z.number(), atMost: z.number() }),
  /** Against the year before, and of all regions told here, both from `atLeast`; null where there is none, or it is zero. */
  changePercent: z.number().nullable(),
  sharePercent: z.number().nullable(),
});

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
  /** Only of a consumption, by year, as the Australian programme tells it. */
  mass: massYear.nullable(),
});

export const aggregatesAnswer = z.strictObject({
  analyte: z.string(),
  measure: z.enum(MEASURES),
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
export const aggregateRoutes: FastifyPluginAsyncZod<ApiPorts> = async (app, { records, series, settings }) => {
  app.get(
    "/aggregates",
    {
      serializerCompiler: plainJson,
      config: { access: READERS },
      schema: {
        tags: ["series"],
        summary: "Load, consumption or doses per 1,000 people of countries or regions, by month or year",
        querystring: z.strictObject({
          analyte: analyteId,
          measure: z.enum(MEASURES).default("populationNormalisedLoad"),
          /** Only the series that a method profile makes, by id or id@version; consumptions of several profiles differ by their factors. */
          profile: z.string().max(100).optional(),
          by: z.enum(["country", "region"]).default("region"),
          every: z.enum(["month", "year"]).default("month"),
          from: z.iso.date().optional(),
          to: z.iso.date().optional(),
        }),
        response: { 200: aggregatesAnswer, 400: problem, 401: problem, 403: problem },
      },
    },
    async ({ query: { analyte, measure, profile, by, every, from, to } }) => {
      const active = await readActiveMethods(records, settings);
      const wanted = profile === undefined ? undefined : askedProfiles(active, profile);
      const plants = (await records.sites.list()).filter(isCounted);
      const all = await visibleSeries(series, records).read({
        measure,
        siteIds: plants.map(({ siteId }) => siteId),
        names: [analyte],
        fromMs: from ? Date.parse(from) : 0,
        toMs: to ? Date.parse(to) + 86_400_000 : Date.UTC(2200, 0),
      });
      const points = wanted
        ? all.filter(({ variant }) => active.names.makers(wanted, measure, analyte, variant).length > 0)
        : all;
      const bySite = Map.groupBy(points, ({ siteId }) => siteId);
      const measured = plants.filter(({ siteId }) => bySite.has(siteId));
      const regions = Map.groupBy(measured, ({ country, region }) => (by === "country" ? country : `${country}/${region ?? ""}`));
      const items = [...regions.values()].map((sites) => ({
        country: sites[0]?.country ?? "",
        region: by === "country" ? null : (sites[0]?.region ?? null),
        people: sites.reduce((sum, { population }) => sum + population.people, 0),
        points: aggregate(sites, bySite, every === "month" ? "-01" : "-01-01"),
      }));
      return {
        analyte,
        measure,
        unit: unitOf({ measure, name: analyte, variant: "" }),
        how: HOW,
        items: measure === "consumption" && every === "year" ? withMasses(items) : items,
      } satisfies z.infer<typeof aggregatesAnswer>;
    },
  );
};

type Item = z.infer<typeof aggregatesAnswer>["items"][number];

/** What the people of each region take in a year, in kg: days were sampled, so it is a projection. */
function withMasses(items: readonly Item[]): Item[] {
  const kgOf = ({ people }: Item, point: Item["points"][number], perThousand: number) =>
    scaledToPopulation(annualKg((perThousand * point.people) / 1e6), point.people, people);
  const totals = new Map<string, number>();
  for (const item of items)
    for (const point of item.points) totals.set(point.from, (totals.get(point.from) ?? 0) + kgOf(item, point, point.atLeast));
  return items.map((item) => ({
    ...item,
    points: item.points.map((point) => {
      const kg = { atLeast: kgOf(item, point, point.atLeast), atMost: kgOf(item, point, point.atMost) };
      const yearBefore = `${Number(point.from.slice(0, 4)) - 1}-01-01`;
      const before = item.points.find(({ from }) => from === yearBefore);
      const total = totals.get(point.from) ?? 0;
      const mass = {
        kg,
        changePercent: changePercent(kg.atLeast, before ? kgOf(item, before, before.atLeast) : null),
        sharePercent: total > 0 ? sharePercent(kg.atLeast, total) : null,
      };
      return { ...point, mass };
    }),
  }));
}

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
      mass: null,
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

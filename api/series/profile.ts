import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { localDay } from "../../schemas/days.ts";
import { siteId } from "../../schemas/identifiers.ts";
import { problem } from "../../schemas/problem.ts";
import { SITE_KINDS, type Site } from "../../schemas/site.ts";
import { analyteId } from "../../schemas/substances.ts";
import type { SeriesPoint } from "../../store/series/series.ts";
import { READERS } from "../auth/access.ts";
import type { ApiPorts } from "../ports.ts";
import { notFound } from "../problems.ts";
import { plainJson } from "./plainJson.ts";
import { unitOf } from "./units.ts";
import { visibleSeries } from "./visible.ts";

const DAY_MS = 86_400_000;
/** Where nothing is said: a year, so that each season counts once. */
const WINDOW_DAYS = 365;
/** Sites are alike when they are of one kind and the one has at most three times the people of the other. */
const PEOPLE_FACTOR = 3;
/** Fewer values of one weekday, or of one site, say nothing of it. */
const VALUES_MIN = 3;
const WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;

const counted = { values: z.int(), below: z.int() };
/** Null where it lies among values below their limit, or there are too few. */
const median = z.number().nullable();

export const profileAnswer = z.strictObject({
  siteId: z.string(),
  analyte: z.string(),
  measure: z.string(),
  variant: z.string().nullable(),
  unit: z.string(),
  from: z.string(),
  to: z.string(),
  ...counted,
  median,
  /** By the site's own days, Monday first. */
  weekdays: z.array(z.strictObject({ weekday: z.enum(WEEKDAYS), ...counted, median })),
  /** How much lies below the limit, month by month: what a trend of a mean would hide. */
  months: z.array(z.strictObject({ month: z.string(), ...counted, shareBelow: z.number() })),
  /** The place of its median among those of like sites, 0 to 1; from and to where limits leave it open. Null without a like site. */
  amongLikeSites: z
    .strictObject({
      kind: z.enum(SITE_KINDS),
      peopleFrom: z.number().nullable(),
      peopleTo: z.number().nullable(),
      sites: z.int(),
      percentileFrom: z.number(),
      percentileTo: z.number(),
    })
    .nullable(),
});

/** What one series is like: its week, how much of it lies below the limit, and where its site stands among like ones. */
export const profileRoutes: FastifyPluginAsyncZod<ApiPorts> = async (app, { records, series, now }) => {
  const visible = visibleSeries(series, records);
  app.get(
    "/series/profile",
    {
      serializerCompiler: plainJson,
      config: { access: READERS },
      schema: {
        tags: ["series"],
        summary: "Weekdays, share below the limit, and the place among like sites",
        querystring: z.strictObject({
          siteId,
          analyte: analyteId,
          measure: z
            .enum(["concentration", "load", "populationNormalisedLoad", "consumption", "doses"])
            .default("populationNormalisedLoad"),
          /** The one with the most values where it is left out. */
          variant: z.string().max(300).optional(),
          from: z.iso.date().optional(),
          to: z.iso.date().optional(),
        }),
        response: { 200: profileAnswer, 400: problem, 401: problem, 403: problem, 404: problem },
      },
    },
    async ({ query }) => {
      const { siteId: id, analyte, measure } = query;
      const sites = await records.sites.list();
      const site = sites.find((each) => each.siteId === id);
      if (!site) throw notFound("site", id);
      const to = query.to ?? now().toISOString().slice(0, 10);
      const from = query.from ?? new Date(Date.parse(to) - (WINDOW_DAYS - 1) * DAY_MS).toISOString().slice(0, 10);
      const like = likeSites(site, sites);
      const read = await visible.read({
        measure,
        siteIds: [id, ...like.map((each) => each.siteId)],
        names: [analyte],
        fromMs: Date.parse(from),
        toMs: Date.parse(to) + DAY_MS,
      });
      const bySite = Map.groupBy(read, (point) => point.siteId);
      const variant = query.variant ?? fullestVariant(bySite.get(id) ?? []);
      const of = (each: string) => (bySite.get(each) ?? []).filter((point) => point.variant === variant);
      const own = of(id);
      return {
        siteId: id,
        analyte,
        measure,
        variant: variant ?? null,
        unit: unitOf({ measure, name: analyte, variant: "" }),
        from,
        to,
        ...countsOf(own),
        median: knownValue(medianOf(own)),
        weekdays: weekdaysOf(own, site.timeZone),
        months: monthsOf(own, site.timeZone),
        amongLikeSites: place(
          site,
          medianOf(own),
          like.map((each) => medianOf(of(each.siteId))).filter((each) => each !== undefined),
        ),
      };
    },
  );
};

type Ranked = Pick<SeriesPoint, "value"> & { censored?: boolean };

export function likeSites(site: Site, sites: readonly Site[]): Site[] {
  const people = site.population?.people;
  return sites.filter((other) => {
    if (other.siteId === site.siteId || other.kind !== site.kind) return false;
    if (people === undefined || other.population === undefined) return false;
    const factor = other.population.people / people;
    return factor <= PEOPLE_FACTOR && factor >= 1 / PEOPLE_FACTOR;
  });
}

/** Values below their limit come first, as the smallest there are; of an even number the upper of the two in the middle. */
export function medianOf(points: readonly Ranked[]): Ranked | undefined {
  if (points.length < VALUES_MIN) return undefined;
  const order = (a: Ranked, b: Ranked) => Number(b.censored ?? false) - Number(a.censored ?? false) || a.value - b.value;
  return points.toSorted(order)[Math.floor(points.length / 2)];
}

const knownValue = (found: Ranked | undefined) => (!found || found.censored ? null : found.value);

const countsOf = (points: readonly Ranked[]) => ({
  values: points.length,
  below: points.filter(({ censored }) => censored).length,
});

function weekdaysOf(points: readonly SeriesPoint[], timeZone: string) {
  const byDay = Map.groupBy(points, ({ timeMs }) => (new Date(`${localDay(timeMs, timeZone)}T00:00:00Z`).getUTCDay() + 6) % 7);
  return WEEKDAYS.map((weekday, index) => {
    const ofDay = byDay.get(index) ?? [];
    return { weekday, ...countsOf(ofDay), median: knownValue(medianOf(ofDay)) };
  });
}

function monthsOf(points: readonly SeriesPoint[], timeZone: string) {
  const byMonth = Map.groupBy(points, ({ timeMs }) => localDay(timeMs, timeZone).slice(0, 7));
  return [...byMonth]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([month, ofMonth]) => {
      const counts = countsOf(ofMonth);
      return { month, ...counts, shareBelow: counts.below / counts.values };
    });
}

function fullestVariant(points: readonly SeriesPoint[]): string | undefined {
  const byVariant = [...Map.groupBy(points, ({ variant }) => variant)];
  return byVariant.toSorted(([a, ofA], [b, ofB]) => ofB.length - ofA.length || (a < b ? -1 : 1))[0]?.[0];
}

function place(site: Site, own: Ranked | undefined, others: readonly Ranked[]): z.infer<typeof profileAnswer>["amongLikeSites"] {
  if (!own || others.length === 0) return null;
  const { from, to } = percentileAmong(own, others);
  const people = site.population?.people;
  const [peopleFrom, peopleTo] = people === undefined ? [null, null] : [people / PEOPLE_FACTOR, people * PEOPLE_FACTOR];
  return { kind: site.kind, peopleFrom, peopleTo, sites: others.length, percentileFrom: from, percentileTo: to };
}

/** The share of the others that is surely lower, and the share that is not surely higher: a limit tells only what lies above it. */
export function percentileAmong(own: Ranked, others: readonly Ranked[]): { from: number; to: number } {
  const isLower = (other: Ranked) => !own.censored && (other.censored ? other.value <= own.value : other.value < own.value);
  const isHigher = (other: Ranked) => !other.censored && (own.censored ? other.value >= own.value : other.value > own.value);
  return {
    from: others.filter(isLower).length / others.length,
    to: others.filter((other) => !isHigher(other)).length / others.length,
  };
}

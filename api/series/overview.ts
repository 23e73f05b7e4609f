import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { quantileRank } from "simple-statistics";
import { z } from "zod";
import { problem } from "../../schemas/problem.ts";
import { site } from "../../schemas/site.ts";
import { analyteId } from "../../schemas/substances.ts";
import type { SeriesPoint } from "../../store/series/series.ts";
import { READERS } from "../auth/access.ts";
import type { ApiPorts } from "../ports.ts";
import { keptHistories } from "./histories.ts";
import { plainJson } from "./plainJson.ts";
import { toPoint } from "./series.ts";
import { thin } from "./thin.ts";
import { unitOf } from "./units.ts";

const DAY_MS = 86_400_000;
/** A site's own history that the latest value is compared with. */
const HISTORY_DAYS = 730;
/** Points of the small line beside each site. */
const SPARK_POINTS = 60;
/** Anomalies that ended longer ago are history, not work. */
const OPEN_WITHIN_DAYS = 60;

const value = z.strictObject({
  time: z.string(),
  value: z.number(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  censored: z.boolean(),
});
const item = z.strictObject({
  site,
  /** The newest load; percentile is its place, 0 to 1, among the site's own last two years. */
  latest: value.extend({ percentile: z.number() }).nullable(),
  daysSinceLastSample: z.int().nullable(),
  openAnomalies: z.int(),
  history: z.array(value.pick({ time: true, value: true, censored: true })),
});

export const overviewAnswer = z.strictObject({
  analyte: z.string(),
  measure: z.string(),
  unit: z.string(),
  asOf: z.string(),
  items: z.array(item),
});

/** All plants at a glance, for one analyte and quantity. */
export const overviewRoutes: FastifyPluginAsyncZod<ApiPorts> = async (app, { records, series, now }) => {
  const summariesOf = keptHistories(series, HISTORY_DAYS, summaryOf);
  app.get(
    "/overview",
    {
      serializerCompiler: plainJson,
      config: { access: READERS },
      schema: {
        tags: ["series"],
        summary: "Latest load of every plant against its own history",
        querystring: z.strictObject({
          analyte: analyteId,
          measure: z.enum(["load", "populationNormalisedLoad"]).default("populationNormalisedLoad"),
        }),
        response: {
          200: overviewAnswer,
          400: problem,
          401: problem,
          403: problem,
        },
      },
    },
    async ({ query: { analyte, measure } }) => {
      const at = now();
      const plants = (await records.sites.list()).filter(({ kind }) => kind === "wwtp" || kind === "pumpingStation");
      const summaries = await summariesOf(analyte, measure, at.getTime() + DAY_MS);
      const open = await records.anomalies.countOpen(
        new Date(at.getTime() - OPEN_WITHIN_DAYS * DAY_MS).toISOString().slice(0, 10),
      );
      return {
        analyte,
        measure,
        unit: unitOf({ measure, name: analyte, variant: "" }),
        asOf: at.toISOString(),
        items: plants.map((plant) => ({
          site: plant,
          openAnomalies: open[plant.siteId] ?? 0,
          ...latestOf(summaries.get(plant.siteId), at),
        })),
      };
    },
  );
};

/** What the overview shows of a site, as long as its points stay the same. */
function summaryOf(points: readonly SeriesPoint[]) {
  const newest = points.at(-1);
  if (!newest) return undefined;
  const values = points.map((point) => point.value);
  return {
    timeMs: newest.timeMs,
    latest: { ...toPoint(newest), percentile: quantileRank(values, newest.value) },
    history: thin(points, SPARK_POINTS)
      .map(toPoint)
      .map(({ time, value: v, censored }) => ({ time, value: v, censored })),
  };
}

function latestOf(
  summary: ReturnType<typeof summaryOf>,
  now: Date,
): Pick<z.infer<typeof item>, "latest" | "daysSinceLastSample" | "history"> {
  if (!summary) return { latest: null, daysSinceLastSample: null, history: [] };
  const { latest, history, timeMs } = summary;
  return { latest, history, daysSinceLastSample: Math.max(0, Math.floor((now.getTime() - timeMs) / DAY_MS)) };
}

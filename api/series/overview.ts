import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { quantileRank } from "simple-statistics";
import { z } from "zod";
import { comparabilityOf } from "../../analytics/quality/interlaboratory.ts";
import { problem } from "../../schemas/problem.ts";
import { comparability } from "../../schemas/qualityRules.ts";
import { site } from "../../schemas/site.ts";
import { analyteId } from "../../schemas/substances.ts";
import type { Records } from "../../store/records/records.ts";
import type { SeriesPoint } from "../../store/series/series.ts";
import { READERS } from "../auth/access.ts";
import { readyAnswer, sendReady } from "../keptAnswers.ts";
import type { ApiPorts } from "../ports.ts";
import { rounds } from "../rounds.ts";
import { keptHistories } from "./histories.ts";
import { oneVariant } from "./oneVariant.ts";
import { plainJson } from "./plainJson.ts";
import { toPoint } from "./series.ts";
import type { StandingPort } from "./standing.ts";
import { thin } from "./thin.ts";
import { unitOf } from "./units.ts";
import { resultIdsOf, visibleSeries } from "./visible.ts";

/** What is derived of every sample, so that sites can be compared by it. */
const DERIVED_MEASURES = ["load", "populationNormalisedLoad", "consumption", "doses"] as const;

const DAY_MS = 86_400_000;
/** A site's own history that the latest value is compared with. */
const HISTORY_DAYS = 730;
/** Points of the small line beside each site. */
const SPARK_POINTS = 60;
/** Anomalies that ended longer ago are history, not work. */
const OPEN_WITHIN_DAYS = 60;

const query = z.strictObject({
  analyte: analyteId,
  measure: z.enum(DERIVED_MEASURES).default("populationNormalisedLoad"),
});
type Asked = z.infer<typeof query>;

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
  /** Its place by the newest value among the sites whose laboratory is comparable, 1 the highest; null for the others. */
  rank: z.int().nullable(),
  /** Whether the laboratory passed its last interlaboratory round for the analyte, and that not too long ago. */
  comparable: z.boolean(),
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
export const overviewRoutes: FastifyPluginAsyncZod<ApiPorts & StandingPort> = async (app, ports) => {
  const { records, series, now, standing } = ports;
  const summariesOf = keptHistories({ ...series, ...visibleSeries(series, records) }, HISTORY_DAYS, summaryOf);
  const read = async ({ analyte, measure }: Asked): Promise<z.infer<typeof overviewAnswer>> => {
    const at = now();
    const version = `${at.toISOString().slice(0, 10)} ${(await standing()).versionOf({ measure })}`;
    const plants = (await records.sites.list()).filter(({ kind }) => kind === "wwtp" || kind === "pumpingStation");
    const summaries = await summariesOf({ analyte, measure, toMs: at.getTime() + DAY_MS }, version);
    const open = await records.anomalies.countOpen(new Date(at.getTime() - OPEN_WITHIN_DAYS * DAY_MS).toISOString().slice(0, 10));
    const comparable = await comparableSites(records, analyte, summaries, at);
    const ranked = [...comparable].toSorted((a, b) => rankingValue(summaries.get(b)) - rankingValue(summaries.get(a)));
    return {
      analyte,
      measure,
      unit: unitOf({ measure, name: analyte, variant: "" }),
      asOf: at.toISOString(),
      items: plants.map((plant) => ({
        site: plant,
        openAnomalies: open[plant.siteId] ?? 0,
        rank: comparable.has(plant.siteId) ? ranked.indexOf(plant.siteId) + 1 : null,
        comparable: comparable.has(plant.siteId),
        ...latestOf(summaries.get(plant.siteId), at),
      })),
    };
  };
  const ready = rounds(async (asked: Asked) => readyAnswer(JSON.stringify(await read(asked))));
  app.get(
    "/overview",
    {
      serializerCompiler: plainJson,
      config: { access: READERS },
      schema: {
        tags: ["series"],
        summary: "Latest load of every plant against its own history",
        querystring: query,
        response: {
          200: overviewAnswer,
          400: problem,
          401: problem,
          403: problem,
        },
      },
    },
    async (request, reply) => {
      if (request.takesItems) return read(request.query);
      return sendReady(request, reply, await ready(request.query)) as never;
    },
  );
};

type SiteSummary = NonNullable<ReturnType<typeof summaryOf>>;

/** A value below its limit ranks below every one that was quantified. */
const rankingValue = (summary: SiteSummary | undefined) =>
  summary === undefined || summary.latest.censored ? -1 : summary.latest.value;

/** Sites whose newest value comes from a laboratory that passed its last round for the analyte: only theirs are ranked. */
async function comparableSites(
  { results, rounds }: Records,
  analyte: string,
  summaries: ReadonlyMap<string, SiteSummary | undefined>,
  now: Date,
): Promise<Set<string>> {
  const scores = await rounds.scores({ analyte });
  if (scores.length === 0) return new Set();
  const resultIds = [...summaries.values()].flatMap((summary) => summary?.resultIds[0] ?? []);
  const labOf = new Map((await results.revisionsOf(resultIds)).map(({ identity, origin }) => [identity, origin.labId]));
  const day = now.toISOString().slice(0, 10);
  return new Set(
    [...summaries].flatMap(([siteId, summary]) => {
      const labId = labOf.get(summary?.resultIds[0] ?? "");
      const question = { labId: labId ?? "", analyte, day, monthsMax: comparability.monthsMax };
      return labId !== undefined && comparabilityOf(scores, question).comparable ? [siteId] : [];
    }),
  );
}

/** What the overview shows of a site, as long as its points stay the same. */
function summaryOf(all: readonly SeriesPoint[]) {
  const points = oneVariant(all);
  const newest = points.at(-1);
  if (!newest) return undefined;
  const values = points.map((point) => point.value);
  return {
    timeMs: newest.timeMs,
    resultIds: resultIdsOf(newest),
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

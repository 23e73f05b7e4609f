import { Readable } from "node:stream";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { STORED_QUANTITIES } from "../../analytics/load/derived.ts";
import { readVariant } from "../../analytics/load/variants.ts";
import type { ActiveMethods } from "../../analytics/worker/methods.ts";
import { siteId } from "../../schemas/identifiers.ts";
import { problem } from "../../schemas/problem.ts";
import { type MethodProfile, profileKey } from "../../schemas/profiles.ts";
import { isAnnounced } from "../../store/series/announced.ts";
import { MEASURES, type Measure, type SeriesKey, type SeriesPoint } from "../../store/series/series.ts";
import { READERS } from "../auth/access.ts";
import { type Cell, csvLine } from "../csv.ts";
import { keptAnswers, sendReady } from "../keptAnswers.ts";
import type { ApiPorts } from "../ports.ts";
import { badRequest } from "../problems.ts";
import { pointsAsOf } from "./asOf.ts";
import { plainJson } from "./plainJson.ts";
import { askedProfiles } from "./siteNumbers.ts";
import type { StandingPort } from "./standing.ts";
import { thin } from "./thin.ts";
import { unitOf } from "./units.ts";
import { visibleSeries } from "./visible.ts";

/** One or more of a query field. */
export const manyOf = <T extends z.ZodType<string>>(one: T) =>
  z
    .union([one, z.array(one)])
    .transform((value): string[] => (Array.isArray(value) ? value : [value]))
    .optional();

const SERIES_MAX = 200;
const POINTS_MAX = 200_000;
/** Three years of some two hundred series, as charts ask for them. */
const KEPT_BYTES_MAX = 96 * 1024 * 1024;

const query = z.strictObject({
  siteId: manyOf(siteId),
  analyte: manyOf(z.string().min(1).max(64)),
  measure: z.enum(MEASURES).default("load"),
  from: z.iso.date().optional(),
  to: z.iso.date().optional(),
  /** Only the series that a method profile makes, by id or id@version; what laboratories reported themselves is left out. */
  profile: z.string().max(100).optional(),
  /** Values that a quality flag hides from the dashboard are left out but for this. */
  hidden: z.enum(["true", "false"]).default("false"),
  /** As known at the end of the day, UTC: what came or was corrected later is left out. */
  asOf: z.iso.date().optional(),
  /** Thins each series to about so many points, peaks and censoring kept. */
  points: z.coerce.number().int().min(10).max(POINTS_MAX).optional(),
});

export const point = z.strictObject({
  time: z.string(),
  value: z.number(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  censored: z.boolean(),
});
const derivation = z.strictObject({
  profile: z.string(),
  /** All profiles in use that make this series. */
  profiles: z.array(z.string()),
  population: z.string().nullable(),
  excretionFactor: z.string().nullable(),
  dose: z.string().nullable(),
});
const oneSeries = z.strictObject({
  siteId: z.string(),
  analyte: z.string(),
  measure: z.enum(MEASURES),
  variant: z.string(),
  unit: z.string(),
  /** What a derived series is named after (GET /profiles, /factors); null for readings and what laboratories reported. */
  derived: derivation.nullable(),
  points: z.array(point),
});

export const seriesAnswer = z.strictObject({ items: z.array(oneSeries) });

/** Time series of any quantity: JSON for charts, CSV for spreadsheets and scripts. */
export const seriesRoutes: FastifyPluginAsyncZod<ApiPorts & StandingPort> = async (app, ports) => {
  const { series, records, settings, standing } = ports;
  const visible = visibleSeries(series, records);
  const kept = keptAnswers(KEPT_BYTES_MAX);
  const read = async (
    { siteId: siteIds, analyte: names, measure, from, to, points, profile, hidden, asOf }: z.infer<typeof query>,
    active: ActiveMethods,
  ) => {
    const wanted = profile === undefined ? undefined : askedProfiles(active, profile);
    const window = { fromMs: from ? Date.parse(from) : 0, toMs: to ? Date.parse(to) + 86_400_000 : Date.UTC(2200, 0) };
    const all =
      asOf === undefined
        ? await (hidden === "true" ? series : visible).read({
            measure,
            ...(siteIds ? { siteIds } : {}),
            ...(names ? { names } : {}),
            ...window,
          })
        : await pointsAsOf({ records, series, settings }, { siteIds, names, measure, ...window, asOf });
    const groups = [...Map.groupBy(all, ({ siteId: id, name, variant }) => `${id} ${name} ${variant}`).values()].filter(
      ([first]) => wanted === undefined || makersOf(active, wanted, first as SeriesPoint).length > 0,
    );
    if (groups.length > SERIES_MAX)
      throw badRequest({
        en: `That is ${groups.length} series; ask for at most ${SERIES_MAX} at once.`,
        zh: `共 ${groups.length} 条序列；每次最多 ${SERIES_MAX} 条。`,
      });
    return groups.map((group) => seriesOf(group, points, active));
  };
  app.get(
    "/series",
    {
      serializerCompiler: plainJson,
      config: { access: READERS, tables: [] },
      schema: {
        tags: ["series"],
        summary: "Time series of one quantity",
        querystring: query,
        response: { 200: seriesAnswer, 400: problem, 401: problem, 403: problem, 404: problem },
      },
    },
    async (request, reply) => {
      const { siteId: siteIds, analyte: names, measure, asOf } = request.query;
      if (!siteIds && !names) throw nothingNamed();
      const now = await standing();
      const answer = async () => ({ items: await read(request.query, now.methods) });
      // what was known on a date is worked out from the records, and readings never stand still
      if (request.takesItems || asOf !== undefined || !isAnnounced(measure)) return answer();
      const version = now.versionOf({ measure, ...(siteIds ? { siteIds } : {}) });
      const make = async () => JSON.stringify(await answer());
      return sendReady(request, reply, await kept.answer(JSON.stringify(request.query), version, make)) as never;
    },
  );
  /** Site by site, so that a table of everything needs no more memory than one site. */
  async function* rows(asked: z.infer<typeof query>): AsyncGenerator<Row> {
    const { measure, siteId: siteIds, analyte: names, asOf } = asked;
    const filter = { measure, ...(siteIds ? { siteIds } : {}), ...(names ? { names } : {}) };
    const known = asOf === undefined ? (await series.latest(filter)).map(({ siteId: id }) => id) : (siteIds ?? []);
    const { methods } = await standing();
    for (const id of new Set(known))
      for (const { points, ...key } of await read({ ...asked, siteId: [id] }, methods))
        for (const { time, value, low, high, censored } of points)
          yield [key.siteId, key.analyte, key.measure, key.variant, time, value, key.unit, low, high, censored];
  }
  for (const { extension, type, lines } of TABLES) {
    app.get(
      `/series.${extension}`,
      {
        config: { access: READERS },
        schema: {
          tags: ["series"],
          summary: `Time series of one quantity, one value a row, as ${extension === "csv" ? "CSV" : "JSON"}`,
          querystring: query,
          produces: [type],
          response: { 200: z.string(), 400: problem, 401: problem, 403: problem, 404: problem },
        },
      },
      async (request, reply) => {
        const asked = request.query;
        if (!asked.siteId && !asked.analyte) throw nothingNamed();
        const { methods } = await standing();
        askedProfiles(methods, asked.profile); // a refusal, before the answer begins, as is what asOf refuses
        if (asked.asOf !== undefined) await read(asked, methods);
        reply.type(`${type}; charset=utf-8`).header("content-disposition", `attachment; filename="series.${extension}"`);
        return reply.send(Readable.from(lines(rows(asked))) as never);
      },
    );
  }
};

const COLUMNS = ["site_id", "analyte", "measure", "variant", "time", "value", "unit", "low", "high", "censored"] as const;
type Row = Cell[];

const TABLES = [
  {
    extension: "csv",
    type: "text/csv",
    async *lines(rows: AsyncIterable<Row>) {
      yield csvLine(COLUMNS);
      for await (const row of rows) yield csvLine(row);
    },
  },
  {
    extension: "ndjson",
    type: "application/x-ndjson",
    async *lines(rows: AsyncIterable<Row>) {
      const fields = ["siteId", ...COLUMNS.slice(1)];
      for await (const row of rows) yield `${JSON.stringify(Object.fromEntries(fields.map((field, i) => [field, row[i]])))}\n`;
    },
  },
] as const;

const nothingNamed = () =>
  badRequest({ en: "Name at least one siteId or one analyte.", zh: "请至少指定一个 siteId 或 analyte。" });

function seriesOf(
  group: readonly SeriesPoint[],
  pointsMax: number | undefined,
  active: ActiveMethods,
): z.infer<typeof oneSeries> {
  const [{ siteId: id, name, measure, variant }] = group as readonly [SeriesPoint];
  const points = group.map(toPoint);
  return {
    siteId: id,
    analyte: name,
    measure,
    variant,
    unit: unitOf({ measure, name, variant }),
    derived: derivationOf(active, group[0] as SeriesPoint),
    points: pointsMax ? thin(points, pointsMax) : points,
  };
}

function makersOf(
  active: ActiveMethods,
  profiles: readonly MethodProfile[],
  { measure, name, variant }: SeriesKey,
): MethodProfile[] {
  return isStored(measure) ? active.names.makers(profiles, measure, name, variant) : [];
}

function derivationOf(active: ActiveMethods, key: SeriesKey): z.infer<typeof derivation> | null {
  const name = isStored(key.measure) ? readVariant(key.variant) : undefined;
  if (!name) return null;
  return { ...name, profiles: makersOf(active, active.profiles, key).map(profileKey) };
}

const isStored = (measure: Measure): measure is (typeof STORED_QUANTITIES)[number] =>
  (STORED_QUANTITIES as readonly Measure[]).includes(measure);

export function toPoint({ timeMs, value, low = null, high = null, censored = false }: SeriesPointLike): z.infer<typeof point> {
  return { time: new Date(timeMs).toISOString(), value, low, high, censored };
}
type SeriesPointLike = Pick<SeriesPoint, "timeMs" | "value"> & { low?: number | null; high?: number | null; censored?: boolean };

import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { siteId } from "../../schemas/identifiers.ts";
import { problem } from "../../schemas/problem.ts";
import { MEASURES, type SeriesPoint } from "../../store/series/series.ts";
import { READERS } from "../auth/access.ts";
import { csvOf } from "../csv.ts";
import type { ApiPorts } from "../ports.ts";
import { ApiProblem } from "../problems.ts";
import { plainJson } from "./plainJson.ts";
import { thin } from "./thin.ts";
import { unitOf } from "./units.ts";

/** One or more of a query field. */
export const manyOf = <T extends z.ZodType<string>>(one: T) =>
  z
    .union([one, z.array(one)])
    .transform((value): string[] => (Array.isArray(value) ? value : [value]))
    .optional();

const SERIES_MAX = 200;
const POINTS_MAX = 200_000;

const query = z.strictObject({
  siteId: manyOf(siteId),
  analyte: manyOf(z.string().min(1).max(64)),
  measure: z.enum(MEASURES).default("load"),
  from: z.iso.date().optional(),
  to: z.iso.date().optional(),
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
const oneSeries = z.strictObject({
  siteId: z.string(),
  analyte: z.string(),
  measure: z.enum(MEASURES),
  variant: z.string(),
  unit: z.string(),
  points: z.array(point),
});

export const seriesAnswer = z.strictObject({ items: z.array(oneSeries) });

/** Time series of any quantity: JSON for charts, CSV for spreadsheets and scripts. */
export const seriesRoutes: FastifyPluginAsyncZod<ApiPorts> = async (app, { series }) => {
  const read = async ({ siteId: siteIds, analyte: names, measure, from, to, points }: z.infer<typeof query>) => {
    if (!siteIds && !names) throw new ApiProblem(400, "Bad request", "Name at least one siteId or one analyte.");
    const rows = await series.read({
      measure,
      ...(siteIds ? { siteIds } : {}),
      ...(names ? { names } : {}),
      fromMs: from ? Date.parse(from) : 0,
      toMs: to ? Date.parse(to) + 86_400_000 : Date.UTC(2200, 0),
    });
    const groups = [...Map.groupBy(rows, ({ siteId: id, name, variant }) => `${id} ${name} ${variant}`).values()];
    if (groups.length > SERIES_MAX)
      throw new ApiProblem(400, "Bad request", `That is ${groups.length} series; ask for at most ${SERIES_MAX} at once.`);
    return groups.map((group) => seriesOf(group, points));
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
        response: { 200: seriesAnswer, 400: problem, 401: problem, 403: problem },
      },
    },
    async (request) => ({ items: await read(request.query) }),
  );
  app.get(
    "/series.csv",
    {
      config: { access: READERS },
      schema: {
        tags: ["series"],
        summary: "Time series of one quantity, one value a row",
        querystring: query,
        produces: ["text/csv"],
        response: { 200: z.string(), 400: problem, 401: problem, 403: problem },
      },
    },
    async (request, reply) => {
      const items = await read(request.query);
      const rows = items.flatMap(({ points, ...key }) =>
        points.map(({ time, value, low, high, censored }) => [
          key.siteId,
          key.analyte,
          key.measure,
          key.variant,
          time,
          value,
          key.unit,
          low,
          high,
          censored,
        ]),
      );
      reply.type("text/csv; charset=utf-8").header("content-disposition", 'attachment; filename="series.csv"').serializer(String);
      return csvOf(["site_id", "analyte", "measure", "variant", "time", "value", "unit", "low", "high", "censored"], rows);
    },
  );
};

function seriesOf(group: readonly SeriesPoint[], pointsMax: number | undefined): z.infer<typeof oneSeries> {
  const [{ siteId: id, name, measure, variant }] = group as readonly [SeriesPoint];
  const points = group.map(toPoint);
  return {
    siteId: id,
    analyte: name,
    measure,
    variant,
    unit: unitOf({ measure, name, variant }),
    points: pointsMax ? thin(points, pointsMax) : points,
  };
}

export function toPoint({ timeMs, value, low = null, high = null, censored = false }: SeriesPointLike): z.infer<typeof point> {
  return { time: new Date(timeMs).toISOString(), value, low, high, censored };
}
type SeriesPointLike = Pick<SeriesPoint, "timeMs" | "value"> & { low?: number | null; high?: number | null; censored?: boolean };

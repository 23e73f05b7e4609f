import { Readable } from "node:stream";
import type { FastifyReply } from "fastify";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import type { Environment } from "../../schemas/config.ts";
import { siteId } from "../../schemas/identifiers.ts";
import { problem } from "../../schemas/problem.ts";
import type { Site } from "../../schemas/site.ts";
import { analyteId } from "../../schemas/substances.ts";
import { MEASURES, type Series } from "../../store/series/series.ts";
import { READERS } from "../auth/access.ts";
import type { ApiPorts } from "../ports.ts";
import { manyOf } from "../series/series.ts";
import { eudaHeader, eudaRows } from "./eudaWide.ts";
import { longCsv } from "./longCsv.ts";
import { ODM_TABLES, type OdmTable, odmMeasures, odmParts, odmSamples, odmSites } from "./odm.ts";
import { type Selection, selectedResults, selectedSites, type Terms } from "./selection.ts";
import { sitesGeojson } from "./sitesGeojson.ts";
import { wqxJson } from "./wqx.ts";

const querystring = z.strictObject({
  siteId: manyOf(siteId),
  analyte: manyOf(analyteId),
  from: z.iso.date().optional(),
  to: z.iso.date().optional(),
});

const toSelection = ({ siteId: siteIds, analyte: analytes, from, to }: z.infer<typeof querystring>): Selection => ({
  ...(siteIds ? { siteIds } : {}),
  ...(analytes ? { analytes } : {}),
  ...(from ? { from } : {}),
  ...(to ? { to } : {}),
});

export const termsOf = (settings: Environment): Terms => ({
  owner: settings.SEWERTRACE_DATA_OWNER,
  licence: settings.SEWERTRACE_DATA_LICENCE,
});

type Stores = Pick<ApiPorts, "records" | "series">;

/** The exports as text, written while the records are read; the command line writes the same (cli/export.ts). */
export const EXPORTS = {
  long: ({ records }: Stores, selection: Selection, terms: Terms) => longCsv(selectedResults(records, selection), terms),
  euda: eudaCsv,
  wqx: ({ records }: Stores, selection: Selection, terms: Terms) => wqxJson(selectedResults(records, selection), terms),
};

export function odmTable({ records }: Stores, table: OdmTable, selection: Selection, terms: Terms): AsyncGenerator<string> {
  if (table === "parts") return odmParts();
  if (table === "sites") return odmSitesOf(records, selection, terms);
  return (table === "samples" ? odmSamples : odmMeasures)(selectedResults(records, selection), terms);
}

async function* odmSitesOf(records: Stores["records"], selection: Selection, terms: Terms): AsyncGenerator<string> {
  yield* odmSites(await selectedSites(records, selection), terms);
}

async function* eudaCsv({ records, series }: Stores, selection: Selection, terms: Terms): AsyncGenerator<string> {
  yield eudaHeader();
  const { analytes, from, to } = selection;
  for (const site of await selectedSites(records, selection)) {
    const points = await series.read({
      measure: "populationNormalisedLoad",
      siteIds: [site.siteId],
      ...(analytes ? { names: analytes } : {}),
      fromMs: from ? Date.parse(from) : 0,
      toMs: to ? Date.parse(to) + 86_400_000 : Date.UTC(2200, 0),
    });
    yield* eudaRows(site, points, terms);
  }
}

export async function geojsonOf(
  { records, series }: Stores,
  selection: Selection,
  measure: (typeof MEASURES)[number],
  terms: Terms,
): Promise<ReturnType<typeof sitesGeojson>> {
  const sites = await selectedSites(records, selection);
  return sitesGeojson(sites, await newestOf(series, sites, selection, measure), terms);
}

function newestOf(series: Series, sites: readonly Site[], { analytes }: Selection, measure: (typeof MEASURES)[number]) {
  return series.latest({ measure, siteIds: sites.map(({ siteId: id }) => id), ...(analytes ? { names: analytes } : {}) });
}

const refusals = { 400: problem, 401: problem, 403: problem };
const config = { access: READERS };
const geojson = z.strictObject({
  type: z.literal("FeatureCollection"),
  licence: z.string(),
  owner: z.string(),
  features: z.array(z.unknown()),
});
/** Of its own, since it is written while it is read and has no ETag. */
const WQX_TYPE = "application/vnd.sewertrace.wqx+json";
const wqx = z.strictObject({
  schema: z.string(),
  organization: z.string(),
  licence: z.string(),
  results: z.array(z.looseObject({ resultIdentifier: z.string(), characteristicName: z.string() })),
});

/** Files for other systems, each with licence, source, method and unit inside. */
export const exportRoutes: FastifyPluginAsyncZod<ApiPorts> = async (app, ports) => {
  const terms = termsOf(ports.settings);
  // a route's declared answer is the text; what is sent is the same, while it is written
  const send = (reply: FastifyReply, text: AsyncGenerator<string>, name: string, type: string) =>
    reply.type(type).header("content-disposition", `attachment; filename="${name}"`).send(Readable.from(text)) as never;
  for (const [form, summary] of [
    ["long", "Results, one a row, in the columns that laboratories send"],
    ["euda", "Loads per 1,000 people by week, as EUDA publishes them"],
  ] as const) {
    app.get(
      `/exports/${form}.csv`,
      {
        config,
        schema: { tags: ["exports"], summary, querystring, produces: ["text/csv"], response: { 200: z.string(), ...refusals } },
      },
      ({ query }, reply) =>
        send(reply, EXPORTS[form](ports, toSelection(query), terms), `${form}.csv`, "text/csv; charset=utf-8"),
    );
  }
  app.get(
    "/exports/odm/:table",
    {
      config,
      schema: {
        tags: ["exports"],
        summary: "PHES-ODM 2.2 tables, with the drugs as a declared extension",
        params: z.strictObject({ table: z.enum(ODM_TABLES.map((table) => `${table}.csv` as const)) }),
        querystring,
        produces: ["text/csv"],
        response: { 200: z.string(), ...refusals },
      },
    },
    ({ params: { table }, query }, reply) => {
      const name = table.slice(0, -".csv".length) as OdmTable;
      return send(reply, odmTable(ports, name, toSelection(query), terms), table, "text/csv; charset=utf-8");
    },
  );
  app.get(
    "/exports/wqx.json",
    {
      config,
      schema: {
        tags: ["exports"],
        summary: "Results after WQX, as JSON",
        querystring,
        response: { 200: { content: { [WQX_TYPE]: { schema: wqx } } }, ...refusals },
      },
    },
    ({ query }, reply) => send(reply, EXPORTS.wqx(ports, toSelection(query), terms), "wqx.json", WQX_TYPE),
  );
  app.get(
    "/exports/sites.geojson",
    {
      config,
      schema: {
        tags: ["exports"],
        summary: "Sites as points, with the newest value of each analyte",
        querystring: querystring.pick({ siteId: true, analyte: true }).extend({ measure: z.enum(MEASURES).default("load") }),
        response: { 200: geojson, ...refusals },
      },
    },
    ({ query }, reply) => {
      reply.header("content-disposition", 'attachment; filename="sites.geojson"');
      return geojsonOf(ports, toSelection(query), query.measure, terms);
    },
  );
};

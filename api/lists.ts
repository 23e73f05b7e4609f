import { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema, RouteOptions } from "fastify";
import { z } from "zod";
import { cellsOf, columnsOf, csvLine } from "./csv.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** The tables that a list gets beside it; all of them where it does not say. */
    tables?: readonly ("csv" | "ndjson")[];
  }
  interface FastifyRequest {
    /** The fields asked for, where not all are. */
    fields: readonly string[] | undefined;
    /** Whether a list's handler is to answer with its items, to be cut or made a table of, rather than with text that stands ready. */
    takesItems: boolean;
  }
}

/** Said of an answer that holds only the fields asked for: its schema is not the route's. */
export const SPARSE_TYPE = "application/vnd.sewertrace.sparse+json";

/** Rows that a table reads at once. */
const PAGE_ROWS = 500;

/** What every list can do beside being read page by page: `fields=`, and `.csv` and `.ndjson` with all its pages. To be called before the routes are registered. */
export function extendLists(app: FastifyInstance): void {
  app.decorateRequest("fields", undefined);
  app.decorateRequest("takesItems", false);
  app.addHook("onRoute", function (route) {
    const answer = answerOf(route);
    const item = answer && itemOf(answer);
    if (route.method !== "GET" || !answer || isTable(route.url)) return;
    const wanted = (form: Form) => route.config?.tables?.includes(form.extension) ?? true;
    if (item) for (const form of FORMS.filter(wanted)) this.route(tableRoute(route, item, form));
    takeFields(route, item ?? answer);
  });
  app.addHook("preHandler", async (request) => {
    const query = request.query as { fields?: string } | undefined;
    if (query?.fields === undefined) return;
    request.fields = query.fields.split(",");
    request.takesItems = true;
    delete query.fields; // a route's own filters are what is left
  });
  app.addHook("preSerialization", async (request, reply, payload) => {
    const answer = request.fields && reply.statusCode === 200 && answerOf(request.routeOptions);
    if (!answer) return payload;
    const fields = new Set(request.fields);
    const whole = z.encode(answer, payload as never) as Record<string, unknown>;
    reply.type(SPARSE_TYPE).serializer(JSON.stringify);
    const only = (each: object) => Object.fromEntries(Object.entries(each).filter(([name]) => fields.has(name)));
    return itemOf(answer) ? { ...whole, items: (whole["items"] as object[]).map(only) } : only(whole);
  });
}

type Routed = Pick<RouteOptions, "schema">;
type Answer = z.ZodObject<Record<string, z.ZodType>>;

/** The schema of a right answer that is an object. */
function answerOf({ schema }: Routed): Answer | undefined {
  const answer = (schema?.response as Record<number, unknown> | undefined)?.[200];
  return answer instanceof z.ZodObject ? (answer as Answer) : undefined;
}

/** Of an answer that is a list, the schema of what is listed. */
function itemOf({ shape: { items } }: Answer): Answer | undefined {
  return items instanceof z.ZodArray && items.element instanceof z.ZodObject ? (items.element as Answer) : undefined;
}

function takeFields(route: RouteOptions, { shape }: Answer): void {
  const name = `(?:${Object.keys(shape).join("|")})`;
  const fields = z
    .string()
    .regex(new RegExp(`^${name}(?:,${name})*$`), `some of ${Object.keys(shape).join(", ")}, with commas between`)
    .optional()
    .describe("Only these fields of each item, with commas between; all of them where it is left out.");
  const query = route.schema?.querystring;
  const known = query instanceof z.ZodObject ? query : z.strictObject({});
  if (!("fields" in known.shape)) route.schema = { ...route.schema, querystring: known.extend({ fields }) };
}

interface Form {
  extension: "csv" | "ndjson";
  type: string;
  said: string;
  lines(item: Answer, fields: readonly string[] | undefined, rows: AsyncIterable<unknown>): AsyncGenerator<string>;
}

const FORMS: readonly Form[] = [
  {
    extension: "csv",
    type: "text/csv",
    said: "as CSV",
    async *lines(item, fields, rows) {
      const columns = columnsOf(item).filter(({ path: [field] }) => !fields || fields.includes(field ?? ""));
      yield csvLine(columns.map(({ name }) => name));
      for await (const row of rows) yield csvLine(cellsOf(columns, row));
    },
  },
  {
    extension: "ndjson",
    type: "application/x-ndjson",
    said: "as JSON, one a line",
    async *lines(item, fields, rows) {
      for await (const row of rows) {
        const whole = z.encode(item, row as never) as Record<string, unknown>;
        yield `${JSON.stringify(fields ? Object.fromEntries(fields.map((field) => [field, whole[field]])) : whole)}\n`;
      }
    },
  },
];

const isTable = (url: string) => FORMS.some(({ extension }) => url.endsWith(`.${extension}`));

/** The list's own handler, asked page after page while the table is being sent. */
function tableRoute(list: RouteOptions, item: Answer, { extension, type, said, lines }: Form): RouteOptions {
  const { querystring, summary, response, ...rest } = list.schema as FastifySchema & { summary?: string; response: object };
  const query = querystring instanceof z.ZodObject ? querystring : z.strictObject({});
  const unpaged = Object.fromEntries(Object.entries(query.shape).filter(([name]) => name !== "limit" && name !== "cursor"));
  const isPaged = "limit" in query.shape;
  const own = {
    schema: { querystring: z.strictObject(unpaged), response: { 200: list.schema && answerOf(list) } },
  } as unknown as RouteOptions;
  takeFields(own, item);
  return {
    method: "GET",
    url: `${(list as RouteOptions & { routePath: string }).routePath}.${extension}`,
    exposeHeadRoute: false,
    config: { ...list.config },
    schema: {
      ...rest,
      summary: `${summary}, ${said}`,
      produces: [type],
      querystring: own.schema?.querystring,
      response: { ...response, 200: z.string() },
    } as FastifySchema,
    async handler(request: FastifyRequest, reply: FastifyReply) {
      const filter = request.query as object;
      request.takesItems = true;
      const page = async (cursor: string | null): Promise<{ items: unknown[]; next?: string | null }> => {
        request.query = isPaged ? { ...filter, limit: PAGE_ROWS, ...(cursor ? { cursor } : {}) } : filter;
        return (await list.handler.call(this, request, reply)) as { items: unknown[]; next?: string | null };
      };
      const first = await page(null); // before the answer begins, so that a refusal is still one
      async function* rows(): AsyncGenerator<unknown> {
        for (let read = first; ; read = await page(read.next)) {
          yield* read.items;
          if (!read.next) return;
        }
      }
      const name = request.url.split("?")[0]?.split("/").at(-1) ?? `list.${extension}`;
      reply.type(`${type}; charset=utf-8`).header("content-disposition", `attachment; filename="${name}"`);
      return reply.send(Readable.from(lines(item, request.fields, rows())));
    },
  };
}

import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { askToRecompute } from "../../analytics/worker/recompute.ts";
import { siteId } from "../../schemas/identifiers.ts";
import { network } from "../../schemas/network.ts";
import { problem } from "../../schemas/problem.ts";
import { SITE_KINDS, site } from "../../schemas/site.ts";
import { substance, substances } from "../../schemas/substances.ts";
import { ADMINS, EVERYBODY, INVESTIGATORS } from "../auth/access.ts";
import { requireMatch } from "../etag.ts";
import { mayKnowOf } from "../leads/smallPlaces.ts";
import { fromCursor, listOf, page, paged } from "../paging.ts";
import type { ApiPorts } from "../ports.ts";
import { badRequest, notFound } from "../problems.ts";

const networkVersion = z.strictObject({ networkId: z.string(), version: z.string(), createdAt: z.string() });
const siteAnswer = z.strictObject({ site, analytes: z.array(z.string()) });
/** A network of 100,000 nodes is about 30 MB of JSON. */
const NETWORK_BYTES_MAX = 64 * 1024 * 1024;

/** Sites, the sewers between them, and what is measured there. */
export const siteRoutes: FastifyPluginAsyncZod<ApiPorts> = async (app, { records, log, now }) => {
  const read = async (id: string): Promise<z.infer<typeof siteAnswer> | undefined> => {
    const found = await records.sites.find(id);
    return found && siteAnswer.parse({ site: found, analytes: await records.results.analytesOf(id) });
  };
  app.get(
    "/sites",
    {
      config: { access: EVERYBODY },
      schema: {
        tags: ["sites"],
        summary: "List sites",
        querystring: z.strictObject({ ...page, kind: z.enum(SITE_KINDS).optional(), parentSiteId: siteId.optional() }),
        response: { 200: listOf(site), 400: problem, 401: problem },
      },
    },
    async ({ query: { limit, cursor, kind, parentSiteId } }) => {
      const after = fromCursor<{ siteId: string }>(cursor, ["siteId"]);
      const all = await records.sites.list(parentSiteId === undefined ? {} : { parentSiteId });
      const rows = all.filter((each) => (kind === undefined || each.kind === kind) && (!after || each.siteId > after.siteId));
      return paged(rows, limit, (last) => ({ siteId: last.siteId }));
    },
  );
  app.get(
    "/sites/:siteId",
    {
      config: { access: EVERYBODY },
      schema: {
        tags: ["sites"],
        summary: "One site and the analytes measured there",
        description: "What is looked for at a manhole, an institution or a compound is told to investigators of its region only.",
        params: z.strictObject({ siteId }),
        response: { 200: siteAnswer, 400: problem, 401: problem, 404: problem },
      },
    },
    async ({ params, key }) => {
      const answer = await read(params.siteId);
      if (!answer) throw notFound("site", params.siteId);
      return (await mayKnowOf(key, answer.site, records)) ? answer : { ...answer, analytes: [] };
    },
  );
  app.put(
    "/sites/:siteId",
    {
      config: { access: ADMINS },
      schema: {
        tags: ["sites"],
        summary: "Add or change a site",
        params: z.strictObject({ siteId }),
        body: site,
        response: { 200: site, 400: problem, 401: problem, 403: problem, 412: problem },
      },
    },
    async (request) => {
      const { params, body, key } = request;
      if (body.siteId !== params.siteId)
        throw badRequest({
          en: `The body is of site ${body.siteId}, the path of ${params.siteId}.`,
          zh: `请求正文的采样点是 ${body.siteId}，路径中的是 ${params.siteId}。`,
        });
      requireMatch(request, await read(params.siteId));
      const at = now().toISOString();
      await records.transaction(async (inside) => {
        await inside.sites.save(body, at);
        await inside.chains.append("audit", { at, actor: key.name, action: "site.saved", subject: body.siteId, content: body });
      });
      await askToRecompute(log, [body], "site");
      return body;
    },
  );
  app.get(
    "/networks",
    {
      config: { access: INVESTIGATORS },
      schema: {
        tags: ["sites"],
        summary: "Versions of the sewer networks",
        response: { 200: listOf(networkVersion), 401: problem, 403: problem },
      },
    },
    async () => ({ items: await records.networks.list(), next: null }),
  );
  app.get(
    "/networks/:networkId",
    {
      config: { access: INVESTIGATORS },
      schema: {
        tags: ["sites"],
        summary: "A sewer network, newest version",
        params: z.strictObject({ networkId: z.string() }),
        response: { 200: network, 401: problem, 403: problem, 404: problem },
      },
    },
    async ({ params }) => {
      const found = await records.networks.find(params.networkId);
      if (!found) throw notFound("network", params.networkId);
      return found.network;
    },
  );
  app.put(
    "/networks/:networkId",
    {
      config: { access: ADMINS },
      bodyLimit: NETWORK_BYTES_MAX,
      schema: {
        tags: ["sites"],
        summary: "Add a version of a sewer network",
        params: z.strictObject({ networkId: z.string() }),
        body: network,
        response: {
          200: z.strictObject({ networkId: z.string(), version: z.string() }),
          400: problem,
          401: problem,
          403: problem,
          412: problem,
        },
      },
    },
    async (request) => {
      const { params, body, key } = request;
      if (body.id !== params.networkId)
        throw badRequest({
          en: `The body is of network ${body.id}, the path of ${params.networkId}.`,
          zh: `请求正文的管网是 ${body.id}，路径中的是 ${params.networkId}。`,
        });
      const at = now().toISOString();
      const version = await records.transaction(async (inside) => {
        requireMatch(request, network.safeParse((await inside.networks.find(params.networkId))?.network).data);
        const saved = await inside.networks.save(body, at);
        await inside.chains.append("audit", {
          at,
          actor: key.name,
          action: "network.saved",
          subject: body.id,
          content: { version: saved },
        });
        return saved;
      });
      return { networkId: body.id, version };
    },
  );
  app.get(
    "/substances",
    {
      config: { access: EVERYBODY },
      schema: { tags: ["sites"], summary: "The registry of substances", response: { 200: listOf(substance), 401: problem } },
    },
    async () => ({ items: [...substances], next: null }),
  );
};

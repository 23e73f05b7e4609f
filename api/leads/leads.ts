import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { transitionLead } from "../../alerts/leads.ts";
import { leadStatistics } from "../../alerts/statistics.ts";
import { leadStatistics as statisticsSchema } from "../../schemas/caseFile.ts";
import { chainEntry } from "../../schemas/chain.ts";
import { addDays } from "../../schemas/days.ts";
import { day, moment } from "../../schemas/identifiers.ts";
import { LEAD_STATES, type Lead, lead, leadVersion } from "../../schemas/lead.ts";
import { problem } from "../../schemas/problem.ts";
import type { LeadFilter } from "../../store/records/leads.ts";
import { INVESTIGATORS } from "../auth/access.ts";
import { csvOf } from "../csv.ts";
import { requireMatch } from "../etag.ts";
import { readyAnswer, sendReady } from "../keptAnswers.ts";
import { fromCursor, listOf, page, paged } from "../paging.ts";
import type { ApiPorts } from "../ports.ts";
import { notFound } from "../problems.ts";
import { rounds } from "../rounds.ts";
import { sewerFeatures } from "./geojson.ts";
import { guarded } from "./refused.ts";
import { purposeHeader, purposeQuery, statedPurpose, viewing } from "./viewing.ts";

const params = z.strictObject({ leadId: z.string() });
const headers = purposeHeader;
const querystring = z.strictObject(purposeQuery);
const refusals = { 400: problem, 401: problem, 403: problem, 404: problem };
const geojson = z.object({ type: z.literal("FeatureCollection"), features: z.array(z.unknown()) });
const filters = {
  ...purposeQuery,
  siteId: z.string().optional(),
  state: z.enum(LEAD_STATES).optional(),
  region: z.string().optional(),
};
/** A year of statistics where nobody says from when. */
const STATISTICS_DAYS = 365;
/** Leads in one CSV; a province has a few hundred a year. */
const CSV_LEADS_MAX = 5_000;

/** Leads: for investigators only, for a stated purpose, and every view is written down before it is shown. */
export const leadRoutes: FastifyPluginAsyncZod<ApiPorts> = async (app, { records, settings, now }) => {
  const { view, viewAll, viewChanged } = viewing({ records, now });
  const rules = {
    peopleMin: settings.SEWERTRACE_UNIT_PEOPLE_MIN,
    retentionDays: settings.SEWERTRACE_LEAD_RETENTION_DAYS,
  };
  const config = { access: INVESTIGATORS };
  /** Lists that name places are looked at inside the house: no table to hand on comes beside them. */
  const working = { ...config, tables: [] };
  /** One reading for all who ask the same at one moment; each of them is written down for itself. */
  const listed = rounds(async ({ limit, ...filter }: LeadFilter) => {
    const found = await records.leads.list({ ...filter, limit: limit + 1 });
    const answer = paged(found, limit, ({ updatedAt, leadId }) => ({ updatedAt, leadId }));
    return { answer, ready: readyAnswer(JSON.stringify(z.encode(listOf(lead), answer))) };
  });
  app.get(
    "/leads",
    {
      config: working,
      schema: {
        tags: ["leads"],
        summary: "List leads, latest change first",
        headers,
        querystring: z.strictObject({ ...page, ...filters }),
        response: { 200: listOf(lead), 400: problem, 401: problem, 403: problem },
      },
    },
    async (request, reply) => {
      const { limit, cursor, siteId, state, region } = request.query;
      const after = fromCursor<{ updatedAt: string; leadId: string }>(cursor, ["updatedAt", "leadId"]);
      const filter = {
        ...(siteId ? { siteId } : {}),
        ...(state ? { state } : {}),
        ...(region ? { region } : {}),
        ...(request.key.regions ? { regions: request.key.regions } : {}),
        ...(after ? { after } : {}),
      };
      statedPurpose(request); // a refusal, before anything is looked up
      const { answer, ready } = await listed({ ...filter, limit });
      await viewAll(request, answer.items, "list");
      return request.takesItems ? answer : (sendReady(request, reply, ready) as never);
    },
  );
  app.get(
    "/leads.csv",
    {
      config,
      schema: {
        tags: ["leads"],
        summary: "Leads as a table that names no place in a sewer",
        headers,
        querystring: z.strictObject(filters),
        produces: ["text/csv"],
        response: { 200: z.string(), 400: problem, 401: problem, 403: problem },
      },
    },
    async (request, reply) => {
      const { siteId, state, region } = request.query;
      const { regions } = request.key;
      const asked = { ...(siteId ? { siteId } : {}), ...(state ? { state } : {}), ...(region ? { region } : {}) };
      const filter = { ...asked, ...(regions ? { regions } : {}) };
      const found = await records.leads.list({ ...filter, limit: CSV_LEADS_MAX });
      await viewAll(request, found, "leads.csv");
      reply.type("text/csv; charset=utf-8").header("content-disposition", 'attachment; filename="leads.csv"');
      return reply.send(csvOf(CSV_HEADER, found.map(csvRow)));
    },
  );
  app.get(
    "/leads/statistics",
    {
      config,
      schema: {
        tags: ["leads"],
        summary: "How many leads and cases, with what each count means",
        description:
          "For the days from `from` to before `to`, UTC; the last year where nothing is said. Names no lead and no case.",
        querystring: z.strictObject({ from: day.optional(), to: day.optional() }),
        response: { 200: statisticsSchema, 400: problem, 401: problem, 403: problem },
      },
    },
    async ({ query: { from, to }, key: { regions } }) => {
      const end = to ?? addDays(now().toISOString().slice(0, 10), 1);
      return leadStatistics(records, from ?? addDays(end, -STATISTICS_DAYS), end, regions);
    },
  );
  app.get(
    "/leads/:leadId",
    {
      config,
      schema: { tags: ["leads"], summary: "One lead", headers, querystring, params, response: { 200: lead, ...refusals } },
    },
    (request) => view(request, request.params.leadId, "lead"),
  );
  app.get(
    "/leads/:leadId/network.geojson",
    {
      config,
      schema: {
        tags: ["leads"],
        summary: "The sewer with the posterior of each node, for the work inside the house",
        description: "What is handed on is report.geojson, which keeps to the smallest population.",
        headers,
        querystring,
        params,
        response: { 200: geojson, ...refusals },
      },
    },
    async (request) => {
      const found = await view(request, request.params.leadId, "network");
      const sewer = found.networkId && (await records.networks.find(found.networkId, found.networkVersion ?? undefined));
      if (!sewer) throw notFound("mapped sewer of lead", found.leadId);
      return sewerFeatures(sewer.network, found.posterior);
    },
  );
  app.get(
    "/leads/:leadId/log",
    {
      config: working,
      schema: {
        tags: ["leads"],
        summary: "What happened to the lead, each entry chained to the one before",
        description: "`at` is when it was written down; `content.happenedAt`, where it is there, when it happened.",
        headers,
        querystring,
        params,
        response: { 200: listOf(chainEntry), ...refusals },
      },
    },
    async (request) => {
      const { leadId } = await view(request, request.params.leadId, "log");
      return { items: await records.chains.list(`lead:${leadId}`), next: null };
    },
  );
  app.get(
    "/leads/:leadId/versions",
    {
      config: working,
      schema: {
        tags: ["leads"],
        summary: "Every version of the lead: what changed, why, and the hash of the whole",
        headers,
        querystring,
        params,
        response: { 200: listOf(leadVersion), ...refusals },
      },
    },
    async (request) => {
      const { leadId } = await view(request, request.params.leadId, "versions");
      return { items: await records.leads.versions(leadId), next: null };
    },
  );
  app.get(
    "/leads/:leadId/versions/:version",
    {
      config,
      schema: {
        tags: ["leads"],
        summary: "The lead as it was",
        headers,
        querystring,
        params: params.extend({ version: z.coerce.number().int().positive() }),
        response: { 200: lead, ...refusals },
      },
    },
    async (request) => {
      const { leadId, version } = request.params;
      await view(request, leadId, `version ${version}`);
      const found = await records.leads.version(leadId, version);
      if (!found) throw notFound(`version of lead ${leadId}`, String(version));
      return found;
    },
  );
  app.post(
    "/leads/:leadId/transitions",
    {
      config,
      schema: {
        tags: ["leads"],
        summary: "Move a lead to another state",
        description:
          "`into` names the lead that goes on, for merged. A referral below the smallest population needs an authorisation.",
        params,
        body: z.strictObject({
          to: z.enum(LEAD_STATES),
          reason: z.string().max(2_000).default(""),
          into: z.string().optional(),
          happenedAt: moment.optional(),
        }),
        response: { 200: lead, ...refusals, 409: problem, 412: problem },
      },
    },
    async (request) => {
      const { leadId } = request.params;
      requireMatch(request, lead.safeParse(await records.leads.find(leadId)).data);
      const { to, reason, into, happenedAt } = request.body;
      const { name, role } = request.key;
      const more = { ...(into === undefined ? {} : { into }), ...(happenedAt === undefined ? {} : { happenedAt }) };
      const transition = { leadId, to, reason, actor: { name, role }, at: now().toISOString(), ...more };
      const moved = await guarded(() => transitionLead(records, transition, rules));
      if (!moved) throw notFound("lead", leadId);
      return viewChanged(request, moved, `to ${to}`);
    },
  );
};

const CSV_HEADER = [
  "lead_id",
  "site_id",
  "region",
  "analyte",
  "state",
  "version",
  "opened_at",
  "updated_at",
  "trigger_day",
  "excess_g_d",
  "baseline_g_d",
  "p_no_source",
  "set90_places",
  "set90_people",
  "samples",
  "assignee",
];

function csvRow({ leadId, siteId, region, analyte, state, version, openedAt, updatedAt, trigger, posterior, assignee }: Lead) {
  const set = posterior?.credible["90"];
  return [
    leadId,
    siteId,
    region,
    analyte,
    state,
    version,
    openedAt,
    updatedAt,
    trigger.day,
    trigger.excessGD,
    trigger.baselineGD,
    posterior?.noSource ?? null,
    set?.nodes.length ?? null,
    set?.people ?? null,
    posterior?.evidence.length ?? null,
    assignee,
  ];
}

import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { type Published, publishLead } from "../../alerts/published.ts";
import type { Custody } from "../../analytics/quality/leadCustody.ts";
import { leadCustody } from "../../analytics/worker/custody.ts";
import { readJudgedLoads } from "../../analytics/worker/judgedLoads.ts";
import type { Bilingual } from "../../schemas/anomaly.ts";
import { addDays } from "../../schemas/days.ts";
import type { Lead, Posterior } from "../../schemas/lead.ts";
import { type LeadCandidate, leadCandidate } from "../../schemas/leadCandidate.ts";
import { problem } from "../../schemas/problem.ts";
import type { Site } from "../../schemas/site.ts";
import { INVESTIGATORS } from "../auth/access.ts";
import { csvOf } from "../csv.ts";
import { listOf } from "../paging.ts";
import type { ApiPorts } from "../ports.ts";
import { notFound } from "../problems.ts";
import { rankCandidates } from "./candidates.ts";
import { publishedFeatures } from "./geojson.ts";
import { reportPage } from "./report/report.ts";
import { languageFor, REPORT_LANGUAGES } from "./report/words.ts";
import { purposeHeader as headers, purposeQuery, statedPurpose, viewing } from "./viewing.ts";

const params = z.strictObject({ leadId: z.string() });
const querystring = z.strictObject(purposeQuery);
const refusals = { 400: problem, 401: problem, 403: problem, 404: problem };
const config = { access: INVESTIGATORS };
/** Lists that name places are looked at inside the house: no table to hand on comes beside them. */
const working = { ...config, tables: [] };
/** Days of the chart before and after the day that opened the lead. */
const [CHART_BEFORE_DAYS, CHART_AFTER_DAYS] = [90, 30];
/** Nothing from anywhere, and nothing that runs: the report is for reading and printing. */
const REPORT_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/** What of a lead is handed on: the report, the map and the evidence, down to places that may be named. */
export const publishedRoutes: FastifyPluginAsyncZod<ApiPorts> = async (app, { records, series, settings, now }) => {
  const { view } = viewing({ records, now });
  const peopleMin = settings.SEWERTRACE_UNIT_PEOPLE_MIN;
  const networkOf = async ({ networkId, networkVersion }: Lead) =>
    networkId === null ? undefined : (await records.networks.find(networkId, networkVersion ?? undefined))?.network;
  const publish = async (lead: Lead) => {
    const network = await networkOf(lead);
    const authorisation = await records.authorisations.inForce({ kind: "lead", id: lead.leadId }, now().toISOString());
    return { network, authorisation, published: publishLead(lead, network, peopleMin, authorisation !== undefined) };
  };
  const custody = ({ leadId }: Lead) => leadCustody(records, leadId);

  app.get(
    "/leads/:leadId/report.html",
    {
      config,
      schema: {
        tags: ["leads"],
        summary: "The report: one page that needs nothing else, to print or to keep",
        description:
          "In English or Chinese by ?lang or Accept-Language. Without an authorisation in force it names areas of at least SEWERTRACE_UNIT_PEOPLE_MIN people instead of manholes.",
        headers,
        querystring: querystring.extend({ lang: z.enum(REPORT_LANGUAGES).optional() }),
        params,
        produces: ["text/html"],
        response: { 200: z.string(), ...refusals },
      },
    },
    async (request, reply) => {
      const lead = await view(request, request.params.leadId, "report");
      const plant = await records.sites.find(lead.siteId);
      if (!plant) throw notFound("site", lead.siteId);
      const { network, authorisation, published } = await publish(lead);
      const [versions, custodies, chart, log] = await Promise.all([
        records.leads.versions(lead.leadId),
        custody(lead),
        chartOf({ records, series, settings }, lead, plant),
        logOf(records, lead.leadId),
      ]);
      const ranked = network && lead.posterior ? rankCandidates(network, lead.posterior) : [];
      const page = reportPage(
        {
          published,
          plant,
          network,
          candidates:
            published.detail === "areas" && published.lead.posterior
              ? inAreas(ranked, published.lead.posterior, published)
              : ranked.map((each) => renamed(each, published.nameOf)),
          ...chart,
          custodyOf: custodyWords(custodies, published),
          versions,
          log,
          authorisation,
          peopleMin,
          madeBy: request.key.name,
          madeAt: now().toISOString(),
          purpose: statedPurpose(request),
        },
        languageFor(request.query.lang, request.headers["accept-language"]),
      );
      reply
        .header("content-security-policy", REPORT_POLICY)
        .header("cache-control", "no-store")
        .header("vary", "accept-language");
      return reply.type("text/html; charset=utf-8").send(page);
    },
  );
  app.get(
    "/leads/:leadId/report.geojson",
    {
      config,
      schema: {
        tags: ["leads"],
        summary: "The sewer with the probability of each place that may be named",
        headers,
        querystring,
        params,
        response: { 200: z.object({ type: z.literal("FeatureCollection"), features: z.array(z.unknown()) }), ...refusals },
      },
    },
    async (request) => {
      const lead = await view(request, request.params.leadId, "report.geojson");
      const { network, published } = await publish(lead);
      if (!network) throw notFound("mapped sewer of lead", lead.leadId);
      return publishedFeatures(network, published.lead.posterior, published.nameOf);
    },
  );
  app.get(
    "/leads/:leadId/evidence.csv",
    {
      config,
      schema: {
        tags: ["leads"],
        summary: "The samples weighed, as a table",
        headers,
        querystring,
        params,
        produces: ["text/csv"],
        response: { 200: z.string(), ...refusals },
      },
    },
    async (request, reply) => {
      const lead = await view(request, request.params.leadId, "evidence.csv");
      const { published } = await publish(lead);
      const words = custodyWords(await custody(lead), published);
      const rows = (published.lead.posterior?.evidence ?? []).map((sample) => [
        sample.day,
        sample.node,
        sample.loadGD,
        sample.censored,
        sample.expectedGD,
        sample.reading,
        sample.logBayesFactor,
        published.detail === "areas" ? null : sample.sampleId, // a sample's number may hold the manhole's
        words(sample)?.en ?? null,
      ]);
      reply.type("text/csv; charset=utf-8").header("content-disposition", `attachment; filename="${lead.leadId}-evidence.csv"`);
      return reply.send(csvOf(EVIDENCE_HEADER, rows));
    },
  );
  app.get(
    "/leads/:leadId/candidates",
    {
      config: working,
      schema: {
        tags: ["leads"],
        summary: "Where it may have entered, with what speaks for and against each place, for the work inside the house",
        headers,
        querystring,
        params,
        response: { 200: listOf(leadCandidate), ...refusals },
      },
    },
    async (request) => {
      const lead = await view(request, request.params.leadId, "candidates");
      const network = await networkOf(lead);
      return { items: network && lead.posterior ? rankCandidates(network, lead.posterior) : [], next: null };
    },
  );
};

const EVIDENCE_HEADER = [
  "day",
  "place",
  "load_g_d",
  "below_limit",
  "ordinary_g_d",
  "reading",
  "ln_bayes_factor",
  "sample_id",
  "custody",
];

/** The log in short: how long it is, and the hash that covers it. */
async function logOf({ chains }: ApiPorts["records"], leadId: string) {
  const chain = `lead:${leadId}`;
  let last = { seq: 0, hash: "–" };
  for (let page = await chains.list(chain); page.length > 0; page = await chains.list(chain, { after: last.seq }))
    last = page.at(-1) ?? last;
  return { entries: last.seq, lastHash: last.hash, broken: await chains.verify(chain) };
}

async function chartOf(
  ports: Pick<ApiPorts, "records" | "series" | "settings">,
  { siteId, analyte, trigger }: Lead,
  { timeZone }: Site,
) {
  const window = {
    siteIds: [siteId],
    names: [analyte],
    fromMs: Date.parse(addDays(trigger.day, -CHART_BEFORE_DAYS)),
    toMs: Date.parse(addDays(trigger.day, CHART_AFTER_DAYS)),
  };
  const [loads, expected] = await Promise.all([
    readJudgedLoads(ports, window),
    ports.series.read({ ...window, measure: "expected" }),
  ]);
  const dayOf = (timeMs: number) => new Date(new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short" }).format(timeMs));
  return {
    loads: loads.map(({ timeMs, value, censored = false }) => ({ at: dayOf(timeMs), loadGD: value, censored })),
    expected: expected.flatMap(({ timeMs, low, high, variant }) =>
      variant === "load" && low !== undefined && high !== undefined ? [{ at: dayOf(timeMs), low, high }] : [],
    ),
  };
}

const STATE_WORDS: Record<Custody["state"], Bilingual> = {
  ordered: { en: "ordered", zh: "已下单" },
  notTaken: { en: "not taken", zh: "未采样" },
  taken: { en: "taken, at no laboratory yet", zh: "已采样，未送达实验室" },
  received: { en: "intact", zh: "完整" },
  broken: { en: "does not fit", zh: "不符" },
};

/** What the evidence says of a sample's custody; null where it came without an order. In areas not what is wrong: it names manholes. */
function custodyWords(custodies: readonly Custody[], { nameOf, detail }: Published) {
  return ({ node, day }: Posterior["evidence"][number]): Bilingual | null => {
    const found = custodies.find((custody) => nameOf(custody.node) === node && custody.day === day);
    if (!found) return null;
    const words = STATE_WORDS[found.state];
    if (found.findings.length === 0 || detail === "areas") return words;
    const join = (language: keyof Bilingual) =>
      `${words[language]}: ${found.findings.map((finding) => finding[language]).join("; ")}`;
    return { en: join("en"), zh: join("zh") };
  };
}

function renamed(each: LeadCandidate, nameOf: (node: string) => string): LeadCandidate {
  const named = (bearings: LeadCandidate["supports"]) => bearings.map((one) => ({ ...one, node: nameOf(one.node) }));
  return { ...each, node: nameOf(each.node), supports: named(each.supports), contradicts: named(each.contradicts) };
}

/** An area is told by what bears on its most probable place. */
function inAreas(ranked: readonly LeadCandidate[], posterior: Posterior, { nameOf, peopleOf }: Published): LeadCandidate[] {
  return posterior.candidates.flatMap(({ node: area, probability }) => {
    const first = ranked.find(({ node }) => nameOf(node) === area);
    if (!first) return [];
    const set = (["50", "80", "90", "95"] as const).find((level) => posterior.credible[level].nodes.includes(area)) ?? null;
    return [{ ...renamed(first, nameOf), probability, set, people: peopleOf(area) }];
  });
}

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import compress from "@fastify/compress";
import cookie from "@fastify/cookie";
import helmet from "@fastify/helmet";
import rateLimit from "@fastify/rate-limit";
import staticFiles from "@fastify/static";
import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { type FastifyPluginAsyncZod, serializerCompiler, validatorCompiler } from "fastify-type-provider-zod";
import { acknowledgementRoutes } from "./acknowledgements/acknowledgements.ts";
import { anomalyRoutes } from "./anomalies/anomalies.ts";
import { leadRequestRoutes } from "./anomalies/leadRequests.ts";
import { regionalRoutes } from "./anomalies/regional.ts";
import { snoozeRoutes } from "./anomalies/snoozes.ts";
import { callerOf, guardRoutes } from "./auth/access.ts";
import { keyRoutes } from "./auth/keyRoutes.ts";
import { addEtags } from "./etag.ts";
import { exportRoutes } from "./exports/exports.ts";
import { addFieldPage } from "./leads/field/page.ts";
import { type PlacesPort, placesKnown, recordsOfPlants, seriesOfPlants } from "./leads/plantsOnly.ts";
import { LEAD_ROUTES } from "./leads/routes.ts";
import { guardSmallPlaces } from "./leads/smallPlaces.ts";
import { extendLists } from "./lists.ts";
import { watchMethods } from "./methods.ts";
import { openApi } from "./openapi.ts";
import { lagMetric } from "./operations/lags.ts";
import { measureRequests, pipelineMetrics } from "./operations/metrics.ts";
import { operationRoutes } from "./operations/operations.ts";
import type { ApiPorts } from "./ports.ts";
import { addProbes } from "./probe.ts";
import { answerClientError, answerWithProblem, notFound, sendProblems } from "./problems.ts";
import { translateRefusals } from "./refusalLanguage.ts";
import { sampleRecordRoutes } from "./samples/samples.ts";
import { aggregateRoutes } from "./series/aggregates.ts";
import { annotationRoutes } from "./series/annotations.ts";
import { changeRoutes } from "./series/changes.ts";
import { derivedRoutes } from "./series/derived.ts";
import { explanationRoutes } from "./series/explanations.ts";
import { latestRoutes } from "./series/latest.ts";
import { meanRoutes } from "./series/means.ts";
import { overviewRoutes } from "./series/overview.ts";
import { profileRoutes } from "./series/profile.ts";
import { programmeRoutes } from "./series/programmes.ts";
import { ratioRoutes } from "./series/ratios.ts";
import { seriesRoutes } from "./series/series.ts";
import { sharedReads } from "./series/sharedReads.ts";
import { type StandingPort, standingOf } from "./series/standing.ts";
import { sumRoutes } from "./series/sums.ts";
import { trendRoutes } from "./series/trends.ts";
import { oidcRoutes } from "./session/oidc.ts";
import { sessionRoutes } from "./session/session.ts";
import { silenceRoutes } from "./silences/silences.ts";
import { dayRoutes } from "./sites/days.ts";
import { sampleRoutes } from "./sites/samples.ts";
import { siteRoutes } from "./sites/sites.ts";
import { streamRoutes } from "./stream/stream.ts";
import { markerConstantRoutes } from "./substances/markerConstants.ts";
import { methodRoutes } from "./substances/methods.ts";
import { qualityRoutes } from "./substances/quality.ts";
import { roundRoutes } from "./substances/rounds.ts";
import { deskRoutes } from "./uploads/desk.ts";
import { receiptRoutes } from "./uploads/receipts.ts";
import { sendRoutes } from "./uploads/send.ts";
import { uploadRoutes } from "./uploads/uploads.ts";
import { deliveryRoutes } from "./webhooks/deliveries.ts";
import { webhookRoutes } from "./webhooks/webhooks.ts";

const DASHBOARD = fileURLToPath(new URL("../dashboard/dist", import.meta.url));

/** A column mapping of 16,000 characters stands in the address, each up to three bytes when it is escaped. */
const HEADER_BYTES_MAX = 64 * 1024;
/** The longest id of an address: the longest there is has 128 characters, each up to 12 bytes when it is escaped. */
const PARAMETER_LENGTH_MAX = 1_536;

const ROUTES: readonly FastifyPluginAsyncZod<ApiPorts & StandingPort & PlacesPort>[] = [
  sessionRoutes,
  oidcRoutes,
  siteRoutes,
  seriesRoutes,
  latestRoutes,
  profileRoutes,
  overviewRoutes,
  explanationRoutes,
  derivedRoutes,
  trendRoutes,
  meanRoutes,
  sumRoutes,
  methodRoutes,
  markerConstantRoutes,
  qualityRoutes,
  roundRoutes,
  programmeRoutes,
  ratioRoutes,
  aggregateRoutes,
  annotationRoutes,
  changeRoutes,
  sampleRoutes,
  dayRoutes,
  snoozeRoutes,
  leadRequestRoutes,
  regionalRoutes,
  anomalyRoutes,
  ...LEAD_ROUTES,
  webhookRoutes,
  deliveryRoutes,
  silenceRoutes,
  uploadRoutes,
  sendRoutes,
  receiptRoutes,
  deskRoutes,
  sampleRecordRoutes,
  streamRoutes,
  exportRoutes,
  operationRoutes,
  keyRoutes,
];

/** The API and the dashboard, not yet listening. */
export async function buildApi(ports: ApiPorts): Promise<FastifyInstance> {
  const app = fastify({
    loggerInstance: ports.logger,
    genReqId: () => crypto.randomUUID(),
    forceCloseConnections: "idle",
    trustProxy: ports.settings.SEWERTRACE_TRUST_PROXY,
    http: { maxHeaderSize: HEADER_BYTES_MAX },
    clientErrorHandler: (error, socket) => answerClientError(error, socket),
    routerOptions: { maxParamLength: PARAMETER_LENGTH_MAX },
    frameworkErrors: (error, request, reply) => answerWithProblem(error, request as FastifyRequest, reply as FastifyReply),
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  sendProblems(app as unknown as FastifyInstance, watchMethods(app as unknown as FastifyInstance));
  measureRequests(app as unknown as FastifyInstance, ports.registry);
  let ending = false;
  app.addHook("preClose", async () => {
    ending = true;
  });
  app.addHook("onSend", async (request, reply) => {
    reply.header("x-request-id", request.id);
    if (ending) reply.header("connection", "close"); // a client that keeps it alive would hold up the end
  });
  await app.register(helmet, { contentSecurityPolicy: { directives: CSP } });
  await app.register(cookie);
  addEtags(app as unknown as FastifyInstance);
  await app.register(compress, { threshold: 1_024 });
  await app.register(rateLimit, {
    max: ports.settings.SEWERTRACE_REQUESTS_PER_MINUTE,
    timeWindow: 60_000,
    keyGenerator: callerOf,
  });
  await app.register(swagger, openApi);
  await app.register(swaggerUi, { routePrefix: "/docs" });
  extendLists(app as unknown as FastifyInstance);
  translateRefusals(app as unknown as FastifyInstance);
  guardRoutes(app as unknown as FastifyInstance, ports.records, ports.now);
  const places = placesKnown(ports.records, ports.now);
  guardSmallPlaces(app as unknown as FastifyInstance, ports.records, ports.now);
  const series = seriesOfPlants(sharedReads(ports.series), places);
  const records = recordsOfPlants(ports.records, places);
  const standing = standingOf({ ...ports, places });
  for (const routes of ROUTES) await app.register(routes, { ...ports, records, series, standing, places, prefix: "/api/v1" });
  await app.register(acknowledgementRoutes as never, { ...ports, prefix: "/acknowledge" });
  app.get("/openapi.json", { schema: { hide: true } }, () => app.swagger());
  addProbes(app as unknown as FastifyInstance, ports);
  lagMetric(ports.registry, ports.log);
  pipelineMetrics(ports.registry, ports.records);
  addFieldPage(app as unknown as FastifyInstance);
  if (existsSync(DASHBOARD)) await serveDashboard(app as unknown as FastifyInstance);
  await app.ready();
  return app as unknown as FastifyInstance;
}

/** Nothing from outside, nothing inline. Swagger UI's page needs its own inline style, which styles nothing of ours. */
const CSP = {
  defaultSrc: ["'self'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'", "'unsafe-inline'"],
  imgSrc: ["'self'", "data:", "blob:"],
  connectSrc: ["'self'"],
  objectSrc: ["'none'"],
  frameAncestors: ["'none'"],
  baseUri: ["'self'"],
  formAction: ["'self'"],
  upgradeInsecureRequests: null,
};

/** The built dashboard; every address of its own is answered with its one page. */
async function serveDashboard(app: FastifyInstance): Promise<void> {
  await app.register(staticFiles, { root: DASHBOARD, wildcard: false, immutable: true, maxAge: "1y", index: false });
  const page = { schema: { hide: true } };
  app.get("/", page, (_request, reply) => reply.sendFile("index.html", { maxAge: 0, immutable: false }));
  app.get("/*", page, (request, reply) => {
    const path = request.url.split("?")[0] ?? "";
    if (path.startsWith("/api/")) return reply.callNotFound();
    if (path.startsWith("/assets/")) throw notFound("resource", path);
    return reply.sendFile("index.html", { maxAge: 0, immutable: false });
  });
}

import { Readable } from "node:stream";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { facetsOf } from "../../alerts/facets.ts";
import type { ApiKey } from "../../schemas/key.ts";
import { problem } from "../../schemas/problem.ts";
import type { OutboxMessage } from "../../store/records/outbox.ts";
import { INVESTIGATORS, READERS } from "../auth/access.ts";
import { mayViewRegion } from "../auth/limits.ts";
import { isOfPlant, type PlacesPort } from "../leads/plantsOnly.ts";
import { purposeQuery, statedPurpose } from "../leads/viewing.ts";
import { groupLags, seriesChangesDone } from "../operations/lags.ts";
import type { ApiPorts } from "../ports.ts";
import { ApiProblem, unavailable } from "../problems.ts";
import { followMessages, toldBefore } from "./follow.ts";

/** Streams of one process at once; each looks into the records once a second. */
const STREAMS_MAX = 200;
/** A stream ends after this time; the browser comes back where it was, and its key is looked at again. */
const STREAM_MS = 15 * 60_000;
/** How far the pipeline is behind, told this often; it also keeps proxies from closing a silent connection. */
const STATE_MS = 15_000;
/** How far back a reader may resume. */
const RESUME_MS = 24 * 3_600_000;

/** `<time>/<message id>`: where a reader was. */
const eventId = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\/[\w-]{1,100}$/, "the id of an event of this stream");

/** What happens, as it happens, for those who may see it. */
export const streamRoutes: FastifyPluginAsyncZod<ApiPorts & PlacesPort> = async (app, ports) => {
  const closing = new AbortController();
  app.addHook("preClose", async () => closing.abort());
  let open = 0;
  app.get(
    "/stream",
    {
      exposeHeadRoute: false,
      config: { access: READERS },
      schema: {
        tags: ["stream"],
        summary: "Anomalies, leads and the state of the pipeline, as server-sent events",
        description:
          "Events anomaly.* for everybody, lead.* for investigators, pipeline every 15 s (its `changes` grow when derived values may be new). Without ?purpose= a lead's event says only which lead it is. Resume with Last-Event-ID: what was told since then comes first, some of it perhaps once more, each under its own id.",
        headers: z.looseObject({ "last-event-id": eventId.optional() }),
        querystring: z.strictObject(purposeQuery),
        produces: ["text/event-stream"],
        response: { 200: z.string(), 400: problem, 401: problem, 403: problem, 503: problem },
      },
    },
    async (request, reply) => {
      if (open >= STREAMS_MAX) throw unavailable("Another stream");
      const now = ports.now();
      const [from, messageId] = request.headers["last-event-id"]?.split("/") ?? [];
      if (from !== undefined && now.getTime() - Date.parse(from) > RESUME_MS)
        throw new ApiProblem(
          400,
          "Bad request",
          "The Last-Event-ID is older than a day: read the lists, then follow from now on.",
        );
      const told = messageId ? new Set([messageId]) : await toldBefore(ports.records.outbox, now.toISOString());
      const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(STREAM_MS), endOf(request.raw.socket)]);
      const reader = { key: request.key, purpose: request.query.purpose?.trim() ? statedPurpose(request) : null };
      const events = eventsFor(ports, reader, from ?? now.toISOString(), told, signal);
      open += 1;
      const stream = Readable.from(events).once("close", () => {
        open -= 1;
      });
      // its connection ends with it: kept alive, it would hold up the end of the server
      reply.type("text/event-stream").header("connection", "close");
      reply.header("cache-control", "no-store").header("x-accel-buffering", "no");
      return reply.send(stream as unknown as string);
    },
  );
};

function endOf(socket: NodeJS.EventEmitter): AbortSignal {
  const ended = new AbortController();
  socket.once("close", () => ended.abort());
  return ended.signal;
}

async function* eventsFor(
  { records, log, now, places }: ApiPorts & PlacesPort,
  { key, purpose }: { key: ApiKey; purpose: string | null },
  from: string,
  told: ReadonlySet<string>,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const mayView = async (message: OutboxMessage): Promise<boolean> => {
    if (message.event.startsWith("anomaly.")) return isOfPlant(places, (await facetsOf(records, message)).siteId);
    if (!message.event.startsWith("lead.") || !INVESTIGATORS.includes(key.role)) return false;
    return key.regions === null || mayViewRegion(key, (await records.leads.find(message.subject))?.region ?? null);
  };
  yield "retry: 3000\n\n";
  let stateMs = 0;
  for await (const message of followMessages(records.outbox, from, told, signal)) {
    if (message === null) {
      if (now().getTime() - stateMs < STATE_MS) continue;
      stateMs = now().getTime();
      yield eventText("pipeline", undefined, { lags: await groupLags(log), changes: await seriesChangesDone(log) });
    } else if (await mayView(message)) {
      const id = `${message.createdAt}/${message.messageId}`;
      if (!message.event.startsWith("lead.")) yield eventText(message.event, id, message.payload);
      else if (purpose === null) yield eventText(message.event, id, { type: message.event, data: { leadId: message.subject } });
      else {
        const { name, keyId, organisation } = key;
        const entry = { at: now().toISOString(), actor: name, action: "lead.viewed", subject: message.subject };
        await records.chains.append("audit", { ...entry, content: { what: "stream", purpose, keyId, organisation } }); // before it is shown
        yield eventText(message.event, id, message.payload);
      }
    }
  }
}

/** JSON holds no line break, so each event is one line of data. */
function eventText(event: string, id: string | undefined, data: unknown): string {
  return `${id === undefined ? "" : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

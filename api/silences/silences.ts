import { randomBytes } from "node:crypto";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { type Facets, facetsOf } from "../../alerts/facets.ts";
import { matches } from "../../alerts/mutes.ts";
import type { ApiKey } from "../../schemas/key.ts";
import { problem } from "../../schemas/problem.ts";
import {
  SILENCE_DAYS_MAX,
  SILENCE_KINDS,
  type Silence,
  type SilenceMatch,
  silence,
  silenceMatch,
} from "../../schemas/silence.ts";
import { MESSAGE_EVENTS } from "../../schemas/webhook.ts";
import type { OutboxMessage } from "../../store/records/outbox.ts";
import { READERS } from "../auth/access.ts";
import { changeWithoutLoss, requireMatch } from "../etag.ts";
import { fieldRefused } from "../fieldRefused.ts";
import { isOfPlant, type PlacesPort } from "../leads/plantsOnly.ts";
import { listOf } from "../paging.ts";
import type { ApiPorts } from "../ports.ts";
import { conflict, notFound } from "../problems.ts";

const DAY_MS = 86_400_000;
const PAST_MAX = 200;
const ID_BYTES = 6;
/** The preview looks at what was told in this time. */
const PREVIEW_DAYS = 30;
const PREVIEW_MESSAGES_MAX = 2_000;
const PREVIEW_ITEMS_MAX = 50;
const HIDDEN_ITEMS_MAX = 200;

const params = z.strictObject({ silenceId: z.string() });
const hidden = { 401: problem, 403: problem, 404: problem };
const moment = z.iso.datetime({ offset: true });
const addition = z.strictObject({
  kind: z.enum(SILENCE_KINDS).default("silence"),
  match: silenceMatch,
  reason: silence.shape.reason,
  startsAt: moment.optional(),
  endsAt: moment,
});
const change = z.strictObject({ reason: silence.shape.reason, endsAt: moment }).partial();
const toldMessage = z.strictObject({
  messageId: z.string(),
  event: z.enum(MESSAGE_EVENTS),
  subject: z.string(),
  siteId: z.string().nullable(),
  region: z.string().nullable(),
  analyte: z.string().nullable(),
  createdAt: z.string(),
});
const preview = z.strictObject({ days: z.int(), count: z.int(), items: z.array(toldMessage) });
/** Endpoints that were not told at once, and those of them that have not been told since. */
const hiddenMessage = toldMessage.extend({ endpoints: z.int(), untold: z.int() });
/** With how many messages it hid or put off so far. */
const listed = silence.extend({ hidden: z.int() });

/** What nobody is told for a while, and what waits until rain or a laboratory's trouble is over. */
export const silenceRoutes: FastifyPluginAsyncZod<ApiPorts & PlacesPort> = async (app, { records, now, places }) => {
  const maySee = async (key: ApiKey, facets: Facets) => mayHear(key, facets) && (await isOfPlant(places, facets.siteId));
  const audit = (actor: string, action: string, { silenceId, ...content }: Silence) =>
    records.chains.append("audit", { at: now().toISOString(), actor, action, subject: silenceId, content });
  app.get(
    "/silences",
    {
      config: { access: READERS },
      schema: {
        tags: ["silences"],
        summary: "Silences in force or to come, and with past=true those that are over",
        querystring: z.strictObject({ past: z.stringbool().default(false) }),
        response: { 200: listOf(listed), 400: problem, 401: problem, 403: problem },
      },
    },
    async ({ query: { past } }) => {
      const at = now().toISOString();
      const found = past ? await records.silences.past(at, PAST_MAX) : await records.silences.current(at);
      const counts = await records.silences.hiddenCounts(found.map(({ silenceId }) => silenceId));
      return { items: found.map((each) => ({ ...each, hidden: counts.get(each.silenceId) ?? 0 })), next: null };
    },
  );
  app.post(
    "/silences",
    {
      config: { access: READERS },
      schema: {
        tags: ["silences"],
        summary: "Silence alerts, or put them off, until an end",
        body: addition,
        response: { 201: silence, 400: problem, 401: problem, 403: problem },
      },
    },
    async ({ body, key }, reply) => {
      const at = now();
      const { kind, match, reason } = body;
      const startsAt = new Date(body.startsAt ?? at).toISOString();
      const made: Silence = {
        ...{ silenceId: `silence-${randomBytes(ID_BYTES).toString("hex")}`, kind, match: defined(match), reason },
        ...{ author: key.name, startsAt, endsAt: new Date(body.endsAt).toISOString(), createdAt: at.toISOString() },
      };
      mustBeRight(made, at);
      await records.silences.add(made);
      await audit(key.name, "silence.added", made);
      return reply.code(201).send(made);
    },
  );
  app.post(
    "/silences/preview",
    {
      config: { access: READERS },
      schema: {
        tags: ["silences"],
        summary: `What a silence would have hidden of what was told in the last ${PREVIEW_DAYS} days, newest first`,
        body: z.strictObject({ match: silenceMatch }),
        response: { 200: preview, 400: problem, 401: problem, 403: problem },
      },
    },
    async ({ body, key }) => {
      const since = new Date(now().getTime() - PREVIEW_DAYS * DAY_MS).toISOString();
      const messages = (await records.outbox.messages({ since, limit: PREVIEW_MESSAGES_MAX })).toReversed();
      const withLabs = body.match.labId !== undefined;
      const items: z.infer<typeof preview>["items"] = [];
      for (const message of messages) {
        const facets = await facetsOf(records, message, { withLabs });
        if ((await maySee(key, facets)) && matches(defined(body.match), facets)) items.push(shownMessage(message, facets));
      }
      return { days: PREVIEW_DAYS, count: items.length, items: items.slice(0, PREVIEW_ITEMS_MAX) };
    },
  );
  const find = async (silenceId: string) => {
    const found = await records.silences.find(silenceId);
    if (!found) throw notFound("silence", silenceId);
    return found;
  };
  app.get(
    "/silences/:silenceId",
    {
      config: { access: READERS },
      schema: { tags: ["silences"], summary: "One silence", params, response: { 200: silence, ...hidden } },
    },
    ({ params: { silenceId } }) => find(silenceId),
  );
  app.get(
    "/silences/:silenceId/hidden",
    {
      config: { access: READERS },
      schema: {
        tags: ["silences"],
        summary: "What a silence hid, or a flag put off, of what its reader may see, newest first",
        params,
        response: { 200: listOf(hiddenMessage), ...hidden },
      },
    },
    async ({ params: { silenceId }, key }) => {
      await find(silenceId);
      const items: z.infer<typeof hiddenMessage>[] = [];
      for (const { message, ...counts } of await records.silences.hidden(silenceId, { limit: HIDDEN_ITEMS_MAX })) {
        const facets = await facetsOf(records, message);
        if (await maySee(key, facets)) items.push({ ...shownMessage(message, facets), ...counts });
      }
      return { items, next: null };
    },
  );
  app.patch(
    "/silences/:silenceId",
    {
      config: { access: READERS },
      schema: {
        tags: ["silences"],
        summary: "Change the reason or the end of a silence that is not over",
        params,
        body: change,
        response: { 200: silence, 400: problem, ...hidden, 409: problem, 412: problem },
      },
    },
    async (request) => {
      const { params, body, key } = request;
      const changed = await changeWithoutLoss(async () => {
        const at = now();
        const before = await find(params.silenceId);
        requireMatch(request, silence.parse(before));
        mustLast(before, at);
        const { reason = before.reason, endsAt = before.endsAt } = body;
        const after = { ...before, reason, endsAt: new Date(endsAt).toISOString() };
        mustBeRight(after, at);
        return (await records.silences.change(after, before)) ? after : undefined;
      });
      await audit(key.name, "silence.changed", changed);
      return changed;
    },
  );
  app.post(
    "/silences/:silenceId/end",
    {
      config: { access: READERS },
      schema: {
        tags: ["silences"],
        summary: "End a silence now; what it put off is judged again, what it hid stays hidden",
        params,
        response: { 200: silence, ...hidden, 409: problem, 412: problem },
      },
    },
    async (request) => {
      const { params, key } = request;
      const ended = await changeWithoutLoss(async () => {
        const at = now();
        const before = await find(params.silenceId);
        requireMatch(request, silence.parse(before));
        mustLast(before, at);
        const after = { ...before, endsAt: at.toISOString() };
        return (await records.silences.change(after, before)) ? after : undefined;
      });
      await audit(key.name, "silence.ended", ended);
      return ended;
    },
  );
};

/** An analyst sees no lead; a key of some regions is not let in here. */
const mayHear = ({ role }: ApiKey, { event }: Facets): boolean =>
  event.startsWith("anomaly.") || (role !== "analyst" && event.startsWith("lead."));

const shownMessage = (message: OutboxMessage, { siteId, region, analyte }: Facets): z.infer<typeof toldMessage> => {
  const { messageId, event, subject, createdAt } = message;
  return { messageId, event, subject, siteId, region, analyte, createdAt };
};

function mustLast({ silenceId, endsAt }: Silence, now: Date): void {
  if (endsAt > now.toISOString()) return;
  throw conflict({ en: `Silence ${silenceId} ended at ${endsAt}.`, zh: `静默 ${silenceId} 已于 ${endsAt} 结束。` });
}

function mustBeRight({ kind, match, startsAt, endsAt }: Silence, now: Date): void {
  if (endsAt <= startsAt || endsAt <= now.toISOString()) throw fieldRefused("endsAt", endsAt, "a time to come, after startsAt");
  if (Date.parse(endsAt) - Date.parse(startsAt) > SILENCE_DAYS_MAX * DAY_MS)
    throw fieldRefused("endsAt", endsAt, `at most ${SILENCE_DAYS_MAX} days after startsAt`);
  if (Object.keys(match).length === 0)
    throw fieldRefused(
      "match",
      "nothing",
      "at least one of siteId, region, analyte, labId and verdict: everything is not silenced at once",
    );
  if (kind === "laboratory" && match.labId === undefined)
    throw fieldRefused("match.labId", "nothing", "the laboratory it is about");
}

/** Without the fields that were left out. */
function defined(match: { [K in keyof SilenceMatch]?: SilenceMatch[K] | undefined }): SilenceMatch {
  return Object.fromEntries(Object.entries(match).filter(([, value]) => value !== undefined)) as SilenceMatch;
}

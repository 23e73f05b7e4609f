import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { type AcknowledgeLink, acknowledge, acknowledgementIdOf, readLink } from "../../alerts/acknowledge.ts";
import type { Language, Words } from "../../alerts/formats/notice.ts";
import { wordsOf } from "../../alerts/formats/words.ts";
import { noticeOf } from "../../alerts/notice.ts";
import type { ApiPorts } from "../ports.ts";
import { acknowledgePage, type PageText } from "./page.ts";

const params = z.strictObject({ token: z.string() });

/**
 * Taking an alert in hand by the link of its message, a page for people beside the API. The link is signed, is good for a time, and
 * counts once. Opening it changes nothing, since mail gateways and chats open every link to look at it: the page has a button.
 */
export async function acknowledgementRoutes(app: FastifyInstance, { records, settings, now }: ApiPorts): Promise<void> {
  app.addContentTypeParser("application/x-www-form-urlencoded", (_request, payload, done) => {
    payload.resume().on("end", () => done(null, undefined)); // the button sends nothing
  });
  const about = async ({ subject, endpointId }: AcknowledgeLink, language: Language): Promise<Words | undefined> => {
    const message = await records.outbox.lastAbout(subject);
    return message && wordsOf(await noticeOf({ records, settings }, endpointId, message), language);
  };
  /** What the link is good for now: a page that says why it is not, or the link. */
  const judge = async (
    request: FastifyRequest,
  ): Promise<AcknowledgeLink | { page: PageText; status: 200 | 404 | 410; detail?: string }> => {
    const { token } = params.parse(request.params);
    const link = readLink(token, await records.acknowledgements.signingKey());
    if (!link) return { page: "unknown", status: 404 };
    if (link.expiresAt <= now().toISOString()) return { page: "expired", status: 410 };
    const earlier = await records.acknowledgements.find(acknowledgementIdOf(link));
    return earlier ? { page: "earlier", status: 200, detail: `${earlier.actor}, ${earlier.at}` } : link;
  };
  const answer = async (
    request: FastifyRequest,
    reply: FastifyReply,
    onLink: (link: AcknowledgeLink) => Promise<"offer" | "done">,
  ) => {
    const language = languageOf(request);
    const found = await judge(request);
    reply.type("text/html; charset=utf-8").header("cache-control", "no-store");
    if ("page" in found) return reply.code(found.status).send(acknowledgePage(language, found.page, found));
    const page = await onLink(found);
    return reply.send(acknowledgePage(language, page, { about: await about(found, language) }));
  };
  // the address is the right to acknowledge, and an ordinary request's address is logged
  const hidden = { schema: { hide: true }, logLevel: "warn" } as const;
  app.get("/:token", hidden, (request, reply) => answer(request, reply, async () => "offer"));
  app.post("/:token", hidden, (request, reply) =>
    answer(request, reply, async (link) => {
      const at = now().toISOString();
      const endpoint = (await records.webhooks.find(link.endpointId, at))?.endpoint;
      const actor = `${endpoint?.description || endpoint?.owner || link.endpointId} (link)`;
      const { subject } = link;
      await acknowledge(records, { acknowledgementId: acknowledgementIdOf(link), subject, at, actor });
      return "done";
    }),
  );
}

/** The reader's own, since a link comes to who never chose one here. */
function languageOf({ headers }: FastifyRequest): Language {
  return /^\s*zh\b/i.test(headers["accept-language"] ?? "") ? "zh" : "en";
}

import type { Dispatcher } from "undici";
import type { Environment } from "../schemas/config.ts";
import type { WebhookEndpoint } from "../schemas/webhook.ts";
import type { ClaimedDelivery } from "../store/records/deliveries.ts";
import type { Records } from "../store/records/records.ts";
import { inSpan } from "../store/spans.ts";
import { type Attempt, deliver } from "./deliver.ts";
import { expectAnswer } from "./escalation.ts";
import { alertmanagerBody } from "./formats/alertmanager.ts";
import { feishuBody, feishuVerdict } from "./formats/feishu.ts";
import { letterOf } from "./formats/letter.ts";
import type { Notice } from "./formats/notice.ts";
import { standardBody, standardHeaders } from "./formats/standard.ts";
import { wecomBody, wecomVerdict } from "./formats/wecom.ts";
import type { Mailer } from "./mail.ts";
import { noticeOf } from "./notice.ts";
import { pauseEndpoint } from "./pause.ts";
import { nextWaitMs } from "./retryPlan.ts";

export interface AttemptPorts {
  records: Records;
  agent: Dispatcher;
  /** Undefined where the operator has no mail server. */
  mailer: Mailer | undefined;
  settings: Pick<Environment, "SEWERTRACE_PUBLIC_URL">;
  now: () => Date;
}

/** What an attempt came to, for the worker's books. */
export interface AttemptOutcome {
  state: "waiting" | "delivered" | "failed";
  format: WebhookEndpoint["format"];
  durationMs: number;
  paused: boolean;
}

/** Makes one attempt and writes down what follows from it. */
export function attemptDelivery(ports: AttemptPorts, claimed: ClaimedDelivery): Promise<AttemptOutcome> {
  const { deliveryId, endpointId, message, attempts } = claimed;
  const about = {
    ...{ "sewertrace.delivery": deliveryId, "sewertrace.endpoint": endpointId },
    ...{ "sewertrace.event": message.event, "sewertrace.attempt": attempts + 1 },
  };
  return inSpan("deliver", about, () => makeAttempt(ports, claimed));
}

async function makeAttempt(ports: AttemptPorts, claimed: ClaimedDelivery): Promise<AttemptOutcome> {
  const { records, now } = ports;
  const { deliveryId, endpointId, message, attempts } = claimed;
  const at = now();
  const found = await records.webhooks.find(endpointId, at.toISOString());
  const toOwner = found !== undefined && message.event === "webhook.paused" && message.subject === endpointId;
  const base = { attempt: attempts + 1, at: at.toISOString() };
  if (!found || !(found.endpoint.active || toOwner)) {
    const error = found ? "the endpoint is switched off" : "the endpoint was removed";
    const nothing = { ...base, status: null, durationMs: 0, request: null, answer: null, nextAttemptAt: base.at };
    await records.deliveries.record(deliveryId, { ...nothing, error, state: "failed" });
    return { state: "failed", format: found?.endpoint.format ?? "standard", durationMs: 0, paused: false };
  }
  const { endpoint, secrets } = found;
  if (attempts === 0) await expectAnswer(records, endpoint, message, at);
  const notice = await noticeOf(ports, endpointId, message);
  const { attempt, request } = toOwner
    ? await byMail(ports, endpoint, notice, endpoint.contact ?? "")
    : await transmit(ports, endpoint, secrets, notice, at);
  const { error, final, answer } = attempt;
  const waitMs = error === null || final ? null : nextWaitMs(base.attempt, attempt.retryAfterMs, Math.random());
  const state = error === null ? "delivered" : waitMs === null ? "failed" : "waiting";
  const { status, durationMs } = attempt;
  const nextAttemptAt = new Date(now().getTime() + (waitMs ?? 0)).toISOString();
  await records.deliveries.record(deliveryId, { ...base, status, error, durationMs, state, nextAttemptAt, request, answer });
  const dead = state === "failed" && !toOwner ? await whyDead(records, claimed, attempt) : undefined;
  const paused = dead !== undefined && (await pauseEndpoint(records, endpointId, dead, now()));
  return { state, format: endpoint.format, durationMs, paused };
}

/** An endpoint is dead when it says so, or when nothing reached it for as long as a whole plan takes. */
async function whyDead(
  records: Records,
  { endpointId, message }: ClaimedDelivery,
  { final, error }: Attempt,
): Promise<string | undefined> {
  if (final === "endpoint") return error ?? undefined;
  if (final || (await records.deliveries.deliveredSince(endpointId, message.createdAt))) return undefined;
  return `no attempt succeeded since ${message.createdAt}; the last: ${error}`;
}

interface Sent {
  attempt: Attempt;
  /** For the delivery log: without the link that acknowledges, which works for whoever has it. */
  request: string;
}

async function transmit(
  ports: AttemptPorts,
  endpoint: WebhookEndpoint,
  secrets: readonly string[],
  notice: Notice,
  now: Date,
): Promise<Sent> {
  const { url, format, language } = endpoint;
  if (format === "email") return byMail(ports, endpoint, notice, url.replace(/^mailto:/, ""));
  const [secret = ""] = secrets;
  const bodies = {
    standard: () => standardBody(notice),
    alertmanager: () => alertmanagerBody(notice),
    feishu: () => feishuBody(notice, { language, secret, now }),
    wecom: () => wecomBody(notice, language),
  };
  const body = bodies[format]();
  const headers: Record<string, string> =
    format === "standard" ? standardHeaders(notice.messageId, body, secrets, now) : { "webhook-id": notice.messageId };
  const judge = { standard: undefined, alertmanager: undefined, feishu: feishuVerdict, wecom: wecomVerdict }[format];
  const attempt = await deliver(ports.agent, { url, headers, body, ...(judge ? { judge } : {}) }, now);
  return { attempt, request: withoutLink(body, notice) };
}

async function byMail(
  { mailer }: AttemptPorts,
  { endpointId, language }: WebhookEndpoint,
  notice: Notice,
  to: string,
): Promise<Sent> {
  const letter = letterOf(notice, language);
  const request = withoutLink(`${letter.subject}\n\n${letter.text}`, notice);
  if (!mailer) {
    const error = "there is no mail server: the operator sets SEWERTRACE_SMTP_URL and SEWERTRACE_MAIL_FROM";
    return { attempt: { status: null, error, durationMs: 0, answer: null }, request };
  }
  return { attempt: await mailer.send(letter, to, `${notice.messageId}.${endpointId}`), request };
}

function withoutLink(text: string, { acknowledge }: Notice): string {
  return acknowledge ? text.replaceAll(acknowledge.url, acknowledge.url.replace(/[^/]+$/, "***")) : text;
}

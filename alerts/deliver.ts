import { Webhook } from "standardwebhooks";
import { type Dispatcher, request } from "undici";
import { retryAfterMs } from "./retryPlan.ts";

/** What one attempt came to. */
export interface Attempt {
  status: number | null;
  error: string | null;
  durationMs: number;
  /** What the receiver asked for. */
  retryAfterMs?: number;
}

export interface Outgoing {
  url: string;
  secret: string;
  messageId: string;
  payload: unknown;
}

/** Longer and the receiver is treated as not answering: others wait behind it. */
const ATTEMPT_TIMEOUT_MS = 30_000;

/** One signed attempt (Standard Webhooks). Never throws: what went wrong is the result. Redirects are not followed. */
export async function deliver(agent: Dispatcher, { url, secret, messageId, payload }: Outgoing, now: Date): Promise<Attempt> {
  const body = JSON.stringify(payload);
  const started = performance.now();
  const done = (result: Pick<Attempt, "status" | "error">): Attempt => ({
    ...result,
    durationMs: Math.round(performance.now() - started),
  });
  try {
    const response = await request(url, {
      method: "POST",
      dispatcher: agent,
      body,
      signal: AbortSignal.timeout(ATTEMPT_TIMEOUT_MS),
      headers: {
        "content-type": "application/json",
        "user-agent": "Sewertrace-Webhooks/1",
        "webhook-id": messageId,
        "webhook-timestamp": String(Math.floor(now.getTime() / 1_000)),
        "webhook-signature": new Webhook(secret).sign(messageId, now, body),
      },
    });
    await response.body.dump({ limit: 64 * 1024 }).catch(() => undefined); // the status counts; a broken body changes nothing
    const header = response.headers["retry-after"];
    const wait = retryAfterMs(Array.isArray(header) ? header[0] : header, now.getTime());
    const ok = response.statusCode >= 200 && response.statusCode < 300;
    const attempt = done({ status: response.statusCode, error: ok ? null : `the receiver answered ${response.statusCode}` });
    return wait === undefined ? attempt : { ...attempt, retryAfterMs: wait };
  } catch (error) {
    return done({ status: null, error: messageOf(error) });
  }
}

function messageOf(error: unknown): string {
  const { message, cause, code } = error as Error & { code?: string };
  return [message || code || String(error), cause instanceof Error ? cause.message : ""].filter(Boolean).join(": ");
}

import { Webhook } from "standardwebhooks";
import type { Notice } from "./notice.ts";

/** The message as it is, with where to take it in hand. */
export function standardBody({ payload, acknowledge }: Notice): string {
  return JSON.stringify(acknowledge ? { ...(payload as object), acknowledge } : payload);
}

/**
 * The headers of Standard Webhooks: the id stays over all attempts, the time is the attempt's, and each secret in force signs, so that
 * a receiver may change to the new one when it likes.
 * @param secrets `whsec_…`, the newest first
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function standardHeaders(messageId: string, body: string, secrets: readonly string[], now: Date): Record<string, string> {
  return {
    "webhook-id": messageId,
    "webhook-timestamp": String(Math.floor(now.getTime() / 1_000)),
    "webhook-signature": secrets.map((secret) => new Webhook(secret).sign(messageId, now, body)).join(" "),
  };
}

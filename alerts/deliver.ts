import { type Dispatcher, request } from "undici";
import { retryAfterMs } from "./retryPlan.ts";

/** What one attempt came to. */
export interface Attempt {
  status: number | null;
  error: string | null;
  durationMs: number;
  /** What the receiver asked for. */
  retryAfterMs?: number;
  /** The beginning of what it answered. */
  answer: string | null;
  /** Trying again is of no use: for this message, or for any to this endpoint. */
  final?: "message" | "endpoint";
}

export interface Outgoing {
  url: string;
  headers: Record<string, string>;
  body: string;
  /** For receivers that say in the body what went wrong; null when nothing did. */
  judge?: (body: string) => Pick<Attempt, "error" | "final"> | null;
}

/** As Standard Webhooks advises; longer and the receiver is treated as not answering. */
export const ATTEMPT_TIMEOUT_MS = 15_000;
/** Once the status is there the body is a courtesy, for the log: it gets this long and this much. */
const BODY_TIMEOUT_MS = 2_000;
const BODY_BYTES_MAX = 4 * 1_024;
/** The receiver says it is gone. */
const GONE = 410;

/** One attempt over HTTP. Never throws: what went wrong is the result. Redirects are not followed. */
export async function deliver(agent: Dispatcher, { url, headers, body, judge }: Outgoing, now: Date): Promise<Attempt> {
  const started = performance.now();
  const durationMs = () => Math.round(performance.now() - started);
  try {
    const response = await request(url, {
      method: "POST",
      dispatcher: agent,
      body,
      signal: AbortSignal.timeout(ATTEMPT_TIMEOUT_MS),
      headers: { "content-type": "application/json", "user-agent": "Sewertrace-Webhooks/1", ...headers },
    });
    const { statusCode: status } = response;
    const answer = await beginning(response.body);
    const header = response.headers["retry-after"];
    const wait = retryAfterMs(Array.isArray(header) ? header[0] : header, now.getTime());
    const verdict =
      status >= 200 && status < 300
        ? (judge?.(answer) ?? { error: null })
        : { error: `the receiver answered ${status}`, ...(status === GONE ? { final: "endpoint" as const } : {}) };
    return { status, durationMs: durationMs(), answer, ...(wait === undefined ? {} : { retryAfterMs: wait }), ...verdict };
  } catch (error) {
    return { status: null, error: messageOf(error), durationMs: durationMs(), answer: null };
  }
}

/** What came in time. A body that breaks off, lies about its length or never ends changes nothing: the status counts. */
async function beginning(body: Dispatcher.ResponseData["body"]): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  body.on("error", () => undefined);
  const late = setTimeout(() => body.destroy(), BODY_TIMEOUT_MS);
  try {
    for await (const chunk of body) {
      chunks.push(chunk as Buffer);
      bytes += (chunk as Buffer).length;
      if (bytes >= BODY_BYTES_MAX) break;
    }
  } catch {
    // see above
  } finally {
    clearTimeout(late);
    body.destroy();
  }
  return Buffer.concat(chunks).subarray(0, BODY_BYTES_MAX).toString();
}

export function messageOf(error: unknown): string {
  const { message, cause, code } = error as Error & { code?: string };
  return [message || code || String(error), cause instanceof Error ? cause.message : ""].filter(Boolean).join(": ");
}

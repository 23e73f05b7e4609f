const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** Waits before each attempt after the first, as Standard Webhooks advises: over three days in all. */
const WAITS_MS = [
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
];

/** Spread, so that receivers that fail together are not all tried again together. */
const JITTER = 0.2;

/** A receiver may ask for a pause, but not for longer than this. */
const RETRY_AFTER_MS_MAX = 24 * HOUR_MS;

/**
 * How long to wait before the next attempt.
 * @param attempts made so far, at least 1
 * @param retryAfterMs what the receiver asked for
 * @param uniform in [0, 1), for the jitter
 * @returns milliseconds, or null when the plan is used up
 */
export function nextWaitMs(attempts: number, retryAfterMs: number | undefined, uniform: number): number | null {
  const planned = WAITS_MS[attempts - 1];
  if (planned === undefined) return null;
  const jittered = planned * (1 - JITTER + 2 * JITTER * uniform);
  return Math.max(jittered, Math.min(retryAfterMs ?? 0, RETRY_AFTER_MS_MAX));
}

/** A Retry-After header, seconds or a date, in milliseconds from now; undefined when absent or unreadable. */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const wait = /^\d+$/.test(header.trim()) ? Number(header) * SECOND_MS : Date.parse(header) - nowMs;
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined;
}

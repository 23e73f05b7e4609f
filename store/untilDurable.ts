import { setTimeout as wait } from "node:timers/promises";
import type { Logger } from "pino";

const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 10_000;

/**
 * Tries again, with growing waits, until the work resolves: a store that is away is waited for, nothing is dropped. Meant for
 * idempotent work only.
 * @throws the signal's reason when it aborts first; the work's own error when it is a bug (TypeError, RangeError), which no waiting mends
 */
export async function untilDurable<T>(
  what: string,
  work: () => Promise<T>,
  { signal, logger }: { signal: AbortSignal; logger: Logger },
): Promise<T> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (error instanceof TypeError || error instanceof RangeError) throw error;
      logger.warn({ err: error, waitMs }, `could not ${what}; trying again`);
      await wait(waitMs, undefined, { signal });
    }
  }
}

/**
 * Whether a handler failed only because it was told to stop: a batch given up that way is no failure, it comes again. Handlers
 * that wait for a store reject with the signal's reason, with it as a cause, or with an AbortError.
 */
export function endedBySignal(error: unknown, signal: AbortSignal): boolean {
  if (!signal.aborted) return false;
  for (let cause = error, depth = 0; cause !== undefined && depth < 10; depth += 1) {
    if (cause === signal.reason) return true;
    if (!(cause instanceof Error)) return false;
    if (cause.name === "AbortError") return true;
    cause = cause.cause;
  }
  return false;
}

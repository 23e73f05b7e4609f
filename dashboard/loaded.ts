import { useEffect, useState } from "preact/hooks";
import { ApiError } from "./api.ts";
import { sessionLost } from "./session.ts";

/** What a page knows of something it asked for. `refreshing` keeps the old value on screen while a newer one is on its way. */
export type Loaded<T> =
  | { kind: "loading" }
  | { kind: "failed"; error: ApiError; again: () => void }
  | { kind: "empty" }
  | { kind: "full"; value: T; refreshing: boolean };

/**
 * Asks when the key changes (null: not yet), drops answers that come too late, and asks again on `again`.
 * @param key names what is asked for; two equal keys are the same question
 */
export function useLoaded<T>(
  key: string | null,
  ask: (signal: AbortSignal) => Promise<T>,
  isEmpty: (value: T) => boolean = () => false,
): Loaded<T> {
  const [loaded, setLoaded] = useState<Loaded<T>>({ kind: "loading" });
  const [attempt, setAttempt] = useState(0);
  // the key stands for what `ask` asks; the function itself is new on each render
  useEffect(() => {
    if (key === null) return;
    const abort = new AbortController();
    setLoaded((before) => (before.kind === "full" ? { ...before, refreshing: true } : { kind: "loading" }));
    ask(abort.signal).then(
      (value) => setLoaded(isEmpty(value) ? { kind: "empty" } : { kind: "full", value, refreshing: false }),
      (error: unknown) => {
        if (abort.signal.aborted) return;
        const failure = ApiError.from(error);
        if (failure.status === 401) sessionLost();
        setLoaded({ kind: "failed", error: failure, again: () => setAttempt((count) => count + 1) });
      },
    );
    return () => abort.abort();
  }, [key, attempt]);
  return loaded;
}

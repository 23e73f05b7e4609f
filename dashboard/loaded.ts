import { useEffect, useState } from "preact/hooks";
import { ApiError } from "./answer.ts";
import { type Topic, versionOf } from "./live.ts";
import { sessionLost } from "./session.ts";

/**
 * What a page knows of something it asked for. `refreshing` keeps the old value on screen while a newer one is on its way; `stale`
 * says that the newer one did not come, and why.
 */
export type Loaded<T> =
  | { kind: "loading" }
  | { kind: "failed"; error: ApiError; again: () => void }
  | { kind: "empty" }
  | { kind: "full"; value: T; refreshing: boolean; at: Date; stale: { error: ApiError; again: () => void } | null };

/**
 * Asks when the key changes (null: not yet), drops answers that come too late, and asks again on `again` and when the server tells
 * that what is shown has changed.
 * @param key names what is asked for; two equal keys are the same question
 * @param about what the answer holds, so that it is asked for again when that changes
 */
export function useLoaded<T>(
  key: string | null,
  ask: (signal: AbortSignal) => Promise<T>,
  isEmpty: (value: T) => boolean = () => false,
  about: readonly Topic[] = [],
): Loaded<T> {
  const [{ loaded }, setKnown] = useState<Known<T>>({ answers: null, loaded: { kind: "loading" } });
  const [attempt, setAttempt] = useState(0);
  const version = versionOf(about);
  // the key stands for what `ask` asks; the function itself is new on each render
  useEffect(() => {
    if (key === null) return;
    const abort = new AbortController();
    setKnown((before) => waiting(before, key));
    const again = () => setAttempt((count) => count + 1);
    ask(abort.signal).then(
      (value) => {
        if (abort.signal.aborted) return;
        const full = { kind: "full", value, refreshing: false, at: new Date(), stale: null } as const;
        setKnown({ answers: key, loaded: isEmpty(value) ? { kind: "empty" } : full });
      },
      (thrown: unknown) => {
        if (abort.signal.aborted) return;
        const error = ApiError.from(thrown);
        if (error.status === 401) sessionLost();
        setKnown((before) => failed(before, key, { error, again }));
      },
    );
    return () => abort.abort();
  }, [key, attempt, version]);
  return loaded;
}

/** What was loaded last, and the key it answers. */
interface Known<T> {
  answers: string | null;
  loaded: Loaded<T>;
}

function waiting<T>({ answers, loaded }: Known<T>, key: string): Known<T> {
  if (loaded.kind === "full") return { answers, loaded: { ...loaded, refreshing: true } };
  return answers === key ? { answers, loaded } : { answers: null, loaded: { kind: "loading" } };
}

/** An answer to the same question stays on screen, marked; one to another question would mislead. */
function failed<T>({ answers, loaded }: Known<T>, key: string, failure: { error: ApiError; again: () => void }): Known<T> {
  if (loaded.kind === "full" && answers === key && failure.error.status !== 401 && failure.error.status !== 403)
    return { answers, loaded: { ...loaded, refreshing: false, stale: failure } };
  return { answers: null, loaded: { kind: "failed", ...failure } };
}

import type { ComponentChildren } from "preact";
import { formatClock } from "../format.ts";
import { t } from "../language.ts";
import type { Loaded } from "../loaded.ts";

interface StateProps<T> {
  of: Loaded<T>;
  /** What an empty answer means here, and what to do. */
  empty: ComponentChildren;
  children: (value: T) => ComponentChildren;
}

/** The states of anything that is asked for: loading, failed, empty, full, and full but out of date. */
export function State<T>({ of, empty, children }: StateProps<T>) {
  switch (of.kind) {
    case "loading":
      return (
        <div class="state state-loading" role="status">
          <span class="visually-hidden">{t("state.loading")}</span>
          <span class="skeleton" />
          <span class="skeleton" />
          <span class="skeleton" />
        </div>
      );
    case "failed":
      return (
        <div class="state state-failed" role="alert">
          <p class="state-title">{failure(of.error.status)}</p>
          {of.error.status !== 403 && of.error.status !== 404 && (
            <>
              <p>{of.error.message}</p>
              {of.error.problem?.requestId && <p class="muted">{t("state.request", { id: of.error.problem.requestId })}</p>}
              <button type="button" class="button" onClick={of.again}>
                {t("state.again")}
              </button>
            </>
          )}
        </div>
      );
    case "empty":
      return <div class="state state-empty">{empty}</div>;
    case "full":
      return (
        <div class={of.refreshing ? "refreshing" : undefined}>
          {of.stale && (
            <p class="stale" role="status">
              {t("state.stale", { time: formatClock(of.at), why: failure(of.stale.error.status) })}{" "}
              <button type="button" class="button quiet" onClick={of.stale.again}>
                {t("state.again")}
              </button>
            </p>
          )}
          {children(of.value)}
        </div>
      );
  }
}

function failure(status: number): string {
  if (status === 0) return t("state.offline");
  if (status === 401) return t("state.signedOut");
  if (status === 403) return t("state.forbidden");
  if (status === 404) return t("state.notFound");
  return t("state.failed", { status });
}

import { useState } from "preact/hooks";
import type { DeadLetter } from "../../schemas/deadLetter.ts";
import type { Role } from "../../schemas/key.ts";
import { ApiError } from "../answer.ts";
import { api, type Stats } from "../api.ts";
import { formatMoment, formatNumber } from "../format.ts";
import { t } from "../language.ts";
import { useLoaded } from "../loaded.ts";
import { PageHead, Segmented } from "../parts/controls.tsx";
import { useQuery } from "../parts/query.ts";
import { Refusals } from "../parts/Refusals.tsx";
import { State } from "../parts/State.tsx";
import { may } from "../session.ts";
import { Access, Audit } from "./Access.tsx";
import { Silences } from "./Silences.tsx";
import { Webhooks } from "./Webhooks.tsx";

type View = "pipeline" | "webhooks" | "silences" | "keys" | "audit";
/** Which of them a reader who is no administrator has. */
const VIEWS: Record<View, readonly Role[]> = {
  pipeline: [],
  webhooks: ["investigator"],
  silences: ["analyst", "investigator"],
  keys: [],
  audit: [],
};

/** What is looked after: how far the pipeline is behind, what it refused, who is told, what is silent, who may come in, who did what. */
export function Operations() {
  const [query, change] = useQuery();
  const views = (Object.keys(VIEWS) as View[]).filter((name) => may(...VIEWS[name]));
  const view = views.find((name) => name === query["view"]) ?? views[0];
  return (
    <>
      <PageHead title={t("operations.title")} />
      <div class="controls">
        <Segmented
          label={t("control.view")}
          name="view"
          value={view ?? ""}
          choices={views.map((value) => ({ value, label: t(`operations.${value}`) }))}
          onChange={(value) => change({ view: value })}
        />
      </div>
      {view === "pipeline" && <Pipeline />}
      {view === "webhooks" && <Webhooks />}
      {view === "silences" && <Silences />}
      {view === "keys" && <Access />}
      {view === "audit" && <Audit />}
    </>
  );
}

function Pipeline() {
  const [version, setVersion] = useState(0);
  const stats = useLoaded(`stats ${version}`, (signal) => api.stats(signal));
  const letters = useLoaded(
    `letters ${version}`,
    (signal) => api.deadLetters("open", signal),
    (items) => items.length === 0,
  );
  return (
    <>
      <State of={stats} empty="">
        {(found) => <Lags stats={found} />}
      </State>
      <section class="card">
        <h2>{t("operations.refused")}</h2>
        <State of={letters} empty={t("operations.noneRefused")}>
          {(items) => (
            <ul class="letters">
              {items.map((letter) => (
                <Letter key={letter.deadLetterId} letter={letter} onSent={() => setVersion((count) => count + 1)} />
              ))}
            </ul>
          )}
        </State>
      </section>
    </>
  );
}

function Lags({ stats }: { stats: Stats }) {
  return (
    <section class="card list-card">
      <table>
        <caption class="visually-hidden">{t("operations.pipeline")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("operations.topic")}</th>
            <th scope="col">{t("operations.group")}</th>
            <th scope="col" class="number">
              {t("operations.lag")}
            </th>
          </tr>
        </thead>
        <tbody>
          {stats.lags.map(({ topic, group, lag }) => (
            <tr key={`${topic} ${group}`}>
              <th scope="row">{topic}</th>
              <td>{group}</td>
              <td class="number">{formatNumber(lag)}</td>
            </tr>
          ))}
          {(["unrouted", "waiting", "held"] as const).map((state) => (
            <tr key={state}>
              <th scope="row">{t("operations.alerts")}</th>
              <td>{t(`operations.alerts.${state}`)}</td>
              <td class="number">{formatNumber(stats.alerts[state])}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {stats.alerts.oldestDueAt && (
        <p class="in-list">{t("operations.alerts.since", { time: formatMoment(stats.alerts.oldestDueAt, "UTC") })}</p>
      )}
    </section>
  );
}

/** One refused item: why, the bytes it came in, and a field to mend it in before it is sent again. */
function Letter({ letter, onSent }: { letter: DeadLetter; onSent: () => void }) {
  const original = decode(letter.value);
  const [text, setText] = useState(original);
  const [failure, setFailure] = useState<string | null>(null);
  const send = async () => {
    setFailure(null);
    try {
      const mended = text === original ? undefined : (JSON.parse(text) as unknown);
      await api.retry(letter.deadLetterId, keyOf(text), mended);
      onSent();
    } catch (error) {
      setFailure(
        error instanceof SyntaxError ? t("operations.notJson", { message: error.message }) : ApiError.from(error).message,
      );
    }
  };
  return (
    <li>
      <p class="small muted">
        {formatMoment(letter.arrivedAt, "UTC")} · {letter.topic}/{letter.partition}@{letter.offset} {letter.item}
      </p>
      <Refusals refusals={letter.refusals} />
      <details>
        <summary>{t("operations.mend")}</summary>
        <label>
          <span class="select-label">{t("operations.message")}</span>
          <textarea
            class="code"
            rows={10}
            value={text}
            spellcheck={false}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
        {failure && (
          <p class="form-failure" role="alert">
            {failure}
          </p>
        )}
        <button type="button" class="button primary" onClick={() => void send()}>
          {t(text === original ? "operations.sendAgain" : "operations.sendMended")}
        </button>
      </details>
    </li>
  );
}

/** Messages are sent under their site's id, so that what belongs together stays in order. */
function keyOf(text: string): string {
  try {
    const value = JSON.parse(text) as { siteId?: unknown; sample?: { siteId?: unknown } } | { siteId?: unknown }[];
    const first = Array.isArray(value) ? value[0] : value;
    const siteId = (first as { siteId?: unknown })?.siteId ?? (first as { sample?: { siteId?: unknown } })?.sample?.siteId;
    return typeof siteId === "string" && siteId !== "" ? siteId : "unknown";
  } catch {
    return "unknown";
  }
}

function decode(base64: string): string {
  const text = new TextDecoder().decode(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

import { useState } from "preact/hooks";
import type { Delivery, WebhookEndpoint } from "../../schemas/webhook.ts";
import { ApiError, api } from "../api.ts";
import { formatMoment, formatNumber } from "../format.ts";
import { t, tData } from "../language.ts";
import { useLoaded } from "../loaded.ts";
import { State } from "../parts/State.tsx";

const EVENTS = Object.keys({
  "anomaly.raised": 0,
  "anomaly.retracted": 0,
  "lead.opened": 0,
  "lead.updated": 0,
  "lead.retracted": 0,
  "webhook.test": 0,
} satisfies Record<WebhookEndpoint["events"][number], 0>) as WebhookEndpoint["events"];

/** Who is told, and what became of each message. */
export function Webhooks() {
  const [version, setVersion] = useState(0);
  const changed = () => setVersion((count) => count + 1);
  const endpoints = useLoaded(
    `webhooks ${version}`,
    (signal) => api.webhooks(signal),
    (items) => items.length === 0,
  );
  const deliveries = useLoaded(
    `deliveries ${version}`,
    (signal) => api.deliveries(signal),
    (items) => items.length === 0,
  );
  return (
    <>
      <section class="card">
        <h2>{t("webhooks.endpoints")}</h2>
        <State of={endpoints} empty={t("webhooks.none")}>
          {(items) => (
            <ul class="letters">
              {items.map((endpoint) => (
                <Endpoint key={endpoint.endpointId} endpoint={endpoint} onChanged={changed} />
              ))}
            </ul>
          )}
        </State>
        <Adding onAdded={changed} />
      </section>
      <section class="card list-card">
        <h2 class="in-list">{t("webhooks.deliveries")}</h2>
        <State of={deliveries} empty={t("webhooks.noDeliveries")}>
          {(items) => <Deliveries items={items} onChanged={changed} />}
        </State>
      </section>
    </>
  );
}

function Endpoint({ endpoint, onChanged }: { endpoint: WebhookEndpoint; onChanged: () => void }) {
  const { endpointId, url, description, events, active, pausedReason } = endpoint;
  const change = (work: Promise<unknown>) => void work.then(onChanged);
  return (
    <li>
      <strong>{url}</strong>{" "}
      <span class={`badge ${active ? "state-confirmed" : ""}`}>{t(active ? "webhooks.active" : "webhooks.off")}</span>
      <p class="small muted">{[description, events.join(", "), pausedReason].filter(Boolean).join(" · ")}</p>
      <p class="actions">
        <button type="button" class="button" onClick={() => change(api.testWebhook(endpointId))}>
          {t("webhooks.test")}
        </button>
        <button type="button" class="button" onClick={() => change(api.switchWebhook(endpointId, !active))}>
          {t(active ? "webhooks.switchOff" : "webhooks.switchOn")}
        </button>
        <button type="button" class="button" onClick={() => change(api.removeWebhook(endpointId))}>
          {t("webhooks.remove")}
        </button>
      </p>
    </li>
  );
}

function Adding({ onAdded }: { onAdded: () => void }) {
  const [url, setUrl] = useState("");
  const [events, setEvents] = useState<ReadonlySet<WebhookEndpoint["events"][number]>>(
    new Set(["lead.opened", "lead.updated", "lead.retracted"]),
  );
  const [secret, setSecret] = useState<string | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setFailure(null);
    try {
      setSecret((await api.addWebhook(url, [...events])).secret);
      setUrl("");
      onAdded();
    } catch (error) {
      setFailure(ApiError.from(error).message);
    }
  };
  return (
    <details>
      <summary>{t("webhooks.add")}</summary>
      <form onSubmit={submit} class="stacked">
        <label>
          {t("webhooks.url")}
          <input type="url" required value={url} placeholder="https://" onInput={(event) => setUrl(event.currentTarget.value)} />
        </label>
        <fieldset class="checks">
          <legend>{t("webhooks.events")}</legend>
          {EVENTS.map((name) => (
            <label key={name}>
              <input
                type="checkbox"
                checked={events.has(name)}
                onChange={() =>
                  setEvents(
                    events.has(name) ? new Set([...events].filter((other) => other !== name)) : new Set([...events, name]),
                  )
                }
              />
              {name}
            </label>
          ))}
        </fieldset>
        {failure && (
          <p class="form-failure" role="alert">
            {failure}
          </p>
        )}
        <button type="submit" class="button primary" disabled={events.size === 0}>
          {t("webhooks.add")}
        </button>
      </form>
      {secret && (
        <p role="status">
          {t("webhooks.secret")} <code>{secret}</code>
        </p>
      )}
    </details>
  );
}

function Deliveries({ items, onChanged }: { items: readonly Delivery[]; onChanged: () => void }) {
  return (
    <table class="ranking">
      <thead>
        <tr>
          <th scope="col">{t("webhooks.created")}</th>
          <th scope="col">{t("webhooks.event")}</th>
          <th scope="col">{t("control.state")}</th>
          <th scope="col" class="number">
            {t("webhooks.attempts")}
          </th>
          <th scope="col" class="wide">
            {t("webhooks.last")}
          </th>
          <th scope="col">
            <span class="visually-hidden">{t("webhooks.again")}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {items.map((delivery) => {
          const last = delivery.attempts.at(-1);
          return (
            <tr key={delivery.deliveryId}>
              <th scope="row">{formatMoment(delivery.createdAt, "UTC")}</th>
              <td>{delivery.event}</td>
              <td>
                <span
                  class={`badge ${delivery.state === "delivered" ? "state-confirmed" : delivery.state === "failed" ? "alert" : ""}`}
                >
                  {tData("deliveryState", delivery.state)}
                </span>
              </td>
              <td class="number">{formatNumber(delivery.attempts.length)}</td>
              <td class="wide">{last ? (last.error ?? `${last.status} · ${formatNumber(last.durationMs)} ms`) : "–"}</td>
              <td>
                {delivery.state !== "waiting" && (
                  <button
                    type="button"
                    class="button quiet"
                    onClick={() => void api.deliverAgain(delivery.deliveryId).then(onChanged)}
                  >
                    {t("webhooks.again")}
                  </button>
                )}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

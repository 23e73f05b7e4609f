import { useState } from "preact/hooks";
import type { Delivery, WebhookEndpoint } from "../../schemas/webhook.ts";
import { alerting } from "../alerting.ts";
import { formatMoment, formatNumber } from "../format.ts";
import { t, tData } from "../language.ts";
import { useLoaded } from "../loaded.ts";
import { Select } from "../parts/controls.tsx";
import { State } from "../parts/State.tsx";
import { DELIVERY_STATES } from "../states.ts";

const BADGES: Partial<Record<Delivery["state"], string>> = { delivered: "state-confirmed", failed: "alert" };

/** What became of each message; one that is opened shows what was sent and answered. */
export function Deliveries({ endpoints, version }: { endpoints: readonly WebhookEndpoint[]; version: number }) {
  const [replayed, setReplayed] = useState(0);
  const [state, setState] = useState("");
  const [to, setTo] = useState("");
  const deliveries = useLoaded(
    `deliveries ${state} ${to} ${version} ${replayed}`,
    (signal) => {
      const chosen = DELIVERY_STATES.find((each) => each === state);
      return alerting.deliveries({ ...(chosen ? { state: chosen } : {}), ...(to ? { endpointId: to } : {}) }, signal);
    },
    (items) => items.length === 0,
  );
  const names = new Map(endpoints.map(({ endpointId, url, description }) => [endpointId, description || url]));
  const choices = [
    { value: "", label: t("control.any") },
    ...DELIVERY_STATES.map((value) => ({ value, label: tData("deliveryState", value) })),
  ];
  return (
    <section class="card">
      <h2>{t("webhooks.deliveries")}</h2>
      <div class="controls">
        <Select label={t("control.state")} value={state} choices={choices} onChange={setState} />
        <Select
          label={t("webhooks.url")}
          value={to}
          choices={[{ value: "", label: t("control.any") }, ...[...names].map(([value, label]) => ({ value, label }))]}
          onChange={setTo}
        />
      </div>
      <State of={deliveries} empty={t("webhooks.noDeliveries")}>
        {(items) => (
          <ul class="letters">
            {items.map((each) => (
              <Sent
                key={each.deliveryId}
                delivery={each}
                to={names.get(each.endpointId) ?? each.endpointId}
                onReplayed={() => setReplayed((count) => count + 1)}
              />
            ))}
          </ul>
        )}
      </State>
    </section>
  );
}

function Sent({ delivery, to, onReplayed }: { delivery: Delivery; to: string; onReplayed: () => void }) {
  const { deliveryId, event, state, note, createdAt, attempts, nextAttemptAt } = delivery;
  const [opened, setOpened] = useState(false);
  const last = attempts.at(-1);
  return (
    <li>
      <p>
        <strong>{event}</strong> <span class={`badge ${BADGES[state] ?? ""}`}>{tData("deliveryState", state)}</span>{" "}
        <span class="subject">{to}</span>
      </p>
      <p class="small muted">
        {[
          formatMoment(createdAt, "UTC"),
          t("webhooks.attemptCount", { count: attempts.length }),
          last && (last.error ?? `${last.status} · ${formatNumber(last.durationMs)} ms`),
          note && tData("deliveryNote", note),
          nextAttemptAt && t("webhooks.next", { time: formatMoment(nextAttemptAt, "UTC") }),
        ]
          .filter(Boolean)
          .join(" · ")}
      </p>
      <details onToggle={(toggled) => setOpened(toggled.currentTarget.open)}>
        <summary>{t("webhooks.contents")}</summary>
        {opened && <Contents deliveryId={deliveryId} attempts={attempts.length} />}
        {state !== "held" && (
          <button type="button" class="button" onClick={() => void alerting.deliverAgain(deliveryId).then(onReplayed)}>
            {t("webhooks.again")}
          </button>
        )}
      </details>
    </li>
  );
}

function Contents({ deliveryId, attempts }: { deliveryId: string; attempts: number }) {
  const found = useLoaded(
    `delivery ${deliveryId} ${attempts}`,
    (signal) => alerting.delivery(deliveryId, signal),
    (value) => value.attempts.length === 0,
  );
  return (
    <State of={found} empty={t("webhooks.notSent")}>
      {(delivery) =>
        delivery.attempts.toReversed().map(({ attempt, at, status, error, durationMs, request, answer }) => (
          <section key={`${attempt} ${at}`}>
            <h3 class="small">
              {attempt}. {formatMoment(at, "UTC")} · {status ?? "–"} · {formatNumber(durationMs)} ms {error ? `· ${error}` : ""}
            </h3>
            <Text label={t("webhooks.request")} text={request} />
            <Text label={t("webhooks.answer")} text={answer} />
          </section>
        ))
      }
    </State>
  );
}

function Text({ label, text }: { label: string; text: string | null }) {
  return (
    <figure>
      <figcaption class="small muted">{label}</figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keyboard */}
      <pre class="code sent" tabIndex={0}>
        {text === null ? "–" : indented(text)}
      </pre>
    </figure>
  );
}

function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

import { useState } from "preact/hooks";
import type { WebhookEndpoint } from "../../schemas/webhook.ts";
import { alerting } from "../alerting.ts";
import { ApiError } from "../answer.ts";
import { formatMoment } from "../format.ts";
import { t, tData } from "../language.ts";
import { useLoaded } from "../loaded.ts";
import { Sure } from "../parts/controls.tsx";
import { Editing } from "../parts/Editing.tsx";
import { State } from "../parts/State.tsx";
import { Deliveries } from "./Deliveries.tsx";
import { WebhookChanges, WebhookForm } from "./WebhookForm.tsx";

const DAY_MS = 86_400_000;
/** What failed within this time is sent again at a press. */
const RECOVER_DAYS = 7;

/** Who is told, and what became of each message. */
export function Webhooks() {
  const [version, setVersion] = useState(0);
  const changed = () => setVersion((count) => count + 1);
  const endpoints = useLoaded(
    `webhooks ${version}`,
    (signal) => alerting.webhooks(signal),
    (items) => items.length === 0,
  );
  const known = endpoints.kind === "full" ? endpoints.value : [];
  return (
    <>
      <section class="card">
        <h2>{t("webhooks.endpoints")}</h2>
        <State of={endpoints} empty={t("webhooks.none")}>
          {(items) => (
            <ul class="letters">
              {items.map((endpoint) => (
                <Endpoint key={endpoint.endpointId} endpoint={endpoint} others={items} onChanged={changed} />
              ))}
            </ul>
          )}
        </State>
        <WebhookForm others={known} onAdded={changed} />
      </section>
      <Deliveries endpoints={known} version={version} />
    </>
  );
}

function Endpoint(props: { endpoint: WebhookEndpoint; others: readonly WebhookEndpoint[]; onChanged: () => void }) {
  const { endpoint, others, onChanged } = props;
  const { endpointId, url, description, active, pausedReason, format } = endpoint;
  const [opened, setOpened] = useState(false);
  const [said, setSaid] = useState<string | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  /** Does it, says what came of it, and shows the list anew. */
  const act = async (work: () => Promise<string | null>) => {
    try {
      setSaid(await work());
      onChanged();
    } catch (error) {
      setSaid(ApiError.from(error).message);
    }
  };
  const rotate = async () => {
    const { secret: made, previousUntil } = await alerting.newSecret(endpointId);
    setSecret(made);
    return t("webhooks.rotated", { time: formatMoment(previousUntil, "UTC") });
  };
  const recover = async () => {
    const since = new Date(Date.now() - RECOVER_DAYS * DAY_MS).toISOString();
    return t("webhooks.recovered", { count: (await alerting.recover(endpointId, since)).deliveries });
  };
  const buttons: { word: Parameters<typeof t>[0]; work: () => Promise<string | null> }[] = [
    { word: "webhooks.test", work: () => alerting.testWebhook(endpointId).then(() => t("webhooks.tested")) },
    ...(format === "standard" ? [{ word: "webhooks.rotate", work: rotate } as const] : []),
    { word: "webhooks.recover", work: recover },
    {
      word: active ? "webhooks.switchOff" : "webhooks.switchOn",
      work: () => alerting.switchWebhook(endpointId, !active).then(() => null),
    },
  ];
  return (
    <li>
      <strong class="subject">{url}</strong>{" "}
      <span class={`badge ${active ? "state-confirmed" : ""}`}>{t(active ? "webhooks.active" : "webhooks.off")}</span>
      <p class="small muted">
        {[tData("webhookFormat", format), description, ...wishesOf(endpoint, others)].filter(Boolean).join(" · ")}
      </p>
      {pausedReason && (
        <p class="form-failure">
          {t("webhooks.paused")} {pausedReason}
        </p>
      )}
      <p class="actions">
        {buttons.map(({ word, work }) => (
          <button key={word} type="button" class="button" onClick={() => void act(work)}>
            {t(word)}
          </button>
        ))}
        <Sure
          label={t("webhooks.remove")}
          sure={`${t("webhooks.remove")} ${description || url}`}
          onDo={() => void act(() => alerting.removeWebhook(endpointId).then(() => null))}
        />
      </p>
      <details onToggle={(toggled) => setOpened(toggled.currentTarget.open)}>
        <summary>{t("webhooks.change")}</summary>
        {opened && (
          <Editing of={JSON.stringify(endpoint)} read={(signal) => alerting.webhook(endpointId, signal)}>
            {(found) => (
              <WebhookChanges
                key={found.etag}
                of={found}
                others={others.filter((other) => other.endpointId !== endpointId)}
                onSaved={() => void act(async () => t("edit.saved"))}
              />
            )}
          </Editing>
        )}
      </details>
      {said && <p role="status">{said}</p>}
      {secret && (
        <p role="status">
          {t("webhooks.secret")} <code>{secret}</code>
        </p>
      )}
    </li>
  );
}

/** What it asked for, in words. */
function wishesOf({ events, filter, groupMinutes, escalation }: WebhookEndpoint, others: readonly WebhookEndpoint[]): string[] {
  const nameOf = (id: string) => others.find(({ endpointId }) => endpointId === id)?.description || id;
  const { regions, analytes, verdicts, certaintyMin } = filter;
  return [
    events.join(", "),
    regions.join(", "),
    analytes.join(", "),
    verdicts.map((verdict) => tData("verdict", verdict)).join(", "),
    certaintyMin === null ? "" : `≥ ${certaintyMin}`,
    groupMinutes > 0 ? t("webhooks.grouped", { minutes: groupMinutes }) : "",
    ...escalation.map(({ afterMinutes, endpointId }) =>
      t("webhooks.escalates", { minutes: afterMinutes, who: nameOf(endpointId) }),
    ),
  ];
}

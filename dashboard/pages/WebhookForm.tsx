import { useState } from "preact/hooks";
import type { WebhookEndpoint, WebhookFormat } from "../../schemas/webhook.ts";
import { alerting, type WebhookDraft } from "../alerting.ts";
import { t, tData } from "../language.ts";
import { failureOf } from "../parts/failure.ts";
import { listed } from "../parts/listed.ts";
import { WEBHOOK_FORMATS } from "../states.ts";

type Event = WebhookEndpoint["events"][number];
const EVENTS = Object.keys({
  "anomaly.raised": 0,
  "anomaly.retracted": 0,
  "lead.opened": 0,
  "lead.updated": 0,
  "lead.retracted": 0,
  "webhook.paused": 0,
  "webhook.test": 0,
} satisfies Record<Event, 0>) as Event[];
const CHOSEN: readonly Event[] = ["lead.opened", "lead.updated", "lead.retracted"];
const EXAMPLES: Record<WebhookFormat, string> = {
  standard: "https://alerts.example.org/sewertrace",
  alertmanager: "https://alertmanager.example.org/api/v2/alerts",
  feishu: "https://open.feishu.cn/open-apis/bot/v2/hook/…",
  wecom: "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…",
  email: "mailto:duty@example.org",
};
const ESCALATE_MINUTES = 60;

const EMPTY = {
  url: "",
  description: "",
  secret: "",
  regions: "",
  analytes: "",
  certainty: "",
  group: "2",
  contact: "",
  escalateTo: "",
  escalateAfter: String(ESCALATE_MINUTES),
};

/** Adds somebody to be told. What is left empty means all. */
export function WebhookForm({ others, onAdded }: { others: readonly WebhookEndpoint[]; onAdded: () => void }) {
  const [fields, setFields] = useState(EMPTY);
  const [format, setFormat] = useState<WebhookFormat>("standard");
  const [events, setEvents] = useState<ReadonlySet<Event>>(new Set(CHOSEN));
  const [secret, setSecret] = useState<string | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const field = (name: keyof typeof EMPTY) => ({
    value: fields[name],
    onInput: (event: { currentTarget: { value: string } }) => setFields({ ...fields, [name]: event.currentTarget.value }),
  });
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setFailure(null);
    try {
      setSecret((await alerting.addWebhook(draftOf(fields, format, [...events]))).secret);
      setFields(EMPTY);
      onAdded();
    } catch (error) {
      setFailure(failureOf(error));
    }
  };
  const toggle = (name: Event) =>
    setEvents(events.has(name) ? new Set([...events].filter((other) => other !== name)) : new Set([...events, name]));
  return (
    <details>
      <summary>{t("webhooks.add")}</summary>
      <form onSubmit={submit} class="stacked">
        <label>
          {t("webhooks.format")}
          <select value={format} onChange={(event) => setFormat(event.currentTarget.value as WebhookFormat)}>
            {WEBHOOK_FORMATS.map((value) => (
              <option key={value} value={value}>
                {tData("webhookFormat", value)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t("webhooks.url")}
          <input name="url" required placeholder={EXAMPLES[format]} {...field("url")} />
        </label>
        {format === "feishu" && (
          <label>
            {t("webhooks.robotSecret")}
            <input name="secret" autocomplete="off" {...field("secret")} />
          </label>
        )}
        <label>
          {t("webhooks.description")}
          <input name="description" maxLength={200} {...field("description")} />
        </label>
        <fieldset class="checks">
          <legend>{t("webhooks.events")}</legend>
          {EVENTS.map((name) => (
            <label key={name}>
              <input type="checkbox" checked={events.has(name)} onChange={() => toggle(name)} />
              {name}
            </label>
          ))}
        </fieldset>
        <label>
          {t("webhooks.regions")}
          <input name="regions" {...field("regions")} />
        </label>
        <label>
          {t("webhooks.analytes")}
          <input name="analytes" placeholder="mdma, cocaine" {...field("analytes")} />
        </label>
        <label>
          {t("webhooks.certainty")}
          <input name="certainty" type="number" min="0" max="1" step="0.01" {...field("certainty")} />
        </label>
        <label>
          {t("webhooks.group")}
          <input name="group" type="number" min="0" max="1440" required {...field("group")} />
        </label>
        <label>
          {t("webhooks.contact")}
          <input name="contact" type="email" {...field("contact")} />
        </label>
        {others.length > 0 && (
          <>
            <label>
              {t("webhooks.escalateTo")}
              <select
                value={fields.escalateTo}
                onChange={(event) => setFields({ ...fields, escalateTo: event.currentTarget.value })}
              >
                <option value="">{t("webhooks.nobody")}</option>
                {others.map(({ endpointId, url, description }) => (
                  <option key={endpointId} value={endpointId}>
                    {description || url}
                  </option>
                ))}
              </select>
            </label>
            {fields.escalateTo !== "" && (
              <label>
                {t("webhooks.escalateAfter")}
                <input name="after" type="number" min="1" max="10080" required {...field("escalateAfter")} />
              </label>
            )}
          </>
        )}
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

function draftOf(fields: typeof EMPTY, format: WebhookFormat, events: Event[]): WebhookDraft {
  const { url, description, secret, regions, analytes, certainty, group, contact, escalateTo, escalateAfter } = fields;
  return {
    ...{ url: url.trim(), description, events, format, groupMinutes: Number(group) },
    filter: {
      regions: listed(regions),
      analytes: listed(analytes),
      certaintyMin: certainty === "" ? null : Number(certainty),
    },
    escalation: escalateTo === "" ? null : { endpointId: escalateTo, afterMinutes: Number(escalateAfter) },
    contact: contact === "" ? null : contact,
    ...(format === "feishu" && secret !== "" ? { secret } : {}),
  };
}

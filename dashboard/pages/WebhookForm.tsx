import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { WebhookEndpoint, WebhookFormat } from "../../schemas/webhook.ts";
import { alerting, type WebhookChange, type WebhookDraft } from "../alerting.ts";
import type { Read } from "../answer.ts";
import { type Language, t, tData } from "../language.ts";
import { failureOf } from "../parts/failure.ts";
import { listed } from "../parts/listed.ts";
import { VERDICTS, WEBHOOK_FORMATS } from "../states.ts";

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
const LANGUAGES = { en: "English", zh: "中文" } satisfies Record<Language, string>;
const STEPS_MAX = 5;
const STEP_MINUTES = 60;

/** What may be changed of an endpoint, as it is typed. */
type Wishes = ReturnType<typeof wishesOf>;

function wishesOf(of?: WebhookEndpoint) {
  return {
    description: of?.description ?? "",
    language: of?.language ?? null,
    events: of?.events ?? CHOSEN,
    regions: of?.filter.regions.join(", ") ?? "",
    analytes: of?.filter.analytes.join(", ") ?? "",
    verdicts: of?.filter.verdicts ?? [],
    certainty: of?.filter.certaintyMin?.toString() ?? "",
    group: String(of?.groupMinutes ?? 2),
    contact: of?.contact ?? "",
    steps: of?.escalation.map(({ endpointId, afterMinutes }) => ({ endpointId, minutes: String(afterMinutes) })) ?? [],
  };
}

function changeOf(wishes: Wishes): Omit<WebhookChange, "url" | "active"> & Pick<WebhookDraft, "events"> {
  const { description, language, events, regions, analytes, verdicts, certainty, group, contact, steps } = wishes;
  return {
    ...{ description, events: [...events], groupMinutes: Number(group), contact: contact === "" ? null : contact },
    ...(language ? { language } : {}),
    filter: {
      ...{ regions: listed(regions), analytes: listed(analytes), verdicts: [...verdicts] },
      certaintyMin: certainty === "" ? null : Number(certainty),
    },
    escalation: steps.map(({ endpointId, minutes }) => ({ endpointId, afterMinutes: Number(minutes) })),
  };
}

/** Adds somebody to be told. What is left empty means all. */
export function WebhookForm({ others, onAdded }: { others: readonly WebhookEndpoint[]; onAdded: () => void }) {
  const [made, setMade] = useState({ secret: "", count: 0 });
  return (
    <details>
      <summary>{t("webhooks.add")}</summary>
      <NewEndpoint
        key={made.count}
        others={others}
        onAdded={(secret) => {
          setMade({ secret, count: made.count + 1 });
          onAdded();
        }}
      />
      {made.secret && (
        <p role="status">
          {t("webhooks.secret")} <code>{made.secret}</code>
        </p>
      )}
    </details>
  );
}

function NewEndpoint({ others, onAdded }: { others: readonly WebhookEndpoint[]; onAdded: (secret: string) => void }) {
  const [wishes, setWishes] = useState(wishesOf());
  const [format, setFormat] = useState<WebhookFormat>("standard");
  const [url, setUrl] = useState("");
  const [secret, setSecret] = useState("");
  const add = async () => {
    const robot = format === "feishu" && secret !== "" ? { secret } : {};
    onAdded((await alerting.addWebhook({ url: url.trim(), format, ...changeOf(wishes), ...robot })).secret);
  };
  return (
    <Sending of={wishes} go={t("webhooks.add")} send={add}>
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
        <input
          name="url"
          required
          placeholder={EXAMPLES[format]}
          value={url}
          onInput={(event) => setUrl(event.currentTarget.value)}
        />
      </label>
      {format === "feishu" && (
        <label>
          {t("webhooks.robotSecret")}
          <input name="secret" autocomplete="off" value={secret} onInput={(event) => setSecret(event.currentTarget.value)} />
        </label>
      )}
      <WishFields of={wishes} others={others} onChange={setWishes} />
    </Sending>
  );
}

/** What an endpoint is told, and who after it. Where it goes stays: another address is another endpoint. */
export function WebhookChanges(props: { of: Read<WebhookEndpoint>; others: readonly WebhookEndpoint[]; onSaved: () => void }) {
  const { value, etag } = props.of;
  const [wishes, setWishes] = useState(wishesOf(value));
  const save = () => alerting.changeWebhook(value.endpointId, changeOf(wishes), etag).then(props.onSaved);
  return (
    <Sending of={wishes} go={t("edit.save")} send={save}>
      <WishFields of={wishes} others={props.others} onChange={setWishes} />
    </Sending>
  );
}

function Sending(props: { of: Wishes; go: string; send: () => Promise<void>; children: ComponentChildren }) {
  const [failure, setFailure] = useState<string | null>(null);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setFailure(null);
    try {
      await props.send();
    } catch (error) {
      setFailure(failureOf(error));
    }
  };
  return (
    <form onSubmit={submit} class="stacked">
      {props.children}
      {failure && (
        <p class="form-failure" role="alert">
          {failure}
        </p>
      )}
      <button type="submit" class="button primary" disabled={props.of.events.length === 0}>
        {props.go}
      </button>
    </form>
  );
}

function WishFields(props: { of: Wishes; others: readonly WebhookEndpoint[]; onChange: (wishes: Wishes) => void }) {
  const { of, others, onChange } = props;
  const field = (name: "description" | "regions" | "analytes" | "certainty" | "group" | "contact") => ({
    name,
    value: of[name],
    onInput: (event: { currentTarget: { value: string } }) => onChange({ ...of, [name]: event.currentTarget.value }),
  });
  return (
    <>
      <label>
        {t("webhooks.description")}
        <input maxLength={200} {...field("description")} />
      </label>
      <label>
        {t("webhooks.language")}
        <select
          value={of.language ?? ""}
          onChange={(event) => onChange({ ...of, language: (event.currentTarget.value || null) as Language | null })}
        >
          {of.language === null && <option value="">{t("webhooks.languageOfFormat")}</option>}
          {Object.entries(LANGUAGES).map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <Checks legend={t("webhooks.events")} all={EVENTS} chosen={of.events} onChange={(events) => onChange({ ...of, events })} />
      <label>
        {t("webhooks.regions")}
        <input {...field("regions")} />
      </label>
      <label>
        {t("webhooks.analytes")}
        <input placeholder="mdma, cocaine" {...field("analytes")} />
      </label>
      <Checks
        legend={t("webhooks.verdicts")}
        all={VERDICTS}
        chosen={of.verdicts}
        nameOf={(verdict) => tData("verdict", verdict)}
        onChange={(verdicts) => onChange({ ...of, verdicts })}
      />
      <label>
        {t("webhooks.certainty")}
        <input type="number" min="0" max="1" step="0.01" {...field("certainty")} />
      </label>
      <label>
        {t("webhooks.group")}
        <input type="number" min="0" max="1440" required {...field("group")} />
      </label>
      <label>
        {t("webhooks.contact")}
        <input type="email" {...field("contact")} />
      </label>
      {others.length > 0 && <Steps of={of} others={others} onChange={onChange} />}
    </>
  );
}

function Checks<V extends string>(props: {
  legend: string;
  all: readonly V[];
  chosen: readonly V[];
  nameOf?: (value: V) => string;
  onChange: (chosen: V[]) => void;
}) {
  const { all, chosen, nameOf = (value: V) => value } = props;
  const toggled = (value: V) => all.filter((each) => (each === value) !== chosen.includes(each));
  return (
    <fieldset class="checks">
      <legend>{props.legend}</legend>
      {all.map((value) => (
        <label key={value}>
          <input type="checkbox" checked={chosen.includes(value)} onChange={() => props.onChange(toggled(value))} />
          {nameOf(value)}
        </label>
      ))}
    </fieldset>
  );
}

/** Who is told next, after how long, and after them. */
function Steps(props: { of: Wishes; others: readonly WebhookEndpoint[]; onChange: (wishes: Wishes) => void }) {
  const { of, others, onChange } = props;
  const set = (steps: Wishes["steps"]) => onChange({ ...of, steps });
  const change = (index: number, part: Partial<Wishes["steps"][number]>) =>
    set(of.steps.map((step, i) => (i === index ? { ...step, ...part } : step)));
  return (
    <fieldset class="steps">
      <legend>{t("webhooks.escalateTo")}</legend>
      {of.steps.map(({ endpointId, minutes }, index) => (
        <p key={index} class="actions">
          <label>
            {t("webhooks.escalateAfter")}{" "}
            <input
              type="number"
              min="1"
              max="10080"
              required
              value={minutes}
              onInput={(event) => change(index, { minutes: event.currentTarget.value })}
            />
          </label>
          <select
            aria-label={t("webhooks.escalateStep", { step: index + 1 })}
            value={endpointId}
            onChange={(event) => change(index, { endpointId: event.currentTarget.value })}
          >
            {others.map(({ endpointId: id, url, description }) => (
              <option key={id} value={id}>
                {description || url}
              </option>
            ))}
          </select>
          <button
            type="button"
            class="button quiet"
            aria-label={t("webhooks.dropStep", { step: index + 1 })}
            onClick={() => set(of.steps.filter((_, i) => i !== index))}
          >
            ×
          </button>
        </p>
      ))}
      {of.steps.length < STEPS_MAX && (
        <button
          type="button"
          class="button"
          onClick={() => set([...of.steps, { endpointId: others[0]!.endpointId, minutes: String(STEP_MINUTES) }])}
        >
          {t("webhooks.addStep")}
        </button>
      )}
    </fieldset>
  );
}

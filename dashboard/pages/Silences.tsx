import { useState } from "preact/hooks";
import type { Silence, SilenceMatch } from "../../schemas/silence.ts";
import { alerting, type SilencePreview, type ToldMessage } from "../alerting.ts";
import { formatMoment } from "../format.ts";
import { t, tData } from "../language.ts";
import { useLoaded } from "../loaded.ts";
import { Segmented } from "../parts/controls.tsx";
import { Editing } from "../parts/Editing.tsx";
import { Form } from "../parts/Form.tsx";
import { failureOf } from "../parts/failure.ts";
import { State } from "../parts/State.tsx";
import { SILENCE_KINDS, VERDICTS } from "../states.ts";

const HOUR_MS = 3_600_000;
const TYPED = ["siteId", "region", "analyte", "labId"] as const;
const FIELDS = [...TYPED, "verdict"] as const;
const DURATIONS_H = [4, 24, 72, 168, 720];

/** What nobody is told for a while, by whom and why, with what it hides before it is made. */
export function Silences() {
  const [version, setVersion] = useState(0);
  const [past, setPast] = useState(false);
  const changed = () => setVersion((count) => count + 1);
  const silences = useLoaded(
    `silences ${past} ${version}`,
    (signal) => alerting.silences(past, signal),
    (items) => items.length === 0,
  );
  return (
    <section class="card">
      <div class="controls">
        <Segmented
          label={t("control.view")}
          name="silences"
          value={past ? "past" : "current"}
          choices={[
            { value: "current", label: t("silences.current") },
            { value: "past", label: t("silences.past") },
          ]}
          onChange={(value) => setPast(value === "past")}
        />
      </div>
      <State of={silences} empty={t("silences.none")}>
        {(items) => (
          <ul class="letters">
            {items.map((each) => (
              <Entry key={each.silenceId} silence={each} onChanged={changed} />
            ))}
          </ul>
        )}
      </State>
      <Adding onAdded={changed} />
    </section>
  );
}

function Entry({ silence, onChanged }: { silence: Silence & { hidden: number }; onChanged: () => void }) {
  const { silenceId, kind, match, reason, author, startsAt, endsAt, hidden } = silence;
  const [shown, setShown] = useState(false);
  const [changing, setChanging] = useState(false);
  const over = Date.parse(endsAt) <= Date.now();
  return (
    <li>
      <strong>{reason}</strong> <span class="badge">{tData("silenceKind", kind)}</span>
      <p class="small muted">
        {FIELDS.filter((name) => match[name] !== undefined)
          .map((name) => `${t(`silences.${name}`)}: ${name === "verdict" ? tData("verdict", match[name]!) : match[name]}`)
          .join(" · ")}
      </p>
      <p class="small muted">
        {author} · {formatMoment(startsAt, "UTC")} – {formatMoment(endsAt, "UTC")}
      </p>
      {hidden > 0 ? (
        <details onToggle={(toggled) => setShown(toggled.currentTarget.open)}>
          <summary>{t(kind === "silence" ? "silences.hid" : "silences.putOff", { count: hidden })}</summary>
          {shown && <Hidden silenceId={silenceId} count={hidden} />}
        </details>
      ) : (
        <p class="small muted">{t("silences.hidNothing")}</p>
      )}
      {!over && (
        <>
          <p class="actions">
            <button type="button" class="button" onClick={() => void alerting.endSilence(silenceId).then(onChanged)}>
              {t("silences.end")}
            </button>
            <button type="button" class="button" aria-expanded={changing} onClick={() => setChanging(!changing)}>
              {t("silences.change")}
            </button>
          </p>
          {changing && (
            <Changing
              silenceId={silenceId}
              onSaved={() => {
                setChanging(false);
                onChanged();
              }}
            />
          )}
        </>
      )}
    </li>
  );
}

function Changing({ silenceId, onSaved }: { silenceId: string; onSaved: () => void }) {
  return (
    <Editing of={silenceId} read={(signal) => alerting.silence(silenceId, signal)}>
      {({ value, etag }) => (
        <Form
          narrow
          label={t("silences.change")}
          go={t("edit.save")}
          send={async ({ reason = "", hours = "" }) => {
            const endsAt = new Date(Date.now() + Number(hours) * HOUR_MS).toISOString();
            await alerting.changeSilence(silenceId, { reason, ...(hours === "" ? {} : { endsAt }) }, etag);
            onSaved();
          }}
        >
          <label>
            {t("silences.reason")}
            <input name="reason" required maxLength={500} defaultValue={value.reason} />
          </label>
          <label>
            {t("silences.forFromNow")}
            <select name="hours">
              <option value="">{t("silences.sameEnd", { time: formatMoment(value.endsAt, "UTC") })}</option>
              {DURATIONS_H.map((each) => (
                <option key={each} value={String(each)}>
                  {t("silences.hours", { hours: each })}
                </option>
              ))}
            </select>
          </label>
        </Form>
      )}
    </Editing>
  );
}

/** What was not told because of it, and what of that was told since. */
function Hidden({ silenceId, count }: { silenceId: string; count: number }) {
  const found = useLoaded(`hidden ${silenceId} ${count}`, (signal) => alerting.hiddenBy(silenceId, signal));
  return (
    <State of={found} empty="">
      {(items) => (
        <>
          <ul class="letters">
            {items.map((each) => (
              <li key={each.messageId} class="small">
                {told(each)} · {t("silences.untold", { untold: each.untold, endpoints: each.endpoints })}
              </li>
            ))}
          </ul>
          {items.length < count && <p class="small muted">{t("silences.notShown", { count: count - items.length })}</p>}
        </>
      )}
    </State>
  );
}

const told = ({ event, subject, siteId, analyte, createdAt }: ToldMessage) =>
  [formatMoment(createdAt, "UTC"), event, siteId, analyte, subject].filter(Boolean).join(" · ");

function Adding({ onAdded }: { onAdded: () => void }) {
  const [kind, setKind] = useState<Silence["kind"]>("silence");
  const [match, setMatch] = useState<Partial<Record<(typeof FIELDS)[number], string>>>({});
  const [reason, setReason] = useState("");
  const [hours, setHours] = useState(String(DURATIONS_H[1]));
  const [preview, setPreview] = useState<SilencePreview | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const put = (name: (typeof FIELDS)[number], value: string) => {
    setMatch({ ...match, [name]: value });
    setPreview(null);
  };
  const named = () => Object.fromEntries(Object.entries(match).filter(([, value]) => value !== "")) as SilenceMatch;
  const attempt = async (work: () => Promise<void>) => {
    setFailure(null);
    try {
      await work();
    } catch (error) {
      setFailure(failureOf(error));
    }
  };
  const add = async () => {
    const endsAt = new Date(Date.now() + Number(hours) * HOUR_MS).toISOString();
    await alerting.addSilence({ kind, match: named(), reason, endsAt });
    setMatch({});
    setReason("");
    setPreview(null);
    onAdded();
  };
  return (
    <details>
      <summary>{t("silences.add")}</summary>
      <form
        class="stacked"
        onSubmit={(event) => {
          event.preventDefault();
          void attempt(add);
        }}
      >
        <label>
          {t("silences.kind")}
          <select value={kind} onChange={(event) => setKind(event.currentTarget.value as Silence["kind"])}>
            {SILENCE_KINDS.map((value) => (
              <option key={value} value={value}>
                {tData("silenceKind", value)}
              </option>
            ))}
          </select>
        </label>
        {TYPED.map((name) => (
          <label key={name}>
            {t(`silences.${name}`)}
            <input name={name} value={match[name] ?? ""} onInput={(event) => put(name, event.currentTarget.value)} />
          </label>
        ))}
        <label>
          {t("silences.verdict")}
          <select name="verdict" value={match.verdict ?? ""} onChange={(event) => put("verdict", event.currentTarget.value)}>
            <option value="">{t("control.any")}</option>
            {VERDICTS.map((verdict) => (
              <option key={verdict} value={verdict}>
                {tData("verdict", verdict)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t("silences.reason")}
          <input
            name="reason"
            required
            maxLength={500}
            value={reason}
            onInput={(event) => setReason(event.currentTarget.value)}
          />
        </label>
        <label>
          {t("silences.for")}
          <select value={hours} onChange={(event) => setHours(event.currentTarget.value)}>
            {DURATIONS_H.map((value) => (
              <option key={value} value={String(value)}>
                {t("silences.hours", { hours: value })}
              </option>
            ))}
          </select>
        </label>
        {failure && (
          <p class="form-failure" role="alert">
            {failure}
          </p>
        )}
        <p class="actions">
          <button
            type="button"
            class="button"
            onClick={() => void attempt(async () => setPreview(await alerting.previewSilence(named())))}
          >
            {t("silences.preview")}
          </button>
          <button type="submit" class="button primary">
            {t("silences.add")}
          </button>
        </p>
      </form>
      {preview && <Preview of={preview} />}
    </details>
  );
}

function Preview({ of: { days, count, items } }: { of: SilencePreview }) {
  return (
    <div role="status">
      <p>{t("silences.wouldHide", { count, days })}</p>
      <ul class="letters">
        {items.map((each) => (
          <li key={each.messageId} class="small">
            {told(each)}
          </li>
        ))}
      </ul>
    </div>
  );
}

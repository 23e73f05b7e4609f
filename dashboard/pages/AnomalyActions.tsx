import { useState } from "preact/hooks";
import type { Anomaly, Snooze } from "../../schemas/anomaly.ts";
import { analysis } from "../analysis.ts";
import { ApiError } from "../answer.ts";
import { api } from "../api.ts";
import { formatDay } from "../format.ts";
import { t } from "../language.ts";
import { Reasoned } from "../parts/Reasoned.tsx";
import { may } from "../session.ts";

interface ActionsProps {
  anomaly: Anomaly;
  snooze: Snooze | undefined;
  onChanged: () => void;
}

/** What a reader may decide about an anomaly. Every decision is kept with who and why. */
export function AnomalyActions({ anomaly, snooze, onChanged }: ActionsProps) {
  const { anomalyId } = anomaly;
  const live = anomaly.state === "open" || anomaly.state === "acknowledged";
  const [failure, setFailure] = useState<string | null>(null);
  const [asked, setAsked] = useState(false);
  if (!live || !may("analyst", "investigator")) return null;
  const act = (doing: Promise<unknown>) => doing.then(onChanged, (error: unknown) => setFailure(ApiError.from(error).message));
  const actions = [
    ...(may("investigator") ? [{ value: "dismiss", label: t("anomaly.dismiss") }] : []),
    ...(may("investigator") && !asked ? [{ value: "lead", label: t("anomaly.openLead") }] : []),
  ];
  return (
    <section class="card no-print">
      <h2>{t("anomaly.judge")}</h2>
      {asked && (
        <p role="status">
          {t("anomaly.leadAsked")} <a href={`/leads?site=${encodeURIComponent(anomaly.siteId)}`}>{t("nav.leads")}</a>
        </p>
      )}
      {snooze && (
        <p role="status">
          {t("anomaly.snoozed", { day: formatDay(snooze.until), actor: snooze.actor, reason: snooze.reason })}{" "}
          <button type="button" class="button quiet" onClick={() => void act(analysis.awaken(anomalyId))}>
            {t("anomaly.awaken")}
          </button>
        </p>
      )}
      <p class="actions">
        {anomaly.state === "open" && (
          <button type="button" class="button primary" onClick={() => void act(api.acknowledge(anomalyId))}>
            {t("anomaly.acknowledge")}
          </button>
        )}
      </p>
      {failure && (
        <p class="form-failure" role="alert">
          {failure}
        </p>
      )}
      {!snooze && <SnoozeForm anomalyId={anomalyId} onSnoozed={onChanged} />}
      {actions.length > 0 && (
        <Reasoned
          actions={actions}
          onDo={async (action, reason) => {
            if (action === "dismiss") await api.dismiss(anomalyId, reason);
            else {
              await analysis.askForLead(anomalyId, reason);
              setAsked(true);
            }
            onChanged();
          }}
        />
      )}
    </section>
  );
}

/** Days that an anomaly is usually put off, until the next samples are there. */
const SNOOZE_DAYS = 7;

function SnoozeForm({ anomalyId, onSnoozed }: { anomalyId: string; onSnoozed: () => void }) {
  const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  const [until, setUntil] = useState(inDays(SNOOZE_DAYS));
  const [reason, setReason] = useState("");
  const [failure, setFailure] = useState<string | null>(null);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    analysis
      .snooze(anomalyId, until, reason.trim())
      .then(onSnoozed, (error: unknown) => setFailure(ApiError.from(error).message));
  };
  return (
    <details>
      <summary>{t("anomaly.snooze")}</summary>
      <form class="annotation-form" onSubmit={submit}>
        <label class="select">
          <span class="select-label">{t("anomaly.snoozeUntil")}</span>
          <input
            type="date"
            required
            min={inDays(1)}
            max={inDays(90)}
            value={until}
            onInput={(event) => setUntil(event.currentTarget.value)}
          />
        </label>
        <label class="select wide-field">
          <span class="select-label">{t("reason.label", { action: t("anomaly.snooze") })}</span>
          <input type="text" required maxLength={1000} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
        </label>
        {failure && (
          <p class="form-failure" role="alert">
            {failure}
          </p>
        )}
        <button type="submit" class="button primary" disabled={reason.trim() === ""}>
          {t("reason.go")}
        </button>
      </form>
    </details>
  );
}

import type { Attachment, Outcome } from "../../schemas/caseFile.ts";
import type { Lead } from "../../schemas/lead.ts";
import { formatDay } from "../format.ts";
import { t, tData } from "../language.ts";
import { leadCalls } from "../leadCalls.ts";
import { Form } from "../parts/Form.tsx";
import { leadAddress } from "../purpose.ts";
import { session } from "../session.ts";

interface CaseProps {
  lead: Lead;
  timeZone: string;
  onChanged: () => void;
}

/** Who looks after the lead. */
export function Assignment({ lead, onChanged }: CaseProps) {
  const mine = session.value?.name;
  const give = (assignee: string | null) => leadCalls.assign(lead.leadId, assignee).then(onChanged);
  return (
    <>
      <p>{lead.assignee === null ? t("assign.nobody") : t("assign.who", { name: lead.assignee })}</p>
      <p class="actions no-print">
        {mine && lead.assignee !== mine && (
          <button type="button" class="button" onClick={() => give(mine)}>
            {t("assign.take")}
          </button>
        )}
        {lead.assignee !== null && (
          <button type="button" class="button" onClick={() => give(null)}>
            {t("assign.release")}
          </button>
        )}
      </p>
      <Form label={t("assign.give")} go={t("assign.give")} send={({ assignee = "" }) => give(assignee)}>
        <label>
          {t("assign.name")}
          <input name="assignee" required maxLength={100} />
        </label>
      </Form>
    </>
  );
}

const RESULTS: readonly Outcome["result"][] = ["caseOpened", "supported", "solved", "noResult"];

/** What came of it for the investigators' cases: from these the counts are made. */
export function Outcomes({ lead, outcomes, onChanged, open }: CaseProps & { outcomes: readonly Outcome[]; open: boolean }) {
  return (
    <>
      {outcomes.length === 0 && <p class="muted">{t("outcome.none")}</p>}
      <ul class="plain-list">
        {outcomes.map(({ outcomeId, caseNumber, result, date, text, recordedBy }) => (
          <li key={outcomeId}>
            <strong>{caseNumber ?? "–"}</strong> {tData("outcomeResult", result)}, {formatDay(date)}{" "}
            <span class="muted small">{recordedBy}</span>
            {text && <p class="small">{text}</p>}
          </li>
        ))}
      </ul>
      {open && (
        <Form
          label={t("outcome.add")}
          go={t("outcome.add")}
          send={async ({ caseNumber = "", result, date = "", text = "" }) => {
            await leadCalls.addOutcome(lead.leadId, { caseNumber, result: result as Outcome["result"], date, text });
            onChanged();
          }}
        >
          <label>
            {t("outcome.case")}
            <input name="caseNumber" required maxLength={100} />
          </label>
          <label>
            {t("outcome.result")}
            <select name="result">
              {RESULTS.map((result) => (
                <option key={result} value={result}>
                  {tData("outcomeResult", result)}
                </option>
              ))}
            </select>
          </label>
          <label>
            {t("table.day")}
            <input type="date" name="date" required />
          </label>
          <label>
            {t("outcome.text")}
            <textarea name="text" rows={2} maxLength={2_000} />
          </label>
        </Form>
      )}
    </>
  );
}

/** Files kept with the lead under the hash of their bytes. */
export function Attachments({ lead, attachments, onChanged }: CaseProps & { attachments: readonly Attachment[] }) {
  return (
    <>
      {attachments.length === 0 && <p class="muted">{t("attachment.none")}</p>}
      <ul class="plain-list">
        {attachments.map(({ sha256, name, bytes, addedBy }) => (
          <li key={sha256}>
            <a href={leadAddress(lead.leadId, `attachments/${sha256}`)} download={name}>
              {name}
            </a>{" "}
            <span class="muted small">
              {Math.ceil(bytes / 1_024)} KiB · {addedBy} · SHA-256 {sha256.slice(0, 12)}…
            </span>
          </li>
        ))}
      </ul>
      <Form
        label={t("attachment.add")}
        go={t("attachment.add")}
        send={async (_fields, form) => {
          const { files } = form.elements.namedItem("file") as HTMLInputElement;
          for (const file of files ?? []) await leadCalls.attach(lead.leadId, file);
          onChanged();
        }}
      >
        <label>
          {t("attachment.file")}
          <input type="file" name="file" required multiple />
        </label>
      </Form>
    </>
  );
}

/** One lead for one cause: the other goes on with what this one found. */
export function Merge({ lead, others, onChanged }: CaseProps & { others: readonly Lead[] }) {
  if (others.length === 0) return null;
  return (
    <Form
      label={t("merge.go")}
      go={t("merge.go")}
      send={async ({ into = "", reason = "" }) => {
        await leadCalls.merge(lead.leadId, into, reason);
        onChanged();
      }}
    >
      <label>
        {t("merge.into")}
        <select name="into">
          {others.map(({ leadId, trigger, state }) => (
            <option key={leadId} value={leadId}>
              {formatDay(trigger.day)}, {tData("leadState", state)} ({leadId})
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("merge.why")}
        <input name="reason" required maxLength={2_000} />
      </label>
    </Form>
  );
}

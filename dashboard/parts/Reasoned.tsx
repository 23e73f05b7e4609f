import { useState } from "preact/hooks";
import { ApiError } from "../answer.ts";
import { t } from "../language.ts";

export interface Action {
  value: string;
  label: string;
  primary?: boolean;
}

/** Actions that are kept with a reason: choose one, say why, do it. What the server refuses is shown where it was asked. */
export function Reasoned(props: { actions: readonly Action[]; onDo: (action: string, reason: string) => Promise<void> }) {
  const [chosen, setChosen] = useState<string | null>(null);
  const [reason, setReason] = useState("");
  const [failure, setFailure] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    setFailure(null);
    try {
      await props.onDo(chosen!, reason.trim());
      setChosen(null);
      setReason("");
    } catch (error) {
      setFailure(ApiError.from(error).message);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div class="reasoned">
      <p class="actions">
        {props.actions.map(({ value, label, primary }) => (
          <button
            key={value}
            type="button"
            class={primary ? "button primary" : "button"}
            aria-expanded={chosen === value}
            onClick={() => setChosen(chosen === value ? null : value)}
          >
            {label}
          </button>
        ))}
      </p>
      {chosen !== null && (
        <form onSubmit={submit} class="reason">
          <label>
            {t("reason.label", { action: props.actions.find(({ value }) => value === chosen)?.label ?? "" })}
            <textarea required rows={2} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
          </label>
          {failure && (
            <p class="form-failure" role="alert">
              {failure}
            </p>
          )}
          <button type="submit" class="button primary" disabled={busy || reason.trim() === ""}>
            {t("reason.go")}
          </button>
        </form>
      )}
    </div>
  );
}

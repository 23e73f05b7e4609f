import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { failureOf } from "./failure.ts";

/** A form that sends its fields by name; what the server refuses is shown where it was asked, and what it took empties it. */
export function Form(props: {
  send: (fields: Record<string, string>, form: HTMLFormElement) => Promise<void>;
  go: string;
  label: string;
  /** Beside a list that already has the same heading. */
  narrow?: boolean;
  children: ComponentChildren;
}) {
  const [failure, setFailure] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const form = event.currentTarget;
    const fields = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value).trim()]));
    setBusy(true);
    setFailure(null);
    try {
      await props.send(fields, form);
      form.reset();
    } catch (error) {
      setFailure(failureOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form class={props.narrow ? "stacked" : "fields"} aria-label={props.label} onSubmit={submit}>
      {props.children}
      {failure && (
        <p class="form-failure" role="alert">
          {failure}
        </p>
      )}
      <button type="submit" class="button" disabled={busy}>
        {props.go}
      </button>
    </form>
  );
}

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { t } from "../language.ts";
import { purpose, statePurpose } from "../purpose.ts";

/** Leads are shown to those who say what for. The server has the same rule, and keeps the words with every view. */
export function PurposeGate({ children }: { children: ComponentChildren }) {
  const [text, setText] = useState("");
  if (purpose.value !== null)
    return (
      <>
        <p class="purpose small muted no-print">
          {t("purpose.stated", { purpose: purpose.value })}{" "}
          <button type="button" class="link" onClick={() => statePurpose(null)}>
            {t("purpose.change")}
          </button>
        </p>
        {children}
      </>
    );
  return (
    <form
      class="card purpose-gate"
      onSubmit={(event) => {
        event.preventDefault();
        statePurpose(text.trim());
      }}
    >
      <h1>{t("purpose.title")}</h1>
      <p>{t("purpose.what")}</p>
      <label>
        {t("purpose.label")}
        <input
          name="purpose"
          required
          minLength={4}
          maxLength={300}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="button primary">
        {t("purpose.go")}
      </button>
    </form>
  );
}

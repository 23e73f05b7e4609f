import { useState } from "preact/hooks";
import { t } from "../language.ts";

interface ManyProps {
  label: string;
  chosen: readonly string[];
  choices: readonly { value: string; label: string }[];
  /** More cannot be chosen at once. */
  max: number;
  onChange: (chosen: string[]) => void;
}

/** Boxes shown at once; the field above finds the others. */
const SHOWN_MAX = 60;

/** Several of many: a list of boxes that opens below its name. */
export function Many({ label, chosen, choices, max, onChange }: ManyProps) {
  const [find, setFind] = useState("");
  const fits = choices.filter(
    ({ value, label: name }) => chosen.includes(value) || `${name} ${value}`.toLowerCase().includes(find.toLowerCase()),
  );
  const ordered = [...fits.filter(({ value }) => chosen.includes(value)), ...fits.filter(({ value }) => !chosen.includes(value))];
  return (
    <details class="many">
      <summary>
        {label} <span class="muted">{t("many.chosen", { chosen: chosen.length })}</span>
      </summary>
      <fieldset>
        <legend class="visually-hidden">{label}</legend>
        {choices.length > 12 && (
          <input
            type="search"
            aria-label={t("many.find", { what: label })}
            placeholder={t("control.find")}
            value={find}
            onInput={(event) => setFind(event.currentTarget.value)}
          />
        )}
        {ordered.slice(0, SHOWN_MAX).map(({ value, label: name }) => (
          <label key={value} class="check">
            <input
              type="checkbox"
              checked={chosen.includes(value)}
              disabled={!chosen.includes(value) && chosen.length >= max}
              onChange={({ currentTarget: { checked } }) =>
                onChange(checked ? [...chosen, value] : chosen.filter((each) => each !== value))
              }
            />
            {name}
          </label>
        ))}
        {ordered.length > SHOWN_MAX && <p class="muted small">{t("many.more", { more: ordered.length - SHOWN_MAX })}</p>}
      </fieldset>
    </details>
  );
}

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { t } from "../language.ts";

interface Choice<V extends string> {
  value: V;
  label: string;
}

/** A few choices, all visible: radio buttons that look like one control. */
export function Segmented<V extends string>(props: {
  label: string;
  name: string;
  value: V;
  choices: readonly Choice<V>[];
  onChange: (value: V) => void;
}) {
  return (
    <fieldset class="segmented">
      <legend class="visually-hidden">{props.label}</legend>
      {props.choices.map(({ value, label }) => (
        <label key={value} class={value === props.value ? "chosen" : undefined}>
          <input
            type="radio"
            name={props.name}
            value={value}
            checked={value === props.value}
            onChange={() => props.onChange(value)}
          />
          {label}
        </label>
      ))}
    </fieldset>
  );
}

/** Many choices: the browser's own list, which every keyboard and phone knows. */
export function Select(props: {
  label: string;
  value: string;
  choices: readonly Choice<string>[];
  onChange: (value: string) => void;
}) {
  return (
    <label class="select">
      <span class="select-label">{props.label}</span>
      <select value={props.value} onChange={(event) => props.onChange(event.currentTarget.value)}>
        {props.choices.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
    </label>
  );
}

export function PageHead(props: { title: ComponentChildren; above?: ComponentChildren; aside?: ComponentChildren }) {
  return (
    <header class="page-head">
      <div>
        {props.above && <p class="page-above">{props.above}</p>}
        <h1>{props.title}</h1>
      </div>
      {props.aside && <div class="page-aside">{props.aside}</div>}
    </header>
  );
}

/** What cannot be undone is pressed twice: the second press says what it does. Leaving the button takes the first back. */
export function Sure(props: { label: string; sure: string; quiet?: boolean; onDo: () => void }) {
  const [asked, setAsked] = useState(false);
  return (
    <button
      type="button"
      class={`button ${asked ? "danger" : props.quiet ? "quiet" : ""}`}
      onBlur={() => setAsked(false)}
      onClick={() => {
        setAsked(!asked);
        if (asked) props.onDo();
      }}
    >
      {asked ? t("sure.ask", { what: props.sure }) : props.label}
    </button>
  );
}

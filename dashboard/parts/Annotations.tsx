import { useState } from "preact/hooks";
import type { Annotation } from "../../schemas/annotation.ts";
import { analysis } from "../analysis.ts";
import { ApiError } from "../answer.ts";
import { formatDay } from "../format.ts";
import { t, tData } from "../language.ts";
import { may, session } from "../session.ts";
import { ANNOTATION_KINDS } from "../states.ts";
import { Select } from "./controls.tsx";

interface AnnotationsProps {
  siteId: string;
  analyte: string;
  annotations: readonly Annotation[];
  /** The day a new one begins with. */
  day: string;
  onChanged: () => void;
}

/** What is known of some days: listed, written down, and taken back by its author. */
export function Annotations({ siteId, analyte, annotations, day, onChanged }: AnnotationsProps) {
  const [failure, setFailure] = useState<string | null>(null);
  const remove = (annotationId: string) =>
    analysis.removeAnnotation(annotationId).then(onChanged, (error: unknown) => setFailure(ApiError.from(error).message));
  return (
    <>
      {annotations.length === 0 && <p class="muted">{t("annotation.none")}</p>}
      <ul class="plain-list">
        {annotations.map(({ annotationId, kind, from, to, text, author }) => (
          <li key={annotationId}>
            <strong>{tData("annotationKind", kind)}</strong>,{" "}
            {from === to ? formatDay(from) : `${formatDay(from)} – ${formatDay(to)}`}: {text}{" "}
            <span class="muted small">{author}</span>{" "}
            {(author === session.value?.name || may()) && (
              <button
                type="button"
                class="button quiet no-print"
                aria-label={t("annotation.remove", { text })}
                onClick={() => void remove(annotationId)}
              >
                ×
              </button>
            )}
          </li>
        ))}
      </ul>
      {failure && (
        <p class="form-failure" role="alert">
          {failure}
        </p>
      )}
      <details class="no-print">
        <summary>{t("annotation.add")}</summary>
        <AnnotationForm siteId={siteId} analyte={analyte} day={day} onAdded={onChanged} />
      </details>
    </>
  );
}

function AnnotationForm(props: { siteId: string; analyte: string; day: string; onAdded: () => void }) {
  const [draft, setDraft] = useState({
    kind: "storm" as Annotation["kind"],
    from: props.day,
    to: props.day,
    text: "",
    all: true,
  });
  const [failure, setFailure] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    setFailure(null);
    const { all, ...rest } = draft;
    try {
      await analysis.annotate({ ...rest, siteId: props.siteId, analyte: all ? null : props.analyte });
      setDraft({ ...draft, text: "" });
      props.onAdded();
    } catch (error) {
      setFailure(ApiError.from(error).message);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form class="annotation-form" onSubmit={submit}>
      <Select
        label={t("annotation.kind")}
        value={draft.kind}
        choices={ANNOTATION_KINDS.map((value) => ({ value, label: tData("annotationKind", value) }))}
        onChange={(kind) => setDraft({ ...draft, kind: kind as Annotation["kind"] })}
      />
      <label class="select">
        <span class="select-label">{t("series.from")}</span>
        <input
          type="date"
          required
          value={draft.from}
          onInput={({ currentTarget: { value } }) => setDraft({ ...draft, from: value, to: [draft.to, value].toSorted()[1]! })}
        />
      </label>
      <label class="select">
        <span class="select-label">{t("series.to")}</span>
        <input
          type="date"
          required
          min={draft.from}
          value={draft.to}
          onInput={(event) => setDraft({ ...draft, to: event.currentTarget.value })}
        />
      </label>
      <label class="select wide-field">
        <span class="select-label">{t("annotation.text")}</span>
        <input
          type="text"
          required
          maxLength={500}
          value={draft.text}
          onInput={(event) => setDraft({ ...draft, text: event.currentTarget.value })}
        />
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={draft.all}
          onChange={(event) => setDraft({ ...draft, all: event.currentTarget.checked })}
        />
        {t("annotation.all")}
      </label>
      {failure && (
        <p class="form-failure" role="alert">
          {failure}
        </p>
      )}
      <button type="submit" class="button primary" disabled={busy}>
        {t("annotation.go")}
      </button>
    </form>
  );
}

import { useState } from "preact/hooks";
import type { UploadAnswer, UploadReason } from "../../schemas/upload.ts";
import { formatNumber } from "../format.ts";
import { t, tData } from "../language.ts";
import { analyteName } from "../names.ts";
import { REVISION_REASONS } from "../states.ts";

/** What sending would change of what is on record, value by value, and why: nothing is erased, and nothing changes without a reason. */
export function UploadChanges(props: {
  answer: UploadAnswer;
  reason: UploadReason | null;
  /** Absent once it was sent. */
  onReason: ((reason: UploadReason | null) => void) | undefined;
}) {
  const { changes, leftOut } = props.answer;
  return (
    <>
      <h3>{t("uploads.changes", { count: formatNumber(changes.length + leftOut.changes) })}</h3>
      <div class="scroll">
        <table class="plain">
          <thead>
            <tr>
              <th scope="col">{t("uploads.sample")}</th>
              <th scope="col">{t("uploads.analyte")}</th>
              <th scope="col">{t("uploads.field")}</th>
              <th scope="col">{t("uploads.recorded")}</th>
              <th scope="col">{t("uploads.now")}</th>
            </tr>
          </thead>
          <tbody>
            {changes.flatMap(({ sampleId, analyte, method, replicate, state, differences }) =>
              differences.map(({ path, recorded, now }) => (
                <tr key={`${sampleId} ${analyte} ${method} ${replicate} ${path}`}>
                  <th scope="row">{sampleId}</th>
                  <td>{analyteName(analyte)}</td>
                  <td>{path === "withdrawn" ? tData("resultState", state) : path}</td>
                  <td class="was">{contentText(recorded)}</td>
                  <td>{contentText(now)}</td>
                </tr>
              )),
            )}
          </tbody>
        </table>
        {leftOut.changes > 0 && <p class="muted small">{t("uploads.moreChanges", { more: formatNumber(leftOut.changes) })}</p>}
      </div>
      {props.onReason && <ReasonForm onReason={props.onReason} />}
    </>
  );
}

const contentText = (value: unknown) =>
  value === null || value === undefined ? "–" : typeof value === "object" ? JSON.stringify(value) : String(value);

function ReasonForm({ onReason }: { onReason: (reason: UploadReason | null) => void }) {
  const [reason, setReason] = useState("");
  const [text, setText] = useState("");
  const tell = (chosen: string, words: string) => {
    setReason(chosen);
    setText(words);
    const known = REVISION_REASONS.find((each) => each === chosen);
    onReason(known ? { reason: known, ...(words.trim() ? { text: words.trim() } : {}) } : null);
  };
  return (
    <fieldset class="stacked upload-reason">
      <legend>{t("uploads.why")}</legend>
      <label>
        {t("uploads.reason")}
        <select value={reason} onChange={(event) => tell(event.currentTarget.value, text)}>
          <option value="">{t("uploads.chooseReason")}</option>
          {REVISION_REASONS.map((each) => (
            <option key={each} value={each}>
              {tData("revisionReason", each)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("uploads.reasonText")}
        <input value={text} maxLength={1000} onInput={(event) => tell(reason, event.currentTarget.value)} />
      </label>
    </fieldset>
  );
}

import { useEffect, useRef, useState } from "preact/hooks";
import type { Refusal } from "../../schemas/refusal.ts";
import type { Upload, UploadAnswer, UploadReason } from "../../schemas/upload.ts";
import { ApiError } from "../answer.ts";
import { api, type ColumnMapping } from "../api.ts";
import { formatNumber } from "../format.ts";
import { language, t, tData } from "../language.ts";
import { Refusals } from "../parts/Refusals.tsx";
import { session } from "../session.ts";
import { UploadChanges } from "./UploadChanges.tsx";
import { UploadFindings } from "./UploadFindings.tsx";
import { UploadMapping } from "./UploadMapping.tsx";

interface Failure {
  message: string;
  refusals: readonly Refusal[];
}

/** The way of one file: chosen, checked as often as its reading is changed, sent, receipt in hand. */
export function UploadDesk({ onSent }: { onSent: () => void }) {
  const [file, setFile] = useState<File | null>(null);
  const [samples, setSamples] = useState<File | null>(null);
  const [mapping, setMapping] = useState<ColumnMapping | null>(null);
  const [reason, setReason] = useState<UploadReason | null>(null);
  const [labId, setLabId] = useState("");
  const [answer, setAnswer] = useState<UploadAnswer | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [busy, setBusy] = useState(false);
  const isAdmin = session.value?.role === "admin";
  const result = useRef<HTMLHeadingElement>(null);
  // whoever does not see the page is taken to what became of the file
  useEffect(() => result.current?.focus(), [answer]);

  const run = async (work: () => Promise<UploadAnswer>) => {
    setBusy(true);
    setFailure(null);
    try {
      setAnswer(await work());
    } catch (error) {
      const { message, problem } = ApiError.from(error);
      setFailure({ message, refusals: problem?.refusals ?? [] });
    } finally {
      setBusy(false);
    }
  };
  const sending = (chosen: File, how: ColumnMapping | null, list: File | null) => ({
    file: chosen,
    samples: list,
    mapping: how,
    labId: labId.trim(),
    revision: reason,
  });
  const choose = (chosen: File | undefined) => {
    if (!chosen) return;
    setFile(chosen);
    setSamples(null);
    setMapping(null);
    setReason(null);
    setAnswer(null);
    void run(() => api.upload("check", { ...sending(chosen, null, null), revision: null }));
  };
  const checkAgain = (how: ColumnMapping) => {
    setMapping(how);
    void run(() => api.upload("check", sending(file!, how, samples)));
  };
  const chooseSamples = (list: File | undefined) => {
    if (!list) return;
    setSamples(list);
    void run(() => api.upload("check", sending(file!, mapping, list)));
  };
  const send = () =>
    run(async () => {
      const sent = await api.upload("commit", sending(file!, mapping, samples), `dashboard-${crypto.randomUUID()}`);
      setFile(null);
      onSent();
      return sent;
    });
  const needsReason = (answer?.changes.length ?? 0) > 0;
  const sendable = file !== null && answer !== null && answer.counts.results > 0 && !REFUSED.has(answer.verdict);
  return (
    <section class="card" aria-busy={busy}>
      {isAdmin && (
        <label class="select">
          <span class="select-label">{t("uploads.laboratory")}</span>
          <input value={labId} onInput={(event) => setLabId(event.currentTarget.value)} />
        </label>
      )}
      <DropZone disabled={busy || (isAdmin && labId.trim() === "")} onFile={choose} />
      <p class="visually-hidden" role="status">
        {busy ? t("uploads.checking") : ""}
      </p>
      {failure && (
        <div role="alert">
          <p class="form-failure">{failure.message}</p>
          {failure.refusals.length > 0 && <Refusals refusals={failure.refusals} />}
        </div>
      )}
      {answer && (
        <>
          <h2 tabIndex={-1} ref={result} class="upload-verdict" data-verdict={answer.verdict}>
            {file?.name ?? answer.receipt?.fileName} · {tData("uploadVerdict", answer.verdict)}
          </h2>
          <Summary answer={answer} />
          {answer.receipt && <ReceiptLinks receipt={answer.receipt} />}
          {file && answer.format !== "json" && (
            <UploadMapping key={`${file.name} ${answer.fingerprint}`} answer={answer} busy={busy} onCheck={checkAgain} />
          )}
          {file && (samples || answer.findings.some(({ code }) => code === "sample_unknown")) && (
            <label class="file">
              <span>{samples ? t("uploads.samplesOf", { file: samples.name }) : t("uploads.samplesMissing")}</span>
              <input
                type="file"
                accept=".csv,.tsv,.txt,.xlsx"
                onChange={(event) => chooseSamples(event.currentTarget.files?.[0])}
              />
            </label>
          )}
          <UploadFindings answer={answer} />
          {needsReason && <UploadChanges answer={answer} reason={reason} onReason={file ? setReason : undefined} />}
          {sendable && (
            <p class="actions">
              <button
                type="button"
                class="button primary"
                disabled={busy || (needsReason && reason === null)}
                onClick={() => void send()}
              >
                {t("uploads.send", {
                  results: formatNumber(answer.counts.results),
                  samples: formatNumber(answer.counts.samples),
                })}
              </button>
              {needsReason && reason === null && <span class="muted">{t("uploads.reasonFirst")}</span>}
            </p>
          )}
        </>
      )}
    </section>
  );
}

const REFUSED = new Set(["held", "rejected"]);

/** A file is dropped or chosen; the field is the browser's own, which every keyboard and screen reader knows. */
function DropZone({ disabled, onFile }: { disabled: boolean; onFile: (file: File | undefined) => void }) {
  const [over, setOver] = useState(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    if (!disabled) onFile(event.dataTransfer?.files[0]);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is for the mouse; the field inside does the same by keyboard
    <div
      class={over ? "drop over" : "drop"}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <label class="file">
        <span>{t("uploads.choose")}</span>
        <input
          type="file"
          disabled={disabled}
          accept=".csv,.tsv,.txt,.xlsx,.json"
          onChange={(event) => {
            onFile(event.currentTarget.files?.[0]);
            event.currentTarget.value = ""; // the same file, mended, is a new choice
          }}
        />
      </label>
      <p class="muted small">{t("uploads.format")}</p>
    </div>
  );
}

function Summary({ answer: { counts, rejectedRows } }: { answer: UploadAnswer }) {
  const facts = [
    ["rows", counts.rows],
    ["new", counts.new],
    ["unchanged", counts.unchanged],
    ["amended", counts.amended],
    ["withdrawn", counts.withdrawn],
    ["refused", counts.rejected],
    ["warnings", counts.warnings],
  ] as const;
  return (
    <>
      <dl class="upload-counts">
        {facts.map(([name, count]) => (
          <div key={name} data-count={name}>
            <dt>{t(`uploads.count.${name}`)}</dt>
            <dd>{formatNumber(count)}</dd>
          </div>
        ))}
      </dl>
      {rejectedRows && (
        <p>
          <a href={rejectedRows.href} download>
            {t("uploads.rejectedFile", { rows: formatNumber(rejectedRows.rows) })}
          </a>
        </p>
      )}
    </>
  );
}

function ReceiptLinks({ receipt: { uploadId } }: { receipt: Upload }) {
  const address = `/api/v1/uploads/${encodeURIComponent(uploadId)}/receipt`;
  return (
    <p class="receipt">
      <strong>{t("uploads.sent")}</strong>{" "}
      <a href={`${address}.html?language=${language.value}`} target="_blank" rel="noopener">
        {t("uploads.print")}
      </a>{" "}
      <a href={address} download={`${uploadId}.json`}>
        JSON
      </a>
    </p>
  );
}

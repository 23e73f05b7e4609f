import { useState } from "preact/hooks";
import type { Upload } from "../../schemas/upload.ts";
import { ApiError, api, type UploadAnswer } from "../api.ts";
import { formatMoment, formatNumber } from "../format.ts";
import { t, tData } from "../language.ts";
import { useLoaded } from "../loaded.ts";
import { PageHead } from "../parts/controls.tsx";
import { Refusals } from "../parts/Refusals.tsx";
import { State } from "../parts/State.tsx";

/** A laboratory's desk: check a file, see what is wrong with it, send it, find the receipts of what was sent. */
export function Uploads() {
  const [version, setVersion] = useState(0);
  const receipts = useLoaded(
    `uploads ${version}`,
    (signal) => api.uploads(signal),
    (items) => items.length === 0,
  );
  return (
    <>
      <PageHead title={t("uploads.title")} />
      <Sending onSent={() => setVersion((count) => count + 1)} />
      <section class="card list-card">
        <h2 class="in-list">{t("uploads.receipts")}</h2>
        <State of={receipts} empty={t("uploads.none")}>
          {(items) => <Receipts items={items} />}
        </State>
      </section>
    </>
  );
}

interface Chosen {
  name: string;
  reports: unknown[];
  /** The same file sent twice is one upload. */
  idempotencyKey: string;
}

function Sending({ onSent }: { onSent: () => void }) {
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [answer, setAnswer] = useState<UploadAnswer | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const run = async (work: () => Promise<void>) => {
    setBusy(true);
    setFailure(null);
    try {
      await work();
    } catch (error) {
      const { message, problem } = ApiError.from(error);
      setFailure(message);
      if (problem?.refusals) setAnswer({ verdict: "rejected", counts: NOTHING, refusals: problem.refusals, receipt: null });
    } finally {
      setBusy(false);
    }
  };
  const choose = (file: File | undefined) => {
    setAnswer(null);
    setChosen(null);
    if (!file) return;
    void run(async () => {
      const read = await readReports(file);
      setChosen(read);
      setAnswer(await api.upload("check", read.reports, read.name, read.idempotencyKey));
    });
  };
  const send = () =>
    run(async () => {
      setAnswer(await api.upload("commit", chosen!.reports, chosen!.name, chosen!.idempotencyKey));
      setChosen(null);
      onSent();
    });
  return (
    <section class="card">
      <label class="file">
        <span>{t("uploads.choose")}</span>
        <input type="file" accept=".json,application/json" onChange={(event) => choose(event.currentTarget.files?.[0])} />
      </label>
      <p class="muted small">{t("uploads.format")}</p>
      {failure && (
        <p class="form-failure" role="alert">
          {failure}
        </p>
      )}
      {answer && (
        <div aria-live="polite">
          <p class="finding">
            {t(answer.receipt ? "uploads.sent" : "uploads.checked", {
              verdict: tData("uploadVerdict", answer.verdict),
              samples: formatNumber(answer.counts.samples),
              results: formatNumber(answer.counts.results),
              rejected: formatNumber(answer.counts.rejected),
            })}
          </p>
          {answer.refusals.length > 0 && <Refusals refusals={answer.refusals} />}
          {chosen && answer.counts.samples > 0 && (
            <button type="button" class="button primary" disabled={busy} onClick={() => void send()}>
              {t("uploads.send", { samples: formatNumber(answer.counts.samples) })}
            </button>
          )}
        </div>
      )}
    </section>
  );
}

const NOTHING = { samples: 0, results: 0, rejected: 0, warnings: 0 };

/** @throws Error in words, when the file is not a list of reports */
async function readReports(file: File): Promise<Chosen> {
  const bytes = await file.arrayBuffer();
  let content: unknown;
  try {
    content = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw new Error(t("uploads.notJson", { name: file.name }), { cause: error });
  }
  const reports = Array.isArray(content) ? content : (content as { reports?: unknown } | null)?.reports;
  if (!Array.isArray(reports)) throw new Error(t("uploads.notReports", { name: file.name }));
  return { name: file.name, reports, idempotencyKey: `dashboard-${crypto.randomUUID()}` };
}

function Receipts({ items }: { items: readonly Upload[] }) {
  return (
    <table class="ranking">
      <thead>
        <tr>
          <th scope="col">{t("uploads.received")}</th>
          <th scope="col">{t("uploads.file")}</th>
          <th scope="col" class="number">
            {t("uploads.samples")}
          </th>
          <th scope="col" class="number">
            {t("uploads.results")}
          </th>
          <th scope="col" class="number wide">
            {t("uploads.rejected")}
          </th>
          <th scope="col" class="wide">
            {t("uploads.receipt")}
          </th>
        </tr>
      </thead>
      <tbody>
        {items.map((receipt) => (
          <tr key={receipt.uploadId}>
            <th scope="row">{formatMoment(receipt.receivedAt, Intl.DateTimeFormat().resolvedOptions().timeZone)}</th>
            <td>{receipt.fileName ?? "–"}</td>
            <td class="number">{formatNumber(receipt.counts.samples)}</td>
            <td class="number">{formatNumber(receipt.counts.results)}</td>
            <td class="number wide">{formatNumber(receipt.counts.rejected)}</td>
            <td class="wide">
              <a href={`/api/v1/uploads/${encodeURIComponent(receipt.uploadId)}`} download={`${receipt.uploadId}.json`}>
                {receipt.uploadId}
              </a>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

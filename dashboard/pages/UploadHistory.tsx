import { useState } from "preact/hooks";
import type { Upload, Verification } from "../../schemas/upload.ts";
import { ApiError } from "../answer.ts";
import { api } from "../api.ts";
import { formatMoment, formatNumber } from "../format.ts";
import { language, t, tData } from "../language.ts";

/** What was sent, by whom, from which file; each with its receipt, and what has become of it since. */
export function UploadHistory({ items }: { items: readonly Upload[] }) {
  return (
    <table class="ranking">
      <thead>
        <tr>
          <th scope="col">{t("uploads.received")}</th>
          <th scope="col">{t("uploads.file")}</th>
          <th scope="col" class="wide">
            {t("uploads.by")}
          </th>
          <th scope="col" class="number">
            {t("uploads.samples")}
          </th>
          <th scope="col" class="number">
            {t("uploads.results")}
          </th>
          <th scope="col" class="number wide">
            {t("uploads.rejected")}
          </th>
          <th scope="col">{t("uploads.receipt")}</th>
          <th scope="col">{t("uploads.since")}</th>
        </tr>
      </thead>
      <tbody>
        {items.map((receipt) => (
          <HistoryRow key={receipt.uploadId} receipt={receipt} />
        ))}
      </tbody>
    </table>
  );
}

function HistoryRow({ receipt }: { receipt: Upload }) {
  const { uploadId, receivedAt, fileName, sha256, actor, counts, rejectedRows, revision } = receipt;
  const address = `/api/v1/uploads/${encodeURIComponent(uploadId)}/receipt`;
  return (
    <tr>
      <th scope="row">{formatMoment(receivedAt, Intl.DateTimeFormat().resolvedOptions().timeZone)}</th>
      <td title={`SHA-256 ${sha256}`}>
        {fileName ?? "–"}
        {revision && <span class="muted small"> {tData("revisionReason", revision.reason)}</span>}
      </td>
      <td class="wide">{actor}</td>
      <td class="number">{formatNumber(counts.samples)}</td>
      <td class="number">{formatNumber(counts.results)}</td>
      <td class="number wide">
        {rejectedRows ? (
          <a href={rejectedRows.href} download>
            {formatNumber(counts.rejected)}
          </a>
        ) : (
          formatNumber(counts.rejected)
        )}
      </td>
      <td>
        <a
          href={`${address}.html?language=${language.value}`}
          target="_blank"
          rel="noopener"
          aria-label={t("uploads.printOf", { upload: uploadId })}
        >
          {t("uploads.print")}
        </a>
      </td>
      <td>
        <Since uploadId={uploadId} />
      </td>
    </tr>
  );
}

function Since({ uploadId }: { uploadId: string }) {
  const [verified, setVerified] = useState<Verification | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const verify = () => api.verifyUpload(uploadId).then(setVerified, (error: unknown) => setFailure(ApiError.from(error).message));
  if (failure) return <span role="alert">{failure}</span>;
  if (!verified) {
    return (
      <button
        type="button"
        class="button quiet"
        aria-label={t("uploads.verifyOf", { upload: uploadId })}
        onClick={() => void verify()}
      >
        {t("uploads.verify")}
      </button>
    );
  }
  const { counts, unchanged } = verified;
  return (
    <span role="status">
      {unchanged
        ? t("uploads.asSent")
        : t("uploads.changedSince", {
            asSent: formatNumber(counts.asSent),
            changed: formatNumber(counts.revised + counts.withdrawn),
            waiting: formatNumber(counts.onItsWay + counts.held),
          })}
    </span>
  );
}

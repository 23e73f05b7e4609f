import { useState } from "preact/hooks";
import { api } from "../api.ts";
import { t } from "../language.ts";
import { useLoaded } from "../loaded.ts";
import { PageHead } from "../parts/controls.tsx";
import { State } from "../parts/State.tsx";
import { UploadDesk } from "./UploadDesk.tsx";
import { UploadHistory } from "./UploadHistory.tsx";

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
      <PageHead title={t("uploads.title")} aside={<Templates />} />
      <UploadDesk onSent={() => setVersion((count) => count + 1)} />
      <section class="card list-card">
        <h2 class="in-list">{t("uploads.receipts")}</h2>
        <State of={receipts} empty={t("uploads.none")}>
          {(items) => <UploadHistory items={items} />}
        </State>
      </section>
    </>
  );
}

function Templates() {
  const address = (language: string) => `/api/v1/uploads/template.xlsx?language=${language}`;
  return (
    <p class="small">
      {t("uploads.template")}{" "}
      <a href={address("en")} download lang="en">
        English
      </a>{" "}
      <a href={address("zh")} download lang="zh">
        中文
      </a>
    </p>
  );
}

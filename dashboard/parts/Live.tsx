import { useEffect } from "preact/hooks";
import { formatClock } from "../format.ts";
import { t } from "../language.ts";
import { followEvents, interruptedSince, type News, news } from "../live.ts";
import { analyteName } from "../names.ts";
import { daysOf } from "./AnomalyCard.tsx";

/** What has just happened, and whether the server still tells. */
export function Live() {
  useEffect(followEvents, []);
  const since = interruptedSince.value;
  return (
    <>
      <p class={since ? "interrupted" : "visually-hidden"} role="status">
        {since ? t("live.interrupted", { time: formatClock(since) }) : ""}
      </p>
      <ul class="news no-print" aria-live="polite" aria-label={t("live.news")}>
        {news.value.map((item) => (
          <li key={item.id}>
            <NewsLink {...item} />
            <button type="button" class="button quiet" aria-label={t("live.dismiss")} onClick={() => forget(item.id)}>
              ×
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

function NewsLink({ id, anomaly, leadId }: News) {
  if (anomaly) {
    const what = { analyte: analyteName(anomaly.analyte), site: anomaly.siteId, days: daysOf(anomaly) };
    return (
      <a href={`/anomalies/${encodeURIComponent(anomaly.anomalyId)}`} onClick={() => forget(id)}>
        {t("live.anomaly", what)}
      </a>
    );
  }
  return (
    <a href={`/leads/${encodeURIComponent(leadId ?? "")}`} onClick={() => forget(id)}>
      {t("live.lead")}
    </a>
  );
}

function forget(id: string): void {
  news.value = news.value.filter((item) => item.id !== id);
}

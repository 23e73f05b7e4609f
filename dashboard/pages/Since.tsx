import { useEffect, useState } from "preact/hooks";
import type { Anomaly } from "../../schemas/anomaly.ts";
import { analysis, type Changes } from "../analysis.ts";
import type { OverviewItem } from "../api.ts";
import { formatMoment, formatNumber } from "../format.ts";
import { t } from "../language.ts";
import { useLoaded } from "../loaded.ts";
import { analyteName, siteName } from "../names.ts";
import { daysOf } from "../parts/AnomalyCard.tsx";
import { State } from "../parts/State.tsx";

/** More are read in the queue. */
const ANOMALIES_SHOWN = 6;

/** What came and what changed since the reader last looked; nothing at a first visit. */
export function Since({ items }: { items: readonly OverviewItem[] }) {
  const [previous, setPrevious] = useState<string | null>(null);
  useEffect(() => {
    analysis.visit().then(setPrevious, () => setPrevious(null)); // without it the page is as good as at a first visit
  }, []);
  if (previous === null) return null;
  return <SinceVisit previous={previous} items={items} />;
}

function SinceVisit({ previous, items }: { previous: string; items: readonly OverviewItem[] }) {
  const loaded = useLoaded(`changes ${previous}`, (signal) => analysis.changes(previous, signal), undefined, [
    "series",
    "anomalies",
  ]);
  return (
    <details class="card since">
      <summary>
        {t("since.title", { time: formatMoment(previous, Intl.DateTimeFormat().resolvedOptions().timeZone) })}{" "}
        <span class="muted">{loaded.kind === "full" ? summaryOf(loaded.value) : ""}</span>
      </summary>
      <State of={loaded} empty={null}>
        {(changes) => <ChangeList changes={changes} items={items} />}
      </State>
    </details>
  );
}

function summaryOf({ results, anomalies }: Changes): string {
  const count = results.reduce((sum, site) => sum + site.results, 0);
  const corrections = results.reduce((sum, site) => sum + site.corrections, 0);
  return t("since.summary", {
    results: formatNumber(count),
    corrections: formatNumber(corrections),
    sites: results.length,
    raised: anomalies.filter(({ state }) => state === "open").length,
    retracted: anomalies.filter(({ state }) => state === "retracted").length,
  });
}

function ChangeList({ changes: { results, anomalies }, items }: { changes: Changes; items: readonly OverviewItem[] }) {
  const names = new Map(items.map(({ site }) => [site.siteId, siteName(site)]));
  return (
    <div class="columns">
      <section>
        <h3>{t("since.results")}</h3>
        {results.length === 0 && <p class="muted">{t("since.none")}</p>}
        <ul class="plain-list">
          {results.map(({ siteId, results: count, corrections }) => (
            <li key={siteId}>
              <a href={`/sites/${encodeURIComponent(siteId)}`}>{names.get(siteId) ?? siteId}</a>{" "}
              {t("since.ofSite", { results: formatNumber(count), corrections: formatNumber(corrections) })}
            </li>
          ))}
        </ul>
      </section>
      <section>
        <h3>{t("nav.anomalies")}</h3>
        {anomalies.length === 0 && <p class="muted">{t("since.none")}</p>}
        <ul class="plain-list">
          {(anomalies as Anomaly[]).slice(0, ANOMALIES_SHOWN).map((anomaly) => (
            <li key={anomaly.anomalyId}>
              <a href={`/anomalies/${encodeURIComponent(anomaly.anomalyId)}`}>
                {analyteName(anomaly.analyte)}, {names.get(anomaly.siteId) ?? anomaly.siteId}, {daysOf(anomaly)}
              </a>{" "}
              <span class={`badge state-${anomaly.state}`}>{t(`anomalyState.${anomaly.state}`)}</span>
            </li>
          ))}
        </ul>
        {anomalies.length > ANOMALIES_SHOWN && (
          <a href="/anomalies">{t("since.more", { more: anomalies.length - ANOMALIES_SHOWN })}</a>
        )}
      </section>
    </div>
  );
}

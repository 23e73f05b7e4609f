import { useMemo } from "preact/hooks";
import { api } from "../api.ts";
import { formatNumber, formatP } from "../format.ts";
import { t, tData } from "../language.ts";
import { useLoaded } from "../loaded.ts";
import { analyteName, siteName } from "../names.ts";
import { daysOf, StateBadge, verdictText } from "../parts/AnomalyCard.tsx";
import { PageHead, Select } from "../parts/controls.tsx";
import { useQuery } from "../parts/query.ts";
import { State } from "../parts/State.tsx";
import { ANOMALY_STATES } from "../states.ts";

export function Anomalies() {
  const [query, change] = useQuery();
  const state = query["state"] ?? "open";
  const filter = {
    ...(state === "any" ? {} : { state }),
    ...(query["site"] ? { siteId: query["site"] } : {}),
    ...(query["analyte"] ? { analyte: query["analyte"] } : {}),
  };
  const loaded = useLoaded(
    `anomalies ${JSON.stringify(filter)}`,
    async (signal) => {
      const [anomalies, sites] = await Promise.all([api.anomalies(filter, signal), api.plants(signal)]);
      return { anomalies, sites: new Map(sites.map((site) => [site.siteId, site])) };
    },
    ({ anomalies }) => anomalies.length === 0,
    ["anomalies"],
  );
  return (
    <>
      <PageHead title={t("anomalies.title")} />
      <div class="controls">
        <Select
          label={t("control.state")}
          value={state}
          choices={[
            { value: "any", label: t("control.any") },
            ...ANOMALY_STATES.map((value) => ({ value, label: tData("anomalyState", value) })),
          ]}
          onChange={(value) => change({ state: value })}
        />
        {(query["site"] || query["analyte"]) && (
          <button type="button" class="button quiet" onClick={() => change({ site: undefined, analyte: undefined })}>
            {t("anomalies.onlyOf", {
              what: [query["site"], query["analyte"] && analyteName(query["analyte"])].filter(Boolean).join(", "),
            })}{" "}
            ×
          </button>
        )}
      </div>
      <State of={loaded} empty={t("anomalies.none")}>
        {({ anomalies, sites }) => <AnomalyTable anomalies={anomalies} sites={sites} />}
      </State>
    </>
  );
}

type Found = {
  anomalies: Awaited<ReturnType<typeof api.anomalies>>;
  sites: Map<string, Awaited<ReturnType<typeof api.plants>>[number]>;
};

function AnomalyTable({ anomalies, sites }: Found) {
  const ordered = useMemo(() => anomalies.toSorted((a, b) => b.end.localeCompare(a.end) || b.score - a.score), [anomalies]);
  return (
    <section class="card list-card">
      <table class="ranking">
        <caption class="visually-hidden">{t("anomalies.title")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("control.analyte")}</th>
            <th scope="col">{t("table.days")}</th>
            <th scope="col" class="number">
              {t("anomaly.ratio")}
            </th>
            <th scope="col" class="number wide">
              {t("anomaly.p")}
            </th>
            <th scope="col" class="wide">
              {t("anomaly.verdict")}
            </th>
            <th scope="col">{t("control.state")}</th>
          </tr>
        </thead>
        <tbody>
          {ordered.map((anomaly) => {
            const site = sites.get(anomaly.siteId);
            return (
              <tr key={anomaly.anomalyId}>
                <th scope="row">
                  <a href={`/anomalies/${encodeURIComponent(anomaly.anomalyId)}`}>{analyteName(anomaly.analyte)}</a>
                  <span class="muted small place">{site ? siteName(site) : anomaly.siteId}</span>
                </th>
                <td class="days">{daysOf(anomaly)}</td>
                <td class="number">{formatNumber(anomaly.ratio, 2)} ×</td>
                <td class="number wide">{formatP(anomaly.pValue)}</td>
                <td class="wide">{anomaly.verdict ? verdictText(anomaly.verdict) : <span class="muted">–</span>}</td>
                <td>
                  <StateBadge group="anomalyState" state={anomaly.state} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

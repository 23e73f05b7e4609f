import { useMemo } from "preact/hooks";
import type { Anomaly, RegionalRise, Snooze } from "../../schemas/anomaly.ts";
import type { Site } from "../../schemas/site.ts";
import { analysis } from "../analysis.ts";
import { api } from "../api.ts";
import { formatDay, formatNumber, formatP } from "../format.ts";
import { t, tData } from "../language.ts";
import { useLoaded } from "../loaded.ts";
import { analyteChoices, analyteName, siteName } from "../names.ts";
import { daysOf, riseText, StateBadge } from "../parts/AnomalyCard.tsx";
import { PageHead, Select } from "../parts/controls.tsx";
import { useQuery } from "../parts/query.ts";
import { State } from "../parts/State.tsx";
import { VerdictBar, VerdictKey } from "../parts/VerdictBar.tsx";
import { ANOMALY_STATES, VERDICTS } from "../states.ts";
import { filterOf, SORTS, type Sort, shownOf } from "./queue.ts";

/** What did not fit and nobody has decided on: the queue of those who look. */
export function Anomalies() {
  const [query] = useQuery();
  const filter = filterOf(query);
  const loaded = useLoaded(
    `anomalies ${JSON.stringify(filter)}`,
    async (signal) => {
      const { analyte, since } = filter;
      const [anomalies, sites, snoozes, rises] = await Promise.all([
        api.anomalies(filter, signal),
        api.plants(signal),
        analysis.snoozes(signal),
        analysis.regional({ ...(analyte && { analyte }), ...(since && { since }) }, signal),
      ]);
      return {
        anomalies,
        sites: new Map(sites.map((site) => [site.siteId, site])),
        snoozes: new Map(snoozes.map((snooze) => [snooze.anomalyId, snooze])),
        riseOf: new Map(rises.flatMap((rise) => rise.anomalyIds.map((anomalyId) => [anomalyId, rise]))),
      };
    },
    undefined,
    ["anomalies"],
  );
  return (
    <>
      <PageHead title={t("anomalies.title")} />
      <State of={loaded} empty={t("anomalies.none")}>
        {(found) => <Queue {...found} />}
      </State>
    </>
  );
}

interface Found {
  anomalies: readonly Anomaly[];
  sites: ReadonlyMap<string, Site>;
  snoozes: ReadonlyMap<string, Snooze>;
  riseOf: ReadonlyMap<string, RegionalRise>;
}

function Queue(found: Found) {
  const [query] = useQuery();
  const shown = useMemo(
    () => shownOf(found.anomalies, found.snoozes, query),
    [found, query["state"], query["verdict"], query["ratio"], query["sort"]],
  );
  return (
    <>
      <Filters {...found} />
      <p class="finding" role="status">
        {t("anomalies.count", { shown: shown.length, snoozed: found.snoozes.size })}
      </p>
      {shown.length === 0 ? (
        <div class="state state-empty">{t("anomalies.none")}</div>
      ) : (
        <AnomalyTable {...found} anomalies={shown} />
      )}
    </>
  );
}

function Filters({ anomalies, sites }: Found) {
  const [query, change] = useQuery();
  const analytes = [...new Set([...anomalies.map(({ analyte }) => analyte), ...(query["analyte"] ? [query["analyte"]] : [])])];
  const siteIds = [...new Set([...anomalies.map(({ siteId }) => siteId), ...(query["site"] ? [query["site"]] : [])])];
  const any = { value: "", label: t("control.any") };
  const nameOf = (siteId: string) => {
    const site = sites.get(siteId);
    return site ? siteName(site) : siteId;
  };
  return (
    <div class="controls">
      <Select
        label={t("control.state")}
        value={query["state"] ?? "open"}
        choices={[
          { value: "any", label: t("control.any") },
          ...ANOMALY_STATES.map((value) => ({ value, label: tData("anomalyState", value) })),
          { value: "snoozed", label: t("anomalyState.snoozed") },
        ]}
        onChange={(state) => change({ state })}
      />
      <Select
        label={t("overview.site")}
        value={query["site"] ?? ""}
        choices={[any, ...siteIds.map((value) => ({ value, label: nameOf(value) }))]}
        onChange={(site) => change({ site })}
      />
      <Select
        label={t("control.analyte")}
        value={query["analyte"] ?? ""}
        choices={[any, ...analyteChoices(analytes)]}
        onChange={(analyte) => change({ analyte })}
      />
      <Select
        label={t("anomaly.verdict")}
        value={query["verdict"] ?? ""}
        choices={[any, ...VERDICTS.map((value) => ({ value, label: tData("verdict", value) }))]}
        onChange={(verdict) => change({ verdict })}
      />
      <Select
        label={t("anomalies.ended")}
        value={query["days"] ?? ""}
        choices={[any, ...["14", "60", "366"].map((value) => ({ value, label: t("anomalies.withinDays", { days: value }) }))]}
        onChange={(days) => change({ days })}
      />
      <Select
        label={t("anomalies.atLeast")}
        value={query["ratio"] ?? ""}
        choices={[any, ...["2", "3", "5", "10"].map((value) => ({ value, label: `${value} ×` }))]}
        onChange={(ratio) => change({ ratio })}
      />
      <Select
        label={t("control.sort")}
        value={query["sort"] ?? "newest"}
        choices={SORTS.map((value) => ({ value, label: t(`anomalySort.${value}`) }))}
        onChange={(sort) => change({ sort: sort as Sort })}
      />
    </div>
  );
}

function AnomalyTable({ anomalies, sites, snoozes, riseOf }: Found) {
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
          {anomalies.map((anomaly) => {
            const site = sites.get(anomaly.siteId);
            const snooze = snoozes.get(anomaly.anomalyId);
            const rise = riseOf.get(anomaly.anomalyId);
            return (
              <tr key={anomaly.anomalyId}>
                <th scope="row">
                  <a href={`/anomalies/${encodeURIComponent(anomaly.anomalyId)}`}>{analyteName(anomaly.analyte)}</a>
                  <span class="muted small place">{site ? siteName(site) : anomaly.siteId}</span>
                  {rise && <span class="muted small place">{riseText(rise)}</span>}
                </th>
                <td class="days">{daysOf(anomaly)}</td>
                <td class="number">{formatNumber(anomaly.ratio, 2)} ×</td>
                <td class="number wide">{formatP(anomaly.pValue)}</td>
                <td class="wide">
                  <VerdictBar verdict={anomaly.verdict} />
                </td>
                <td>
                  <StateBadge group="anomalyState" state={anomaly.state} />
                  {snooze && (
                    <span class="muted small place">{t("anomaly.until", { day: formatDay(snooze.until, "short") })}</span>
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <VerdictKey />
    </section>
  );
}

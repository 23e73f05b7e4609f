import { useCallback, useMemo } from "preact/hooks";
import type { Anomaly } from "../../schemas/anomaly.ts";
import { api, type Measure, type SeriesOf, type SiteDetail } from "../api.ts";
import { Figure } from "../charts/Figure.tsx";
import { panelChart } from "../charts/panel.ts";
import { seriesRows } from "../charts/seriesRows.ts";
import { formatDay, formatNumber, formatShare, formatUnit } from "../format.ts";
import { language, t, tData } from "../language.ts";
import { useLoaded } from "../loaded.ts";
import { analyteName, siteName } from "../names.ts";
import { PageHead, Segmented } from "../parts/controls.tsx";
import { useQuery } from "../parts/query.ts";
import { State } from "../parts/State.tsx";
import { may } from "../session.ts";
import { oneVariant } from "../variants.ts";
import { Fact } from "./AnomalyPage.tsx";
import { QualityCard } from "./QualityCard.tsx";
import { SiteAuthorisations } from "./SiteAuthorisations.tsx";
import { Days, MethodChanges, Neighbours, Samples, Shares } from "./siteParts.tsx";
import { WindowChoice } from "./WindowChoice.tsx";
import { windowOf } from "./window.ts";

/** Points a panel asks for: more than twice its width in pixels would not be seen. */
const PANEL_POINTS = 730;

const MEASURES: Measure[] = ["concentration", "load", "populationNormalisedLoad", "consumption", "doses"];

export function SitePage({ siteId }: { siteId: string }) {
  const [query, change] = useQuery();
  const measure = (query["measure"] ?? "load") as Measure;
  const loaded = useLoaded(
    `site ${siteId} ${measure}`,
    async (signal) => {
      const site = await api.site(siteId, signal);
      const [anomalies, ...series] = await Promise.all([
        api.anomalies({ siteId }, signal),
        ...site.analytes.map(
          async (analyte) => (await api.series({ siteId, analyte, measure, points: PANEL_POINTS }, signal)).items,
        ),
      ]);
      return { site, anomalies, panels: site.analytes.map((analyte, index) => ({ analyte, series: series[index] ?? [] })) };
    },
    undefined,
    ["series", "anomalies"],
  );
  return (
    <State of={loaded} empty={t("state.notFound")}>
      {({ site, anomalies, panels }) => (
        <>
          <PageHead above={<a href="/">{t("nav.overview")}</a>} title={siteName(site)} />
          <SiteFacts site={site} />
          <div class="controls">
            <Segmented
              label={t("control.quantity")}
              name="measure"
              value={measure}
              choices={MEASURES.map((value) => ({ value, label: tData("measure", value) }))}
              onChange={(value) => change({ measure: value })}
            />
            <WindowChoice />
          </div>
          <SiteView site={site} measure={measure} panels={panels} anomalies={anomalies} />
          {site.kind === "wwtp" && may("investigator") && <SiteAuthorisations site={site} />}
        </>
      )}
    </State>
  );
}

function SiteFacts({ site }: { site: SiteDetail }) {
  return (
    <dl class="facts row">
      <Fact name={t("site.kind")}>{tData("siteKind", site.kind)}</Fact>
      {site.population && (
        <Fact name={t("site.population")}>
          {formatNumber(site.population.people)} ({site.population.source}, {site.population.year})
        </Fact>
      )}
      {(site.region ?? site.country) && (
        <Fact name={t("control.region")}>{[site.region, site.country].filter(Boolean).join(", ")}</Fact>
      )}
      {site.designFlowM3D && (
        <Fact name={t("site.designFlow")}>
          {formatNumber(site.designFlowM3D)} {t("unit.m3/d")}
        </Fact>
      )}
      {site.residenceTimeH !== undefined && <Fact name={t("site.residence")}>{formatNumber(site.residenceTimeH)} h</Fact>}
      <Fact name={t("site.timeZone")}>{site.timeZone}</Fact>
      {site.source && <Fact name={t("site.source")}>{site.source}</Fact>}
    </dl>
  );
}

interface Panel {
  analyte: string;
  series: readonly SeriesOf[];
}

/** Small charts of all substances, then what stands behind them on the same days. */
function SiteView(props: { site: SiteDetail; measure: Measure; panels: readonly Panel[]; anomalies: readonly Anomaly[] }) {
  const [query] = useQuery();
  const { site, measure, anomalies } = props;
  const panels = useMemo(
    () =>
      props.panels
        .map(({ analyte, series }) => ({
          analyte,
          unit: series[0]?.unit ?? "",
          rows: seriesRows(oneVariant(series), site.timeZone),
        }))
        .filter(({ rows }) => rows.length > 0)
        .toSorted((a, b) => analyteName(a.analyte).localeCompare(analyteName(b.analyte), language.value)),
    [props.panels, site.timeZone, language.value],
  );
  // one window for all, so that the same day stands at the same place in each
  const domain = useMemo(
    () =>
      windowOf(
        panels.flatMap(({ rows }) => rows.map(({ at }) => at)).toSorted((a, b) => a.getTime() - b.getTime()),
        query,
      ),
    [panels, query["window"], query["from"], query["to"]],
  );
  if (panels.length === 0) return <div class="state state-empty">{t("site.noSeries")}</div>;
  return (
    <>
      <div class="panels">
        {panels.map(({ analyte, rows, unit }) => (
          <PanelCard
            key={analyte}
            site={site}
            measure={measure}
            analyte={analyte}
            unit={unit}
            rows={rows}
            domain={domain}
            anomalies={anomalies.filter((anomaly) => anomaly.analyte === analyte && anomaly.quantity === measure)}
          />
        ))}
      </div>
      <div class="columns">
        <div>
          <Days site={site} window={domain} />
          <QualityCard site={site} window={domain} />
          <MethodChanges site={site} />
        </div>
        <div>
          {(measure === "load" || measure === "populationNormalisedLoad") && (
            <Shares
              panels={panels.map((panel) => ({
                ...panel,
                rows: panel.rows.filter(({ at }) => at >= domain[0] && at <= domain[1]),
              }))}
            />
          )}
          <Neighbours site={site} />
        </div>
      </div>
      <Samples site={site} window={domain} />
    </>
  );
}

interface PanelCardProps {
  site: SiteDetail;
  measure: Measure;
  analyte: string;
  unit: string;
  rows: ReturnType<typeof seriesRows>;
  domain: readonly [Date, Date];
  anomalies: readonly Anomaly[];
}

function PanelCard({ site, measure, analyte, unit, rows, domain, anomalies }: PanelCardProps) {
  const [from, to] = domain;
  const shown = useMemo(() => rows.filter(({ at }) => at >= from && at <= to), [rows, from, to]);
  const spec = useCallback(
    (width: number) => panelChart({ rows: shown, anomalies, unit: formatUnit(unit), domain }, width),
    // the anomalies come with the rows
    [shown, unit, domain],
  );
  const below = shown.filter(({ censored }) => censored).length;
  const newest = shown.at(-1);
  const address = `/sites/${encodeURIComponent(site.siteId)}/series/${analyte}?${new URLSearchParams({ measure })}`;
  return (
    <article class="card panel">
      <h2>
        <a href={address}>{analyteName(analyte)}</a> <span class="unit">{formatUnit(unit)}</span>
      </h2>
      {newest ? (
        <Figure label={t("site.panelLabel", { analyte: analyteName(analyte), values: shown.length, below })} spec={spec} />
      ) : (
        <p class="muted">{t("series.noneInWindow")}</p>
      )}
      {newest && (
        <p class="small muted">
          {newest.censored ? t("chart.belowShort") : formatNumber(newest.value)} · {formatDay(newest.at)} ·{" "}
          {t("site.below", { share: formatShare(below / shown.length) })}
        </p>
      )}
    </article>
  );
}

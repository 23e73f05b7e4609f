import { useCallback, useMemo, useRef } from "preact/hooks";
import type { Anomaly } from "../../schemas/anomaly.ts";
import { api, type Measure, type SeriesOf, type SiteDetail, seriesCsvAddress } from "../api.ts";
import { Figure } from "../charts/Figure.tsx";
import { savePicture } from "../charts/save.ts";
import { seriesChart, valueTitle } from "../charts/series.ts";
import { type ExpectedRow, expectedRows, gapsOf, methodChangesOf, type SeriesRow, seriesRows } from "../charts/seriesRows.ts";
import { formatDay, formatNumber, formatShare, formatUnit } from "../format.ts";
import { t, tData } from "../language.ts";
import { useLoaded } from "../loaded.ts";
import { analyteChoices, analyteName, siteName } from "../names.ts";
import { AnomalyCard } from "../parts/AnomalyCard.tsx";
import { PageHead, Segmented, Select } from "../parts/controls.tsx";
import { useQuery } from "../parts/query.ts";
import { State } from "../parts/State.tsx";
import { SeriesLegend, SeriesTable, WeekdayCard } from "./seriesParts.tsx";
import { WINDOWS, type Window, windowOf } from "./window.ts";

const MEASURES: Measure[] = ["concentration", "load", "populationNormalisedLoad"];

export function SeriesPage({ siteId, analyte }: { siteId: string; analyte: string }) {
  const site = useLoaded(`site ${siteId}`, (signal) => api.site(siteId, signal));
  return (
    <State of={site} empty={t("state.notFound")}>
      {(found) => <SeriesOfSite site={found} analyte={analyte} />}
    </State>
  );
}

function SeriesOfSite({ site, analyte }: { site: SiteDetail; analyte: string }) {
  const [query, change] = useQuery();
  const measure = (query["measure"] ?? "load") as Measure;
  const { siteId } = site;
  const key = `${siteId} ${analyte} ${measure}`;
  const series = useLoaded(
    `series ${key}`,
    async (signal) => {
      const [values, expected, anomalies] = await Promise.all([
        api.series({ siteId, analyte, measure }, signal),
        api.series({ siteId, analyte, measure: "expected" }, signal),
        api.anomalies({ siteId, analyte }, signal),
      ]);
      return { values: values.items, expected: expected.items, anomalies };
    },
    ({ values }) => values.every(({ points }) => points.length === 0),
    ["series", "anomalies"],
  );
  const analytes = site.analytes.includes(analyte) ? site.analytes : [analyte, ...site.analytes];
  return (
    <>
      <PageHead
        above={<a href={`/sites/${encodeURIComponent(siteId)}`}>{siteName(site)}</a>}
        title={t("series.title", { analyte: analyteName(analyte), site: siteName(site) })}
      />
      <div class="controls">
        <Select
          label={t("control.analyte")}
          value={analyte}
          choices={analyteChoices(analytes)}
          onChange={(value) => change({ analyte: value })}
        />
        <Segmented
          label={t("control.quantity")}
          name="measure"
          value={measure}
          choices={MEASURES.map((value) => ({ value, label: t(`measure.${value as "load"}`) }))}
          onChange={(value) => change({ measure: value })}
        />
        <Segmented
          label={t("control.scale")}
          name="scale"
          value={(query["scale"] ?? "log") as "log" | "linear"}
          choices={[
            { value: "log", label: t("scale.log") },
            { value: "linear", label: t("scale.linear") },
          ]}
          onChange={(scale) => change({ scale })}
        />
        <Segmented
          label={t("control.window")}
          name="window"
          value={(query["from"] ? "" : (query["window"] ?? "1y")) as Window}
          choices={WINDOWS.map((value) => ({ value, label: t(`window.${value}`) }))}
          onChange={(window) => change({ window, from: undefined, to: undefined })}
        />
        <Segmented
          label={t("control.view")}
          name="view"
          value={(query["view"] ?? "chart") as "chart" | "table"}
          choices={[
            { value: "chart", label: t("view.chart") },
            { value: "table", label: t("view.table") },
          ]}
          onChange={(view) => change({ view })}
        />
      </div>
      <State of={series} empty={t("series.empty", { analyte: analyteName(analyte), measure: tData("measure", measure) })}>
        {(loaded) => <SeriesView site={site} analyte={analyte} measure={measure} {...loaded} />}
      </State>
    </>
  );
}

interface SeriesViewProps {
  site: SiteDetail;
  analyte: string;
  measure: Measure;
  values: readonly SeriesOf[];
  expected: readonly SeriesOf[];
  anomalies: readonly Anomaly[];
}

function SeriesView({ site, analyte, measure, values, expected, anomalies }: SeriesViewProps) {
  const [query] = useQuery();
  const scale = query["scale"] === "linear" ? "linear" : "log";
  const unit = formatUnit(values.find(({ points }) => points.length > 0)!.unit);
  const all = useMemo(() => seriesRows(values, site.timeZone), [values, site.timeZone]);
  const domain = useMemo(
    () =>
      windowOf(
        all.map(({ at }) => at),
        query,
      ),
    [all, query["window"], query["from"], query["to"]],
  );
  const [from, to] = domain;
  const rows = useMemo(() => all.filter(({ at }) => at >= from && at <= to), [all, from, to]);
  // the detector judges loads: its band and marks belong on the quantity it judged
  const judged = anomalies.filter(({ quantity }) => quantity === measure);
  const inWindow = judged.filter(({ start, end }) => start <= iso(to) && end >= iso(from));
  const band = useMemo(
    () =>
      expectedRows(
        expected.filter(({ variant }) => variant === measure),
        site.timeZone,
      ).filter(({ at }) => at >= from && at <= to),
    [expected, measure, site.timeZone, from, to],
  );
  const label = `${tData("measure", measure)}, ${unit}`;
  const spec = useCallback(
    (width: number) =>
      seriesChart(
        {
          rows,
          expected: band,
          anomalies: inWindow,
          gaps: gapsOf(rows),
          changes: methodChangesOf(all).filter(({ at }) => at >= from && at <= to),
          label,
          unit,
          scale,
          domain,
          height: width < 480 ? 300 : 400,
        },
        width,
      ),
    // inWindow follows from anomalies, measure and domain
    [rows, band, anomalies, all, label, scale, domain],
  );
  const picture = useRef<SVGSVGElement>(null);
  const below = rows.filter(({ censored }) => censored).length;
  const newest = rows.at(-1);
  const title = t("series.title", { analyte: analyteName(analyte), site: siteName(site) });
  return (
    <>
      {newest ? (
        <p class="finding">
          {t(below === 0 ? "series.findingAllAbove" : "series.finding", {
            value: newest.censored
              ? t("chart.below", { limit: formatNumber(newest.value), unit })
              : `${formatNumber(newest.value)} ${unit}`,
            day: formatDay(newest.at),
            expected: expectedOf(newest, band),
            below,
            values: rows.length,
            share: formatShare(below / rows.length),
          })}
        </p>
      ) : (
        <p class="finding">{t("series.noneInWindow")}</p>
      )}
      <section class="card">
        {query["view"] === "table" ? (
          <SeriesTable rows={rows} unit={unit} />
        ) : (
          <Figure
            label={t("series.chartLabel", {
              title,
              values: rows.length,
              below,
              from: formatDay(from),
              to: formatDay(to),
              anomalies: inWindow.length,
            })}
            spec={spec}
            stops={rows.map((row) => ({ at: row.at, text: valueTitle(row, unit) }))}
            legend={
              <SeriesLegend band={band.length > 0} interval={rows.some(({ low, censored }) => low !== null && !censored)} />
            }
            onDrawn={(svg) => {
              picture.current = svg;
            }}
          />
        )}
        <p class="actions">
          <a
            class="button quiet"
            href={seriesCsvAddress({ siteId: site.siteId, analyte, measure, from: iso(from), to: iso(to) })}
            download
          >
            CSV
          </a>
          {query["view"] !== "table" && (
            <>
              <button
                type="button"
                class="button quiet"
                onClick={() => picture.current && void savePicture(picture.current, title, label, "svg")}
              >
                SVG
              </button>
              <button
                type="button"
                class="button quiet"
                onClick={() => picture.current && void savePicture(picture.current, title, label, "png")}
              >
                PNG
              </button>
            </>
          )}
          <button type="button" class="button quiet" onClick={() => void navigator.clipboard?.writeText(location.href)}>
            {t("series.copyLink")}
          </button>
          <span class="muted small">{t("series.zone", { zone: site.timeZone })}</span>
        </p>
      </section>
      <div class="columns">
        <section>
          <h2>{t("series.anomalies")}</h2>
          {inWindow.length === 0 ? (
            <p class="muted">{t(band.length === 0 ? "series.notJudged" : "series.noAnomalies")}</p>
          ) : (
            inWindow.toReversed().map((anomaly) => <AnomalyCard key={anomaly.anomalyId} anomaly={anomaly} site={site} />)
          )}
        </section>
        <section>
          <h2>{t("series.weekdays")}</h2>
          <WeekdayCard rows={rows} unit={unit} />
        </section>
      </div>
    </>
  );
}

/** How the newest value compares with what was expected of its day, where that is known. */
function expectedOf({ at, value, censored }: SeriesRow, band: readonly ExpectedRow[]): string {
  const expected = band.findLast((row) => row.at.getTime() === at.getTime());
  if (!expected || censored) return "";
  return t("series.times", { ratio: formatNumber(value / expected.value, 2) });
}

function iso(date: Date): string {
  return date.toISOString().slice(0, 10);
}

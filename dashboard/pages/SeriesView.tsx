import { useCallback, useMemo, useRef, useState } from "preact/hooks";
import type { Annotation } from "../../schemas/annotation.ts";
import type { Anomaly } from "../../schemas/anomaly.ts";
import type { Programme } from "../analysis.ts";
import { type Measure, type SeriesOf, type SiteDetail, seriesCsvAddress } from "../api.ts";
import { Brush } from "../charts/Brush.tsx";
import { Figure } from "../charts/Figure.tsx";
import { savePicture } from "../charts/save.ts";
import { seriesChart, valueTitle } from "../charts/series.ts";
import {
  type ExpectedRow,
  expectedRows,
  gapsOf,
  limitChangesOf,
  methodChangesOf,
  methodsOf,
  type SeriesRow,
  seriesRows,
} from "../charts/seriesRows.ts";
import { yearRows, yearsChart } from "../charts/years.ts";
import { formatDay, formatNumber, formatShare, formatUnit } from "../format.ts";
import { sentence, t, tData } from "../language.ts";
import { analyteName, siteName } from "../names.ts";
import { Annotations } from "../parts/Annotations.tsx";
import { AnomalyCard } from "../parts/AnomalyCard.tsx";
import { Select } from "../parts/controls.tsx";
import { useQuery } from "../parts/query.ts";
import { firstVariant, isDerived } from "../variants.ts";
import { Explained } from "./Explained.tsx";
import { SeriesLegend, SeriesTable } from "./seriesParts.tsx";
import { WeekdayCard } from "./WeekdayCard.tsx";
import { windowOf } from "./window.ts";

export interface SeriesViewProps {
  site: SiteDetail;
  analyte: string;
  measure: Measure;
  values: readonly SeriesOf[];
  concentrations: readonly SeriesOf[];
  expected: readonly SeriesOf[];
  anomalies: readonly Anomaly[];
  annotations: readonly Annotation[];
  programmes: readonly Programme[];
  /** An annotation was written or removed. */
  onNoted: () => void;
}

/** Everything of one series that the address asks for: chart, years or table, and what belongs to the days shown. */
export function SeriesView(props: SeriesViewProps) {
  const { site, analyte, measure } = props;
  const [query, change] = useQuery();
  const shown = useShown(props, query);
  const { rows, all, band, inWindow, notes, domain, unit, label, profiles, profile } = shown;
  const [from, to] = domain;
  const scale = query["scale"] === "linear" ? "linear" : "log";
  const spec = useCallback(
    (width: number) =>
      query["view"] === "years"
        ? yearsChart({ rows: yearRows(all), label, unit, scale }, width)
        : seriesChart(
            {
              rows,
              expected: band,
              anomalies: inWindow,
              annotations: notes,
              gaps: gapsOf(rows),
              changes: methodChangesOf(all).filter(({ at }) => at >= from && at <= to),
              limitChanges: measure === "concentration" ? limitChangesOf(rows) : [],
              label,
              unit,
              scale,
              domain,
              height: width < 480 ? 300 : 400,
            },
            width,
          ),
    // label, unit and domain follow from what is shown
    [shown, scale, query["view"]],
  );
  const picture = useRef<SVGSVGElement>(null);
  const title = t("series.title", { analyte: analyteName(analyte), site: siteName(site) });
  const below = rows.filter(({ censored }) => censored).length;
  const ofProfile = profiles.length > 1 && profile ? { profile: profile.split("/")[0]! } : {};
  const file = { siteId: site.siteId, analyte, measure, from: iso(from), to: iso(to), ...ofProfile, ...asOfIn(query) };
  return (
    <>
      <Finding rows={rows} band={band} unit={unit} />
      {profiles.length > 1 && (
        <div class="controls">
          <Select
            label={t("series.profile")}
            value={profile ?? ""}
            choices={profiles.map((value) => ({ value, label: profileName(value, props.programmes) }))}
            onChange={(chosen) => change({ profile: chosen })}
          />
        </div>
      )}
      <section class="card">
        {query["view"] === "table" ? (
          <SeriesTable rows={rows} unit={unit} expected={band} anomalies={inWindow} annotations={notes} />
        ) : (
          <>
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
                query["view"] === "years" ? (
                  t("series.years")
                ) : (
                  <SeriesLegend band={band.length > 0} interval={rows.some(({ low, censored }) => low !== null && !censored)} />
                )
              }
              onPick={(at) => change({ day: iso(at) })}
              onDrawn={(svg) => {
                picture.current = svg;
              }}
            />
            {query["view"] !== "years" && all.length > 1 && (
              <Brush
                rows={all}
                window={domain}
                onChoose={(first, last) => change({ from: first, to: last, window: undefined })}
              />
            )}
          </>
        )}
        <Actions
          csv={seriesCsvAddress(file)}
          zone={site.timeZone}
          onSave={
            query["view"] === "table"
              ? undefined
              : (kind) => picture.current && void savePicture(picture.current, title, label, kind)
          }
        />
      </section>
      {query["day"] ? (
        <Explained site={site} analyte={analyte} measure={measure} day={query["day"]} variant={profile} />
      ) : (
        measure !== "concentration" && <p class="muted small no-print">{t("series.explainHint")}</p>
      )}
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
          <h2>{t("series.notes")}</h2>
          <div class="card">
            <Annotations
              siteId={site.siteId}
              analyte={analyte}
              annotations={notes}
              day={query["day"] ?? iso(rows.at(-1)?.at ?? to)}
              onChanged={props.onNoted}
            />
          </div>
          <h2>{t("series.weekdays")}</h2>
          <WeekdayCard rows={rows} unit={unit} programmes={props.programmes} />
        </section>
      </div>
    </>
  );
}

/** What the address chooses of what was loaded; the same objects as long as nothing changes, so that the chart is drawn once. */
function useShown(props: SeriesViewProps, query: Record<string, string>) {
  const { site, measure, values, concentrations, expected, anomalies, annotations } = props;
  return useMemo(() => {
    const profiles = [...new Set(values.map(({ variant }) => variant).filter(isDerived))].toSorted();
    const profile = profiles.includes(query["profile"] ?? "") ? query["profile"] : firstVariant(profiles);
    const chosen = values.filter(({ variant }) => !isDerived(variant) || variant === profile);
    const all = seriesRows(chosen, site.timeZone, measure === "concentration" ? undefined : methodsOf(concentrations));
    const domain = windowOf(
      all.map(({ at }) => at),
      query,
    );
    const [from, to] = domain;
    const within = ({ at }: { at: Date }) => at >= from && at <= to;
    const touches = (first: string, last: string) => first <= iso(to) && last >= iso(from);
    const unit = formatUnit(values.find(({ points }) => points.length > 0)!.unit);
    return {
      all,
      domain,
      profiles,
      profile,
      unit,
      label: `${tData("measure", measure)}, ${unit}`,
      rows: all.filter(within),
      // the detector judges loads: its band and marks belong on the quantity it judged
      band: expectedRows(
        expected.filter(({ variant }) => variant === measure),
        site.timeZone,
      ).filter(within),
      inWindow: anomalies.filter(({ quantity, start, end }) => quantity === measure && touches(start, end)),
      notes: annotations.filter((note) => touches(note.from, note.to)),
    };
  }, [
    values,
    concentrations,
    expected,
    anomalies,
    annotations,
    measure,
    query["profile"],
    query["window"],
    query["from"],
    query["to"],
  ]);
}

/** A derived series names its profile, how people were counted, and the factors: `acic-nwdmp@1/supplied/mdma-gracia-lor-2016`. */
function profileName(variant: string, programmes: readonly Programme[]): string {
  const [key = "", population, ...factors] = variant.split("/");
  const programme = programmes.find((each) => each.key === key);
  const name = programme ? sentence(programme.name) : key;
  return [name, ...(population ? [tData("population", population)] : []), ...factors].join(" · ");
}

function Finding({ rows, band, unit }: { rows: readonly SeriesRow[]; band: readonly ExpectedRow[]; unit: string }) {
  const newest = rows.at(-1);
  const below = rows.filter(({ censored }) => censored).length;
  if (!newest) return <p class="finding">{t("series.noneInWindow")}</p>;
  return (
    <p class="finding">
      {t(below === 0 ? "series.findingAllAbove" : "series.finding", {
        value: newest.censored
          ? newest.value > 0
            ? t("chart.below", { limit: formatNumber(newest.value), unit })
            : t("chart.belowUnknown")
          : `${formatNumber(newest.value)} ${unit}`,
        day: formatDay(newest.at),
        expected: expectedOf(newest, band),
        below,
        values: rows.length,
        share: formatShare(below / rows.length),
      })}
    </p>
  );
}

function Actions(props: { csv: string; zone: string; onSave: ((kind: "svg" | "png") => void) | undefined }) {
  const { onSave } = props;
  const [copied, setCopied] = useState(false);
  return (
    <p class="actions no-print">
      <a class="button quiet" href={props.csv} download>
        CSV
      </a>
      {onSave && (
        <>
          <button type="button" class="button quiet" onClick={() => onSave("svg")}>
            SVG
          </button>
          <button type="button" class="button quiet" onClick={() => onSave("png")}>
            PNG
          </button>
        </>
      )}
      <button
        type="button"
        class="button quiet"
        onClick={() => void navigator.clipboard?.writeText(location.href).then(() => setCopied(true))}
      >
        {t("series.copyLink")}
      </button>
      <span class="muted small" role="status">
        {copied ? t("series.copied") : ""}
      </span>
      <span class="muted small">{t("series.zone", { zone: props.zone })}</span>
    </p>
  );
}

/** How the newest value compares with what was expected of its day, where that is known. */
function expectedOf({ at, value, censored }: SeriesRow, band: readonly ExpectedRow[]): string {
  const expected = band.findLast((row) => row.at.getTime() === at.getTime());
  if (!expected || censored) return "";
  return t("series.times", { ratio: formatNumber(value / expected.value, 2) });
}

function asOfIn(query: Record<string, string>): { asOf?: string } {
  return query["asOf"] ? { asOf: query["asOf"] } : {};
}

function iso(date: Date): string {
  return date.toISOString().slice(0, 10);
}

import { useCallback, useMemo } from "preact/hooks";
import type { Site } from "../../schemas/site.ts";
import { analysis } from "../analysis.ts";
import type { Measure } from "../api.ts";
import { Figure } from "../charts/Figure.tsx";
import { panelChart } from "../charts/panel.ts";
import { type SeriesRow, seriesRows } from "../charts/seriesRows.ts";
import { formatUnit } from "../format.ts";
import { t, tData } from "../language.ts";
import { useLoaded } from "../loaded.ts";
import { ANALYTES, analyteChoices, analyteName, siteName } from "../names.ts";
import { Segmented, Select } from "../parts/controls.tsx";
import { Many } from "../parts/Many.tsx";
import { useQuery } from "../parts/query.ts";
import { State } from "../parts/State.tsx";
import { oneVariant } from "../variants.ts";
import { WindowChoice } from "./WindowChoice.tsx";
import { windowOf } from "./window.ts";

const SITES_MAX = 6;
const ANALYTES_MAX = 8;
/** Points a panel asks for: more than twice its width in pixels would not be seen. */
const PANEL_POINTS = 730;
const MEASURES: Measure[] = ["concentration", "load", "populationNormalisedLoad", "consumption", "doses"];
const ANALYTES_FIRST = ["methamphetamine", "benzoylecgonine", "mdma", "ketamine"];

/** Substances down, sites across, each panel at the same days. */
export function CompareGrid({ plants }: { plants: readonly Site[] }) {
  const [query, change] = useQuery();
  const own = useMemo(() => plants.toSorted((a, b) => Number(a.source !== undefined) - Number(b.source !== undefined)), [plants]);
  const siteIds = listOf(query["sites"]) ?? own.slice(0, 3).map(({ siteId }) => siteId);
  const analytes = listOf(query["analytes"]) ?? ANALYTES_FIRST;
  const measure = (query["measure"] ?? "populationNormalisedLoad") as Measure;
  const loaded = useLoaded(
    `grid ${siteIds} ${analytes} ${measure}`,
    (signal) => analysis.grid({ siteId: siteIds, analyte: analytes, measure, points: PANEL_POINTS }, signal),
    (series) => series.length === 0,
    ["series"],
  );
  return (
    <>
      <div class="controls">
        <Many
          label={t("compare.sites")}
          chosen={siteIds}
          max={SITES_MAX}
          choices={own.map((site) => ({ value: site.siteId, label: siteName(site) }))}
          onChange={(chosen) => change({ sites: chosen.join(",") })}
        />
        <Many
          label={t("compare.analytes")}
          chosen={analytes}
          max={ANALYTES_MAX}
          choices={analyteChoices([...new Set([...ANALYTES, ...analytes])])}
          onChange={(chosen) => change({ analytes: chosen.join(",") })}
        />
        <Select
          label={t("control.quantity")}
          value={measure}
          choices={MEASURES.map((value) => ({ value, label: tData("measure", value) }))}
          onChange={(value) => change({ measure: value })}
        />
        <Segmented
          label={t("compare.axes")}
          name="axes"
          value={query["axes"] === "own" ? "own" : "shared"}
          choices={[
            { value: "shared", label: t("compare.shared") },
            { value: "own", label: t("compare.own") },
          ]}
          onChange={(axes) => change({ axes })}
        />
        <WindowChoice />
      </div>
      <State of={loaded} empty={t("compare.nothing")}>
        {(series) => (
          <Grid
            sites={siteIds.flatMap((siteId) => plants.find((site) => site.siteId === siteId) ?? [])}
            analytes={analytes}
            measure={measure}
            series={series}
          />
        )}
      </State>
    </>
  );
}

interface GridProps {
  sites: readonly Site[];
  analytes: readonly string[];
  measure: Measure;
  series: Awaited<ReturnType<typeof analysis.grid>>;
}

function Grid({ sites, analytes, measure, series }: GridProps) {
  const [query] = useQuery();
  const panels = useMemo(
    () =>
      new Map(
        sites.flatMap(({ siteId, timeZone }) =>
          analytes.map((analyte) => {
            const of = series.filter((each) => each.siteId === siteId && each.analyte === analyte);
            return [`${siteId} ${analyte}`, seriesRows(oneVariant(of), timeZone)] as const;
          }),
        ),
      ),
    [sites, analytes, series],
  );
  const domain = useMemo(() => {
    const times = [...panels.values()].flatMap((rows) => rows.map(({ at }) => at));
    return windowOf(
      times.toSorted((a, b) => a.getTime() - b.getTime()),
      query,
    );
  }, [panels, query["window"], query["from"], query["to"]]);
  const unit = formatUnit(series[0]?.unit ?? "");
  return (
    <div class="compare-grid">
      <p class="muted">{`${tData("measure", measure)}, ${unit}`}</p>
      {analytes.map((analyte) => {
        const rows = sites.map(({ siteId }) => within(panels.get(`${siteId} ${analyte}`) ?? [], domain));
        const values = query["axes"] === "own" ? null : rows.flat().map(({ value }) => value);
        return (
          <section key={analyte} class="compare-row" aria-label={analyteName(analyte)}>
            {sites.map((site, index) => (
              <Panel
                key={site.siteId}
                site={site}
                analyte={analyte}
                measure={measure}
                unit={unit}
                rows={rows[index]!}
                domain={domain}
                axisOf={values}
              />
            ))}
          </section>
        );
      })}
    </div>
  );
}

interface PanelProps {
  site: Site;
  analyte: string;
  measure: Measure;
  unit: string;
  rows: readonly SeriesRow[];
  domain: readonly [Date, Date];
  /** Values the axis spans where it is shared; null for the panel's own. */
  axisOf: readonly number[] | null;
}

function Panel({ site, analyte, measure, unit, rows, domain, axisOf }: PanelProps) {
  const spec = useCallback(
    (width: number) => panelChart({ rows, anomalies: [], unit, domain, ...(axisOf ? { axisOf } : {}) }, width),
    [rows, unit, domain, axisOf],
  );
  const below = rows.filter(({ censored }) => censored).length;
  const address = `/sites/${encodeURIComponent(site.siteId)}/series/${analyte}?${new URLSearchParams({ measure })}`;
  return (
    <article class="card panel">
      <h2>
        <a href={address}>{analyteName(analyte)}</a> <span class="unit">{siteName(site)}</span>
      </h2>
      {rows.length > 0 ? (
        <Figure
          label={`${siteName(site)}. ${t("site.panelLabel", { analyte: analyteName(analyte), values: rows.length, below })} ${unit}`}
          spec={spec}
        />
      ) : (
        <p class="muted small">{t("series.noneInWindow")}</p>
      )}
    </article>
  );
}

function within(rows: readonly SeriesRow[], [from, to]: readonly [Date, Date]): readonly SeriesRow[] {
  return rows.filter(({ at }) => at >= from && at <= to);
}

function listOf(text: string | undefined): string[] | undefined {
  return text === undefined ? undefined : text.split(",").filter((part) => part !== "");
}

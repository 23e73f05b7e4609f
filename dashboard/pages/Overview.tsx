import { useMemo } from "preact/hooks";
import { lazy } from "preact-iso";
import { api, type Measure, type Overview as OverviewAnswer, type OverviewItem } from "../api.ts";
import { formatDay, formatMoment, formatMonth, formatNumber, formatRank, formatUnit } from "../format.ts";
import { language, t, tData } from "../language.ts";
import { type LikeRank, likeRanks } from "../likeSites.ts";
import { useLoaded } from "../loaded.ts";
import { analyteName, countryName, siteName } from "../names.ts";
import { PageHead, Segmented, Select } from "../parts/controls.tsx";
import { PercentileStrip, Sparkline } from "../parts/glyphs.tsx";
import { useQuery } from "../parts/query.ts";
import { State } from "../parts/State.tsx";
import { AnalyteChoice } from "./AnalyteChoice.tsx";
import { Since } from "./Since.tsx";

const SiteMap = lazy(() => import("../maps/SiteMap.tsx").then((map) => map.SiteMap));

const MEASURES: Measure[] = ["load", "populationNormalisedLoad", "consumption", "doses"];
const SORTS = ["percentile", "anomalies", "load", "age", "name"] as const;
type Sort = (typeof SORTS)[number];

export function Overview() {
  const [query, change] = useQuery();
  const analyte = query["analyte"] ?? "methamphetamine";
  const measure = (query["measure"] ?? "load") as Measure;
  const loaded = useLoaded(
    `overview ${analyte} ${measure}`,
    (signal) => api.overview({ analyte, measure }, signal),
    ({ items }) => items.length === 0,
    ["series", "anomalies"],
  );
  return (
    <>
      <PageHead
        title={t("overview.title")}
        aside={
          loaded.kind === "full" && (
            <p class="muted">
              {t("overview.asOf", { time: formatMoment(loaded.value.asOf, Intl.DateTimeFormat().resolvedOptions().timeZone) })}
            </p>
          )
        }
      />
      <div class="controls">
        <AnalyteChoice analyte={analyte} />
        <Segmented
          label={t("control.quantity")}
          name="measure"
          value={measure}
          choices={MEASURES.map((value) => ({ value, label: tData("measure", value) }))}
          onChange={(value) => change({ measure: value })}
        />
        {loaded.kind === "full" && <Filters items={loaded.value.items} />}
      </div>
      <State of={loaded} empty={t("overview.noSites")}>
        {(overview) => (
          <>
            <Since items={overview.items} />
            <Ranking overview={overview} />
          </>
        )}
      </State>
    </>
  );
}

function Filters({ items }: { items: readonly OverviewItem[] }) {
  const [query, change] = useQuery();
  const regions = useMemo(() => regionChoices(items), [items, language.value]);
  return (
    <>
      {regions.length > 1 && (
        <Select
          label={t("control.region")}
          value={query["region"] ?? ""}
          choices={[{ value: "", label: t("control.everywhere") }, ...regions]}
          onChange={(region) => change({ region })}
        />
      )}
      <Select
        label={t("control.sort")}
        value={query["sort"] ?? "percentile"}
        choices={SORTS.map((value) => ({ value, label: t(`sort.${value}`) }))}
        onChange={(sort) => change({ sort })}
      />
      <label class="select">
        <span class="select-label">{t("control.find")}</span>
        <input
          type="search"
          value={query["find"] ?? ""}
          placeholder={t("control.findSite")}
          onInput={(event) => change({ find: event.currentTarget.value })}
        />
      </label>
    </>
  );
}

function Ranking({ overview }: { overview: OverviewAnswer }) {
  const [query, change] = useQuery();
  const sort = (query["sort"] ?? "percentile") as Sort;
  const items = useMemo(() => {
    const find = (query["find"] ?? "").toLowerCase();
    return overview.items
      .filter(({ latest }) => latest !== null || query["unmeasured"] === "1")
      .filter(({ site }) => !query["region"] || regionsOf(site).includes(query["region"]))
      .filter(({ site }) => `${site.name} ${site.nameZh ?? ""} ${site.siteId}`.toLowerCase().includes(find))
      .toSorted((a, b) => rank(b, sort) - rank(a, sort) || siteName(a.site).localeCompare(siteName(b.site), language.value));
  }, [overview, query["find"], query["region"], query["unmeasured"], sort, language.value]);
  const without = overview.items.filter(({ latest }) => latest === null).length;
  const open = items.reduce((sum, { openAnomalies }) => sum + openAnomalies, 0);
  return (
    <>
      <p class="finding">
        {t("overview.summary", {
          sampled: overview.items.length - without,
          sites: overview.items.length,
          analyte: analyteName(overview.analyte),
          anomalies: open,
          places: items.filter(({ openAnomalies }) => openAnomalies > 0).length,
        })}
      </p>
      <div class="overview">
        <section class="card map-card" aria-label={t("overview.map")}>
          <SiteMap items={items} unit={formatUnit(overview.unit)} analyte={overview.analyte} measure={overview.measure} />
        </section>
        <section class="card list-card">
          <SiteTable items={items} overview={overview} />
          {without > 0 && (
            <p class="actions">
              <button
                type="button"
                class="button quiet"
                onClick={() => change({ unmeasured: query["unmeasured"] === "1" ? undefined : "1" })}
              >
                {t(query["unmeasured"] === "1" ? "overview.hideWithout" : "overview.showWithout", { sites: without })}
              </button>
            </p>
          )}
        </section>
      </div>
    </>
  );
}

function SiteTable({ items, overview }: { items: readonly OverviewItem[]; overview: OverviewAnswer }) {
  const unit = formatUnit(overview.unit);
  // among all sites, not only those that are listed
  const like = useMemo(() => likeRanks(overview.items, overview.measure !== "load"), [overview]);
  const search = `?measure=${overview.measure}`;
  return (
    <table class="ranking">
      <caption class="visually-hidden">{t("overview.list", { analyte: analyteName(overview.analyte) })}</caption>
      <thead>
        <tr>
          <th scope="col">{t("overview.site")}</th>
          <th scope="col" class="number">
            {t("overview.latest")} <span class="unit">{unit}</span>
          </th>
          <th scope="col" class="wide">
            {t("overview.history")}
          </th>
          <th scope="col">{t("overview.percentile")}</th>
          <th scope="col" class="number wide" title={t("overview.likeHow")}>
            {t("overview.like")}
          </th>
          <th scope="col" class="number">
            {t("overview.openAnomalies")}
          </th>
          <th scope="col" class="number wide">
            {t("overview.lastSample")}
          </th>
        </tr>
      </thead>
      <tbody>
        {items.map(({ site, latest, history, openAnomalies, daysSinceLastSample }) => (
          <tr key={site.siteId}>
            <th scope="row">
              <a href={`/sites/${encodeURIComponent(site.siteId)}/series/${overview.analyte}${search}`}>{siteName(site)}</a>
              <span class="muted small place">
                {regionName(regionsOf(site).at(-1) ?? "")}
                {site.population && ` · ${t("overview.people", { people: formatNumber(site.population.people, 2) })}`}
              </span>
            </th>
            <td class="number" title={latest ? formatDay(latest.time) : undefined}>
              {latest ? (
                latest.censored ? (
                  <span class="below-limit">{latest.value > 0 ? `< ${formatNumber(latest.value)}` : t("chart.belowShort")}</span>
                ) : (
                  formatNumber(latest.value)
                )
              ) : (
                <span class="muted">–</span>
              )}
            </td>
            <td class="wide">
              <Sparkline history={history} />
            </td>
            <td>
              <PercentileStrip percentile={latest?.percentile ?? null} />
            </td>
            <LikeCell like={like.get(site.siteId)} />
            <td class="number">
              {openAnomalies > 0 ? (
                <a class="badge alert" href={`/anomalies?site=${encodeURIComponent(site.siteId)}&state=open`}>
                  {openAnomalies}
                  <span class="visually-hidden"> {t("overview.openAnomalies")}</span>
                </a>
              ) : (
                <span class="muted">0</span>
              )}
            </td>
            <td class="number wide">
              {daysSinceLastSample === null ? <span class="muted">–</span> : ageOf(daysSinceLastSample, latest?.time)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function LikeCell({ like }: { like: LikeRank | undefined }) {
  if (!like) return <td class="number wide muted">–</td>;
  return (
    <td class="number wide" title={t("overview.likeOf", { rank: formatRank(like.rank), sites: like.sites })}>
      {formatRank(like.rank)} <span class="muted small">/ {like.sites}</span>
    </td>
  );
}

/** Days while they can be grasped, the month after that. */
function ageOf(days: number, time: string | undefined): string {
  return days <= 90 || time === undefined ? t("overview.daysAgo", { days }) : formatMonth(time);
}

function rank({ latest, openAnomalies, daysSinceLastSample }: OverviewItem, sort: Sort): number {
  switch (sort) {
    case "percentile":
      return latest?.percentile ?? -1;
    case "anomalies":
      return openAnomalies;
    case "load":
      return latest && !latest.censored ? latest.value : -1;
    case "age":
      return daysSinceLastSample ?? -1;
    case "name":
      return 0;
  }
}

/** Countries, and below a country those of its regions that hold several sites. */
function regionChoices(items: readonly OverviewItem[]): { value: string; label: string }[] {
  const counts = new Map<string, number>();
  for (const { site } of items) for (const region of regionsOf(site)) counts.set(region, (counts.get(region) ?? 0) + 1);
  return [...counts]
    .filter(([region, count]) => !region.includes("/") || count > 1)
    .map(([value]) => ({ value, label: regionName(value) }))
    .toSorted((a, b) => a.label.localeCompare(b.label, language.value));
}

function regionsOf({ country, region }: OverviewItem["site"]): string[] {
  return [...(country ? [country] : []), ...(region ? [`${country ?? ""}/${region}`] : [])];
}

function regionName(value: string): string {
  const [country = "", region] = value.split("/");
  return [country === "" ? "" : countryName(country), region].filter(Boolean).join(" · ");
}

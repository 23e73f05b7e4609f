import { useCallback, useMemo } from "preact/hooks";
import type { Site } from "../../schemas/site.ts";
import { analysis, type Latest } from "../analysis.ts";
import { Figure } from "../charts/Figure.tsx";
import { type Standing, standingChart } from "../charts/standing.ts";
import { formatDay, formatNumber, formatRank, formatUnit, wallClock } from "../format.ts";
import { language, t } from "../language.ts";
import { useLoaded } from "../loaded.ts";
import { analyteName, countryName, siteName } from "../names.ts";
import { useQuery } from "../parts/query.ts";
import { State } from "../parts/State.tsx";
import { oneVariant } from "../variants.ts";
import { AnalyteChoice } from "./AnalyteChoice.tsx";

/** A public value that is this much older than the newest of its programme is history. */
const PUBLIC_YEARS = 3;
const YEAR_MS = 365.25 * 86_400_000;

/** One's own sites beside those that the public programmes publish: the newest value of each, per 1,000 people. */
export function ComparePublic({ plants }: { plants: readonly Site[] }) {
  const [query] = useQuery();
  const analyte = query["analyte"] ?? "methamphetamine";
  const loaded = useLoaded(
    `latest ${analyte}`,
    (signal) => analysis.latest(analyte, signal),
    (items) => items.length === 0,
    ["series"],
  );
  return (
    <>
      <div class="controls">
        <AnalyteChoice analyte={analyte} />
      </div>
      <p class="muted">{t("public.how")}</p>
      <State of={loaded} empty={t("region.none", { analyte: analyteName(analyte) })}>
        {(latest) => <Standings latest={latest} plants={plants} analyte={analyte} />}
      </State>
    </>
  );
}

function Standings({ latest, plants, analyte }: { latest: readonly Latest[]; plants: readonly Site[]; analyte: string }) {
  const rows = useMemo(() => standingsOf(latest, plants), [latest, plants, language.value]);
  const unit = formatUnit(latest[0]!.unit);
  const spec = useCallback((width: number) => standingChart(rows, unit, width), [rows, unit]);
  const own = rows.filter((row) => row.own);
  const others = rows.filter((row) => !row.own);
  if (others.length === 0) return <div class="state state-empty">{t("public.none")}</div>;
  return (
    <section class="card">
      <Figure label={t("public.label", { analyte: analyteName(analyte), own: own.length, others: others.length })} spec={spec} />
      <table class="plain">
        <thead>
          <tr>
            <th scope="col">{t("overview.site")}</th>
            <th scope="col" class="number">
              {t("overview.latest")} <span class="unit">{unit}</span>
            </th>
            <th scope="col" class="number">
              {t("public.rank", { others: others.length })}
            </th>
          </tr>
        </thead>
        <tbody>
          {own
            .toSorted((a, b) => b.value - a.value)
            .map(({ siteId, name, value, censored }) => (
              <tr key={siteId}>
                <th scope="row">
                  <a href={`/sites/${encodeURIComponent(siteId)}/series/${analyte}?measure=populationNormalisedLoad`}>{name}</a>
                </th>
                <td class="number">
                  {censored ? "< " : ""}
                  {formatNumber(value)}
                </td>
                <td class="number">{formatRank(others.filter((other) => other.value <= value).length / others.length)}</td>
              </tr>
            ))}
        </tbody>
      </table>
      {own.length === 0 && <p class="muted">{t("public.noneOwn")}</p>}
    </section>
  );
}

function standingsOf(latest: readonly Latest[], plants: readonly Site[]): Standing[] {
  const sites = new Map(plants.map((site) => [site.siteId, site]));
  const newest = [...Map.groupBy(latest, ({ siteId }) => siteId).values()].flatMap((ofSite) => oneVariant(ofSite).slice(0, 1));
  const found = newest.flatMap(({ siteId, point }) => {
    const site = sites.get(siteId);
    return site ? [{ site, point, group: programmeOf(site) }] : [];
  });
  const last = new Map(
    [...Map.groupBy(found, ({ group }) => group)].map(([group, of]) => [
      group,
      Math.max(...of.map(({ point }) => Date.parse(point.time))),
    ]),
  );
  return found
    .filter(({ group, point }) => last.get(group)! - Date.parse(point.time) < PUBLIC_YEARS * YEAR_MS)
    .map(({ site, point, group }) => ({
      siteId: site.siteId,
      name: siteName(site),
      group,
      own: site.source === undefined,
      value: point.value,
      censored: point.censored,
      text: `${siteName(site)}${site.country ? `, ${countryName(site.country)}` : ""}\n${point.censored ? "< " : ""}${formatNumber(point.value)}\n${formatDay(wallClock(point.time, site.timeZone))}`,
    }))
    .toSorted((a, b) => Number(b.own) - Number(a.own) || a.group.localeCompare(b.group, language.value));
}

/** Public data say where they were taken over from; the name of the programme stands before the first comma. */
function programmeOf({ source }: Site): string {
  return source === undefined ? t("public.own") : source.split(/[,;(]/)[0]!.trim();
}

import { useCallback } from "preact/hooks";
import { type Aggregates, analysis } from "../analysis.ts";
import { Figure } from "../charts/Figure.tsx";
import { boundsText, regionChart } from "../charts/region.ts";
import { formatMonth, formatNumber, formatShare, formatUnit } from "../format.ts";
import { language, sentence, t } from "../language.ts";
import { useLoaded } from "../loaded.ts";
import { analyteName, countryName } from "../names.ts";
import { Segmented } from "../parts/controls.tsx";
import { useQuery } from "../parts/query.ts";
import { Scroll } from "../parts/Scroll.tsx";
import { State } from "../parts/State.tsx";
import { AnalyteChoice } from "./AnalyteChoice.tsx";

/** Regions drawn at once; the field above finds the others. */
const REGIONS_SHOWN = 24;

/** Regions from their sites, each with what its numbers rest on. */
export function CompareRegions() {
  const [query, change] = useQuery();
  const analyte = query["analyte"] ?? "methamphetamine";
  const by = query["by"] === "region" ? "region" : "country";
  const every = query["every"] === "year" ? "year" : "month";
  const loaded = useLoaded(
    `aggregates ${analyte} ${by} ${every}`,
    (signal) => analysis.aggregates({ analyte, by, every }, signal),
    ({ items }) => items.length === 0,
    ["series"],
  );
  return (
    <>
      <div class="controls">
        <AnalyteChoice analyte={analyte} />
        <Segmented
          label={t("region.by")}
          name="by"
          value={by}
          choices={[
            { value: "country", label: t("region.countries") },
            { value: "region", label: t("region.regions") },
          ]}
          onChange={(value) => change({ by: value })}
        />
        <Segmented
          label={t("region.every")}
          name="every"
          value={every}
          choices={[
            { value: "month", label: t("region.month") },
            { value: "year", label: t("region.year") },
          ]}
          onChange={(value) => change({ every: value })}
        />
        <label class="select">
          <span class="select-label">{t("control.find")}</span>
          <input
            type="search"
            value={query["find"] ?? ""}
            placeholder={t("control.region")}
            onInput={(event) => change({ find: event.currentTarget.value })}
          />
        </label>
      </div>
      <State of={loaded} empty={t("region.none", { analyte: analyteName(analyte) })}>
        {(answer) => (
          <>
            <p class="muted">{sentence(answer.how)}</p>
            <div class="panels">
              {found(answer, query["find"] ?? "")
                .slice(0, REGIONS_SHOWN)
                .map((item) => (
                  <RegionCard key={`${item.country} ${item.region}`} item={item} unit={formatUnit(answer.unit)} />
                ))}
            </div>
            {found(answer, query["find"] ?? "").length > REGIONS_SHOWN && (
              <p class="muted">{t("many.more", { more: found(answer, query["find"] ?? "").length - REGIONS_SHOWN })}</p>
            )}
          </>
        )}
      </State>
    </>
  );
}

type Region = Aggregates["items"][number];

function regionName({ country, region }: Region): string {
  return [countryName(country), region].filter(Boolean).join(" · ");
}

/** Those of the name, the largest first. */
function found({ items }: Aggregates, name: string): Region[] {
  return items
    .filter((item) => regionName(item).toLowerCase().includes(name.toLowerCase()))
    .toSorted((a, b) => b.people - a.people || regionName(a).localeCompare(regionName(b), language.value));
}

function RegionCard({ item, unit }: { item: Region; unit: string }) {
  const spec = useCallback((width: number) => regionChart(item.points, item.people, unit, width), [item, unit, language.value]);
  const newest = item.points.at(-1)!;
  return (
    <article class="card panel">
      <h2>{regionName(item)}</h2>
      <Figure
        label={t("region.label", {
          region: regionName(item),
          value: `${boundsText(newest)} ${unit}`,
          month: formatMonth(newest.from),
        })}
        spec={spec}
      />
      <p class="small muted">
        {t("region.rests", {
          month: formatMonth(newest.from),
          sites: newest.sites,
          share: formatShare(newest.people / item.people),
          people: formatNumber(item.people),
          values: newest.values,
          below: newest.below,
        })}
      </p>
      <details>
        <summary class="small">{t("view.table")}</summary>
        <Scroll label={regionName(item)}>
          <table class="plain">
            <thead>
              <tr>
                <th scope="col">{t("region.period")}</th>
                <th scope="col" class="number">
                  {unit}
                </th>
                <th scope="col" class="number">
                  {t("compare.sites")}
                </th>
                <th scope="col" class="number">
                  {t("region.valuesBelow")}
                </th>
              </tr>
            </thead>
            <tbody>
              {item.points.toReversed().map((point) => (
                <tr key={point.from}>
                  <th scope="row">{formatMonth(point.from)}</th>
                  <td class="number">{boundsText(point)}</td>
                  <td class="number">{point.sites}</td>
                  <td class="number">
                    {point.below} / {point.values}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      </details>
    </article>
  );
}

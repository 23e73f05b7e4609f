import { useCallback, useMemo, useState } from "preact/hooks";
import type { Site } from "../../schemas/site.ts";
import { analysis, type KeptSample, type SiteDays } from "../analysis.ts";
import { api, type SeriesOf, type SiteDetail } from "../api.ts";
import { daysChart } from "../charts/days.ts";
import { Figure } from "../charts/Figure.tsx";
import { methodChangesOf, seriesRows } from "../charts/seriesRows.ts";
import { distanceKm } from "../distance.ts";
import { formatDay, formatMoment, formatNumber, formatUnit } from "../format.ts";
import { language, t, tData } from "../language.ts";
import { useLoaded } from "../loaded.ts";
import { analyteName, isPopulationMarker, siteName } from "../names.ts";
import { ShareBar } from "../parts/glyphs.tsx";
import { Scroll } from "../parts/Scroll.tsx";
import { State } from "../parts/State.tsx";

type Window = readonly [Date, Date];
const DAY_MS = 86_400_000;
const iso = (date: Date) => date.toISOString().slice(0, 10);

interface Panel {
  analyte: string;
  unit: string;
  rows: readonly { value: number; censored: boolean }[];
}

/** What each substance makes of all that was measured in the window, by the mean; what is mostly below its limit has no share. */
export function Shares({ panels }: { panels: readonly Panel[] }) {
  const means = panels
    .map(({ analyte, unit, rows }) => {
      const below = rows.filter(({ censored }) => censored).length;
      const mean = rows.reduce((sum, { value }) => sum + value, 0) / rows.length;
      return { analyte, unit, mean, mostlyBelow: rows.length === 0 || below > rows.length / 2 };
    })
    .toSorted((a, b) => b.mean - a.mean);
  const shared = means.filter(({ analyte, mostlyBelow }) => !mostlyBelow && !isPopulationMarker(analyte));
  const below = means.filter(({ mostlyBelow }) => mostlyBelow);
  const total = shared.reduce((sum, { mean }) => sum + mean, 0);
  return (
    <section class="card">
      <h2>{t("site.shares")}</h2>
      <p class="muted small">{t("site.sharesHow")}</p>
      <table class="plain">
        <caption class="visually-hidden">{t("site.shares")}</caption>
        <tbody>
          {shared.map(({ analyte, unit, mean }) => (
            <tr key={analyte}>
              <th scope="row">{analyteName(analyte)}</th>
              <td class="number">
                {formatNumber(mean)} <span class="unit">{formatUnit(unit)}</span>
              </td>
              <td>
                <ShareBar share={mean / total} digits={1} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {below.length > 0 && (
        <p class="muted small">
          {t("site.mostlyBelow", {
            analytes: below.map(({ analyte }) => analyteName(analyte)).join(", "),
          })}
        </p>
      )}
    </section>
  );
}

/** Flow, and people as they are stated and as their ammonium counts them, on the days of the window. */
export function Days({ site, window }: { site: SiteDetail; window: Window }) {
  const [from, to] = [iso(window[0]), iso(window[1])];
  const loaded = useLoaded(
    `days ${site.siteId} ${from} ${to}`,
    (signal) => analysis.days(site.siteId, { from, to }, signal),
    ({ items }) => items.length === 0,
    ["series"],
  );
  return (
    <section class="card">
      <h2>{t("site.days")}</h2>
      <State of={loaded} empty={t("site.noDays")}>
        {(days) => <DayCharts site={site} days={days} window={window} />}
      </State>
    </section>
  );
}

function DayCharts({ site, days, window }: { site: SiteDetail; days: SiteDays; window: Window }) {
  const rows = useMemo(() => {
    const of = (field: "flowM3D" | "people" | "rainfallMm") =>
      days.items.flatMap(({ day, [field]: value }) => (value === null ? [] : [{ at: new Date(`${day}T12:00:00Z`), value }]));
    return { flow: of("flowM3D"), people: of("people"), rain: of("rainfallMm") };
  }, [days]);
  const stated = site.population;
  const flow = useCallback(
    (width: number) =>
      daysChart(
        {
          rows: rows.flow,
          domain: window,
          label: `${t("site.flow")}, ${t("unit.m3/d")}`,
          ...(site.designFlowM3D ? { constant: { value: site.designFlowM3D, name: t("site.designFlow") } } : {}),
        },
        width,
      ),
    [rows, window, language.value],
  );
  const people = useCallback(
    (width: number) =>
      daysChart(
        {
          rows: rows.people,
          domain: window,
          label: t("site.peopleByAmmonium"),
          ...(stated ? { constant: { value: stated.people, name: t("site.peopleStated") } } : {}),
        },
        width,
      ),
    [rows, window, language.value],
  );
  const stops = (of: typeof rows.flow) => of.map(({ at, value }) => ({ at, text: `${formatDay(at)}: ${formatNumber(value)}` }));
  return (
    <>
      {rows.flow.length > 0 ? (
        <Figure label={t("site.flowLabel", { days: rows.flow.length })} spec={flow} stops={stops(rows.flow)} />
      ) : (
        <p class="muted">{t("site.noFlow")}</p>
      )}
      {rows.people.length > 0 ? (
        <Figure label={t("site.peopleLabel", { days: rows.people.length })} spec={people} stops={stops(rows.people)} />
      ) : (
        <p class="muted">
          {stated
            ? t("site.onlyStated", { people: formatNumber(stated.people), source: stated.source, year: stated.year })
            : t("site.nobodyStated")}
        </p>
      )}
    </>
  );
}

/** Samples listed at once: two months of daily ones. */
const SAMPLES_DAYS = 60;

/** The bottles behind the newest values: how they were composed, who had them, and what became of their results. */
export function Samples({ site, window }: { site: SiteDetail; window: Window }) {
  const to = iso(window[1]);
  const from = iso(new Date(Math.max(window[0].getTime(), window[1].getTime() - SAMPLES_DAYS * DAY_MS)));
  const loaded = useLoaded(
    `samples ${site.siteId} ${from} ${to}`,
    (signal) => analysis.samples(site.siteId, { from, to }, signal),
    (items) => items.length === 0,
    ["series"],
  );
  return (
    <section class="card">
      <h2>{t("site.samples")}</h2>
      <State of={loaded} empty={t("site.noSamples")}>
        {(samples) => (
          <Scroll label={t("site.samples")}>
            <table class="plain">
              <thead>
                <tr>
                  <th scope="col">{t("table.day")}</th>
                  <th scope="col">{t("site.sample")}</th>
                  <th scope="col">{t("site.mode")}</th>
                  <th scope="col">{t("site.results")}</th>
                  <th scope="col">{t("site.custody")}</th>
                </tr>
              </thead>
              <tbody>
                {samples.map((kept) => (
                  <SampleRow key={`${kept.labId} ${kept.sample.sampleId}`} kept={kept} timeZone={site.timeZone} />
                ))}
              </tbody>
            </table>
          </Scroll>
        )}
      </State>
    </section>
  );
}

function SampleRow({ kept, timeZone }: { kept: KeptSample; timeZone: string }) {
  const { sample, labId, results, corrected, withdrawn, held, flags } = kept;
  const remarks = [
    ...(corrected > 0 ? [t("site.corrected", { count: corrected })] : []),
    ...(withdrawn > 0 ? [t("site.withdrawn", { count: withdrawn })] : []),
    ...(held > 0 ? [t("site.held", { count: held })] : []),
    ...flags,
  ];
  return (
    <tr>
      <th scope="row">{formatMoment(sample.start, timeZone)}</th>
      <td>
        {sample.sampleId} <span class="muted small">{labId}</span>
      </td>
      <td>{tData("sampleMode", sample.mode)}</td>
      <td>
        {results}
        {remarks.length > 0 && <span class="flagged"> · {remarks.join(", ")}</span>}
      </td>
      <td class="small">
        {(sample.custody ?? []).map((event) => (
          <div key={`${event.time} ${event.action}`}>
            {formatMoment(event.time, timeZone)} {tData("custody", event.action)}, {event.by}
            {event.seal && `, ${t("site.seal", { seal: event.seal })}`}
          </div>
        ))}
        {!sample.custody?.length && <span class="muted">{sample.seal ? t("site.seal", { seal: sample.seal }) : "–"}</span>}
      </td>
    </tr>
  );
}

/** When laboratories and methods changed, of every substance; asked for when it is opened, since it reads every value. */
export function MethodChanges({ site }: { site: SiteDetail }) {
  const [open, setOpen] = useState(false);
  const loaded = useLoaded(open ? `methods ${site.siteId}` : null, async (signal) => {
    const { items } = await api.series({ siteId: site.siteId, measure: "concentration" }, signal);
    return [...Map.groupBy(items, ({ analyte }) => analyte)].flatMap(([analyte, series]) =>
      changesOf(analyte, series, site.timeZone),
    );
  });
  return (
    <details class="card" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("site.methods")}</summary>
      {open && (
        <State of={loaded} empty={null}>
          {(changes) => (
            <ul class="plain-list">
              {changes.length === 0 && <li class="muted">{t("site.noMethods")}</li>}
              {changes.map(({ analyte, at, before, after }) => (
                <li key={`${analyte} ${at.getTime()}`}>
                  {formatDay(at)}: {analyteName(analyte)}, {before} → {after}
                </li>
              ))}
            </ul>
          )}
        </State>
      )}
    </details>
  );
}

function changesOf(analyte: string, series: readonly SeriesOf[], timeZone: string) {
  return methodChangesOf(seriesRows(series, timeZone)).map((change) => ({ analyte, ...change }));
}

const NEIGHBOURS_SHOWN = 6;
/** Sewage does not travel so far, but a supply does: beyond this nobody calls a plant a neighbour. */
const NEIGHBOUR_KM_MAX = 300;

/** The plants nearest by, and the plant this place drains to. */
export function Neighbours({ site }: { site: SiteDetail }) {
  const loaded = useLoaded("plants", (signal) => api.plants(signal));
  return (
    <section class="card">
      <h2>{t("site.neighbours")}</h2>
      <State of={loaded} empty={null}>
        {(plants) => {
          const parent = plants.find(({ siteId }) => siteId === site.parentSiteId);
          const near = nearest(site, plants);
          return (
            <ul class="plain-list">
              {parent && (
                <li>
                  {t("site.drainsTo")} <a href={`/sites/${encodeURIComponent(parent.siteId)}`}>{siteName(parent)}</a>
                </li>
              )}
              {near.map(({ plant, km }) => (
                <li key={plant.siteId}>
                  <a href={`/sites/${encodeURIComponent(plant.siteId)}`}>{siteName(plant)}</a>{" "}
                  <span class="muted">{formatNumber(km, 2)} km</span>
                </li>
              ))}
              {!parent && near.length === 0 && <li class="muted">{t("site.noNeighbours")}</li>}
            </ul>
          );
        }}
      </State>
    </section>
  );
}

function nearest(site: Site, plants: readonly Site[]): { plant: Site; km: number }[] {
  return plants
    .filter(({ siteId }) => siteId !== site.siteId)
    .flatMap((plant) => {
      const km = distanceKm(site, plant);
      return km === null || km > NEIGHBOUR_KM_MAX ? [] : [{ plant, km }];
    })
    .toSorted((a, b) => a.km - b.km)
    .slice(0, NEIGHBOURS_SHOWN);
}

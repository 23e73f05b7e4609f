import * as L from "leaflet";
import { useEffect, useRef } from "preact/hooks";
import { useLocation } from "preact-iso";
import type { OverviewItem } from "../api.ts";
import { formatNumber, formatRank } from "../format.ts";
import { language, t } from "../language.ts";
import { siteName } from "../names.ts";
import { dark } from "../theme.ts";
import { cssColour } from "./colours.ts";
import { outlines } from "./land.ts";
import "leaflet/dist/leaflet.css";

/** Sites where they lie: the area of a disc is the latest value, its colour the percentile. The list beside it says the same. */
export function SiteMap(props: { items: readonly OverviewItem[]; unit: string; analyte: string; measure: string }) {
  const { items, unit, analyte, measure } = props;
  const frame = useRef<HTMLElement>(null);
  const map = useRef<L.Map>(null);
  const shown = useRef(L.layerGroup());
  const { route } = useLocation();

  useEffect(() => {
    const made = L.map(frame.current!, {
      preferCanvas: true,
      attributionControl: false,
      zoomSnap: 0.25,
      minZoom: 1,
      maxZoom: 12,
      worldCopyJump: false,
    });
    made.setView([40, 20], 3);
    L.control.scale({ imperial: false }).addTo(made);
    shown.current.addTo(made);
    map.current = made;
    const observer = new ResizeObserver(() => made.invalidateSize());
    observer.observe(frame.current!);
    return () => {
      observer.disconnect();
      made.remove();
    };
  }, []);

  // the canvas takes its colours from the theme and its words from the language
  useEffect(() => {
    const layer = shown.current;
    layer.clearLayers();
    L.polygon(
      outlines.map((ring) => [ring]),
      {
        interactive: false,
        stroke: true,
        weight: 0.6,
        color: cssColour("--land-line"),
        fillColor: cssColour("--land"),
        fillOpacity: 1,
      },
    ).addTo(layer);
    const placed = items.filter(({ site }) => site.latitude !== undefined && site.longitude !== undefined);
    const largest = Math.max(...placed.map(({ latest }) => latest?.value ?? 0), 1e-9);
    for (const { site, latest, openAnomalies } of placed.toSorted((a, b) => (a.openAnomalies || 0) - (b.openAnomalies || 0))) {
      const percentile = latest?.percentile ?? null;
      L.circleMarker([site.latitude!, site.longitude!], {
        radius: latest ? 3.5 + 13 * Math.sqrt(latest.value / largest) : 3,
        weight: openAnomalies > 0 ? 2.5 : 1,
        color: cssColour(openAnomalies > 0 ? "--alert" : "--surface"),
        fillColor: latest ? percentileColour(percentile) : cssColour("--muted"),
        fillOpacity: latest ? 0.85 : 0.3,
      })
        .bindTooltip(() => tooltip(site, latest, openAnomalies, unit), { direction: "top" })
        .on("click", () => route(`/sites/${encodeURIComponent(site.siteId)}/series/${analyte}?measure=${measure}`))
        .addTo(layer);
    }
    if (placed.length > LABELS_MAX) return;
    for (const { site } of placed) {
      L.tooltip([site.latitude!, site.longitude!], {
        permanent: true,
        direction: "right",
        offset: [14, 0],
        className: "site-label",
      })
        .setContent(textNode(siteName(site)))
        .addTo(layer);
    }
  }, [items, dark.value, language.value, unit]);

  const places = items.map(({ site }) => site.siteId).join(" ");
  // the view moves when other sites are shown, not when they are redrawn
  useEffect(() => {
    const points = items.flatMap(({ site }): L.LatLngTuple[] =>
      site.latitude === undefined || site.longitude === undefined ? [] : [[site.latitude, site.longitude]],
    );
    if (points.length > 0) map.current?.fitBounds(L.latLngBounds(points).pad(0.12), { maxZoom: 9, animate: false });
  }, [places]);

  return (
    <>
      <section ref={frame} class="map" aria-label={t("overview.mapLabel", { sites: items.length })} />
      <p class="legend map-legend">
        <span>
          <i class="key disc-low" /> {t("overview.keyLow")}
        </span>
        <span>
          <i class="key disc-high" /> {t("overview.keyHigh")}
        </span>
        <span>
          <i class="key disc-open" /> {t("overview.keyOpen")}
        </span>
        <span class="muted">{t("overview.keySize")}</span>
      </p>
    </>
  );
}

/** With more sites their names would cover each other, and the outlines of the countries tell where they are. */
const LABELS_MAX = 12;

function textNode(text: string): HTMLElement {
  const span = document.createElement("span");
  span.textContent = text;
  return span;
}

function percentileColour(percentile: number | null): string {
  if (percentile === null) return cssColour("--data");
  return cssColour(
    percentile >= 0.95 ? "--rank-5" : percentile >= 0.8 ? "--rank-4" : percentile >= 0.5 ? "--rank-3" : "--rank-2",
  );
}

function tooltip(site: OverviewItem["site"], latest: OverviewItem["latest"], openAnomalies: number, unit: string): HTMLElement {
  const text = document.createElement("div");
  const name = document.createElement("strong");
  name.textContent = siteName(site);
  const value = latest ? `${latest.censored ? "< " : ""}${formatNumber(latest.value)} ${unit}` : t("overview.neverSampled");
  const rank = latest?.percentile == null ? "" : ` · ${formatRank(latest.percentile)}`;
  const open = openAnomalies > 0 ? ` · ${t("overview.openCount", { count: openAnomalies })}` : "";
  text.append(name, document.createElement("br"), `${value}${rank}${open}`);
  return text;
}

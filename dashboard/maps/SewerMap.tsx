import * as L from "leaflet";
import { useEffect, useRef } from "preact/hooks";
import type { Lead } from "../../schemas/lead.ts";
import { formatBits, formatNumber, formatShare } from "../format.ts";
import { language, t } from "../language.ts";
import { dark } from "../theme.ts";
import { cssColour } from "./colours.ts";
import { arrowHead, credibleOf, nodeFinder, type Sewer, type SewerNode, STEPS, stepOf } from "./sewer.ts";
import "leaflet/dist/leaflet.css";

interface SewerMapProps {
  sewer: Sewer;
  lead: Lead;
  /** The manhole that is looked at, in the map and in the tables beside it. */
  chosen: string | null;
  onChoose: (node: string) => void;
}

/** The sewer with the posterior of the source: colour is probability, width is the credible set, arrows are the flow. */
export function SewerMap({ sewer, lead, chosen, onChoose }: SewerMapProps) {
  const frame = useRef<HTMLElement>(null);
  const map = useRef<L.Map>(null);
  const drawn = useRef(L.layerGroup());
  const marked = useRef(L.layerGroup());
  const choose = useRef(onChoose);
  choose.current = onChoose;

  useEffect(() => {
    const made = L.map(frame.current!, {
      crs: sewer.geographic ? L.CRS.EPSG3857 : L.CRS.Simple,
      preferCanvas: true,
      attributionControl: false,
      zoomSnap: 0.25,
      minZoom: -8,
      maxZoom: sewer.geographic ? 20 : 4,
    });
    made.fitBounds(focusOf(sewer, lead), { padding: [24, 24], animate: false });
    drawn.current.addTo(made);
    marked.current.addTo(made);
    map.current = made;
    const observer = new ResizeObserver(() => made.invalidateSize());
    observer.observe(frame.current!);
    return () => {
      observer.disconnect();
      made.remove();
    };
  }, [sewer, lead.leadId]);

  // the canvas takes its colours from the theme and its words from the language
  useEffect(() => {
    const made = map.current!;
    const layer = drawn.current;
    layer.clearLayers();
    drawPipes(sewer, lead, layer);
    const arrows = L.polyline([], { interactive: false, color: cssColour("--muted"), weight: 1, opacity: 0.9 }).addTo(layer);
    const tip = L.tooltip({ direction: "top", offset: [0, -6] });
    let find = nodeFinder([], () => ({ x: 0, y: 0 }));
    const onView = () => {
      arrows.setLatLngs(arrowsIn(made, sewer));
      find = nodeFinder(sewer.nodes.values(), (place) => made.latLngToContainerPoint(place));
    };
    const onMove = ({ containerPoint }: L.LeafletMouseEvent) => {
      const node = find(containerPoint.x, containerPoint.y);
      frame.current!.classList.toggle("over-node", node !== null);
      if (node) tip.setLatLng(node.place).setContent(nodeText(node, lead)).addTo(made);
      else tip.remove();
    };
    const onClick = ({ containerPoint }: L.LeafletMouseEvent) => {
      const node = find(containerPoint.x, containerPoint.y);
      if (node) choose.current(node.id);
    };
    onView();
    made.on("moveend", onView).on("mousemove", onMove).on("click", onClick);
    return () => {
      made.off("moveend", onView).off("mousemove", onMove).off("click", onClick);
      tip.remove();
    };
  }, [sewer, lead, dark.value, language.value]);

  useEffect(() => {
    marked.current.clearLayers();
    const node = chosen === null ? undefined : sewer.nodes.get(chosen);
    if (!node) return;
    L.circleMarker(node.place, { radius: 11, weight: 3, color: cssColour("--ink"), fill: false, interactive: false }).addTo(
      marked.current,
    );
    if (!map.current!.getBounds().contains(node.place)) map.current!.panTo(node.place, { animate: false });
  }, [sewer, chosen, dark.value]);

  return <section ref={frame} class="map sewer" aria-label={t("lead.mapLabel", { pipes: sewer.pipes.length })} />;
}

/** Pipes of one colour and width are one path: fifty thousand pipes are then a dozen things to draw. */
function drawPipes(sewer: Sewer, lead: Lead, layer: L.LayerGroup): void {
  const { posterior } = lead;
  const probability = new Map(posterior?.candidates.map((candidate) => [candidate.node, candidate.probability]));
  const credible = posterior ? credibleOf(posterior) : new Map<string, number>();
  const styles = Map.groupBy(sewer.pipes, ({ from }) => `${stepOf(probability.get(from) ?? 0)} ${credible.get(from) ?? 0}`);
  const width = { 50: 6, 80: 4.5, 95: 3 } as Record<number, number>;
  for (const [style, pipes] of [...styles].toSorted(([a], [b]) => b.localeCompare(a))) {
    const [step, level] = style.split(" ").map(Number) as [number, number];
    L.polyline(
      pipes.map(({ course }) => course),
      {
        interactive: false,
        color: cssColour(step === STEPS.length - 1 && level === 0 ? "--pipe" : `--posterior-${step}`),
        weight: width[level] ?? 1.4,
        opacity: 1,
        smoothFactor: 0.5,
        lineCap: "round",
      },
    ).addTo(layer);
  }
  for (const [node, level] of credible) {
    const place = sewer.nodes.get(node)?.place;
    const colour = cssColour(`--posterior-${stepOf(probability.get(node) ?? 0)}`);
    if (place)
      L.circleMarker(place, {
        radius: level === 50 ? 7 : level === 80 ? 5.5 : 4,
        stroke: false,
        fillColor: colour,
        fillOpacity: 1,
        interactive: false,
      }).addTo(layer);
  }
  for (const { node } of posterior?.evidence ?? []) {
    const place = sewer.nodes.get(node)?.place;
    if (place)
      L.circleMarker(place, {
        radius: 4,
        weight: 1.5,
        color: cssColour("--ink"),
        fillColor: cssColour("--surface"),
        fillOpacity: 1,
        interactive: false,
      }).addTo(layer);
  }
  for (const [index, { node }] of (posterior?.next ?? []).entries()) {
    const place = sewer.nodes.get(node)?.place;
    if (!place) continue;
    const icon = L.divIcon({ className: "next-pin", html: String(index + 1), iconSize: [20, 20], iconAnchor: [10, 30] });
    L.marker(place, { icon, keyboard: false, interactive: false }).addTo(layer);
  }
}

/** The part of the sewer that matters: what may hold the source, what was and will be sampled; else all of it. */
function focusOf(sewer: Sewer, { posterior }: Lead): L.LatLngBounds {
  const all = L.latLngBounds([...sewer.nodes.values()].map(({ place }) => place));
  if (!posterior) return all;
  const nodes = [
    ...(posterior.credible["95"]?.nodes ?? []),
    ...posterior.next.map(({ node }) => node),
    ...posterior.evidence.map(({ node }) => node),
  ];
  const places = nodes.map((node) => sewer.nodes.get(node)?.place).filter((place) => place !== undefined);
  return places.length > 1 ? L.latLngBounds(places).pad(0.15) : all;
}

/** More arrows than this hide the sewer. */
const ARROWS_MAX = 1_500;

function arrowsIn(map: L.Map, sewer: Sewer): L.LatLng[][] {
  const view = map.getBounds();
  const arrows: L.LatLng[][] = [];
  for (const { course } of sewer.pipes) {
    const [from, to] = [course[0]!, course.at(-1)!];
    if (!view.contains(from) && !view.contains(to)) continue;
    const head = arrowHead(map.latLngToContainerPoint(from), map.latLngToContainerPoint(to));
    if (head) arrows.push(head.map((point) => map.containerPointToLatLng(point)));
    if (arrows.length === ARROWS_MAX) break;
  }
  return arrows;
}

function nodeText({ id, properties }: SewerNode, { posterior }: Lead): HTMLElement {
  const text = document.createElement("div");
  const name = document.createElement("strong");
  name.textContent = id;
  text.append(name);
  const line = (words: string) => text.append(document.createElement("br"), words);
  const probability = posterior?.candidates.find(({ node }) => node === id)?.probability;
  if (probability !== undefined) line(t("lead.probability", { share: formatShare(probability, 1) }));
  const next = posterior?.next.find(({ node }) => node === id);
  if (next) line(t("lead.bits", { bits: formatBits(next.bits) }));
  const people = properties["population"];
  if (typeof people === "number") line(t("overview.people", { people: formatNumber(people, 2) }));
  return text;
}

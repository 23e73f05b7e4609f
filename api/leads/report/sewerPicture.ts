import type { Posterior } from "../../../schemas/lead.ts";
import type { Network } from "../../../schemas/network.ts";
import { html, type Markup } from "./markup.ts";

/** Lower ends of the steps of probability, and their colours: as on the dashboard's map. */
export const STEPS = [
  { from: 0.2, colour: "#7a0c02" },
  { from: 0.05, colour: "#c2440c" },
  { from: 0.01, colour: "#e98b3f" },
  { from: 0.002, colour: "#e6b97f" },
] as const;
export const OTHER_COLOUR = "#bcc6cc";

const WIDTH_PX = 720;
const HEIGHT_MAX_PX = 620;
const MARGIN_PX = 16;
/** Half the width of a set's outline, px: the narrowest set has the widest. */
const OUTLINES = { "95": 4.5, "80": 7, "50": 9.5 } as const;
const OUTLINE_COLOURS = { "95": "#f3d9b0", "80": "#efb368", "50": "#d9793a" } as const;

/** Pipes beyond which those far from any candidate are left out: a report is printed on a page. */
const PIPES_MAX = 20_000;

/**
 * The sewer with the posterior. Places are what the published lead calls them: of an area, all pipes bear its probability.
 * @param nameOf the name of a node's place
 */
export function sewerPicture(network: Network, posterior: Posterior, nameOf: (node: string) => string): Markup | undefined {
  const placed = network.nodes.flatMap(({ id, x, y }) => (x === undefined || y === undefined ? [] : [{ id, x, y }]));
  if (placed.length < 2) return undefined;
  const at = projection(placed);
  const probability = new Map(posterior.candidates.map(({ node, probability: share }) => [node, share]));
  const pipes = network.links.flatMap(({ from, to }) => {
    const [start, end] = [at.get(from), at.get(to)];
    return start && end ? [{ from: nameOf(from), start, end }] : [];
  });
  const course = (of: typeof pipes) => of.map(({ start, end }) => `M${start.x} ${start.y}L${end.x} ${end.y}`).join("");
  const shown = pipes.length > PIPES_MAX ? pipes.filter(({ from }) => probability.has(from)) : pipes;
  const outlines = (["95", "80", "50"] as const).map((level) => {
    const set = new Set(posterior.credible[level].nodes);
    const inside = course(shown.filter(({ from }) => set.has(from)));
    return html`<path d="${inside}" stroke="${OUTLINE_COLOURS[level]}" stroke-width="${2 * OUTLINES[level]}" />`;
  });
  const stepOf = (place: string) => STEPS.find(({ from }) => (probability.get(place) ?? 0) >= from)?.colour ?? OTHER_COLOUR;
  const coloured = [...Map.groupBy(shown, ({ from }) => stepOf(from))].toSorted(([a], [b]) => rank(b) - rank(a));
  const lines = coloured.map(
    ([colour, of]) => html`<path d="${course(of)}" stroke="${colour}" stroke-width="${colour === OTHER_COLOUR ? 1.1 : 2.6}" />`,
  );
  const marks = (names: ReadonlySet<string>, draw: (place: Place) => Markup) =>
    [...names].flatMap((name) => {
      const place = at.get(name);
      return place ? [draw(place)] : [];
    });
  const sampled = marks(
    new Set(posterior.evidence.map(({ node }) => node)),
    ({ x, y }) => html`<circle cx="${x}" cy="${y}" r="3.4" fill="#fff" stroke="#17222b" stroke-width="1.3" />`,
  );
  const next = marks(
    new Set(posterior.next.map(({ node }) => node)),
    ({ x, y }) =>
      html`<path d="M${x} ${y - 6}L${x + 6} ${y}L${x} ${y + 6}L${x - 6} ${y}Z" fill="#0b5a75" stroke="#fff" stroke-width="1.2" />`,
  );
  const plant = marks(
    new Set([network.plant]),
    ({ x, y }) => html`<rect x="${x - 5}" y="${y - 5}" width="10" height="10" fill="#17222b" />`,
  );
  const bottom = Math.ceil(Math.max(...[...at.values()].map(({ y }) => y)) + MARGIN_PX);
  return html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH_PX} ${bottom}" width="${WIDTH_PX}" height="${bottom}" role="img">
<g fill="none" stroke-linecap="round" stroke-linejoin="round">${outlines}${lines}</g>${plant}${sampled}${next}</svg>`;
}

const COLOURS: readonly string[] = STEPS.map(({ colour }) => colour);
const rank = (colour: string) => (COLOURS.includes(colour) ? COLOURS.indexOf(colour) : COLOURS.length);

interface Place {
  x: number;
  y: number;
}

/** Into the picture, north up, its own proportions kept; degrees are narrowed by the latitude. */
function projection(nodes: readonly { id: string; x: number; y: number }[]): Map<string, Place> {
  const range = (of: (node: (typeof nodes)[number]) => number) =>
    nodes.reduce(({ min, max }, node) => ({ min: Math.min(min, of(node)), max: Math.max(max, of(node)) }), {
      min: Number.POSITIVE_INFINITY,
      max: Number.NEGATIVE_INFINITY,
    });
  const [x, y] = [range((node) => node.x), range((node) => node.y)];
  const geographic = x.min >= -180 && x.max <= 180 && y.min >= -90 && y.max <= 90;
  const narrowing = geographic ? Math.cos((((y.min + y.max) / 2) * Math.PI) / 180) : 1;
  const [width, height] = [Math.max((x.max - x.min) * narrowing, 1e-9), Math.max(y.max - y.min, 1e-9)];
  const scale = Math.min((WIDTH_PX - 2 * MARGIN_PX) / width, (HEIGHT_MAX_PX - 2 * MARGIN_PX) / height);
  const round = (value: number) => Math.round(value * 10) / 10;
  const left = (WIDTH_PX - width * scale) / 2;
  return new Map(
    nodes.map((node) => [
      node.id,
      { x: round(left + (node.x - x.min) * narrowing * scale), y: round(MARGIN_PX + (y.max - node.y) * scale) },
    ]),
  );
}

import { randomBytes } from "node:crypto";
import type { Bilingual } from "../schemas/anomaly.ts";
import type { Person } from "../schemas/authorisation.ts";
import { localDay } from "../schemas/days.ts";
import { LEAD_STATE_NAMES, type Lead, type Posterior } from "../schemas/lead.ts";
import type { Network, NetworkNode } from "../schemas/network.ts";
import type { OrderPoint, PointReturn, SamplingOrder } from "../schemas/order.ts";
import type { Site } from "../schemas/site.ts";
import { canonicalJson, derivedId, hashOf } from "../store/records/hash.ts";
import type { Records } from "../store/records/records.ts";
import { Refused } from "./refused.ts";

/** Why an order cannot be made or answered so, in words for the one who tried. */
export class OrderRefused extends Refused {
  override name = "OrderRefused";
}

/** A crew visits so many manholes a day. */
export const POINTS_MAX = 12;
/** The crew's token ends so long after the last composite is due: the bottles are back by then. */
const TOKEN_DAYS_AFTER = 2;
/** Orders are for a round that is near, or that was given by word and is written down afterwards. */
const AWAY_DAYS_MAX = 14;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const TOKEN_BYTES = 32;
/** Short enough to be written on a bottle by hand: 40 bits, of which nobody sees the manhole or the lead. */
const SAMPLE_ID_LENGTH = "S-".length + 10;

export interface NewOrder {
  /** The plant's day of the composites, so that they compare with the plant's own. */
  day: string;
  /** Manholes; the next points of the lead where none are named. */
  nodes?: readonly string[];
  container: string;
}

/** States in which a crew may be sent out. */
const SAMPLED: readonly Lead["state"][] = ["open", "triaged", "sampling", "localised", "inconclusive"];

/**
 * Sends a crew out: each point with its window and the number of its bottle. A manhole that was never sampled becomes a site, so that
 * the laboratory's report of it is taken. The token opens this order alone, and only its hash is kept.
 */
export async function orderSamples(
  records: Records,
  leadId: string,
  { day, nodes, container }: NewOrder,
  by: Person,
  at: string,
): Promise<{ order: SamplingOrder; token: string } | undefined> {
  const token = randomBytes(TOKEN_BYTES).toString("base64url");
  // from the token: two orders of one person in one millisecond are two orders
  const orderId = derivedId("order", leadId, hashOf(token));
  return records.transaction(async (inside) => {
    const lead = await inside.leads.find(leadId, { forChange: true });
    if (!lead) return undefined;
    if (!SAMPLED.includes(lead.state))
      throw new OrderRefused(`a lead that is ${lead.state} is not sampled`, `“${LEAD_STATE_NAMES[lead.state].zh}”的线索不再采样`);
    const plant = await inside.sites.find(lead.siteId);
    const sewer =
      lead.networkId === null ? undefined : await inside.networks.find(lead.networkId, lead.networkVersion ?? undefined);
    if (!plant || !sewer || !lead.posterior)
      throw new OrderRefused("the plant's sewer is not mapped, so no manhole can be named", "该厂管网未录入，无法指定窨井");
    const awayMs = Math.abs(Date.parse(day) - Date.parse(localDay(Date.parse(at), plant.timeZone)));
    if (!(awayMs <= AWAY_DAYS_MAX * DAY_MS))
      throw new OrderRefused(`${day} is not within ${AWAY_DAYS_MAX} days from today`, `${day}距今天超过${AWAY_DAYS_MAX}天`);
    const wanted = [...new Set(nodes ?? lead.posterior.next.map(({ node }) => node))];
    if (wanted.length === 0)
      throw new OrderRefused("no point is named, and the lead asks for none", "未指定采样点，且线索无建议采样点");
    if (wanted.length > POINTS_MAX)
      throw new OrderRefused(`an order has at most ${POINTS_MAX} points`, `每张采样单最多${POINTS_MAX}个点`);
    const known = new Map(sewer.network.nodes.map((node) => [node.id, node]));
    const sites = new Map(
      (await inside.sites.list({ parentSiteId: plant.siteId })).map((site) => [site.networkNode?.nodeId, site]),
    );
    const inDegrees = isGeographic(sewer.network);
    const points: OrderPoint[] = [];
    for (const node of wanted) {
      const place = known.get(node);
      if (!place) throw new OrderRefused(`the sewer has no manhole ${node}`, `管网中没有窨井${node}`);
      const site = sites.get(node) ?? manholeOf(plant, lead.networkId as string, node);
      if (!sites.has(node)) await inside.sites.save(site, at);
      const next = lead.posterior.next.find((each) => each.node === node);
      const window = windowOf(next?.window ?? null, day, plant.timeZone);
      const sampleId = derivedId("S", orderId, node).slice(0, SAMPLE_ID_LENGTH).toUpperCase();
      points.push({
        node,
        siteId: site.siteId,
        sampleId,
        container,
        ...window,
        latitude: site.latitude ?? (inDegrees ? (place.y ?? null) : null),
        longitude: site.longitude ?? (inDegrees ? (place.x ?? null) : null),
        because: next?.because ?? null,
        returned: null,
        returnedAt: null,
      });
    }
    const last = Math.max(Date.parse(at), ...points.map(({ latest }) => Date.parse(latest)));
    const order: SamplingOrder = {
      orderId,
      leadId,
      plantId: plant.siteId,
      analyte: lead.analyte,
      timeZone: plant.timeZone,
      day,
      state: "open",
      points,
      orderedBy: by.name,
      orderedAt: at,
      expiresAt: new Date(last + DAY_MS + TOKEN_DAYS_AFTER * DAY_MS).toISOString(),
    };
    await inside.orders.add(order, hashOf(token));
    const content = { orderId: order.orderId, day, nodes: wanted, happenedAt: at };
    await inside.chains.append(`lead:${leadId}`, { at, actor: by.name, action: "order.made", subject: leadId, content });
    const audited = { orderId: order.orderId, points: wanted.length };
    await inside.chains.append("audit", { at, actor: by.name, action: "order.made", subject: leadId, content: audited });
    return { order, token };
  });
}

/** No sewer is longer, in degrees: coordinates that spread wider are metres of a grid. */
const SEWER_DEGREES_MAX = 2;

/** Whether a map's coordinates are longitude and latitude. */
function isGeographic({ nodes }: Network): boolean {
  const spreads = (of: (node: NetworkNode) => number | undefined, limit: number) => {
    const values = nodes.map(of).filter((value) => value !== undefined);
    const low = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    const high = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    return low >= -limit && high <= limit && high - low <= SEWER_DEGREES_MAX;
  };
  return spreads(({ x }) => x, 180) && spreads(({ y }) => y, 90);
}

/** Named by what it is about, so that ordering it twice makes one site. */
function manholeOf(plant: Site, networkId: string, nodeId: string): Site {
  return {
    siteId: derivedId("mh", plant.siteId, networkId, nodeId),
    name: `Manhole ${nodeId}`,
    nameZh: `窨井${nodeId}`,
    kind: "manhole",
    parentSiteId: plant.siteId,
    networkNode: { networkId, nodeId },
    timeZone: plant.timeZone,
    ...(plant.region === undefined ? {} : { region: plant.region }),
    ...(plant.country === undefined ? {} : { country: plant.country }),
  };
}

/** Where the travel time is not known, the composite is the day's own, from midnight, give or take an hour. */
function windowOf(window: Posterior["next"][number]["window"], day: string, timeZone: string) {
  const at = (clock: string) => localMoment(day, clock, timeZone);
  const startMs = at(window?.start ?? "00:00");
  // a window around midnight has its early end on the day before
  const edge = (clock: string, side: -1 | 1) => {
    const ms = at(clock);
    return side < 0 ? (ms > startMs ? ms - DAY_MS : ms) : ms < startMs ? ms + DAY_MS : ms;
  };
  const earliest = window ? edge(window.earliest, -1) : startMs - HOUR_MS;
  const latest = window ? edge(window.latest, 1) : startMs + HOUR_MS;
  const text = (ms: number) => new Date(ms).toISOString();
  return { start: text(startMs), end: text(startMs + DAY_MS), earliest: text(earliest), latest: text(latest) };
}

/** The instant of a clock time in a time zone. */
function localMoment(day: string, clock: string, timeZone: string): number {
  const asUtc = Date.parse(`${day}T${clock}:00Z`);
  const shown = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "short" }).format(asUtc);
  return asUtc - (Date.parse(`${shown.replace(" ", "T")}:00Z`) - asUtc);
}

/** The order that a crew's token opens; undefined for a wrong token, and after its end. */
export async function orderOfToken(
  records: Records,
  orderId: string,
  token: string,
  now: string,
): Promise<SamplingOrder | undefined> {
  const found = await records.orders.find(orderId);
  if (!found || found.tokenSha256 !== hashOf(token)) return undefined;
  const { order } = found;
  return order.state === "cancelled" || Date.parse(order.expiresAt) <= Date.parse(now) ? undefined : order;
}

/**
 * What the crew brings back from a point. The same again changes nothing; a correction takes its place, and both are in the lead's log.
 * The seal of another bottle of the order is refused: one seal closes one bottle.
 */
export function returnPoint(
  records: Records,
  orderId: string,
  sampleId: string,
  returned: PointReturn,
  at: string,
): Promise<SamplingOrder | undefined> {
  return records.transaction(async (inside) => {
    const order = (await inside.orders.find(orderId, { forChange: true }))?.order;
    const point = order?.points.find((each) => each.sampleId === sampleId);
    if (!order || !point) return undefined;
    if (order.state === "cancelled") throw new OrderRefused("the order was cancelled", "采样单已取消");
    const refused = whyNotReturn(order, point, returned, at);
    if (refused) throw new OrderRefused(refused.en, refused.zh);
    if (canonicalJson(point.returned) === canonicalJson(returned)) return order;
    const points = order.points.map((each) => (each === point ? { ...each, returned, returnedAt: at } : each));
    const isWhole = points.every((each) => each.returned !== null);
    const answered: SamplingOrder = { ...order, points, state: isWhole ? "returned" : "open" };
    await inside.orders.update(answered);
    const happenedAt = returned.taken ? returned.end : returned.at;
    const content = { orderId, sampleId, returned, corrects: point.returned !== null, happenedAt };
    const entry = { at, actor: returned.collector, action: "order.returned", subject: order.leadId };
    await inside.chains.append(`lead:${order.leadId}`, { ...entry, content });
    return answered;
  });
}

/** Clocks of phones differ from ours. */
const CLOCK_MS = 10 * 60_000;
/** A composite that began earlier or later than its window by more than this is another sample. */
const START_OFF_MS = 12 * HOUR_MS;

function whyNotReturn(order: SamplingOrder, point: OrderPoint, returned: PointReturn, at: string): Bilingual | undefined {
  const nowMs = Date.parse(at) + CLOCK_MS;
  if (!returned.taken) return Date.parse(returned.at) > nowMs ? later(returned.at) : undefined;
  const [startMs, endMs] = [Date.parse(returned.start), Date.parse(returned.end)];
  if (endMs <= startMs) return { en: "the sample ends before it starts", zh: "样品结束时间早于开始时间" };
  if (endMs > nowMs) return later(returned.end);
  if (startMs < Date.parse(point.earliest) - START_OFF_MS || startMs > Date.parse(point.latest) + START_OFF_MS)
    return {
      en: `a sample that starts at ${returned.start} is not the one ordered for ${point.start}`,
      zh: `${returned.start}开始的样品与采样单（${point.start}）不符`,
    };
  const twice = order.points.find(
    (other) => other !== point && other.returned?.taken === true && other.returned.seal === returned.seal,
  );
  return (
    twice && {
      en: `seal ${returned.seal} closes the bottle ${twice.sampleId} already`,
      zh: `封条${returned.seal}已用于样品${twice.sampleId}`,
    }
  );
}

const later = (moment: string): Bilingual => ({ en: `${moment} lies in the future`, zh: `${moment}晚于当前时间` });

/** Takes an order back: its token opens nothing any more. What was brought back stays. */
export function cancelOrder(records: Records, orderId: string, by: Person, at: string): Promise<SamplingOrder | undefined> {
  return records.transaction(async (inside) => {
    const order = (await inside.orders.find(orderId, { forChange: true }))?.order;
    if (!order || order.state === "cancelled") return order;
    const cancelled: SamplingOrder = { ...order, state: "cancelled" };
    await inside.orders.update(cancelled);
    const entry = { at, actor: by.name, action: "order.cancelled", subject: order.leadId, content: { orderId, happenedAt: at } };
    await inside.chains.append(`lead:${order.leadId}`, entry);
    return cancelled;
  });
}

import type { Silence } from "../schemas/silence.ts";
import type { WebhookEndpoint } from "../schemas/webhook.ts";
import { deliveryIdOf, type HeldDelivery, type OutboxMessage, type RoutedDelivery } from "../store/records/outbox.ts";
import type { Records } from "../store/records/records.ts";
import { type Facets, facetsOf, wants } from "./facets.ts";
import { groupedMessage, groupKeyOf, toldTogether } from "./grouping.ts";
import { muteOf, noteOf } from "./mutes.ts";

/** Messages and held deliveries judged in one transaction. */
const MESSAGES_A_ROUND = 100;
const MINUTE_MS = 60_000;
/** What rain or a laboratory puts off is looked at again this often, since a flag may be taken back. */
const RECHECK_MS = 10 * MINUTE_MS;
/** Nothing is put off longer: by then somebody must decide. */
const PUT_OFF_MS_MAX = 72 * 60 * MINUTE_MS;

/** Events that somebody must take in hand. */
export const ALERTING: readonly string[] = ["anomaly.raised", "lead.opened"];

/** Until when rain keeps the alerts of a site waiting. */
export type Rain = ReadonlyMap<string, Date>;

/** Sites that wait to be judged: whether it rains there lives in another store, and is asked before the records' transaction. */
export async function sitesToJudge(records: Records, now: Date): Promise<string[]> {
  const waiting = [
    ...(await records.outbox.unrouted(MESSAGES_A_ROUND)),
    ...(await records.outbox.heldUntil(now.toISOString(), MESSAGES_A_ROUND)).map(({ message }) => message),
  ].filter(({ event }) => ALERTING.includes(event));
  const sites = await Promise.all(waiting.map(async (message) => (await facetsOf(records, message)).siteId));
  return [...new Set(sites)].filter((siteId) => siteId !== null);
}

/**
 * Decides for each new message who is told, and for each held delivery whose time has come whether now. One worker at a time does.
 * @returns how many messages and deliveries were judged
 */
export async function routeMessages(records: Records, rain: Rain, now: Date): Promise<number> {
  const at = now.toISOString();
  const idle = (await records.outbox.unrouted(1)).length + (await records.outbox.heldUntil(at, 1)).length === 0;
  if (idle) return 0;
  return records.transaction(async (inside) => {
    if (!(await inside.outbox.takeTurn())) return 0;
    const silences = await inside.silences.current(at);
    const judging: Judging = { silences, rain, now, withLabs: silences.some(({ match }) => match.labId !== undefined) };
    const messages = await inside.outbox.unrouted(MESSAGES_A_ROUND);
    const endpoints = (await inside.webhooks.list()).filter(({ active }) => active);
    for (const message of messages) {
      const facets = await facetsOf(inside, message, judging);
      const deliveries: RoutedDelivery[] = [];
      for (const endpoint of endpoints) {
        const decided = await decide(inside, { endpoint, message, facets, ...judging });
        if (decided) deliveries.push(decided);
      }
      await inside.outbox.route(message, deliveries, at);
    }
    const held = await inside.outbox.heldUntil(at, MESSAGES_A_ROUND);
    await releaseHeld(inside, held, judging);
    return messages.length + held.length;
  });
}

interface Judging {
  silences: readonly Silence[];
  rain: Rain;
  now: Date;
  withLabs: boolean;
}

interface Case extends Judging {
  endpoint: WebhookEndpoint;
  message: OutboxMessage;
  facets: Facets;
}

/** Undefined when the endpoint did not ask for it. */
async function decide(records: Records, given: Case): Promise<RoutedDelivery | undefined> {
  const { endpoint, message, facets, now } = given;
  const { endpointId, events, filter, groupMinutes } = endpoint;
  if (!(events as string[]).includes(message.event)) return undefined;
  const plain = { endpointId, note: null, silenceId: null, groupKey: null, nextAttemptAt: now.toISOString() };
  if (message.event.startsWith("webhook.")) return { ...plain, state: "waiting" };
  const told = message.event.endsWith(".retracted") ? await wasTold(records, endpointId, message, now) : "nothing";
  if (told === "no") return { ...plain, state: "silenced", note: "what it withdraws was not told" };
  if (told === "yes") return { ...plain, state: "waiting" };
  if (!wants(filter, facets)) return undefined;
  const groupKey = groupMinutes > 0 ? groupKeyOf(message.event, facets.region, facets.analyte) : null;
  const mute = putOff(given, message.createdAt);
  if (mute) return { ...plain, ...mute, groupKey };
  if (groupKey === null) return { ...plain, state: "waiting" };
  const until = new Date(now.getTime() + groupMinutes * MINUTE_MS).toISOString();
  return { ...plain, state: "held", note: "waits for others of its region and substance", groupKey, nextAttemptAt: until };
}

const UNTOLD: readonly string[] = ["held", "silenced"];

/**
 * Who was told of something is told that it was wrong, whatever is silent or filtered by then, and nobody else is. What still waits
 * to be told is not told any more.
 */
async function wasTold(
  records: Records,
  endpointId: string,
  message: OutboxMessage,
  now: Date,
): Promise<"yes" | "no" | "nothing"> {
  const earlier = await records.outbox.earlier(endpointId, message.subject, message.createdAt);
  const since = earlier.slice(earlier.findLastIndex(({ event }) => event.endsWith(".retracted")) + 1);
  if (since.length === 0) return "nothing";
  if (since.some(({ state }) => !UNTOLD.includes(state))) return "yes";
  const held = since.filter(({ state }) => state === "held").map(({ deliveryId }) => deliveryId);
  const note = "withdrawn before it was told";
  await records.outbox.decide(held, { state: "silenced", note, nextAttemptAt: now.toISOString() });
  return "no";
}

/** Hidden by a silence, or put off by rain or a laboratory's trouble. */
function putOff({ facets, silences, rain, now }: Pick<Case, "facets" | "silences" | "rain" | "now">, since: string) {
  const at = now.toISOString();
  const mute = muteOf(silences, facets, at);
  if (mute?.kind === "silence")
    return { state: "silenced" as const, note: noteOf(mute), silenceId: mute.silenceId, nextAttemptAt: at };
  if (!ALERTING.includes(facets.event) || now.getTime() - Date.parse(since) >= PUT_OFF_MS_MAX) return undefined;
  const fallen = facets.siteId === null ? undefined : rain.get(facets.siteId);
  const until = mute ? new Date(mute.endsAt) : fallen;
  if (!until) return undefined;
  const nextAttemptAt = new Date(Math.min(until.getTime(), now.getTime() + RECHECK_MS)).toISOString();
  const note = mute ? noteOf(mute) : `rain at the site, until ${until.toISOString()}`;
  return { state: "held" as const, note, silenceId: mute?.silenceId ?? null, nextAttemptAt };
}

async function releaseHeld(records: Records, due: readonly HeldDelivery[], judging: Judging): Promise<void> {
  const done = new Set<string>();
  for (const held of due) {
    if (done.has(held.deliveryId)) continue;
    const { endpointId, groupKey } = held;
    const members = groupKey === null ? [held] : await records.outbox.heldGroup(endpointId, groupKey);
    for (const { deliveryId } of members) done.add(deliveryId);
    await releaseGroup(records, await stillToTell(records, members, judging), judging.now);
  }
}

/** Those that nothing hides or puts off by now, and whose anomaly or lead is still one. */
async function stillToTell(records: Records, members: readonly HeldDelivery[], judging: Judging): Promise<HeldDelivery[]> {
  const left: HeldDelivery[] = [];
  for (const member of members) {
    const { message, deliveryId } = member;
    const mute = putOff({ facets: await facetsOf(records, message, judging), ...judging }, message.createdAt);
    if (mute) await records.outbox.decide([deliveryId], mute);
    else if (await isSettled(records, message.subject)) {
      const note = "settled before it was told";
      await records.outbox.decide([deliveryId], { state: "silenced", note, nextAttemptAt: judging.now.toISOString() });
    } else left.push(member);
  }
  return left;
}

/** Withdrawn, dismissed or taken in hand while the message waited. */
async function isSettled(records: Records, subject: string): Promise<boolean> {
  const found = (await records.anomalies.find(subject)) ?? (await records.leads.find(subject));
  return found !== undefined && ["retracted", "dismissed", "acknowledged", "expired", "merged"].includes(found.state);
}

async function releaseGroup(records: Records, members: readonly HeldDelivery[], now: Date): Promise<void> {
  const at = now.toISOString();
  const together = toldTogether(members);
  const single = members.filter((member) => !together.includes(member)).map(({ deliveryId }) => deliveryId);
  await records.outbox.decide(single, { state: "waiting", note: null, nextAttemptAt: at });
  const [first] = together;
  if (!first) return;
  const sites = new Map(
    (await records.sites.list()).map(({ siteId, name, nameZh }) => [siteId, { en: name, zh: nameZh ?? name }]),
  );
  const region = first.groupKey?.split("|")[0] || null;
  const message = groupedMessage(together, first.endpointId, region, sites, at);
  await records.outbox.enqueue(message, { endpointId: first.endpointId });
  const into = deliveryIdOf(message.messageId, first.endpointId);
  await records.outbox.decide(
    together.map(({ deliveryId }) => deliveryId),
    { state: "grouped", into },
  );
}

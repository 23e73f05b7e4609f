import { expect, it } from "vitest";
import type { Silence } from "../../../schemas/silence.ts";
import type { OutboxMessage, RoutedDelivery } from "../../../store/records/outbox.ts";
import type { Records } from "../../../store/records/records.ts";
import { endpointOf } from "../../alerts/endpoints.ts";
import { AT } from "./nouns.ts";
import { openedBy } from "./opening.ts";

const LATER = "2026-05-06T09:00:00.000Z";
const UNTIL = "2026-05-06T10:00:00.000Z";
const told = (messageId: string, subject: string, change: Partial<OutboxMessage> = {}): OutboxMessage => {
  return { messageId, event: "lead.opened", subject, payload: { messageId }, createdAt: AT, ...change };
};
const waiting = (endpointId: string, change: Partial<RoutedDelivery> = {}): RoutedDelivery => {
  return { endpointId, state: "waiting", note: null, silenceId: null, groupKey: null, nextAttemptAt: AT, ...change };
};
const made = {
  attempt: 1,
  at: LATER,
  status: 204,
  error: null,
  durationMs: 3,
  request: "{}",
  answer: "ok",
  nextAttemptAt: LATER,
};

/** The promises of what alerts rest on, as tests that each engine passes. */
export function alertsContract(engine: string, open: () => Promise<Records>): void {
  const opened = openedBy(open);
  const messageIds = (claimed: { message: OutboxMessage }[]) => claimed.map(({ message }) => message.messageId);

  it(`${engine}: a message is kept once, routed once, and each endpoint has one delivery of it`, async () => {
    const { outbox, deliveries } = await opened();
    expect(await outbox.enqueue(told("m-1", "l-1"))).toBe(true);
    expect(await outbox.enqueue(told("m-1", "l-1"))).toBe(false);
    const [message] = await outbox.unrouted(10);
    expect(message).toEqual(told("m-1", "l-1"));
    for (let i = 0; i < 2; i++)
      await outbox.route(message!, [waiting("w-1"), waiting("w-2", { state: "silenced", note: "why" })], AT);
    expect(await outbox.unrouted(10)).toEqual([]);
    const claimed = await deliveries.claim({ now: AT, until: LATER, limit: 10 });
    expect(claimed.map(({ endpointId, message: m }) => [endpointId, m.payload])).toEqual([["w-1", { messageId: "m-1" }]]);
    expect((await deliveries.list({ state: "silenced", limit: 10 })).map(({ note }) => note)).toEqual(["why"]);
  });

  it(`${engine}: one that goes to one endpoint alone needs no routing`, async () => {
    const { outbox, deliveries } = await opened();
    await outbox.enqueue(told("m-1", "l-1"), endpointOf("w-9"));
    expect(await outbox.unrouted(10)).toEqual([]);
    expect(await deliveries.claim({ now: AT, until: LATER, limit: 10 })).toMatchObject([{ endpointId: "w-9" }]);
  });

  it(`${engine}: a claimed delivery is nobody else's until its time is over, and workers at once share the work`, async () => {
    const { outbox, deliveries } = await opened();
    for (let i = 0; i < 10; i++) await outbox.enqueue(told(`m-${i}`, `l-${i}`), endpointOf("w-1"));
    const claims = await Promise.all(Array.from({ length: 4 }, () => deliveries.claim({ now: AT, until: LATER, limit: 10 })));
    const ids = claims.flat().map(({ deliveryId }) => deliveryId);
    expect(new Set(ids).size).toBe(ids.length);
    const [rest, again] = [
      await deliveries.claim({ now: AT, until: LATER, limit: 10 }),
      await deliveries.claim({ now: LATER, until: LATER, limit: 10 }),
    ];
    expect(ids.length + rest.length).toBe(10);
    expect(again).toHaveLength(10);
  });

  it(`${engine}: messages about one subject leave in the order they were told, of one moment too`, async () => {
    const { outbox, deliveries } = await opened();
    for (const messageId of ["m-2", "m-1", "m-3"]) await outbox.enqueue(told(messageId, "l-1"), endpointOf("w-1"));
    const claim = () => deliveries.claim({ now: LATER, until: UNTIL, limit: 10 });
    for (const messageId of ["m-2", "m-1", "m-3"]) {
      const claimed = await claim();
      expect(messageIds(claimed)).toEqual([messageId]);
      await deliveries.record(claimed[0]?.deliveryId as string, { ...made, state: "delivered" });
    }
    expect(await claim()).toEqual([]);
    const [delivered] = await deliveries.list({ state: "delivered", limit: 10 });
    const { nextAttemptAt: _due, ...attempt } = made;
    expect(delivered?.attempts).toEqual([{ ...attempt, request: null, answer: null }]);
    expect(delivered?.nextAttemptAt).toBeNull();
    expect((await deliveries.find(delivered?.deliveryId as string))?.attempts).toEqual([attempt]);
  });

  it(`${engine}: what comes after a grouped delivery waits for the one that tells it`, async () => {
    const { outbox, deliveries } = await opened();
    const event = "anomaly.raised";
    for (const id of ["m-1", "m-2"]) await outbox.enqueue(told(id, `a-${id}`, { event }));
    const held = waiting("w-1", { state: "held", groupKey: "East|mdma", nextAttemptAt: LATER });
    for (const message of await outbox.unrouted(10)) await outbox.route(message, [held], AT);
    expect(await deliveries.claim({ now: UNTIL, until: UNTIL, limit: 10 })).toEqual([]);
    expect(await outbox.heldUntil(AT, 10)).toEqual([]);
    const group = await outbox.heldGroup("w-1", "East|mdma");
    expect(messageIds(group)).toEqual(["m-1", "m-2"]);
    await outbox.enqueue(told("group", "group", { event: "anomaly.grouped", createdAt: LATER }), endpointOf("w-1"));
    const [digest] = await deliveries.claim({ now: LATER, until: UNTIL, limit: 10 });
    await outbox.decide(
      group.map(({ deliveryId }) => deliveryId),
      { state: "grouped", into: digest?.deliveryId as string },
    );
    await outbox.enqueue(told("m-3", "a-m-1", { event: "anomaly.retracted", createdAt: LATER }), endpointOf("w-1"));
    expect(await deliveries.claim({ now: LATER, until: UNTIL, limit: 10 })).toEqual([]);
    await deliveries.record(digest?.deliveryId as string, { ...made, state: "delivered" });
    expect(messageIds(await deliveries.claim({ now: LATER, until: UNTIL, limit: 10 }))).toEqual(["m-3"]);
    expect((await outbox.earlier("w-1", "a-m-1", UNTIL)).map(({ event: e, state }) => [e, state])).toEqual([
      ["anomaly.raised", "grouped"],
      ["anomaly.retracted", "waiting"],
    ]);
  });

  it(`${engine}: what failed since a time is due again, and nothing else`, async () => {
    const { outbox, deliveries } = await opened();
    for (const id of ["m-1", "m-2"]) await outbox.enqueue(told(id, id), endpointOf("w-1"));
    await outbox.enqueue(told("m-3", "m-3"), endpointOf("w-2"));
    expect(await deliveries.backlog(LATER)).toEqual({ waiting: 3, held: 0, unrouted: 0, oldestDueAt: AT });
    for (const { deliveryId, message } of await deliveries.claim({ now: AT, until: LATER, limit: 10 }))
      await deliveries.record(deliveryId, {
        ...made,
        ...(message.messageId === "m-1" ? { state: "delivered" } : { state: "failed", error: "no" }),
      });
    expect(await deliveries.deliveredSince("w-1", LATER)).toBe(true);
    expect(await deliveries.deliveredSince("w-1", UNTIL)).toBe(false);
    expect(await deliveries.deliveredSince("w-2", AT)).toBe(false);
    expect(await deliveries.replayFailed("w-1", LATER, LATER)).toBe(0);
    expect(await deliveries.replayFailed("w-1", AT, LATER)).toBe(1);
    expect(messageIds(await deliveries.claim({ now: LATER, until: UNTIL, limit: 10 }))).toEqual(["m-2"]);
    await deliveries.forgetContents(UNTIL);
    const kept = await deliveries.list({ limit: 10 });
    const first = await deliveries.find(kept.find(({ messageId }) => messageId === "m-1")?.deliveryId as string);
    expect(first?.attempts).toMatchObject([{ status: 204, request: null, answer: null }]);
  });

  it(`${engine}: after a rotation two secrets sign, until the old one's time is over`, async () => {
    const { webhooks } = await opened();
    await webhooks.save(endpointOf("w-1"), "old");
    await webhooks.rotate("w-1", "new", LATER);
    expect((await webhooks.find("w-1", AT))?.secrets).toEqual(["new", "old"]);
    expect((await webhooks.find("w-1", LATER))?.secrets).toEqual(["new"]);
    expect((await webhooks.find("w-1", LATER))?.endpoint).toEqual(endpointOf("w-1"));
  });

  it(`${engine}: silences are current until they end, and past after`, async () => {
    const { silences } = await opened();
    const silence: Silence = {
      ...{ silenceId: "s-1", kind: "rain", match: { region: "East" }, reason: "storm", author: "Li" },
      ...{ startsAt: AT, endsAt: UNTIL, createdAt: AT },
    };
    await silences.add(silence);
    expect(await silences.current(LATER)).toEqual([silence]);
    expect(await silences.change({ ...silence, endsAt: LATER }, silence)).toBe(true);
    expect(await silences.change({ ...silence, endsAt: UNTIL }, silence)).toBe(false); // somebody was faster
    expect(await silences.current(LATER)).toEqual([]);
    expect(await silences.past(LATER, 5)).toEqual([{ ...silence, endsAt: LATER }]);
    expect(await silences.find("s-2")).toBeUndefined();
  });

  it(`${engine}: a silence knows what it hid and what it put off, by message, also after that was told`, async () => {
    const { outbox, silences } = await opened();
    const muted = (endpointId: string, change: object) => waiting(endpointId, { silenceId: "s-1", ...change });
    const raised = told("m-1", "a-1", { event: "anomaly.raised" });
    const opening = told("m-2", "l-1", { createdAt: LATER });
    for (const each of [raised, opening]) await outbox.enqueue(each);
    await outbox.route(raised, [muted("w-1", { state: "silenced" }), muted("w-2", { state: "held" })], AT);
    await outbox.route(opening, [muted("w-1", { state: "silenced" }), waiting("w-3")], AT);
    const [held] = await outbox.heldUntil(AT, 5);
    expect(held?.silenceId).toBe("s-1");
    await outbox.decide([held?.deliveryId as string], { state: "waiting", note: null, nextAttemptAt: LATER });
    const message = (id: string, subject: string, event: string, createdAt: string) => ({
      ...{ messageId: id, event, subject, createdAt },
    });
    expect(await silences.hidden("s-1", { limit: 5 })).toMatchObject([
      { message: message("m-2", "l-1", "lead.opened", LATER), endpoints: 1, untold: 1 },
      { message: message("m-1", "a-1", "anomaly.raised", AT), endpoints: 2, untold: 1 },
    ]);
    expect(await silences.hidden("s-1", { limit: 1 })).toHaveLength(1);
    expect(await silences.hidden("s-2", { limit: 5 })).toEqual([]);
    expect(await silences.hiddenCounts(["s-1", "s-2"])).toEqual(new Map([["s-1", 2]]));
  });

  it(`${engine}: an acknowledgement counts once, an escalation is due once, and the signing key is one`, async () => {
    const { acknowledgements } = await opened();
    const first = { acknowledgementId: "k-1", subject: "a-1", at: AT, actor: "Li" };
    expect(await acknowledgements.add(first)).toEqual(first);
    expect(await acknowledgements.add({ ...first, actor: "Wu" })).toEqual(first);
    expect(await acknowledgements.of("a-1")).toEqual([first]);
    const escalation = { escalationId: "e-1", endpointId: "w-1", messageId: "m-1", subject: "a-1", step: 0, dueAt: LATER };
    for (let i = 0; i < 2; i++) await acknowledgements.expect(escalation);
    expect(await acknowledgements.due(AT, 5)).toEqual([]);
    expect(await acknowledgements.due(LATER, 5)).toEqual([escalation]);
    await acknowledgements.settle("e-1", "escalated");
    await acknowledgements.expect(escalation);
    expect(await acknowledgements.due(LATER, 5)).toEqual([]);
    const [one, two] = await Promise.all([acknowledgements.signingKey(), acknowledgements.signingKey()]);
    expect(one.length).toBe(32);
    expect(one.equals(two)).toBe(true);
  });
}

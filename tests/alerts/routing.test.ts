import { expect, it, type TestContext, vi } from "vitest";
import type { Anomaly } from "../../schemas/anomaly.ts";
import type { Silence } from "../../schemas/silence.ts";
import { WANTS_ALL } from "../../schemas/webhook.ts";
import { AT, anomalyOf, leadOf, revisionOf } from "../store/records/nouns.ts";
import type { Received } from "./receiver.ts";
import { HOUR_MS, running, START, until } from "./running.ts";

vi.setConfig({ testTimeout: 30_000 });
const MINUTE_MS = 60_000;
const iso = (afterMs: number) => new Date(START + afterMs).toISOString();

/** Sites of two regions, one without; anomalies told as the detector tells them. */
async function world(context: TestContext) {
  const alerts = await running(context, (_, response) => response.end());
  const { records, receiver } = alerts;
  for (const [siteId, region] of [
    ["p1", "East"],
    ["p2", "East"],
    ["p3", "West"],
    ["p4", undefined],
  ] as const)
    await records.sites.save(
      { siteId, name: siteId.toUpperCase(), nameZh: `${siteId}厂`, kind: "wwtp", timeZone: "UTC", ...(region ? { region } : {}) },
      AT,
    );
  let told = 0;
  const raise = async (
    siteId: string,
    change: Partial<Anomaly> = {},
    event: "anomaly.raised" | "anomaly.retracted" = "anomaly.raised",
  ) => {
    const anomaly = anomalyOf("2026-05-04", { anomalyId: `anomaly-${siteId}-${change.analyte ?? "mdma"}`, siteId, ...change });
    const known = await records.anomalies.ofSeries(siteId, anomaly.analyte);
    const others = known.filter(({ anomalyId }) => anomalyId !== anomaly.anomalyId);
    await records.anomalies.replace(siteId, anomaly.analyte, event === "anomaly.raised" ? [...others, anomaly] : others, AT);
    const { verdict, ...data } = anomaly;
    const payload = { type: event, timestamp: AT, data: { ...data, verdict: verdict && { source: verdict.source } } };
    const message = {
      event,
      subject: anomaly.anomalyId,
      payload,
      createdAt: new Date(alerts.now().getTime() + told).toISOString(),
    };
    await records.outbox.enqueue({ ...message, messageId: `m-${told++}` });
    return anomaly.anomalyId;
  };
  const silence = async (change: Partial<Silence>) => {
    const made: Silence = {
      ...{ silenceId: "s-1", kind: "silence", match: {}, reason: "works in the sewer", author: "Wu" },
      ...{ startsAt: iso(-MINUTE_MS), endsAt: iso(HOUR_MS), createdAt: iso(0), ...change },
    };
    const before = await records.silences.find(made.silenceId);
    await (before ? records.silences.change(made, before) : records.silences.add(made));
  };
  const types = (path: string) => receiver.to(path).map((request) => bodyOf(request).type);
  const states = async (endpointId: string) => (await alerts.deliveries(endpointId)).map(({ state }) => state);
  const routed = () => until(async () => (await records.outbox.unrouted(1)).length === 0);
  return { ...alerts, raise, silence, types, states, routed };
}

// what a message holds is what these tests are about
// biome-ignore lint/suspicious/noExplicitAny: see above
const bodyOf = (request: Received | undefined): any => JSON.parse(request?.body ?? "null");

const NONE = { consumption: 0, disposal: 0, production: 0, licitSource: 0, event: 0, artefact: 0 };
const disposal = (probability: number): Partial<Anomaly> => ({
  verdict: { source: "disposal", probabilities: { ...NONE, disposal: probability, consumption: 1 - probability }, evidence: [] },
});

it.concurrent("an endpoint is told what its filter names: region, drug, verdict, certainty", async (context) => {
  const { endpoint, raise, deliveries, routed } = await world(context);
  await endpoint("east", { filter: { ...WANTS_ALL, regions: ["East"] } });
  await endpoint("drug", { filter: { ...WANTS_ALL, analytes: ["cocaine"] } });
  await endpoint("verdict", { filter: { ...WANTS_ALL, verdicts: ["disposal"] } });
  await endpoint("sure", { filter: { ...WANTS_ALL, certaintyMin: 0.8 } });
  await endpoint("all");
  const about = {
    east: await raise("p1"),
    west: await raise("p3", { analyte: "cocaine" }),
    nowhere: await raise("p4", disposal(0.7)),
    sure: await raise("p3", disposal(0.9)),
  };
  await routed();
  const toldTo = async (endpointId: string) => (await deliveries(endpointId)).map(({ subject }) => subject);
  expect(await toldTo("east")).toEqual([about.east]);
  expect(await toldTo("drug")).toEqual([about.west]);
  expect(await toldTo("verdict")).toEqual([about.nowhere, about.sure]);
  expect(await toldTo("sure")).toEqual([about.sure]);
  expect(await toldTo("all")).toEqual(Object.values(about));
});

it.concurrent("a lead's certainty is that it has a source, its verdict that of its anomaly", async (context) => {
  const { endpoint, raise, tell, records, deliveries, routed } = await world(context);
  await endpoint("sure", { events: ["lead.opened"], filter: { ...WANTS_ALL, certaintyMin: 0.95, verdicts: ["disposal"] } });
  const anomalyId = await raise("p1", disposal(0.6));
  const lead = leadOf("lead-a", { anomalyIds: [anomalyId] });
  await records.leads.save(lead); // P(no source) 0.01
  await records.leads.save({ ...lead, leadId: "lead-b", posterior: { ...lead.posterior!, noSource: 0.2 } });
  await records.leads.save({ ...lead, leadId: "lead-c", posterior: null });
  for (const id of ["lead-a", "lead-b", "lead-c"]) await tell(`msg-${id}`, id, { event: "lead.opened" });
  await routed();
  expect((await deliveries("sure")).map(({ subject }) => subject)).toEqual(["lead-a"]);
});

it.concurrent("a regional rise comes as one message, other drugs and regions as their own", async (context) => {
  const { endpoint, raise, receiver, deliveries, pass, states } = await world(context);
  await endpoint("e-1", { groupMinutes: 5 });
  await raise("p1");
  await raise("p2");
  await raise("p3");
  await raise("p1", { analyte: "cocaine" });
  await until(async () => (await states("e-1")).length === 4);
  expect(await states("e-1")).toEqual(["held", "held", "held", "held"]);
  pass(5 * MINUTE_MS);
  await until(() => receiver.received.length === 3);
  const bodies = receiver.received.map(bodyOf);
  expect(bodies.map(({ type }) => type).toSorted()).toEqual(["anomaly.grouped", "anomaly.raised", "anomaly.raised"]);
  const group = bodies.find(({ type }) => type === "anomaly.grouped");
  expect(group.data).toMatchObject({ region: "East", analyte: "mdma", count: 2 });
  expect(group.data.items.map(({ anomalyId }: { anomalyId: string }) => anomalyId)).toEqual([
    "anomaly-p1-mdma",
    "anomaly-p2-mdma",
  ]);
  expect(group.data.sites).toEqual([
    { siteId: "p1", name: { en: "P1", zh: "p1厂" } },
    { siteId: "p2", name: { en: "P2", zh: "p2厂" } },
  ]);
  await until(async () => (await deliveries("e-1")).filter(({ state }) => state === "delivered").length === 3);
  expect((await states("e-1")).filter((state) => state === "grouped")).toHaveLength(2);
});

it.concurrent("a thousand anomalies of one region still make a message below 20 kB", async (context) => {
  const { endpoint, raise, receiver, records, pass, routed } = await world(context);
  await endpoint("e-1", { groupMinutes: 5 });
  for (let i = 0; i < 200; i++) {
    const siteId = `site-${i}`;
    await records.sites.save(
      {
        siteId,
        name: "A plant with a long name by the river",
        nameZh: "临江的一座名字很长的污水处理厂",
        kind: "wwtp",
        timeZone: "UTC",
        region: "East",
      },
      AT,
    );
    await raise(siteId);
  }
  await routed();
  pass(5 * MINUTE_MS);
  await until(() => receiver.received.length === 1);
  expect(bodyOf(receiver.received[0]).data.count).toBe(200);
  expect(Buffer.byteLength(receiver.received[0]?.body ?? "")).toBeLessThan(20_000);
});

it.concurrent("what is withdrawn while it waits to be told is never told, nor is its withdrawal", async (context) => {
  const { endpoint, raise, receiver, pass, states } = await world(context);
  await endpoint("e-1", { groupMinutes: 5 });
  await raise("p1");
  await until(async () => (await states("e-1")).length === 1);
  await raise("p1", {}, "anomaly.retracted");
  await until(async () => (await states("e-1")).length === 2);
  pass(10 * MINUTE_MS);
  await raise("p3");
  await until(async () => (await states("e-1")).length === 3);
  pass(10 * MINUTE_MS);
  await until(async () => (await states("e-1")).at(-1) === "delivered");
  expect(await states("e-1")).toEqual(["silenced", "silenced", "delivered"]);
  expect(receiver.received).toHaveLength(1);
});

it.concurrent("a withdrawal follows its message, through a silence and a filter that came in between", async (context) => {
  const { endpoint, raise, silence, types, records, states } = await world(context);
  await endpoint("e-1");
  await raise("p1");
  await until(() => types("/e-1").length === 1);
  await silence({ match: { siteId: "p1" } });
  const [before] = await records.webhooks.list();
  await records.webhooks.update({ ...before!, filter: { ...WANTS_ALL, regions: ["West"] } });
  await raise("p1", {}, "anomaly.retracted");
  await until(() => types("/e-1").length === 2);
  expect(types("/e-1")).toEqual(["anomaly.raised", "anomaly.retracted"]);
  await raise("p1", { analyte: "cocaine" }, "anomaly.retracted"); // of something never told
  await raise("p3");
  await until(() => types("/e-1").length === 3);
  expect(await states("e-1")).toHaveLength(3);
});

it.concurrent("a silence hides what it names until its end, and the log says whose and why", async (context) => {
  const { endpoint, raise, silence, deliveries, receiver, pass, states } = await world(context);
  await endpoint("e-1");
  await silence({ match: { region: "East", analyte: "mdma" } });
  await raise("p1");
  await raise("p1", { analyte: "cocaine" });
  await raise("p3");
  await until(() => receiver.received.length === 2);
  const [hidden] = await deliveries("e-1");
  expect(hidden).toMatchObject({ state: "silenced", note: "silence s-1 of Wu: works in the sewer", attempts: [] });
  pass(HOUR_MS);
  await raise("p2");
  await until(() => receiver.received.length === 3);
  await until(async () => (await states("e-1")).filter((state) => state === "delivered").length === 3);
  expect((await states("e-1"))[0]).toBe("silenced");
});

it.concurrent("a silence yet to come hides nothing; one that starts while a message is held hides it", async (context) => {
  const { endpoint, raise, silence, receiver, pass, states } = await world(context);
  await endpoint("now");
  await endpoint("later", { groupMinutes: 10 });
  await silence({ match: { siteId: "p1" }, startsAt: iso(5 * MINUTE_MS) });
  await raise("p1");
  await until(() => receiver.received.length === 1);
  pass(11 * MINUTE_MS);
  await until(async () => (await states("later"))[0] === "silenced");
  expect(receiver.to("/later")).toEqual([]);
});

it.concurrent("rain measured at the site puts its alerts off; they are told when it is over and they still hold", async (context) => {
  const { endpoint, raise, series, receiver, deliveries, pass, records } = await world(context);
  await endpoint("e-1");
  const rain = (siteId: string, mm: number, hoursAgo: number) => {
    const key = { measure: "reading", siteId, name: "rainfall", variant: "gauge" } as const;
    return series.write([{ ...key, timeMs: START - hoursAgo * HOUR_MS, value: mm }]);
  };
  for (const hours of [1, 2, 3]) await rain("p1", 4, hours); // 12 mm
  for (const hours of [1, 2, 3]) await rain("p2", 3, hours); // 9 mm
  await raise("p1");
  await raise("p1", { analyte: "cocaine" });
  await raise("p2");
  await until(() => receiver.received.length === 1);
  expect(bodyOf(receiver.received[0]).data.siteId).toBe("p2");
  const [held] = await deliveries("e-1");
  expect(held).toMatchObject({ state: "held", note: expect.stringMatching(/^rain at the site, until /) });
  await records.anomalies.setState("anomaly-p1-cocaine", "dismissed", AT);
  pass(25 * HOUR_MS);
  await until(() => receiver.received.length === 2);
  expect(bodyOf(receiver.received[1]).data.analyte).toBe("mdma");
  await until(async () => (await deliveries("e-1"))[1]?.state === "silenced");
  expect((await deliveries("e-1"))[1]?.note).toBe("settled before it was told");
});

it.concurrent("a laboratory's trouble puts off what it measured, until the flag is taken back", async (context) => {
  const { endpoint, raise, silence, receiver, deliveries, pass, records } = await world(context);
  await endpoint("e-1");
  await silence({ kind: "laboratory", match: { labId: "lab-9" }, reason: "the spike recovery fails", endsAt: iso(48 * HOUR_MS) });
  await records.results.append([
    revisionOf({ labId: "lab-9", sample: { siteId: "p1" } }),
    revisionOf({ sample: { siteId: "p2" } }),
  ]);
  await raise("p1");
  await raise("p2");
  await until(() => receiver.received.length === 1);
  expect(bodyOf(receiver.received[0]).data.siteId).toBe("p2");
  expect((await deliveries("e-1"))[0]).toMatchObject({ state: "held", note: "laboratory s-1 of Wu: the spike recovery fails" });
  await silence({ kind: "laboratory", match: { labId: "lab-9" }, endsAt: iso(0) });
  pass(10 * MINUTE_MS);
  await until(() => receiver.received.length === 2);
  expect(bodyOf(receiver.received[1]).data.siteId).toBe("p1");
});

it.concurrent("nothing is put off for more than three days: by then somebody must decide", async (context) => {
  const { endpoint, raise, silence, receiver, pass } = await world(context);
  await endpoint("e-1");
  await silence({ kind: "rain", match: { region: "East" }, endsAt: iso(30 * 24 * HOUR_MS) });
  await raise("p1");
  for (let hours = 0; hours < 70; hours += 10) {
    pass(10 * HOUR_MS);
    await new Promise((done) => setTimeout(done, 600));
    expect(receiver.received).toHaveLength(0);
  }
  pass(3 * HOUR_MS);
  await until(() => receiver.received.length === 1);
});

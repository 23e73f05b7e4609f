import { expect, it, vi } from "vitest";
import { readLink } from "../../alerts/acknowledge.ts";
import { feishuSignature } from "../../alerts/formats/feishu.ts";
import { AT, anomalyOf } from "../store/records/nouns.ts";
import { running, until } from "./running.ts";

vi.setConfig({ testTimeout: 30_000 });
const HOME = "https://sewertrace.example.org";
const payload = { type: "anomaly.raised", data: anomalyOf("2026-05-04", { anomalyId: "anomaly-1" }) };
const raised = { event: "anomaly.raised", subject: "anomaly-1", payload } as const;

it.concurrent("Feishu's refusal in the body of a 200 is tried again, signed anew; an acceptance ends it", async (context) => {
  const codes = [19_021, 11_232, 0];
  const { endpoint, tell, receiver, deliveries, pass } = await running(context, (_, response) => {
    response.end(JSON.stringify({ code: codes.shift() ?? 0, msg: "said" }));
  });
  const secret = await endpoint("robot", { format: "feishu", language: "zh" });
  await tell("m-1", "anomaly-1", raised);
  for (const attempts of [1, 2]) {
    await until(async () => (await deliveries("robot"))[0]?.attempts.length === attempts);
    pass(10 * 60_000);
  }
  const [delivery] = await until(async () => (await deliveries("robot"))[0]?.state === "delivered" && deliveries("robot"));
  expect(delivery?.attempts.map(({ status, error }) => [status, error])).toEqual([
    [200, "Feishu answered 19021: said"],
    [200, "Feishu answered 11232: said"],
    [200, null],
  ]);
  const sent = receiver.received.map(({ body }) => JSON.parse(body) as { timestamp: string; sign: string; content: unknown });
  expect(new Set(sent.map(({ timestamp }) => timestamp)).size).toBe(3); // Feishu takes none that is an hour old
  for (const { timestamp, sign } of sent) expect(sign).toBe(feishuSignature(timestamp, secret));
  expect(new Set(sent.map(({ content }) => JSON.stringify(content))).size).toBe(1);
});

it.concurrent("a robot of WeCom that was removed pauses its endpoint; one that is sent too much waits", async (context) => {
  const { endpoint, tell, records, deliveries } = await running(context, ({ path }, response) => {
    response.end(JSON.stringify({ errcode: path.startsWith("/gone") ? 93_000 : 45_009, errmsg: "said" }));
  });
  await endpoint("gone", { format: "wecom" });
  await endpoint("busy", { format: "wecom" });
  await tell("m-1", "anomaly-1", raised);
  await until(async () => (await records.webhooks.find("gone", ""))?.endpoint.active === false);
  expect((await deliveries("gone"))[0]).toMatchObject({ state: "failed", attempts: [{ error: "WeCom answered 93000: said" }] });
  await until(async () => (await deliveries("busy"))[0]?.attempts.length === 1);
  expect((await deliveries("busy"))[0]?.state).toBe("waiting");
  expect((await records.webhooks.find("busy", ""))?.endpoint.active).toBe(true);
});

it.concurrent("each endpoint has its own link to acknowledge, the same at every attempt, and the log has none", async (context) => {
  let answers = 0;
  const { endpoint, tell, receiver, records, deliveries, pass } = await running(
    context,
    (_, response) => response.writeHead(answers++ < 2 ? 500 : 200).end(),
    { SEWERTRACE_PUBLIC_URL: HOME },
  );
  await records.sites.save({ siteId: "plant-a", name: "Plant A", kind: "wwtp", timeZone: "UTC" }, AT);
  for (const id of ["one", "two"]) await endpoint(id);
  await tell("m-1", "anomaly-1", raised);
  await until(
    async () => (await deliveries("one"))[0]?.attempts.length === 1 && (await deliveries("two"))[0]?.attempts.length === 1,
  );
  pass(10_000);
  await until(() => receiver.received.length === 4);
  const linksOf = (path: string) =>
    receiver.to(path).map(({ body }) => (JSON.parse(body) as { acknowledge: { url: string } }).acknowledge.url);
  const links = [...linksOf("/one"), ...linksOf("/two")];
  expect(new Set(linksOf("/one")).size).toBe(1);
  expect(new Set(links).size).toBe(2);
  const key = await records.acknowledgements.signingKey();
  for (const id of ["one", "two"]) {
    const [link = ""] = linksOf(`/${id}`);
    expect(link.startsWith(`${HOME}/acknowledge/`)).toBe(true);
    expect(readLink(link.split("/").at(-1) as string, key)).toMatchObject({ subject: "anomaly-1", endpointId: id });
    const [delivery] = await until(async () => (await deliveries(id))[0]?.state === "delivered" && deliveries(id));
    const attempts = (await records.deliveries.find(delivery?.deliveryId as string))?.attempts ?? [];
    expect(attempts.map(({ request }) => JSON.parse(request ?? "").acknowledge.url)).toEqual(
      Array(2).fill(`${HOME}/acknowledge/***`),
    );
  }
});

it.concurrent("what nobody need take in hand has no link", async (context) => {
  const { endpoint, tell, receiver } = await running(context, (_, response) => response.end(), { SEWERTRACE_PUBLIC_URL: HOME });
  await endpoint("one");
  await tell("m-1", "lead-1", { event: "lead.updated" });
  await until(() => receiver.received.length === 1);
  expect(receiver.received[0]?.body).not.toContain("acknowledge");
});

import { expect, it, vi } from "vitest";
import { acknowledge } from "../../alerts/acknowledge.ts";
import { AT, anomalyOf, leadOf } from "../store/records/nouns.ts";
import { running, START, until } from "./running.ts";

vi.setConfig({ testTimeout: 30_000 });
const MINUTE_MS = 60_000;
const escalation = [{ afterMinutes: 30, endpointId: "chief" }];
const raised = (id: string) =>
  ({
    event: "anomaly.raised",
    subject: id,
    payload: { type: "anomaly.raised", data: anomalyOf("2026-05-04", { anomalyId: id }) },
  }) as const;

async function world(context: Parameters<typeof running>[0]) {
  const alerts = await running(context, (_, response) => response.end());
  const { endpoint, records, receiver } = alerts;
  await endpoint("duty", { escalation });
  await endpoint("chief", { events: ["webhook.test"] });
  const anomalies = ["anomaly-1", "anomaly-2"].map((anomalyId, i) => anomalyOf(`2026-05-0${i + 3}`, { anomalyId }));
  await records.anomalies.replace("plant-a", "mdma", anomalies, AT);
  return { ...alerts, toChief: () => receiver.to("/chief").map(({ body }) => JSON.parse(body)) };
}
const later = () => new Promise((done) => setTimeout(done, 1_200));

it.concurrent("what nobody takes in hand in time is told to the next endpoint, once, and not before", async (context) => {
  const { tell, receiver, pass, toChief } = await world(context);
  await tell("m-1", "anomaly-1", raised("anomaly-1"));
  await until(() => receiver.to("/duty").length === 1);
  pass(29 * MINUTE_MS);
  await later();
  expect(toChief()).toEqual([]);
  pass(2 * MINUTE_MS);
  await until(() => toChief().length === 1);
  expect(toChief()[0]).toMatchObject({
    type: "alert.escalated",
    data: { of: "anomaly.raised", anomalyId: "anomaly-1", since: expect.any(String) },
  });
  pass(60 * MINUTE_MS);
  await later();
  expect(toChief()).toHaveLength(1);
});

it.concurrent("step after step, each after its own time, until somebody takes it in hand", async (context) => {
  const { tell, receiver, pass, records, endpoint } = await world(context);
  const [duty] = await records.webhooks.list();
  const steps = ["chief", "head", "gone", "minister"].map((endpointId, i) => ({ endpointId, afterMinutes: 30 * (i + 1) }));
  await endpoint("head", { events: ["webhook.test"] });
  await endpoint("minister", { events: ["webhook.test"] });
  await records.webhooks.update({ ...duty!, escalation: [...steps, { endpointId: "chief", afterMinutes: 30 }] });
  const told = (who: string) => receiver.to(`/${who}`).map(({ body }) => JSON.parse(body).data.step);
  await tell("m-1", "anomaly-1", raised("anomaly-1"));
  await until(() => receiver.to("/duty").length === 1);
  pass(31 * MINUTE_MS);
  await until(() => told("chief").length === 1);
  pass(58 * MINUTE_MS); // the second waits an hour from the first
  await later();
  expect(told("head")).toEqual([]);
  pass(3 * MINUTE_MS);
  await until(() => told("head").length === 1);
  pass(91 * MINUTE_MS); // the third is no endpoint any more: the one after it is told in its place
  await until(() => told("minister").length === 1);
  expect([told("chief"), told("head"), told("minister")]).toEqual([[1], [2], [4]]);
  await acknowledge(records, {
    ...{ acknowledgementId: "k-1", subject: "anomaly-1", actor: "Wu" },
    at: new Date(START + 190 * MINUTE_MS).toISOString(),
  });
  pass(31 * MINUTE_MS);
  await until(async () => (await records.acknowledgements.due("2100-01-01", 10)).length === 0);
  await later();
  expect(told("chief")).toEqual([1]);
});

it.concurrent("what was taken in hand by link or in the dashboard is not", async (context) => {
  const { tell, receiver, pass, toChief, records } = await world(context);
  await records.leads.save(leadOf("lead-1"));
  for (const id of ["anomaly-1", "anomaly-2"]) await tell(`m-${id}`, id, raised(id));
  await tell("m-lead", "lead-1", { event: "lead.opened" });
  await until(() => receiver.to("/duty").length === 3);
  const at = new Date(START + MINUTE_MS).toISOString();
  await acknowledge(records, { acknowledgementId: "k-1", subject: "anomaly-1", at, actor: "Wu" });
  await records.anomalies.setState("anomaly-2", "dismissed", at);
  await acknowledge(records, { acknowledgementId: "k-2", subject: "lead-1", at, actor: "Wu" });
  pass(31 * MINUTE_MS);
  await until(async () => (await records.acknowledgements.due("2100-01-01", 10)).length === 0);
  await later();
  expect(toChief()).toEqual([]);
  expect((await records.anomalies.find("anomaly-1"))?.state).toBe("acknowledged");
  expect((await records.chains.list("lead:lead-1")).map(({ action, actor }) => [action, actor])).toEqual([
    ["alert.acknowledged", "Wu"],
  ]);
  expect((await records.chains.list("audit")).map(({ subject }) => subject)).toEqual(["anomaly-1", "lead-1"]);
});

it.concurrent("an acknowledgement of an earlier alert about the same anomaly does not count for a new one", async (context) => {
  const { tell, pass, toChief, records } = await world(context);
  const before = new Date(START - 60 * MINUTE_MS).toISOString();
  await records.acknowledgements.add({ acknowledgementId: "k-0", subject: "anomaly-1", at: before, actor: "Wu" });
  await tell("m-1", "anomaly-1", raised("anomaly-1"));
  await until(async () => (await records.acknowledgements.due("2100-01-01", 10)).length === 1);
  pass(31 * MINUTE_MS);
  await until(() => toChief().length === 1);
});

it.concurrent("taking a group in hand takes all its members", async (context) => {
  const { tell, receiver, pass, records, toChief } = await world(context);
  const [duty] = await records.webhooks.list();
  await records.webhooks.update({ ...duty!, groupMinutes: 5 });
  for (const id of ["anomaly-1", "anomaly-2"]) await tell(`m-${id}`, id, raised(id));
  await until(async () => (await records.deliveries.list({ state: "held", limit: 9 })).length === 2);
  pass(5 * MINUTE_MS);
  await until(() => receiver.to("/duty").length === 1);
  const group = receiver.to("/duty")[0]?.headers["webhook-id"] as string;
  await acknowledge(records, {
    acknowledgementId: "k-1",
    subject: group,
    at: new Date(START + 6 * MINUTE_MS).toISOString(),
    actor: "Wu",
  });
  for (const id of ["anomaly-1", "anomaly-2"]) expect((await records.anomalies.find(id))?.state).toBe("acknowledged");
  pass(60 * MINUTE_MS);
  await later();
  expect(toChief()).toEqual([]);
});

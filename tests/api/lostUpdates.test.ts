import { afterAll, beforeAll, expect, it } from "vitest";
import { AT } from "../store/records/nouns.ts";
import { operationsOf } from "./operations.ts";
import { LAB, openWorld, sewer, type World } from "./world.ts";

// Two people read the same thing, both change it. Method: every operation that declares 412 is in the table below, made twice with the
// ETag of one reading: the first is taken, the second is told, and what the first wrote stands.
const V = "/api/v1";
const PURPOSE = { "x-purpose": "a test of lost updates" };
const inDays = (days: number) => new Date(Date.parse(AT) + days * 86_400_000).toISOString();
const site = { siteId: "plant-d", name: "D", kind: "wwtp", timeZone: "Asia/Shanghai" };
let world: World;
const ids: Record<string, string> = {};
beforeAll(async () => {
  world = await openWorld();
  const made = async (path: string, payload: object) =>
    (await world.ask({ method: "POST", url: `${V}${path}`, who: "admin", payload })).body;
  const silence = { match: { region: "East" }, reason: "works", endsAt: inDays(2) };
  ids["hook"] = (await made("/webhooks", { url: "https://example.org/hook", events: ["lead.opened"] })).endpointId;
  ids["silence"] = (await made("/silences", silence)).silenceId;
  ids["ending"] = (await made("/silences", silence)).silenceId;
  ids["key"] = (await made("/keys", { name: "n", role: "lab", organisation: LAB })).keyId;
  for (const id of ["plant-d", "plant-a"]) await world.records.sites.save({ ...site, siteId: id, kind: "wwtp" }, AT);
  const fingerprint = "a".repeat(32);
  ids["mapping"] = fingerprint;
  await world.ask({ method: "PUT", url: `${V}/uploads/mappings/${fingerprint}`, who: "lab", payload: {} });
});
afterAll(() => world.close());

interface Change {
  /** What is read, and what is changed where that is another address. */
  read: string;
  change?: string;
  who: "lab" | "analyst" | "investigator" | "admin";
  first: object;
  second: object;
  /** A field that tells whose change stands; not asked where the change is an end. */
  field?: string;
}

const CHANGES: Record<string, Change> = {
  [`PUT ${V}/sites/{siteId}`]: {
    ...{ read: "/sites/plant-d", who: "admin", field: "name" },
    ...{ first: { ...site, name: "first" }, second: { ...site, name: "second" } },
  },
  [`PUT ${V}/networks/{networkId}`]: {
    ...{ read: "/networks/net-1", who: "admin", field: "nodes" },
    first: { ...sewer, nodes: sewer.nodes.map((node) => ({ ...node, population: 11 })) },
    second: sewer,
  },
  [`PUT ${V}/uploads/mappings/{fingerprint}`]: {
    ...{ read: "/uploads/mappings/<mapping>", who: "lab", field: "mapping" },
    ...{ first: { headerRow: 2 }, second: { headerRow: 3 } },
  },
  [`PATCH ${V}/webhooks/{endpointId}`]: {
    ...{ read: "/webhooks/<hook>", who: "investigator", field: "description" },
    ...{ first: { description: "first" }, second: { description: "second" } },
  },
  [`PATCH ${V}/silences/{silenceId}`]: {
    ...{ read: "/silences/<silence>", who: "analyst", field: "reason" },
    ...{ first: { reason: "first" }, second: { reason: "second" } },
  },
  [`POST ${V}/silences/{silenceId}/end`]: {
    ...{ read: "/silences/<ending>", change: "/silences/<ending>/end", who: "analyst", first: {}, second: {} },
  },
  [`PATCH ${V}/keys/{keyId}`]: {
    ...{ read: "/keys/<key>", who: "admin", field: "name" },
    ...{ first: { name: "first" }, second: { name: "second" } },
  },
  [`POST ${V}/anomalies/{anomalyId}/acknowledge`]: {
    ...{ read: "/anomalies/anomaly-2026-05-02", change: "/anomalies/anomaly-2026-05-02/acknowledge", who: "analyst" },
    ...{ first: {}, second: {}, field: "state" },
  },
  [`POST ${V}/anomalies/{anomalyId}/dismiss`]: {
    ...{ read: "/anomalies/anomaly-2026-05-03", change: "/anomalies/anomaly-2026-05-03/dismiss", who: "investigator" },
    ...{ first: { reason: "first" }, second: { reason: "second" }, field: "state" },
  },
  [`POST ${V}/leads/{leadId}/transitions`]: {
    ...{ read: "/leads/lead-3", change: "/leads/lead-3/transitions", who: "investigator", field: "state" },
    ...{ first: { to: "triaged" }, second: { to: "dismissed", reason: "second" } },
  },
  [`PUT ${V}/leads/{leadId}/assignee`]: {
    ...{ read: "/leads/lead-3", change: "/leads/lead-3/assignee", who: "investigator", field: "assignee" },
    ...{ first: { assignee: "first" }, second: { assignee: "second" } },
  },
};

it("every operation that takes If-Match is tried, and every PUT and PATCH takes it", async () => {
  const operations = await operationsOf(world);
  const conditional = operations.filter(({ statuses }) => statuses.includes(412)).map(({ name }) => name);
  expect(conditional.toSorted()).toEqual(Object.keys(CHANGES).toSorted());
  const editing = operations.filter(({ method }) => method === "PUT" || method === "PATCH").map(({ name }) => name);
  expect(editing.filter((name) => !conditional.includes(name))).toEqual([]);
});

it.each(Object.entries(CHANGES))("%s: who is second is told, and the first change stands", async (name, given) => {
  const address = (path: string) => `${V}${path.replace(/<(\w+)>/g, (_, id: string) => ids[id] ?? "")}`;
  const { read, change = read, who, field } = given;
  const look = () => world.ask({ url: address(read), who, headers: PURPOSE });
  const method = name.split(" ")[0] as "PUT" | "PATCH" | "POST";
  const etag = String((await look()).headers["etag"]);
  const send = (payload: object, ifMatch?: string) => {
    const body = Object.keys(payload).length > 0 || method !== "POST" ? { payload } : {};
    return world.ask({ method, url: address(change), who, ...body, headers: ifMatch ? { "if-match": ifMatch } : {} });
  };
  const first = await send(given.first, etag);
  expect(first.status, JSON.stringify(first.body)).toBe(200);
  const after = (await look()).body;
  const second = await send(given.second, etag);
  expect([second.status, second.body.title]).toEqual([412, "Precondition failed"]);
  const now = await look();
  if (field) expect(now.body[field]).toEqual(after[field]);
  if (name.includes("/end")) return; // over is over
  const again = await send(given.second, String(now.headers["etag"]));
  expect([200, 409], JSON.stringify(again.body)).toContain(again.status);
});

it("nothing is there to match: a condition on what does not exist fails, also the condition *", async () => {
  for (const condition of ["*", '"of-yesterday"']) {
    const payload = { ...site, siteId: "plant-new" };
    const headers = { "if-match": condition };
    expect((await world.ask({ method: "PUT", url: `${V}/sites/plant-new`, who: "admin", payload, headers })).status).toBe(412);
  }
});

it("of two webhook changes at the same moment without a condition both stand", async () => {
  const patch = (payload: object) =>
    world.ask({ method: "PATCH", url: `${V}/webhooks/${ids["hook"]}`, who: "investigator", payload });
  await Promise.all([patch({ description: "both" }), patch({ groupMinutes: 9 }), patch({ contact: "a@example.org" })]);
  const { body } = await world.ask({ url: `${V}/webhooks/${ids["hook"]}`, who: "investigator" });
  expect(body).toMatchObject({ description: "both", groupMinutes: 9, contact: "a@example.org" });
});

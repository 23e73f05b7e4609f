import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { standardHeaders } from "../../alerts/formats/standard.ts";
import { openWorld, type World } from "./world.ts";

const V = "/api/v1";
const HOUR_MS = 3_600_000;
let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const hook = { url: "https://example.org/hook", events: ["lead.opened"] };
const add = (change: object) =>
  world.ask({ method: "POST", url: `${V}/webhooks`, who: "investigator", payload: { ...hook, ...change } });
const patch = (id: string, payload: object) =>
  world.ask({ method: "PATCH", url: `${V}/webhooks/${id}`, who: "investigator", payload });

describe("adding", () => {
  it("gives what was left out: everything is wanted, as signed JSON, regional rises as one", async () => {
    const { body } = await add({});
    expect(body).toMatchObject({
      format: "standard",
      language: "en",
      filter: { regions: [], analytes: [], verdicts: [], certaintyMin: null },
      groupMinutes: 2,
      escalation: [],
      owner: "the investigator",
      contact: null,
      active: true,
    });
    expect(body.secret).toMatch(/^whsec_[A-Za-z\d+/]{43}=$/);
  });

  it("a robot of Feishu or WeCom speaks Chinese unless asked otherwise", async () => {
    const feishu = { url: "https://open.feishu.cn/open-apis/bot/v2/hook/1234", format: "feishu", secret: "from-feishu" };
    expect((await add(feishu)).body.language).toBe("zh");
    expect((await add({ ...feishu, language: "en" })).body.language).toBe("en");
  });

  it.each([
    [{ url: "ftp://example.org/" }, "an http or https address"],
    [{ url: "not an address" }, "an http or https address"],
    [{ url: "https://user:pass@example.org/" }, "without a user name and password"],
    [{ url: "https://example.org/", format: "email" }, "mailto:"],
    [{ url: "mailto:duty@example.org" }, "an http or https address"],
    [{ url: "mailto:a@example.org,b@example.org", format: "email" }, "one mailbox"],
    [{ secret: "mine" }, "no secret"],
    [{ escalation: [{ afterMinutes: 30, endpointId: "wh-none" }] }, "another webhook"],
  ])("%j is refused in words", async (change, expected) => {
    const { status, body } = await add(change);
    expect(status).toBe(400);
    expect(body.refusals[0].expected).toContain(expected);
  });

  it("an endpoint does not escalate to itself", async () => {
    const { endpointId } = (await add({})).body;
    const other = (await add({})).body.endpointId;
    expect((await patch(endpointId, { escalation: [{ afterMinutes: 30, endpointId }] })).status).toBe(400);
    const escalation = [
      { afterMinutes: 30, endpointId: other },
      { afterMinutes: 60, endpointId: other },
    ];
    expect((await patch(endpointId, { escalation })).body.escalation).toEqual(escalation);
    expect((await patch(endpointId, { escalation: [] })).body.escalation).toEqual([]);
  });
});

it("what is secret in a robot's address is in no answer and in no log, and a change of something else keeps it", async () => {
  const feishu = { url: "https://open.feishu.cn/open-apis/bot/v2/hook/token-4711", format: "feishu", secret: "sign-4711" };
  const wecom = { url: "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=key-4711&debug=1", format: "wecom" };
  const [a, b] = [(await add(feishu)).body, (await add(wecom)).body];
  expect([a.url, b.url]).toEqual([
    "https://open.feishu.cn/open-apis/bot/v2/hook/***",
    "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=***&debug=***",
  ]);
  expect((await patch(a.endpointId, { description: "duty" })).body.url).toBe(a.url);
  expect((await world.records.webhooks.find(a.endpointId, ""))?.endpoint.url).toBe(feishu.url);
  const seen = [
    world.logged(),
    JSON.stringify((await world.ask({ url: `${V}/webhooks`, who: "investigator" })).body),
    JSON.stringify(await world.records.chains.list("audit")),
  ];
  for (const text of seen) expect(text).not.toMatch(/(token|sign|key)-4711/);
});

it("a rotated secret signs beside the old one for a day, and then alone", async () => {
  const { endpointId, secret: old } = (await add({})).body;
  const rotate = { method: "POST", url: `${V}/webhooks/${endpointId}/secret`, who: "investigator" } as const;
  const { secret: fresh, previousUntil } = (await world.ask(rotate)).body;
  expect(fresh).not.toBe(old);
  const now = new Date();
  const acceptedBy = async (secret: string, at: string) => {
    const { secrets } = (await world.records.webhooks.find(endpointId, at))!;
    const headers = standardHeaders("m-1", "{}", secrets, now) as Parameters<Webhook["verify"]>[1];
    try {
      new Webhook(secret).verify("{}", headers);
      return true;
    } catch {
      return false;
    }
  };
  const before = new Date(Date.parse(previousUntil) - HOUR_MS).toISOString();
  expect([await acceptedBy(fresh, before), await acceptedBy(old, before)]).toEqual([true, true]);
  expect([await acceptedBy(fresh, previousUntil), await acceptedBy(old, previousUntil)]).toEqual([true, false]);
});

it("recovering makes due what failed since a time", async () => {
  const { endpointId } = (await add({})).body;
  const sent = (await world.ask({ method: "POST", url: `${V}/webhooks/${endpointId}/test`, who: "investigator" })).body;
  const [claimed] = await world.records.deliveries.claim({ now: "2100-01-01", until: "2100-01-02", limit: 100 });
  const failed = {
    attempt: 1,
    at: "2026-05-06T08:00:00.000Z",
    status: 500,
    error: "no",
    durationMs: 1,
    request: "{}",
    answer: "no",
  };
  const record = { ...failed, state: "failed", nextAttemptAt: failed.at } as const;
  await world.records.deliveries.record(sent.deliveryId, record);
  expect(claimed).toBeDefined();
  const url = `${V}/webhooks/${endpointId}/recover`;
  const recover = (since: string) => world.ask({ method: "POST", url, who: "investigator", payload: { since } });
  expect((await recover("2026-05-07T00:00:00+08:00")).body).toEqual({ deliveries: 0 });
  expect((await recover("2026-05-06T00:00:00+08:00")).body).toEqual({ deliveries: 1 });
  const { body } = await world.ask({ url: `${V}/deliveries/${sent.deliveryId}`, who: "investigator" });
  expect(body).toMatchObject({
    state: "waiting",
    event: "webhook.test",
    attempts: [{ status: 500, request: "{}", answer: "no" }],
  });
});

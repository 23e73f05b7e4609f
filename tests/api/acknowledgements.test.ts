import { afterAll, beforeAll, expect, it } from "vitest";
import { linkFor, readLink, signLink } from "../../alerts/acknowledge.ts";
import { AT } from "../store/records/nouns.ts";
import { openWorld, type World } from "./world.ts";

let world: World;
let key: Buffer;
beforeAll(async () => {
  world = await openWorld();
  key = await world.records.acknowledgements.signingKey();
  const payload = { type: "anomaly.raised", data: { observed: 9, expected: 3, unit: "g/d" } };
  for (const subject of SUBJECTS)
    await world.records.outbox.enqueue({ messageId: `m-${subject}`, event: "anomaly.raised", subject, payload, createdAt: AT });
});
afterAll(() => world.close());

const SUBJECTS = ["anomaly-2026-05-02", "anomaly-2026-05-03", "anomaly-2026-05-04"] as const;
const DAY_MS = 86_400_000;
const tokenOf = (subject: string, by = key) => signLink(linkFor(subject, "wh-1", AT), by);
const get = (token: string, language = "en", method: "GET" | "HEAD" = "GET") =>
  world.ask({ method, url: `/acknowledge/${token}`, headers: { "accept-language": language } });
const post = (token: string) =>
  world.ask({
    method: "POST",
    url: `/acknowledge/${token}`,
    payload: "",
    headers: { "content-type": "application/x-www-form-urlencoded" },
  });
const stateOf = async (subject: string) => (await world.records.anomalies.find(subject))?.state;

it("opening a link changes nothing, however often it is looked at; the page has a button and loads nothing", async () => {
  for (let i = 0; i < 3; i++) {
    const { status, body, headers } = await get(tokenOf(SUBJECTS[0]));
    expect([status, headers["cache-control"], headers["referrer-policy"]]).toEqual([200, "no-store", "no-referrer"]);
    expect(body).toContain('<form method="post"><button type="submit">Take it in hand</button></form>');
    expect(body).toContain("Observed: 9 g/d, expected: 3 g/d");
    expect(body).not.toMatch(/<script|<style|src=|<link/);
  }
  expect((await get(tokenOf(SUBJECTS[0]), "en", "HEAD")).status).toBe(200);
  expect(await stateOf(SUBJECTS[0])).toBe("open");
});

it("the button takes the alert in hand, once: later the page says who did and when", async () => {
  const token = tokenOf(SUBJECTS[0]);
  const done = await post(token);
  expect([done.status, done.body]).toEqual([200, expect.stringContaining("It is in your hands.")]);
  expect(await stateOf(SUBJECTS[0])).toBe("acknowledged");
  await world.records.anomalies.setState(SUBJECTS[0], "open", AT);
  for (const again of [await post(token), await get(token)]) {
    expect(again.body).toContain("It was taken in hand before");
    expect(again.body).toContain(`wh-1 (link), ${AT}`);
    expect(again.body).not.toContain("<form");
  }
  expect(await stateOf(SUBJECTS[0])).toBe("open"); // a link that was used does nothing more
  const entries = await world.records.chains.list("audit");
  expect(entries.filter(({ action }) => action === "alert.acknowledged")).toMatchObject([
    { subject: SUBJECTS[0], actor: "wh-1 (link)" },
  ]);
});

it("the page speaks the reader's language", async () => {
  const { body } = await get(tokenOf(SUBJECTS[1]), "zh-CN,zh;q=0.9,en;q=0.8");
  expect(body).toContain("认领此告警？");
  expect(body).toContain("实测：9 g/d，预期：3 g/d");
  expect(body).toContain('<html lang="zh">');
});

it("a link that was changed, made up or signed by another key is not ours", async () => {
  const token = tokenOf(SUBJECTS[1]);
  const parts = token.split(".");
  const changed = [
    [SUBJECTS[2], ...parts.slice(1)].join("."),
    [parts[0], "wh-2", ...parts.slice(2)].join("."),
    [...parts.slice(0, 2), (Date.parse(AT) + 1_000 * DAY_MS).toString(36), parts[3]].join("."),
    [...parts.slice(0, 3), `${parts[3]?.slice(0, -2)}AA`].join("."),
    tokenOf(SUBJECTS[1], Buffer.alloc(32, 1)),
    "nonsense",
    "a.b.c.d",
    `${token}.x`,
  ];
  for (const each of changed) {
    expect((await get(each)).status).toBe(404);
    expect((await post(each)).status).toBe(404);
  }
  expect(await stateOf(SUBJECTS[1])).toBe("open");
  expect(await stateOf(SUBJECTS[2])).toBe("open");
});

it("what a link says is read back, and it fits in an address", () => {
  const link = linkFor("anomaly-0123456789abcdef0123", "wh-0123456789ab", AT);
  const token = signLink(link, key);
  expect(readLink(token, key)).toEqual(link);
  expect([token.length <= 100, encodeURIComponent(token)]).toEqual([true, token]);
});

it("no link is in the log", async () => {
  const token = tokenOf(SUBJECTS[2]);
  await get(token);
  await post(`${token}.x`);
  await world.ask({ url: "/openapi.json" });
  expect(world.logged()).toContain("/openapi.json");
  expect(world.logged()).not.toContain(token.split(".").at(-1));
});

it("a link expires", async () => {
  world.pass(7 * DAY_MS);
  expect((await get(tokenOf(SUBJECTS[1]))).status).toBe(410);
  expect((await post(tokenOf(SUBJECTS[1]))).status).toBe(410);
  expect(await stateOf(SUBJECTS[1])).toBe("open");
});

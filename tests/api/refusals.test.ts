import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openWorld, type World } from "./world.ts";

const V = "/api/v1";
let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

describe("a body with a field nobody knows is refused by the field's name and place", () => {
  it("at the top", async () => {
    const { status, body } = await world.ask({
      method: "POST",
      url: `${V}/leads/lead-1/notes`,
      who: "investigator",
      payload: { text: "a", colour: "red", size: 3 },
    });
    expect(status).toBe(400);
    expect(body.refusals).toMatchObject([
      { code: "field_unknown", where: { path: "body.colour" }, found: "colour" },
      { code: "field_unknown", where: { path: "body.size" }, found: "size" },
    ]);
  });

  it("inside, in a list, and in the query", async () => {
    const reading = { siteId: "a", deviceId: "d", time: "2026-05-04T08:00:00Z", quantity: "flow", value: 1, unit: "m3/d" };
    const payload = [reading, { ...reading, colour: "red" }];
    const { body } = await world.ask({ method: "POST", url: `${V}/readings`, who: "admin", payload });
    expect(body.refusals).toMatchObject([{ code: "field_unknown", where: { path: "body[1].colour" } }]);
    const query = await world.ask({ url: `${V}/anomalies?sort=peak`, who: "analyst" });
    expect(query.body.refusals).toMatchObject([{ code: "field_unknown", where: { path: "querystring.sort" } }]);
  });

  it("beside what is missing or wrong, with what was found and expected", async () => {
    const payload = { name: "n", role: "king", colour: "red" };
    const { body } = await world.ask({ method: "POST", url: `${V}/keys`, who: "admin", payload });
    const codes = body.refusals.map(({ code, where }: { code: string; where: { path: string } }) => `${code} ${where.path}`);
    expect(codes.toSorted()).toEqual(["field_invalid body.role", "field_missing body.organisation", "field_unknown body.colour"]);
  });
});

it("a round whose scores would be infinite is refused, so that no list of rounds holds one", async () => {
  const results = [
    { labId: "lab-one", value: 0 },
    { labId: "lab-two", value: 1 },
  ];
  const round = { roundId: "r-0", provider: "p", day: "2026-05-01", analyte: "mdma", unit: "ng/L", results };
  const payload = { ...round, sigmaShare: 5e-324, assigned: { value: 1, uncertainty: 0 } };
  const asked = await world.ask({ method: "POST", url: `${V}/interlaboratory-rounds`, who: "analyst", payload });
  expect([asked.status, asked.body.title]).toEqual([400, "Bad request"]);
  expect((await world.ask({ url: `${V}/interlaboratory-rounds`, who: "analyst" })).body.items).toEqual([]);
});

describe("problems and logs", () => {
  it("a path that does not exist, and a body that is not JSON, are problems too", async () => {
    const missing = await world.ask({ url: `${V}/nothing`, who: "admin" });
    const headers = { "content-type": "application/json" };
    const broken = await world.ask({ method: "POST", url: `${V}/session`, payload: "{", headers });
    for (const [answer, status] of [
      [missing, 404],
      [broken, 400],
    ] as const) {
      expect(answer.status).toBe(status);
      expect(answer.body).toMatchObject({ status, requestId: answer.headers["x-request-id"] });
    }
  });

  it("405: an address asked with another method says which it takes", async () => {
    const { status, headers, body } = await world.ask({ method: "PATCH", url: `${V}/sites/plant-a`, who: "admin" });
    expect([status, headers["allow"]]).toEqual([405, "GET, HEAD, PUT"]);
    expect(body.detail).toContain("PATCH");
  });

  it("speaks the reader's language: Chinese where it is preferred, English otherwise", async () => {
    const asked = async (language: string) => {
      const answer = await world.ask({ url: `${V}/sites/plant-x`, who: "admin", headers: { "accept-language": language } });
      return [answer.body.title, answer.body.detail, answer.headers["content-language"]];
    };
    const english = ["Not found", "There is no site plant-x.", "en"];
    const chinese = ["未找到", "没有采样点 plant-x。", "zh"];
    expect(await asked("zh-CN,zh;q=0.9,en;q=0.8")).toEqual(chinese);
    expect(await asked("fr, zh-Hant;q=0.5, en;q=0.4")).toEqual(chinese);
    expect(await asked("en-GB,zh;q=0.9")).toEqual(english);
    expect(await asked("zh;q=0")).toEqual(english);
    expect(await asked("")).toEqual(english);
    const unknown = { url: `${V}/sites?colour=red`, who: "admin", headers: { "accept-language": "zh" } } as const;
    expect((await world.ask(unknown)).body.refusals[0]).toMatchObject({ code: "field_unknown", expected: "仅限接口定义的字段" });
  });

  it("a malformed path is a problem and not an error of the server", async () => {
    const answer = await world.ask({ url: `${V}/sites/%zz`, who: "admin" });
    expect([answer.status, answer.headers["content-type"]]).toEqual([400, "application/problem+json"]);
  });

  it("a page may load scripts from here only, none inline, and may be framed by nobody", async () => {
    const policy = String((await world.ask({ url: `${V}/sites` })).headers["content-security-policy"]).split(";");
    for (const part of ["default-src 'self'", "script-src 'self'", "object-src 'none'", "frame-ancestors 'none'"])
      expect(policy).toContain(part);
  });

  it("no key, session, secret or password is ever in the log", async () => {
    const made = await world.ask({
      method: "POST",
      url: `${V}/keys`,
      who: "admin",
      payload: { name: "n", role: "lab", organisation: "o" },
    });
    const hook = { url: "https://example.org/", events: ["lead.opened"] };
    const { body } = await world.ask({ method: "POST", url: `${V}/webhooks`, who: "admin", payload: hook });
    const signedIn = await world.ask({ method: "POST", url: `${V}/session`, payload: { key: made.body.token } });
    const cookie = String(signedIn.headers["set-cookie"]).split(";")[0] as string;
    await world.ask({ url: `${V}/session`, headers: { cookie } });
    await world.ask({ method: "POST", url: `${V}/keys`, who: "admin", payload: { token: made.body.token } });
    const logged = world.logged();
    expect(logged).toContain(signedIn.headers["x-request-id"]);
    const secrets = [...Object.values(world.tokens), made.body.token, body.secret, cookie.split("=")[1] as string];
    expect(secrets.filter((secret) => logged.includes(secret) || logged.includes(secret.slice(-20)))).toEqual([]);
  });
});

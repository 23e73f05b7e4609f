import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { leadOf } from "../store/records/nouns.ts";
import { openWorld, PURPOSE, type World } from "./world.ts";

const V = "/api/v1";
let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const views = async () =>
  (await world.records.chains.list("audit", { limit: 10_000 }))
    .filter(({ action }) => action === "lead.viewed")
    .map(({ subject, actor, content }) => ({ subject, actor, content }));

/** Every way to read something of a lead, with what the audit log calls it. */
const WAYS: [path: string, what: string][] = [
  ["", "lead"],
  ["/network.geojson", "network"],
  ["/log", "log"],
  ["/versions", "versions"],
  ["/versions/1", "version 1"],
  ["/outcomes", "outcomes"],
  ["/outcomes.csv", "outcomes"],
  ["/outcomes.ndjson", "outcomes"],
  ["/attachments", "attachments"],
  ["/attachments.csv", "attachments"],
  ["/attachments.ndjson", "attachments"],
  ["/candidates", "candidates"],
  ["/survey", "survey"],
  ["/report.html", "report"],
  ["/report.geojson", "report.geojson"],
  ["/evidence.csv", "evidence.csv"],
  ["/orders", "orders"],
  ["/custody", "custody"],
];

describe("views of leads", () => {
  it.each(WAYS)("/leads/lead-1%s is in the audit chain, with who saw it and what for", async (path, what) => {
    const before = await views();
    expect((await world.ask({ url: `${V}/leads/lead-1${path}`, who: "investigator" })).status).toBe(200);
    const content = { what, purpose: PURPOSE };
    expect((await views()).slice(before.length)).toMatchObject([{ subject: "lead-1", actor: "the investigator", content }]);
  });

  it("no way is left out: each route under a lead that reads is among them", async () => {
    const { body } = await world.ask({ url: "/openapi.json" });
    const reading = Object.entries<Record<string, unknown>>(body.paths)
      .filter(([path, methods]) => path.startsWith(`${V}/leads/{leadId}`) && "get" in methods)
      .map(([path]) => path.slice(`${V}/leads/{leadId}`.length).replace("{version}", "1"));
    const tried = [...WAYS.map(([path]) => path), "/attachments/{sha256}", "/orders/{orderId}.html"]; // those have tests of their own
    expect(reading.toSorted()).toEqual(tried.toSorted());
  });

  it.each(["/leads", "/leads.csv"])("%s names every lead it showed", async (path) => {
    await world.ask({ url: `${V}${path}?state=open`, who: "admin" });
    expect((await views()).at(-1)).toMatchObject({ subject: "lead-1 lead-2 lead-3", actor: "the admin" });
  });

  it("a refused or missing view is none", async () => {
    const before = await views();
    await world.ask({ url: `${V}/leads/lead-1`, who: "analyst" });
    await world.ask({ url: `${V}/leads/lead-9`, who: "investigator" });
    expect(await views()).toEqual(before);
  });

  it("what a change answers is a view too, also where it changed nothing", async () => {
    const before = await views();
    const url = `${V}/leads/lead-1/assignee`;
    for (let i = 0; i < 2; i++) await world.ask({ method: "PUT", url, who: "investigator", payload: { assignee: "Wang Fang" } });
    expect((await views()).slice(before.length)).toMatchObject([
      { content: { what: "change", purpose: "assignment" } },
      { content: { what: "change", purpose: "assignment" } },
    ]);
  });

  it("the chain is whole", async () => expect(await world.records.chains.verify("audit")).toBeNull());

  it("what cannot be written down is not shown", async () => {
    const own = await openWorld();
    own.file.db.exec('alter table "chainEntries" rename to "gone"');
    for (const [path] of WAYS) {
      const { status, body } = await own.ask({ url: `${V}/leads/lead-1${path}`, who: "investigator" });
      expect(status).toBe(500);
      expect(JSON.stringify(body)).not.toContain("finding");
    }
    await own.close();
  });
});

describe("the purpose of a view", () => {
  const without = { "x-purpose": "" };

  it.each([...WAYS.map(([path]) => `/leads/lead-1${path}`), "/leads", "/leads.csv"])(
    "%s shows nothing without one",
    async (path) => {
      const before = await views();
      const { status, body } = await world.ask({ url: `${V}${path}`, who: "investigator", headers: without });
      expect([status, body.refusals?.[0].code]).toEqual([400, "purpose_missing"]);
      expect(await views()).toEqual(before);
    },
  );

  it.each(["x", "....", "    ", "%20%20%20%20", "aaaa", "???????", `because ${"very ".repeat(80)}`])(
    "%j is none",
    async (purpose) => {
      const { status } = await world.ask({ url: `${V}/leads/lead-1`, who: "investigator", headers: { "x-purpose": purpose } });
      expect(status).toBe(400);
    },
  );

  it.each([
    ["case 2026-117", "case 2026-117"],
    [encodeURIComponent("2026-117号案件溯源"), "2026-117号案件溯源"],
    ["100 % sure", "100 % sure"],
  ])("%s is kept as it was meant", async (sent, kept) => {
    await world.ask({ url: `${V}/leads/lead-1`, who: "investigator", headers: { "x-purpose": sent } });
    expect((await views()).at(-1)?.content).toMatchObject({ purpose: kept });
  });

  it("may be stated in the address, for links and downloads", async () => {
    const url = `${V}/leads/lead-1/report.html?purpose=${encodeURIComponent("案件 2026-117")}`;
    expect((await world.ask({ url, who: "investigator", headers: without })).status).toBe(200);
    expect((await views()).at(-1)?.content).toMatchObject({ what: "report", purpose: "案件 2026-117" });
  });
});

describe("the case file over HTTP", () => {
  const send = (path: string, payload: unknown, method: "POST" | "PUT" = "POST") =>
    world.ask({ method, url: `${V}/leads/case-1${path}`, who: "investigator", payload: payload as object });
  beforeAll(() => world.records.leads.save(leadOf("case-1", { state: "referred" })));

  it("outcomes are counted, each count with its definition", async () => {
    const outcome = { caseNumber: "2026-117", result: "solved", date: "2026-05-06", text: "a laboratory" };
    expect((await send("/outcomes", outcome)).status).toBe(201);
    expect((await send("/outcomes", { ...outcome, caseNumber: " 2026–117" })).status).toBe(201);
    const { body } = await world.ask({ url: `${V}/leads/statistics?from=2026-01-01&to=2027-01-01`, who: "investigator" });
    expect(body.counts).toMatchObject({ leadsWithCases: 1, casesSupported: 1, casesSolved: 1 });
    expect(body.definitions.casesSupported.en).toContain("counts once");
  });

  it("a file comes back byte for byte, is named by its hash, and its view is written down", async () => {
    const bytes = Buffer.from([0xff, 0xd8, 0xff, 0, 13, 10]);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const headers = { "content-type": "image/jpeg" };
    const url = `${V}/leads/case-1/attachments?name=${encodeURIComponent("封条.jpg")}`;
    const sent = await world.ask({ method: "POST", url, who: "investigator", headers, payload: bytes });
    expect(sent.body).toMatchObject({ sha256, bytes: 6, name: "封条.jpg", mediaType: "image/jpeg", addedBy: "the investigator" });
    const back = await world.api.inject({
      url: `${V}/leads/case-1/attachments/${sha256}`,
      headers: { ...world.as("investigator"), "x-purpose": PURPOSE },
    });
    expect(back.rawPayload.equals(bytes)).toBe(true);
    expect(back.headers["content-disposition"]).toContain("attachment"); // never shown in place
    expect((await views()).at(-1)?.content).toMatchObject({ what: `attachment ${sha256}` });
    const other = await world.ask({ url: `${V}/leads/lead-1/attachments/${sha256}`, who: "investigator" });
    expect(other.status).toBe(404);
  });

  it("what a browser would run, or is too large, is not taken", async () => {
    const post = (payload: Buffer | string, type: string) =>
      world.ask({
        method: "POST",
        url: `${V}/leads/case-1/attachments?name=x`,
        who: "investigator",
        headers: { "content-type": type },
        payload,
      });
    expect((await post("<script>", "text/html")).status).toBe(415);
    expect((await post("<svg/>", "image/svg+xml")).status).toBe(415);
    expect((await post(Buffer.alloc(8 * 1024 * 1024 + 1), "image/png")).status).toBe(413);
  });
});

it("what a guard refuses is said in the reader's language", async () => {
  const url = `${V}/leads/lead-1/transitions`;
  const refused = async (language: string) =>
    (
      await world.ask({
        method: "POST",
        url,
        who: "investigator",
        headers: { "accept-language": language },
        payload: { to: "confirmed" },
      })
    ).body.detail;
  expect(await refused("en")).toContain("a lead that is open may become");
  expect(await refused("zh-CN")).toBe("“待处理”的线索可转为：已研判、采样中、已排除、已合并、已过期、已撤回，不能转为“已证实”");
});

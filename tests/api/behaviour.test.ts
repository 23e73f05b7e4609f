import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { csvOf } from "../../api/csv.ts";
import { thin } from "../../api/series/thin.ts";
import { LAB, leadOf, OTHER_LAB, openWorld, reportOf, type World } from "./world.ts";

const V = "/api/v1";
let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());
const published = async () => (await world.log.lag("assay-reports", "test")).reduce((sum, { lag }) => sum + Number(lag), 0);

describe("uploads", () => {
  const send = (reports: object[], options: { who?: "lab" | "otherLab" | "admin"; mode?: string; once?: string } = {}) =>
    world.ask({
      method: "POST",
      url: `${V}/uploads?mode=${options.mode ?? "commit"}`,
      who: options.who ?? "lab",
      payload: { reports },
      headers: options.once ? { "idempotency-key": options.once } : {},
    });

  it("a laboratory sees its own receipts only, and another's looks as if it were not there", async () => {
    const own = (await send([reportOf("s-own")])).body.receipt;
    const other = (await send([reportOf("s-other", { labId: OTHER_LAB })], { who: "otherLab" })).body.receipt;
    const labs = async (who: "lab" | "otherLab") =>
      new Set((await world.ask({ url: `${V}/uploads`, who })).body.items.map((item: { labId: string }) => item.labId));
    expect([await labs("lab"), await labs("otherLab")]).toEqual([new Set([LAB]), new Set([OTHER_LAB])]);
    expect((await world.ask({ url: `${V}/uploads/${own.uploadId}`, who: "lab" })).body).toEqual(own);
    const foreign = await world.ask({ url: `${V}/uploads/${other.uploadId}`, who: "lab" });
    const missing = await world.ask({ url: `${V}/uploads/upload-x`, who: "lab" });
    expect([foreign.status, foreign.body.title]).toEqual([missing.status, missing.body.title]);
    expect((await world.ask({ url: `${V}/uploads/${other.uploadId}`, who: "admin" })).status).toBe(200);
  });

  it("a laboratory cannot send results in another's name", async () => {
    const { status, body } = await send([reportOf("s", { labId: OTHER_LAB })]);
    expect(status).toBe(422);
    expect(body.refusals).toMatchObject([{ code: "laboratory_foreign", where: { path: "reports[0].labId" }, found: OTHER_LAB }]);
  });

  it("the same Idempotency-Key again answers with the first receipt and publishes nothing; another laboratory's is its own", async () => {
    const first = await send([reportOf("s-1")], { once: "k" });
    const before = await published();
    const again = await send([reportOf("s-1")], { once: "k" });
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.body.receipt).toEqual(first.body.receipt);
    expect(await published()).toBe(before);
    expect((await send([reportOf("s-2")], { once: "k" })).status).toBe(409);
    const other = await send([reportOf("s-1", { labId: OTHER_LAB })], { once: "k", who: "otherLab" });
    expect(other.status).toBe(201);
    expect(other.body.receipt.uploadId).not.toBe(first.body.receipt.uploadId);
  });

  it("a check says what the commit then does, item by item, and publishes nothing", async () => {
    const broken = { ...reportOf("s-b"), results: [{ analyte: "mdma", value: 1, unit: "bananas", method: "m" }] };
    const reports = [reportOf("s-a"), broken, reportOf("s-c", { siteId: "plant-x" }), { ...reportOf("s-d"), colour: "red" }];
    const before = await published();
    const check = await send(reports, { mode: "check" });
    expect(await published()).toBe(before);
    const commit = await send(reports);
    expect(await published()).toBe(before + 1);
    expect([check.status, commit.status]).toEqual([200, 201]);
    const { receipt, ...said } = check.body;
    expect(receipt).toBeNull();
    expect(commit.body).toMatchObject(said);
    expect(commit.body.receipt.samples).toEqual(["s-a"]);
    expect(said).toMatchObject({ verdict: "partlyAccepted", counts: { samples: 1, results: 1, rejected: 3 } });
    const where = said.refusals.map(({ code, where }: { code: string; where: { path: string } }) => `${code} ${where.path}`);
    expect(where).toEqual([
      "field_invalid reports[1].results[0].unit",
      "site_unknown reports[2].sample.siteId",
      "field_unknown reports[3].colour",
    ]);
  });
});

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

describe("views of leads", () => {
  const views = async () =>
    (await world.records.chains.list("audit"))
      .filter(({ action }) => action === "lead.viewed")
      .map(({ subject, actor, content }) => ({ subject, actor, content }));

  it.each([
    ["", "lead"],
    ["/network.geojson", "network"],
    ["/log", "log"],
  ])("/leads/lead-1%s is in the audit chain, with who saw it", async (path, what) => {
    const before = await views();
    expect((await world.ask({ url: `${V}/leads/lead-1${path}`, who: "investigator" })).status).toBe(200);
    expect((await views()).slice(before.length)).toEqual([{ subject: "lead-1", actor: "the investigator", content: { what } }]);
  });

  it("a list names every lead it showed", async () => {
    await world.ask({ url: `${V}/leads?limit=2`, who: "admin" });
    expect((await views()).at(-1)).toMatchObject({ subject: "lead-1 lead-2", actor: "the admin" });
  });

  it("a refused or missing view is none", async () => {
    const before = await views();
    await world.ask({ url: `${V}/leads/lead-1`, who: "analyst" });
    await world.ask({ url: `${V}/leads/lead-9`, who: "investigator" });
    expect(await views()).toEqual(before);
  });

  it("the chain is whole", async () => expect(await world.records.chains.verify("audit")).toBeNull());

  it("what cannot be written down is not shown", async () => {
    const own = await openWorld();
    own.file.db.exec('alter table "chainEntries" rename to "gone"');
    const { status, body } = await own.ask({ url: `${V}/leads/lead-1`, who: "investigator" });
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toContain("finding");
    await own.close();
  });
});

describe("paging", () => {
  const walk = async (path: string, id: string, who: "admin" | "lab" = "admin") => {
    const seen: string[] = [];
    let next: string | null = null;
    do {
      const { body } = await world.ask({ url: `${V}${path}?limit=1${next ? `&cursor=${next}` : ""}`, who });
      seen.push(...body.items.map((item: Record<string, string>) => String(item[id])));
      next = body.next;
    } while (next && seen.length < 500);
    return seen;
  };
  it.each([
    ["/sites", "siteId"],
    ["/anomalies", "anomalyId"],
    ["/leads", "leadId"],
  ])("%s: one at a time shows what one page shows, each once, in the same order", async (path, id) => {
    const { body } = await world.ask({ url: `${V}${path}?limit=500`, who: "admin" });
    const whole = body.items.map((item: Record<string, string>) => item[id]);
    expect(whole.length).toBeGreaterThan(2);
    expect(await walk(path, id)).toEqual(whole);
  });

  it("the audit log, oldest first, seq by seq", async () => {
    const seqs = (await walk("/audit", "seq")).map(Number);
    expect(seqs).toEqual(seqs.map((_, i) => i + 1));
  });

  it("leads changed at the same moment are not lost between pages", async () => {
    for (const id of ["same-1", "same-2", "same-3"]) await world.records.leads.save(leadOf(id));
    const ids = await walk("/leads", "leadId");
    expect(ids.filter((id) => id.startsWith("same"))).toEqual(["same-1", "same-2", "same-3"]);
  });

  it.each(["e30", "!", "null", Buffer.from('{"siteId":5}').toString("base64url")])("the cursor %j is refused", async (cursor) =>
    expect((await world.ask({ url: `${V}/sites?cursor=${cursor}`, who: "lab" })).status).toBe(400),
  );
});

describe("CSV", () => {
  it.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])("text that begins a formula is disarmed: %j", (text) =>
    expect(csvOf(["a"], [[text]])).toMatch(/^a\r\n"?'/),
  );
  it("numbers stay numbers, quotes and line breaks are quoted, null is empty", () =>
    expect(
      csvOf(
        ["a", "b", "c"],
        [
          [-1.5, 'say "hi"', "x\ny"],
          [null, true, "a,b"],
        ],
      ),
    ).toBe('a,b,c\r\n-1.5,"say ""hi""","x\ny"\r\n,true,"a,b"\r\n'));
  it("a series as CSV holds the same values as in JSON, each with its unit", async () => {
    const { body: json } = await world.ask({ url: `${V}/series?siteId=plant-a`, who: "analyst" });
    const { body: csv, headers } = await world.ask({ url: `${V}/series.csv?siteId=plant-a`, who: "analyst" });
    const [header, ...rows] = csv
      .trimEnd()
      .split("\r\n")
      .map((line: string) => line.split(","));
    expect(headers["content-type"]).toBe("text/csv; charset=utf-8");
    const at = (name: string) => header.indexOf(name);
    expect(rows.map((row: string[]) => [row[at("time")], Number(row[at("value")]), row[at("censored")] === "true"])).toEqual(
      json.items[0].points.map((p: { time: string; value: number; censored: boolean }) => [p.time, p.value, p.censored]),
    );
    expect(new Set(rows.map((row: string[]) => row[at("unit")]))).toEqual(new Set(["g/d"]));
  });
});

describe("a thinned series", () => {
  it("keeps the peak and what lies below the limit, in order", async () => {
    const { body } = await world.ask({ url: `${V}/series?siteId=plant-a&points=12`, who: "analyst" });
    const { points } = body.items[0];
    expect(points.length).toBeLessThanOrEqual(12);
    expect(Math.max(...points.map(({ value }: { value: number }) => value))).toBe(900);
    expect(points.filter(({ censored }: { censored: boolean }) => censored)).toHaveLength(1);
    expect(points.map(({ time }: { time: string }) => time)).toEqual(points.map(({ time }: { time: string }) => time).toSorted());
  });
  it("a short one is left alone", () => {
    const points = [1, 2, 3].map((value) => ({ value, censored: false }));
    expect(thin(points, 3)).toEqual(points);
  });
});

/** Of Fastify's drawing of its routes, four characters a level, those below the API's prefix. */
function pathsOf(drawing: string): string[] {
  const above: string[] = [];
  return drawing.split("\n").flatMap((line) => {
    const [, indent, part = "", methods] = /^([│├└─ ]*)(\S+) ?(\(.*\))?$/.exec(line) ?? [];
    const level = (indent?.length ?? 0) / 4;
    above[level] = part;
    const path = above.slice(0, level + 1).join("");
    return methods && path.startsWith(`${V}/`) ? [path] : [];
  });
}

describe("OpenAPI", () => {
  it("is 3.1, and each operation says what it does, who may call it and what it answers", async () => {
    const { body } = await world.ask({ url: "/openapi.json" });
    expect(body.openapi).toMatch(/^3\.1\./);
    type Operation = { summary?: string; tags?: string[]; responses: object; "x-roles"?: string[]; security?: object[] };
    const all = Object.entries<Record<string, Operation>>(body.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, ...operation })),
    );
    const lacking = all.filter(({ summary, tags, security, "x-roles": roles }) => !summary || !tags || !(roles || security));
    expect(lacking.map(({ name }) => name)).toEqual([]);
  });

  it("lists every route of the API", async () => {
    const { body } = await world.ask({ url: "/openapi.json" });
    const routes = Object.keys(body.paths).map((path) => path.replaceAll(/\{(\w+)\}/g, ":$1"));
    const paths = pathsOf(world.api.printRoutes({ commonPrefix: false }));
    expect(paths.length).toBeGreaterThan(25);
    expect(routes.toSorted()).toEqual(paths.toSorted());
  });
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

  it("a malformed path is a problem and not an error of the server", async () => {
    const answer = await world.ask({ url: `${V}/sites/%zz`, who: "admin" });
    expect([answer.status, answer.headers["content-type"]]).toEqual([400, "application/problem+json"]);
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

describe("the probes", () => {
  it("ready says which store is away", async () => {
    const own = await openWorld();
    expect((await own.ask({ url: "/ready" })).body).toEqual({ status: "ready", log: "ok", series: "ok", records: "ok" });
    await own.records.close();
    const away = await own.ask({ url: "/ready" });
    expect(away.status).toBe(503);
    expect(away.body).toMatchObject({ status: "not ready" });
    expect(away.body.records).not.toBe("ok");
    expect((await own.ask({ url: "/health" })).status).toBe(200);
    await own.api.close();
  });
});

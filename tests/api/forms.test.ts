import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openWorld, type World } from "./world.ts";

const V = "/api/v1";
let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const ndjson = (body: string) =>
  body
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));

describe("a list as a table", () => {
  it("holds all pages, with the header of its schema and each thing once", async () => {
    for (let i = 0; i < 620; i++)
      await world.records.sites.save(
        { siteId: `many-${i}`, name: `=cmd|${i}`, kind: "manhole", timeZone: "Asia/Shanghai", parentSiteId: "plant-c" },
        "2026-05-06T08:00:00.000Z",
      );
    const url = (extension: string) => `${V}/sites.${extension}?parentSiteId=plant-c`;
    const csv = await world.ask({ url: url("csv"), who: "lab" });
    expect(csv.headers["content-type"]).toBe("text/csv; charset=utf-8");
    expect(csv.headers["content-disposition"]).toBe('attachment; filename="sites.csv"');
    const rows = parse(csv.body, { columns: true }) as Record<string, string>[];
    expect(new Set(rows.map((row) => row["site_id"])).size).toBe(620);
    expect(rows[0]).toMatchObject({ kind: "manhole", network_node_network_id: "", population_people: "" });
    expect(rows.every((row) => row["name"]?.startsWith("'=cmd"))).toBe(true); // no spreadsheet runs it
    const lines = ndjson((await world.ask({ url: url("ndjson"), who: "lab" })).body);
    expect(lines).toHaveLength(620);
    expect(lines[0]).toEqual((await world.ask({ url: `${V}/sites?parentSiteId=plant-c&limit=1`, who: "lab" })).body.items[0]);
  });

  it.each(["series/latest", "overview"])("%s: also where the list is kept as text", async (list) => {
    const question = "analyte=benzoylecgonine";
    const { items } = (await world.ask({ url: `${V}/${list}?${question}`, who: "analyst" })).body;
    const csv = await world.ask({ url: `${V}/${list}.csv?${question}`, who: "analyst" });
    expect(csv.headers["content-type"]).toBe("text/csv; charset=utf-8");
    expect(parse(csv.body, { columns: true })).toHaveLength(items.length);
    const lines = await world.ask({ url: `${V}/${list}.ndjson?${question}`, who: "analyst" });
    expect(lines.headers["content-type"]).toBe("application/x-ndjson; charset=utf-8");
    expect(ndjson(lines.body)).toEqual(items);
  });

  it("of leads: each page is in the audit log before it is sent", async () => {
    const before = (await world.records.chains.list("audit")).length;
    const { body } = await world.ask({ url: `${V}/leads.csv`, who: "investigator" });
    expect(parse(body, { columns: true })).toHaveLength(3);
    const views = (await world.records.chains.list("audit")).slice(before);
    expect(views.map(({ action }) => action)).toEqual(["lead.viewed"]);
  });

  it.each(["csv", "ndjson"])("series.%s: a profile that there is not is refused before anything is sent", async (extension) => {
    const url = `${V}/series.${extension}?siteId=plant-a&measure=load&profile=none`;
    const { status, body } = await world.ask({ url, who: "analyst" });
    expect([status, body.detail]).toEqual([400, expect.stringContaining("no method profile none")]);
  });

  it("a wrong filter is refused as a problem, before anything is sent", async () => {
    const { status, body } = await world.ask({ url: `${V}/sites.csv?kind=moon`, who: "lab" });
    expect([status, body.refusals[0].where.path]).toEqual([400, "querystring.kind"]);
  });
});

describe("fields=", () => {
  it("sends only the fields asked for, of each item and of one thing, and says so in the type", async () => {
    const list = await world.ask({ url: `${V}/anomalies?fields=anomalyId,state&limit=2`, who: "analyst" });
    expect(list.headers["content-type"]).toContain("application/vnd.sewertrace.sparse+json");
    expect(Object.keys(list.body.items[0])).toEqual(["anomalyId", "state"]);
    expect(typeof list.body.next).toBe("string");
    const one = await world.ask({ url: `${V}/anomalies/anomaly-2026-05-02?fields=peak`, who: "analyst" });
    expect(Object.keys(one.body)).toEqual(["peak"]);
  });

  it("chooses the columns of a table", async () => {
    const { body } = await world.ask({ url: `${V}/anomalies.csv?fields=anomalyId,state`, who: "analyst" });
    expect(body.split("\r\n")[0]).toBe("anomaly_id,state");
  });

  it("400: a field there is none of", async () => {
    const { status, body } = await world.ask({ url: `${V}/anomalies?fields=anomalyId,secret`, who: "analyst" });
    expect([status, body.refusals[0].where.path]).toEqual([400, "querystring.fields"]);
  });
});

describe("conditional requests", () => {
  it("304 while nothing changed, 200 with another ETag when something did", async () => {
    const url = `${V}/anomalies/anomaly-2026-05-03`;
    const first = await world.ask({ url, who: "analyst" });
    const headers = { "if-none-match": `"other", ${first.headers["etag"]}` };
    const unchanged = await world.ask({ url, who: "analyst", headers });
    expect([unchanged.status, unchanged.body, unchanged.headers["etag"]]).toEqual([304, "", first.headers["etag"]]);
    await world.ask({ method: "POST", url: `${url}/acknowledge`, who: "analyst" });
    const changed = await world.ask({ url, who: "analyst", headers });
    expect(changed.status).toBe(200);
    expect(changed.headers["etag"]).not.toBe(first.headers["etag"]);
  });

  it("412: a site or an anomaly is not changed by who read it before somebody else's change", async () => {
    const url = `${V}/sites/plant-b`;
    const read = await world.ask({ url, who: "admin" });
    const put = (name: string, headers: Record<string, string>) =>
      world.ask({ method: "PUT", url, who: "admin", headers, payload: { ...read.body.site, name } });
    const match = { "if-match": String(read.headers["etag"]) };
    expect((await put("first", match)).status).toBe(200);
    expect((await put("second", match)).status).toBe(412);
    expect((await put("third", {})).status).toBe(200);
    const anomaly = `${V}/anomalies/anomaly-2026-05-04`;
    const decide = (ifMatch: string) =>
      world.ask({ method: "POST", url: `${anomaly}/acknowledge`, who: "analyst", headers: { "if-match": ifMatch } });
    const seen = String((await world.ask({ url: anomaly, who: "analyst" })).headers["etag"]);
    expect((await decide(seen)).status).toBe(200);
    expect((await decide(seen)).status).toBe(412);
  });
});

it("answers are compressed as the reader can read them, and are the same", async () => {
  const url = `${V}/series?siteId=plant-a&analyte=mdma`;
  const raw = async (encoding: string) =>
    world.api.inject({ url, headers: { ...world.as("analyst"), "accept-encoding": encoding } });
  const [plain, br, gzip] = await Promise.all(["identity", "br", "gzip"].map(raw));
  expect([plain, br, gzip].map((answer) => answer?.headers["content-encoding"])).toEqual([undefined, "br", "gzip"]);
  expect(brotliDecompressSync(br?.rawPayload ?? "").toString()).toBe(plain?.body);
  expect(gunzipSync(gzip?.rawPayload ?? "").toString()).toBe(plain?.body);
  expect(new Set([plain, br, gzip].map((answer) => answer?.headers["etag"])).size).toBe(1);
});

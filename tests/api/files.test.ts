import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeWorkbook } from "../../ingest/files/workbook.ts";
import { openWorkbook } from "../../ingest/files/xlsx.ts";
import { type FileRequest, fileRequest } from "./uploadForms.ts";
import { LAB, OTHER_LAB, openWorld, reportOf, TABLE, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const published = async () => (await world.log.lag("assay-reports", "test")).reduce((sum, { lag }) => sum + Number(lag), 0);
const send = async (content: string | Uint8Array, request: FileRequest = {}, who: "lab" | "otherLab" | "admin" = "lab") =>
  world.ask({ ...(await fileRequest(content, request)), who });
const check = (content: string | Uint8Array, request: FileRequest = {}) => send(content, { ...request, query: "?mode=check" });
const of = (sample: string) => TABLE.replaceAll("s-1,", `${sample},`);

it("a file is taken in its laboratory's name, and its receipt is found again", async () => {
  const before = await published();
  const { status, body } = await send(of("s-1"));
  expect(status).toBe(201);
  expect(body).toMatchObject({
    verdict: "accepted",
    format: "long",
    mappingFrom: "recognised",
    counts: { rows: 2, samples: 1, results: 2, new: 2, unchanged: 0, amended: 0, rejected: 0, warnings: 0 },
    truncated: false,
    receipt: { labId: LAB, samples: ["s-1"], fileName: "results.csv" },
  });
  expect(await published()).toBe(before + 1);
  expect((await world.ask({ url: `/api/v1/uploads/${body.receipt.uploadId}`, who: "lab" })).body).toEqual(body.receipt);
});

it("a check says what the commit does and publishes nothing; the wrong cell is named", async () => {
  const table = of("s-2").replace("12.5,ng/L", "12.5,bananas");
  const before = await published();
  const { receipt, rejectedRows, ...said } = (await check(table)).body;
  expect(receipt).toBeNull();
  expect(await published()).toBe(before);
  const commit = await send(table);
  expect(commit.body).toMatchObject({ ...said, rejectedRows });
  expect(commit.body.counts).toMatchObject({ rows: 2, results: 1, rejected: 1, errors: 1 });
  expect(said.problems).toMatchObject([
    { where: { file: "results.csv", row: 2, cell: "H2" }, found: "bananas", severity: "error" },
  ]);
  expect(said.findings).toMatchObject([{ column: "unit", count: 1, rows: [2], values: ["bananas"] }]);
});

it("the rows that were refused come back in the format they came in, to their laboratory only, and can be mended and sent", async () => {
  const { body } = await check(of("s-3").replace("12.5,ng/L", "12.5,bananas"), { name: "mai ü.csv" });
  expect(body.rejectedRows).toMatchObject({ fileName: "mai ü-rejected.csv", rows: 1, leftOut: 0 });
  const url = body.rejectedRows.href;
  const file = await world.ask({ url, who: "lab" });
  expect(file.headers["content-type"]).toBe("text/csv; charset=utf-8");
  expect(file.headers["content-disposition"]).toBe("attachment; filename*=UTF-8''mai%20%C3%BC-rejected.csv");
  expect((await world.ask({ url, who: "otherLab" })).status).toBe(404);
  const mended = await send(String(file.body).replace(",bananas,", ",ng/L,"));
  expect(mended.body).toMatchObject({ verdict: "accepted", counts: { rows: 1, new: 1 } });
  const rows = of("s-3b").replace("12.5,ng/L", "12.5,bananas").trim().split("\n");
  const book = writeWorkbook([{ name: "Mine", rows: rows.map((row) => row.split(",")) }]);
  const { href } = (await check(book, { name: "r.xlsx" })).body.rejectedRows;
  const answer = await world.api.inject({ url: href, headers: world.as("lab") });
  expect((await openWorkbook(answer.rawPayload)).sheets.map(({ name }) => name)).toEqual(["Mine"]);
  const reports = [reportOf("s-3c"), { ...reportOf("s-3d"), results: [{ analyte: "mdma", value: 1, unit: "x", method: "m" }] }];
  const json = (await check(JSON.stringify(reports), { name: "r.json" })).body;
  expect(json).toMatchObject({ format: "json", verdict: "partlyAccepted", counts: { rows: 2, new: 1, rejected: 1 } });
  const refused = (await world.ask({ url: json.rejectedRows.href, who: "lab" })).body;
  expect(refused.reports).toMatchObject([{ sample: { sampleId: "s-3d" }, __error: expect.stringContaining("unit") }]);
  refused.reports[0].results[0].unit = "ng/L";
  expect((await check(JSON.stringify(refused), { name: "r.json" })).body.verdict).toBe("accepted");
});

it("a file that a spreadsheet has damaged is held whole", async () => {
  const before = await published();
  const damaged = TABLE.replaceAll("s-1,", "Mar-01,").replace("12.5", "Mar-12");
  expect((await check(damaged)).body).toMatchObject({ verdict: "held", counts: { results: 1 } });
  const { status, body } = await send(damaged);
  expect([status, await published()]).toEqual([422, before]);
  expect(body.refusals.length).toBeGreaterThan(0);
});

it("the same file under the same Idempotency-Key is taken once, other bytes under it are not", async () => {
  const headers = { "idempotency-key": "once" };
  const first = await send(of("s-4"), { headers });
  const before = await published();
  const again = await send(of("s-4"), { headers });
  expect([first.status, again.status, await published()]).toEqual([201, 200, before]);
  expect(again.body).toMatchObject({ receipt: first.body.receipt, counts: first.body.counts, verdict: first.body.verdict });
  expect((await send(of("s-5"), { headers })).status).toBe(409);
});

it("an administrator says whose results they are; a laboratory cannot say another's", async () => {
  expect((await send(of("s-6"), {}, "admin")).status).toBe(400);
  const query = `?labId=${OTHER_LAB}`;
  expect((await send(of("s-6"), { query }, "admin")).body.receipt).toMatchObject({ labId: OTHER_LAB });
  expect((await send(of("s-6"), { query })).status).toBe(400);
});

describe("a body that is no upload", () => {
  it.each(["null", "[]", '{"reports":[', '{"rows":[]}'])("%s as a JSON file says what was expected", async (text) => {
    const { status, body } = await send(text, { name: "r.json" });
    expect([status, body.refusals.map(({ code }: { code: string }) => code)]).toEqual([422, ["file_unreadable"]]);
  });
  it("of no bytes holds no header", async () => expect((await send("")).status).toBe(422));
  it("without a file, with two, or with a field nobody knows, is refused by name", async () => {
    const request = await fileRequest(TABLE, { fields: { colour: "red" } });
    const unknown = await world.ask({ ...request, who: "lab" });
    expect(unknown.status).toBe(400);
    expect(unknown.body.refusals).toMatchObject([{ code: "field_unknown", found: "colour" }]);
    const text = (request.payload as Buffer).toString("latin1").replaceAll('name="colour"', 'name="file"');
    expect((await world.ask({ ...request, payload: Buffer.from(text, "latin1"), who: "lab" })).status).toBe(400);
    expect((await world.ask({ ...request, payload: Buffer.from("nonsense"), who: "lab" })).status).toBe(400);
    expect((await world.ask({ method: "POST", url: "/api/v1/uploads", payload: { fileName: "x" }, who: "lab" })).status).toBe(
      400,
    );
  });
});

describe("a table with headers of its own", () => {
  const table = (sample: string) => of(sample).replace("value,", "Menge,").replace("unit,", "Einh.,");
  const mapping = { columns: { Menge: "value", "Einh.": "unit" } };
  const ask = (method: "GET" | "PUT" | "DELETE", path = "", payload?: object) =>
    world.ask({ method, url: `/api/v1/uploads/mappings${path}`, who: "lab", ...(payload ? { payload } : {}) });

  it("is refused with its header and some of its cells, so that they can be mapped", async () => {
    const { body } = await check(table("s-7"));
    expect(body).toMatchObject({ verdict: "rejected", format: null, mapping: null, header: { row: 1 } });
    const columns = body.header.columns.map(({ header, samples }: { header: string; samples: string[] }) => [header, samples[0]]);
    expect(columns).toContainEqual(["Menge", "12.5"]);
  });

  it("is read with the mapping given, which is remembered when the file is sent, and not by a check", async () => {
    expect((await check(table("s-7"), { fields: { mapping } })).body).toMatchObject({
      verdict: "accepted",
      mappingFrom: "given",
    });
    expect((await check(table("s-7"))).body.verdict).toBe("rejected");
    const sent = await send(table("s-7"), { fields: { mapping } });
    expect(sent.status).toBe(201);
    const next = (await check(table("s-8"))).body;
    expect(next).toMatchObject({ verdict: "accepted", mappingFrom: "remembered", fingerprint: sent.body.fingerprint });
    expect(next.mapping.columns).toMatchObject(mapping.columns);
    expect((await send(table("s-8"), { query: "?mode=check" }, "otherLab")).body.verdict).toBe("rejected");
  });

  it("is read as the remembered mapping is changed, and not at all when it is forgotten", async () => {
    const { items } = (await ask("GET")).body;
    expect(items).toMatchObject([{ labId: LAB, actor: "the lab", mapping: { columns: mapping.columns } }]);
    const { fields } = (await world.ask({ url: "/api/v1/uploads/fields", who: "lab" })).body;
    expect(fields).toContainEqual({ field: "value", en: "value", zh: "结果" });
    const path = `/${items[0].fingerprint}`;
    const changed = { ...mapping, constants: { method: "m-9" }, columns: { ...mapping.columns, method: "ignore" } };
    expect((await ask("PUT", path, changed)).status).toBe(200);
    const { receipt } = (await send(table("s-9"))).body;
    const { results } = (await world.records.receipts.resultsOf(receipt.uploadId)).reduce(
      (all, { method }) => ({ results: all.results.add(method) }),
      { results: new Set<string>() },
    );
    expect(results).toEqual(new Set(["m-9"]));
    expect((await ask("DELETE", path)).status).toBe(204);
    expect((await ask("DELETE", path)).status).toBe(404);
    expect((await check(table("s-9"))).body.verdict).toBe("rejected");
  });
});

it("an instrument that only names its samples is read with a list of them, or with those on record", async () => {
  const batch = readFileSync(new URL("../ingest/files/fixtures/masshunter-en.csv", import.meta.url));
  const mapping = { constants: { unit: "ng/L", method: "m-1" } };
  const list =
    "sample_id,site_id,sample_start,sample_end\nS-101,plant-a,2026-05-04 08:00,2026-05-05 08:00\nS-102,plant-x,2026-05-04,\n";
  const alone = (await check(batch, { name: "batch.csv", fields: { mapping } })).body;
  expect(alone).toMatchObject({ format: "massHunter", verdict: "rejected" });
  expect(alone.findings).toContainEqual(expect.objectContaining({ code: "sample_unknown", count: 2 }));
  const samples = new File([list], "samples.csv");
  const withList = { name: "batch.csv", fields: { mapping, samples } };
  const listed = (await check(batch, withList)).body;
  expect(listed).toMatchObject({ verdict: "partlyAccepted", counts: { samples: 1, new: 2 } });
  const placed = listed.problems.map(
    ({ code, where }: { code: string; where: { file: string; row: number } }) => `${where.file} ${where.row} ${code}`,
  );
  expect(placed).toEqual(expect.arrayContaining(["samples.csv 3 site_unknown", "batch.csv 6 sample_unknown"]));
  expect((await send(batch, withList)).status).toBe(201);
});

it("the template comes as a workbook in the reader's language", async () => {
  const sheets = async (headers: Record<string, string>, query = "") => {
    const url = `/api/v1/uploads/template.xlsx${query}`;
    const answer = await world.api.inject({ url, headers: { ...world.as("lab"), ...headers } });
    expect(answer.headers["content-disposition"]).toContain(".xlsx");
    return (await openWorkbook(answer.rawPayload)).sheets.map(({ name }) => name);
  };
  expect(await sheets({})).toContain("Results");
  expect(await sheets({ "accept-language": "zh-CN" })).toContain("结果");
  expect(await sheets({}, "?language=zh")).toContain("结果");
});

it("findings of a file and refusals are told in the reader's language, and what has to be typed stays as it is", async () => {
  const table = of("s-zh").replace("12.5,ng/L", "12.5,ug/1");
  const request = { ...(await fileRequest(table, { query: "?mode=check" })), who: "lab" as const };
  const { body, headers } = await world.ask({ ...request, headers: { ...request.headers, "accept-language": "zh-CN" } });
  expect(String(headers["vary"])).toContain("accept-language");
  const mend = "请更正单元格后重新发送文件：已接收的行不会重复计入。";
  for (const said of [body.problems[0], body.findings[0]]) {
    expect(said).toMatchObject({ code: "unit_unknown", mend });
    expect(said.expected).toBe("单位，例如 ng/L、ug/L 或 mg/d/(10*3.{inh})");
  }
  const english = await world.ask(request);
  expect(english.body.problems[0].mend).not.toMatch(/\p{Script=Han}/u);
});

import { afterAll, beforeAll, expect, it } from "vitest";
import { LAB, OTHER_LAB, openWorld, TABLE, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const published = async () => (await world.log.lag("assay-reports", "test")).reduce((sum, { lag }) => sum + Number(lag), 0);
const send = (payload: string | Buffer, query = "", who: "lab" | "admin" = "lab", headers = {}) =>
  world.ask({
    method: "POST",
    url: `/api/v1/uploads/file?fileName=results.csv${query}`,
    who,
    payload,
    headers: { "content-type": "application/octet-stream", ...headers },
  });

it("a file is taken in its laboratory's name, and its receipt is found again", async () => {
  const before = await published();
  const { status, body } = await send(TABLE);
  expect(status).toBe(201);
  expect(body).toMatchObject({
    verdict: "accepted",
    format: "long",
    receipt: { labId: LAB, samples: ["s-1"], fileName: "results.csv" },
  });
  expect(await published()).toBe(before + 1);
  expect((await world.ask({ url: `/api/v1/uploads/${body.receipt.uploadId}`, who: "lab" })).body).toEqual(body.receipt);
});

it("a check says what the commit does and publishes nothing; the wrong cell is named", async () => {
  const table = TABLE.replace("12.5,ng/L", "12.5,bananas");
  const before = await published();
  const { receipt, ...said } = (await send(table, "&mode=check")).body;
  expect(receipt).toBeNull();
  expect(await published()).toBe(before);
  const commit = await send(table);
  expect(commit.body).toMatchObject(said);
  expect(commit.body.counts).toMatchObject({ rows: 2, results: 1, rejected: 1, errors: 1 });
  expect(said.problems).toMatchObject([{ where: { row: 2, cell: "H2" }, found: "bananas", severity: "error" }]);
  expect(said.findings).toMatchObject([{ count: 1, rows: [2], values: ["bananas"] }]);
});

it("a file that a spreadsheet has damaged is held whole", async () => {
  const before = await published();
  const { status, body } = await send(TABLE.replaceAll("s-1,", "Mar-01,").replace("12.5", "Mar-12"));
  expect([status, await published()]).toEqual([422, before]);
  expect(body.refusals.length).toBeGreaterThan(0);
});

it("the same file under the same Idempotency-Key is taken once", async () => {
  const once = { "idempotency-key": "once" };
  const first = await send(TABLE, "", "lab", once);
  const before = await published();
  const again = await send(TABLE, "", "lab", once);
  expect([first.status, again.status, await published()]).toEqual([201, 200, before]);
  expect(again.body.receipt).toEqual(first.body.receipt);
});

it("an administrator says whose results they are; a laboratory cannot say another's", async () => {
  expect((await send(TABLE, "", "admin")).status).toBe(400);
  expect((await send(TABLE, `&labId=${OTHER_LAB}`, "admin")).body.receipt).toMatchObject({ labId: OTHER_LAB });
  expect((await send(TABLE, `&labId=${OTHER_LAB}`)).status).toBe(400);
});

it("a table of its own form is read with its mapping", async () => {
  const table = TABLE.replace("value,", "Menge,");
  expect((await send(table, "&mode=check")).body.counts?.results ?? 0).toBe(0);
  const mapping = encodeURIComponent(JSON.stringify({ columns: { Menge: "value" } }));
  expect((await send(table, `&mode=check&mapping=${mapping}`)).body).toMatchObject({
    verdict: "accepted",
    counts: { results: 2 },
  });
});

it("no bytes are no file", async () => expect((await send("")).status).toBe(400));

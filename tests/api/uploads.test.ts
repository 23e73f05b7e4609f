import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LAB, OTHER_LAB, openWorld, reportOf, type World } from "./world.ts";

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
    expect(said).toMatchObject({
      verdict: "partlyAccepted",
      counts: { rows: 4, samples: 1, results: 1, rejected: 3, errors: 3 },
    });
    const where = said.problems.map(({ code, where }: { code: string; where: { path: string } }) => `${code} ${where.path}`);
    expect(where).toEqual([
      "field_invalid reports[1].results[0].unit",
      "site_unknown reports[2].sample.siteId",
      "field_unknown reports[3].colour",
    ]);
  });

  it("a result that is there twice is taken once, and refused where its contents differ", async () => {
    const result = (value: number) => ({ analyte: "mdma", value, unit: "ng/L", method: "m" });
    const { status, body } = await send([
      { ...reportOf("s-twice"), results: [result(1), result(1)] },
      { ...reportOf("s-twice"), results: [result(2)] },
    ]);
    expect(status).toBe(201);
    expect(body.counts).toMatchObject({ rows: 3, results: 1, repeated: 1, rejected: 1 });
    expect(body.problems).toMatchObject([{ code: "result_twice", where: { path: "reports[1].results[0]" } }]);
  });

  it("one wrong result does not keep the others of its sample out", async () => {
    const results = [
      { analyte: "mdma", value: 1, unit: "ng/L", method: "m" },
      { analyte: "mdma", value: 0, unit: "ng/L", method: "m", replicate: 2 },
      { analyte: "cocaine", value: 2, unit: "ng/L", method: "m" },
    ];
    const { status, body } = await send([{ ...reportOf("s-part"), results }]);
    expect(status).toBe(201);
    expect(body).toMatchObject({ verdict: "partlyAccepted", counts: { samples: 1, results: 2, rejected: 1 } });
    expect(body.problems).toMatchObject([{ where: { path: "reports[0].results[1].value" }, found: "0" }]);
  });

  it.each([null, 5, "report", [], { results: 5 }, { ...reportOf("s"), results: [] }])(
    "%j is refused in place",
    async (report) => {
      const { status, body } = await send([reportOf("s-good"), report as object]);
      expect(status).toBe(201);
      expect(body.counts).toMatchObject({ samples: 1, rejected: 1 });
      for (const { where } of body.problems) expect(where.path).toMatch(/^reports\[1\]/);
    },
  );

  it("a report that the log is too small for is refused, and the others of the upload are taken", async () => {
    const result = (replicate: number) => ({
      analyte: "mdma",
      value: 1,
      unit: "ng/L",
      method: "m",
      replicate,
      rawFile: "尿".repeat(500),
    });
    const large = { ...reportOf("s-large"), results: Array.from({ length: 1_000 }, (_, i) => result(i + 1)) };
    const { status, body } = await send([large, reportOf("s-small")]);
    expect(status).toBe(201);
    expect(body.receipt.samples).toEqual(["s-small"]);
    expect(body.problems).toMatchObject([{ code: "report_too_large", where: { path: "reports[0].results[0]" } }]);
  });
});

import { setTimeout as wait } from "node:timers/promises";
import { pino } from "pino";
import { Registry } from "prom-client";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ingestMetrics } from "../../ingest/metrics.ts";
import { INGEST_GROUP, runIngest } from "../../ingest/worker.ts";
import { fileRequest } from "./uploadForms.ts";
import { LAB, OTHER_LAB, openWorld, TABLE, type World } from "./world.ts";

// Method: the real API and the real ingest worker over the embedded stores. `ingest` runs the worker until the log is drained.
let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

let sample = "";
let samples = 0;
beforeEach(() => {
  sample = `r-${++samples}`;
});

const waiting = async (group: string) =>
  (await world.log.lag("assay-reports", group)).reduce((sum, { lag }) => sum + Number(lag), 0);
const published = () => waiting("nobody");

async function ingest(): Promise<void> {
  const { log, series, records } = world;
  const stop = new AbortController();
  const metrics = ingestMetrics(new Registry());
  const done = runIngest(
    { log, series, records, logger: pino({ level: "silent" }), metrics, now: () => new Date() },
    stop.signal,
  );
  while ((await waiting(INGEST_GROUP)) > 0) await wait(5);
  stop.abort();
  await done;
}

const table = (mdma: string) => TABLE.replaceAll("s-1,", `${sample},`).replace("12.5", mdma);
const send = async (content: string, fields: Record<string, unknown> = {}, query = "", who: "lab" | "otherLab" = "lab") =>
  world.ask({ ...(await fileRequest(content, { fields, query })), who });
const withdrawing = (mdma: string) =>
  table(mdma)
    .replace(",method", ",method,withdrawn")
    .replace("MDMA,12.5,ng/L,m-1", "MDMA,12.5,ng/L,m-1,yes")
    .replace("40,ng/L,m-1", "40,ng/L,m-1,");
const reason = { revision: { reason: "recalculation", text: "the calibration of 3 May was wrong" } };
const record = async () => (await world.ask({ url: `/api/v1/samples/${sample}`, who: "lab" })).body;
const verify = async (uploadId: string, hash = "") =>
  (await world.ask({ url: `/api/v1/uploads/${uploadId}/verify${hash && `?hash=${hash}`}`, who: "lab" })).body;
const mdmaOf = (body: { results: { analyte: string; revisions: { result: { value: number }; state: string }[] }[] }) =>
  body.results.find(({ analyte }) => analyte === "mdma")!.revisions.map(({ result, state }) => `${result.value} ${state}`);

describe("sending a sample again", () => {
  it("with the same content is unchanged: a receipt, and nothing sent", async () => {
    await send(table("12.5"));
    await ingest();
    const before = await published();
    const { status, body } = await send(table("12.5"));
    expect([status, await published()]).toEqual([201, before]);
    expect(body).toMatchObject({ verdict: "accepted", counts: { results: 2, new: 0, unchanged: 2, amended: 0 } });
  });

  it("with another value and no reason is answered with the difference, and nothing is taken", async () => {
    await send(table("12.5"));
    await ingest();
    const before = await published();
    const { body: checked } = await send(table("13.5"), {}, "?mode=check");
    expect(checked).toMatchObject({
      verdict: "needsReason",
      counts: { new: 0, unchanged: 1, amended: 1 },
      changes: [
        { state: "amended", sampleId: sample, analyte: "mdma", differences: [{ path: "value", recorded: 12.5, now: 13.5 }] },
      ],
    });
    const { status, body } = await send(table("13.5"));
    expect([status, await published()]).toEqual([409, before]);
    expect(body.refusals).toMatchObject([
      { code: "amendment_without_reason", where: { file: "results.csv", row: 2, cell: "G2" } },
    ]);
    expect(body.refusals[0].found).toContain("13.5");
    expect(body.refusals[0].expected).toContain("12.5");
  });

  it("with another value and a reason is a revision: who, when, why and from which file stay readable", async () => {
    const first = (await send(table("12.5"))).body.receipt;
    await ingest();
    const { status, body } = await send(table("13.5"), reason);
    expect(status).toBe(201);
    expect(body).toMatchObject({
      verdict: "accepted",
      counts: { unchanged: 1, amended: 1 },
      receipt: { revision: reason.revision },
    });
    await ingest();
    const kept = await record();
    expect(mdmaOf(kept)).toEqual(["12.5 replaced", "13.5 current"]);
    const [old, now] = kept.results.find(({ analyte }: { analyte: string }) => analyte === "mdma").revisions;
    expect(old).toMatchObject({ uploadId: first.uploadId, sha256: first.sha256, actor: "the lab", revision: null });
    expect(now).toMatchObject({ uploadId: body.receipt.uploadId, sha256: body.receipt.sha256, revision: reason.revision });
    expect(kept.results.find(({ analyte }: { analyte: string }) => analyte === "cocaine").revisions).toHaveLength(1);
  });

  it("to take a result back needs a reason too, and can be undone with one", async () => {
    await send(table("12.5"));
    await ingest();
    expect((await send(withdrawing("12.5"))).body.refusals).toMatchObject([{ code: "withdrawal_without_reason" }]);
    const back = { revision: { reason: "withdrawnByLab" } };
    expect((await send(withdrawing("12.5"), back)).body.counts).toMatchObject({ withdrawn: 1, unchanged: 1 });
    await ingest();
    const counting = async () => (await world.records.results.ofSeries("plant-a", "mdma")).map((each) => each.sample.sampleId);
    expect(await counting()).not.toContain(sample);
    expect((await send(table("12.5"), reason)).body.counts).toMatchObject({ amended: 1 });
    await ingest();
    expect(await counting()).toContain(sample);
    expect(mdmaOf(await record())).toHaveLength(3);
  });

  it("to take back what was never sent is refused in its cell", async () => {
    const { body } = await send(withdrawing("12.5"), reason);
    expect(body).toMatchObject({ verdict: "partlyAccepted", counts: { new: 1, withdrawn: 0 } });
    expect(body.problems).toMatchObject([{ code: "nothing_to_withdraw", where: { row: 2, cell: "G2" } }]);
  });

  it("before the first was ingested is compared with what is on its way", async () => {
    await send(table("12.5"));
    expect((await send(table("13.5"))).status).toBe(409);
    expect((await send(table("12.5"))).body.counts).toMatchObject({ unchanged: 2 });
    expect((await send(table("13.5"), reason)).body.counts).toMatchObject({ amended: 1 });
    await ingest();
    expect(mdmaOf(await record())).toEqual(["12.5 replaced", "13.5 current"]);
  });

  it("by another laboratory is that laboratory's own sample", async () => {
    await send(table("12.5"));
    expect((await send(table("99"), {}, "", "otherLab")).status).toBe(201);
    await ingest();
    expect(mdmaOf(await record())).toEqual(["12.5 current"]);
    const asked = { url: `/api/v1/samples/${sample}`, who: "analyst" as const };
    expect((await world.ask(asked)).status).toBe(409);
    const other = await world.ask({ ...asked, url: `${asked.url}?labId=${OTHER_LAB}` });
    expect(mdmaOf(other.body)).toEqual(["99 current"]);
  });
});

describe("at once", () => {
  it("two people with different values of one sample end in one chain: one is taken, the other is shown the difference", async () => {
    const answers = await Promise.all(["12.5", "13.5", "14.5"].map((value) => send(table(value))));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409]);
    await ingest();
    expect(mdmaOf(await record())).toHaveLength(1);
    const revised = await Promise.all(["15.5", "16.5"].map((value) => send(table(value), reason)));
    expect(revised.map(({ status }) => status)).toEqual([201, 201]);
    await ingest();
    const states = mdmaOf(await record()).map((each) => each.split(" ")[1]);
    expect(states).toEqual(["replaced", "replaced", "current"]);
  });

  it("the same upload under one Idempotency-Key is taken once", async () => {
    const request = await fileRequest(table("12.5"), { headers: { "idempotency-key": `at-once-${sample}` } });
    const before = await published();
    const answers = await Promise.all([1, 2, 3].map(() => world.ask({ ...request, who: "lab" })));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 200, 201]);
    expect(new Set(answers.map(({ body }) => JSON.stringify(body.receipt))).size).toBe(1);
    expect(await published()).toBe(before + 1);
  });
});

describe("a receipt", () => {
  it("names the file's hash and every sample with its state, and proves itself years later", async () => {
    const { receipt } = (await send(table("12.5"))).body;
    const url = `/api/v1/uploads/${receipt.uploadId}/receipt`;
    const { body: paper } = await world.ask({ url, who: "lab" });
    expect(paper).toMatchObject({
      upload: receipt,
      samples: [{ labId: LAB, sampleId: sample, siteId: "plant-a", results: { new: 2, unchanged: 0, amended: 0, withdrawn: 0 } }],
    });
    expect(await verify(receipt.uploadId)).toMatchObject({ genuine: null, unchanged: false, counts: { asSent: 0, onItsWay: 2 } });
    await ingest();
    expect(await verify(receipt.uploadId, paper.hash)).toMatchObject({ genuine: true, unchanged: true, counts: { asSent: 2 } });
    expect(await verify(receipt.uploadId, "0".repeat(64))).toMatchObject({ genuine: false });
    const revised = (await send(table("13.5"), reason)).body.receipt;
    await ingest();
    expect(await verify(receipt.uploadId, paper.hash)).toMatchObject({
      genuine: true,
      unchanged: false,
      counts: { asSent: 1, revised: 1 },
      since: [{ analyte: "mdma", state: "revised", by: revised.uploadId, reason: "recalculation", text: reason.revision.text }],
    });
    expect((await world.ask({ url, who: "lab" })).body).toEqual(paper);
    expect((await world.ask({ url, who: "otherLab" })).status).toBe(404);
  });

  it("is printed in the reader's language, and what a laboratory wrote cannot run in it", async () => {
    const content = table("12.5");
    const request = await fileRequest(content, { name: "<img src=x onerror=alert(1)>.csv" });
    const { receipt } = (await world.ask({ ...request, who: "lab" })).body;
    const page = async (language: string) =>
      (await world.ask({ url: `/api/v1/uploads/${receipt.uploadId}/receipt.html?language=${language}`, who: "lab" })).body;
    expect(await page("zh")).toContain("<h1>Sewertrace · 回执</h1>");
    const english = await page("en");
    expect(english).toContain(receipt.sha256);
    expect(english).toContain(sample);
    expect(english).not.toContain("<img");
  });
});

describe("an upload that could not be published", () => {
  it("is published when it is sent again under its key, and only then is there a receipt", async () => {
    const request = await fileRequest(table("12.5"), { headers: { "idempotency-key": `away-${sample}` } });
    const { publish } = world.log;
    world.log.publish = () => Promise.reject(Object.assign(new Error("away"), { code: "ECONNREFUSED" }));
    const before = await published();
    expect((await world.ask({ ...request, who: "lab" })).status).toBe(503);
    world.log.publish = publish;
    expect(await published()).toBe(before);
    const listed = async () =>
      (await world.ask({ url: "/api/v1/uploads?limit=500", who: "lab" })).body.items.filter(
        ({ samples }: { samples: string[] }) => samples.includes(sample),
      );
    expect(await listed()).toEqual([]);
    const again = await world.ask({ ...request, who: "lab" });
    expect([again.status, await published()]).toEqual([200, before + 1]);
    expect(await listed()).toEqual([again.body.receipt]);
    expect((await world.ask({ ...request, who: "lab" })).body.receipt).toEqual(again.body.receipt);
    expect(await published()).toBe(before + 1);
    await ingest();
    expect(mdmaOf(await record())).toEqual(["12.5 current"]);
  });
});

describe("custody", () => {
  const handOver = (hours: number, change: object = {}) => ({
    time: new Date(Date.parse("2026-05-05T00:00:00Z") + hours * 3_600_000).toISOString(),
    action: "received",
    by: "Li",
    ...change,
  });
  const add = (event: object) =>
    world.ask({ method: "POST", url: `/api/v1/samples/${sample}/custody`, payload: event, who: "lab" });

  it("a hand-over posted again, and at the same time, is one entry, and every sender is answered with it", async () => {
    const sent = handOver(2, { by: "Zhao" });
    const answers = [await add(sent), ...(await Promise.all([add(sent), add({ ...sent }), add(sent)]))];
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    for (const { body } of answers) expect(body).toEqual(answers[0]?.body);
    expect((await add(handOver(2, { by: "Qian" }))).body.seq).toBe(answers[0]?.body.seq + 1);
  });

  it("is a hash-chained record of every hand-over, before the results and with them, each once", async () => {
    const events = [handOver(1, { action: "collected", by: "Wang" }), handOver(3)];
    expect((await add(events[0]!)).status).toBe(201);
    const report = {
      labId: LAB,
      uploadId: "u",
      sample: {
        sampleId: sample,
        siteId: "plant-a",
        mode: "grab",
        start: "2026-05-04T08:00:00Z",
        end: "2026-05-04T08:00:00Z",
        custody: events,
      },
      results: [{ analyte: "mdma", value: 3, unit: "ng/L", method: "m" }],
    };
    await world.ask({ method: "POST", url: "/api/v1/uploads", payload: { reports: [report] }, who: "lab" });
    await ingest();
    const { custody } = await record();
    expect(custody.brokenAt).toBeNull();
    expect(custody.entries.map(({ actor, action }: { actor: string; action: string }) => `${actor} ${action}`)).toEqual([
      "Wang collected",
      "Li received",
    ]);
    await world.file.exclusive((db) =>
      db.exec(`update "chainEntries" set "actor" = 'Zhao' where "subject" = '${sample}' and "seq" = 1`),
    );
    expect((await record()).custody.brokenAt).toBe(1);
  });

  it("and storage are judged by how long the analytes last: warnings in the check and on the sample", async () => {
    const rows = [
      "sample_id,site,start,end,mode,analyte,value,unit,method,pulses_planned,pulses_taken,storage_temperature_cel,preservation",
      `${sample},plant-a,2026-05-04 08:00,2026-05-04 20:00,flow,cocaine,12.5,ng/L,m-1,144,60,9,none`,
      `${sample},plant-a,2026-05-04 08:00,2026-05-04 20:00,flow,MDMA,12.5,ng/L,m-1,144,60,9,none`,
    ];
    const { body } = await send(rows.join("\n"));
    expect(body).toMatchObject({ verdict: "acceptedWithWarnings", counts: { warnings: 4, new: 2 } });
    const told = body.problems.map(({ code, where }: { code: string; where: { cell: string } }) => `${where.cell} ${code}`);
    expect(told.toSorted()).toEqual(["D2 sampling_window", "K2 sampling_pulses", "L2 storage_temperature", "M2 preservation"]);
    const { expected } = body.problems.find(({ code }: { code: string }) => code === "preservation");
    expect([expected.includes("cocaine"), expected.includes("mdma")]).toEqual([true, false]);
    await ingest();
    expect((await record()).findings.map(({ code }: { code: string }) => code).toSorted()).toEqual([
      "preservation",
      "sampling_pulses",
      "sampling_window",
      "storage_temperature",
    ]);
  });

  it("a frozen day's composite with all its pulses has no findings", async () => {
    const rows = [
      "sample_id,site,start,end,mode,analyte,value,unit,method,pulses_planned,pulses_taken,storage_temperature_cel,preservation",
      `${sample},plant-a,2026-05-04 08:00,2026-05-05 08:00,flow,cocaine,12.5,ng/L,m-1,144,144,-20,frozen`,
    ];
    expect((await send(rows.join("\n"), {}, "?mode=check")).body).toMatchObject({ verdict: "accepted", problems: [] });
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { csvOf } from "../../api/csv.ts";
import { thin } from "../../api/series/thin.ts";
import { upload } from "../../schemas/upload.ts";
import { AT, leadOf } from "../store/records/nouns.ts";
import { LAB, openWorld, type World } from "./world.ts";

const V = "/api/v1";
let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

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

  it("nor are receipts, dead letters and deliveries", async () => {
    const { records } = world;
    const counts = { samples: 1, results: 1, rejected: 0, warnings: 0 };
    const receipt = { labId: LAB, actor: "the lab", receivedAt: AT, sha256: "", fileName: null, samples: ["s"], counts };
    for (const uploadId of ["u-2", "u-1", "u-3"]) await records.uploads.save(upload.parse({ ...receipt, uploadId }));
    const message = { event: "lead.opened", subject: "lead-1", payload: {}, createdAt: AT } as const;
    for (const messageId of ["m-1", "m-2", "m-3"])
      await records.outbox.enqueue({ ...message, messageId }, { endpointId: "wh-1" });
    for (const [path, id, count] of [
      ["/uploads", "uploadId", 3],
      ["/dead-letters", "deadLetterId", 2],
      ["/deliveries", "deliveryId", 3],
    ] as const) {
      const ids = await walk(path, id);
      expect([path, new Set(ids).size, ids.length]).toEqual([path, count, count]);
    }
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
